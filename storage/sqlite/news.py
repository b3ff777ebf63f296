"""Numbers that grow when something changed."""

from __future__ import annotations

from typing import Final

from storage.sqlite.noun import Noun

_RING: Final = (
    "INSERT INTO news (subject, number) VALUES (?, 1) ON CONFLICT (subject) DO UPDATE SET number = number + 1"
)


class SqliteNews(Noun):
    """`storage.store.News`."""

    async def ring(self, subject: str) -> None:
        await self._change(_RING, subject)

    async def list_news(self) -> dict[str, int]:
        statement = "SELECT subject, number FROM news"
        return await self.database.read(lambda connection: dict(connection.execute(statement).fetchall()))
