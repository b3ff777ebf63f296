"""What the verbs of every noun stand on."""

from __future__ import annotations

from storage.sqlite.database import Database


class Noun:
    """One noun's verbs on one open database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def _change(self, statement: str, *parameters: str) -> int:
        """Run one statement as a step; how many rows it changed."""
        return await self.database.write(lambda connection: connection.execute(statement, parameters).rowcount)
