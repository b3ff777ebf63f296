"""Inserts that are asked for while one is under way go to the server together, in one command.

A command costs the driver half a millisecond of our processor, whatever it carries: that is most of what accepting an
activity would cost. Each document still stands or falls by itself, and each caller hears what became of its own once
it is durable. One that comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from bson.errors import BSONError
from pymongo.errors import PyMongoError

from storage.mongo.database import Database, Scope
from storage.mongo.driver import Document
from storage.mongo.faults import storage_error

_AT_ONCE: Final = 64
"""Documents of one command: as many as requests that are read at once."""

_Asked = tuple[Document, "asyncio.Future[bool]"]


class GroupedInserts:
    """The inserts into one collection."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name = database, name
        self._asked: list[_Asked] = []
        self._is_under_way = False

    async def add(self, document: Document) -> bool:
        """Insert; False (and no change) when a document stands in the way. A caller cancelled leaves the whole step."""
        self._database.require_open()
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append((document, done))
        if not self._is_under_way:
            self._is_under_way = True
            self._database.begin(self._insert_all())
        return await done

    async def _insert_all(self) -> None:
        """Until nothing is asked for; the database is not closed before that."""
        try:
            while self._asked:
                now, self._asked = self._asked[:_AT_ONCE], self._asked[_AT_ONCE:]
                await self._insert(now)
        finally:
            self._is_under_way = False

    async def _insert(self, asked: Sequence[_Asked]) -> None:
        try:
            are_new = await Scope(self._database.client)[self._name].insert_each([document for document, _ in asked])
        except Exception as error:  # noqa: BLE001  each caller is told, and those behind must not wait for ever
            await self._tell(asked, error)
            return
        for (_, done), is_new in zip(asked, are_new, strict=True):
            if not done.done():
                done.set_result(is_new)

    async def _tell(self, asked: Sequence[_Asked], error: Exception) -> None:
        """All are told of what the server said; what one document is alone to blame for is its own caller's."""
        if len(asked) > 1 and not isinstance(error, PyMongoError):
            for one in asked:
                await self._insert([one])
            return
        for _, done in asked:
            if not done.done():
                done.set_exception(storage_error(error) if isinstance(error, PyMongoError | BSONError) else error)
