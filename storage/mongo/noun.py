"""What the verbs of every noun stand on."""

from __future__ import annotations

from storage.mongo.database import Database


class Noun:
    """One noun's verbs on one open database."""

    def __init__(self, database: Database) -> None:
        self.database = database
