"""The two asynchronous drivers behind one face: motor, and PyMongo's own API, which follows it.

Everything in which they differ stands here (connect, cursor, session, close), so that leaving motor is a change of
this file. `PICKETLINE_MONGO_DRIVER=pymongo` chooses PyMongo today.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Literal

import pymongo
from pymongo import IndexModel, ReadPreference, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, ConfigurationError, DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
Filter = Mapping[str, Any]
Order = Sequence[tuple[str, int]]
Change = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Update operators, or a pipeline."""
DriverName = Literal["motor", "pymongo"]
Duplicate = DuplicateKeyError
"""A document of this key stands already."""

DURABLE: Final = WriteConcern(w="majority", j=True)
"""Acknowledged once it is in the journals of most members: what was answered survives a change of primary."""
COMMITTED: Final = ReadConcern("majority")
SNAPSHOT: Final = ReadConcern("snapshot")
_DUPLICATE: Final = 11000
_ALL_AT_ONCE: Final = 10_000
"""Documents of one answer, where their bytes allow it; the server would begin with 101, and be asked again."""
_SECONDS: Final = 1000
_OPTIONS: Final[Mapping[str, object]] = {
    "appname": "picketline",
    "maxPoolSize": 64,
    "serverSelectionTimeoutMS": 5 * _SECONDS,
    "connectTimeoutMS": 5 * _SECONDS,
    "socketTimeoutMS": 20 * _SECONDS,
    "retryWrites": True,
    "retryReads": True,
}


for _noisy in ("pymongo", "motor"):  # at debug they log every command with all that is in it
    logging.getLogger(_noisy).setLevel(logging.WARNING)


def driver_name() -> DriverName:
    """Which driver the environment asks for; motor unless it says `pymongo`."""
    return "pymongo" if os.environ.get("PICKETLINE_MONGO_DRIVER") == "pymongo" else "motor"


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection, in a transaction when `session` is one. Raises PyMongo's errors."""

    raw: Any
    session: Any = None

    async def find(
        self, filter: Filter, *, sort: Order = (), limit: int = 0, skip: int = 0, only: Sequence[str] = ()
    ) -> list[Document]:
        """The documents, all of them with limit 0; `only` names the fields to bring."""
        cursor = self.raw.find(filter, list(only) or None, session=self.session)
        if sort:
            cursor = cursor.sort(list(sort))
        return await _all_of(cursor.skip(skip).limit(limit).batch_size(limit or _ALL_AT_ONCE))

    async def find_one(self, filter: Filter, *, sort: Order = (), only: Sequence[str] = ()) -> Document | None:
        """The first document, or None."""
        return next(iter(await self.find(filter, sort=sort, limit=1, only=only)), None)

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """What the pipeline yields."""
        cursor = self.raw.aggregate(list(pipeline), session=self.session)
        return await _all_of(await cursor if isinstance(cursor, Awaitable) else cursor)

    async def count(self, filter: Filter) -> int:
        """How many documents there are."""
        return int(await self.raw.count_documents(filter, session=self.session))

    async def insert(self, document: Document) -> None:
        """Add one; `DuplicateKeyError` where one stands."""
        await self.raw.insert_one(document, session=self.session)

    async def insert_all(self, documents: Sequence[Document]) -> None:
        """Add them all, in order, or raise; `DuplicateKeyError` where one stands."""
        if not documents:
            return
        try:
            await self.raw.insert_many(list(documents), session=self.session)
        except BulkWriteError as error:
            if any(one.get("code") == _DUPLICATE for one in error.details["writeErrors"]):
                raise Duplicate("a document of this key stands already", _DUPLICATE) from error
            raise

    async def insert_each(self, documents: Sequence[Document]) -> list[bool]:
        """Add those that stand in nobody's way, whether each did; not in a transaction, which a duplicate would end."""
        in_the_way: set[int] = set()
        try:
            await self.raw.insert_many(list(documents), ordered=False)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            in_the_way = {one["index"] for one in refused if one.get("code") == _DUPLICATE}
            others = [one for one in refused if one["index"] not in in_the_way]
            if faults := [*others, *error.details["writeConcernErrors"]]:
                raise OperationFailure(faults[0].get("errmsg", ""), faults[0].get("code"), faults[0]) from error
        return [place not in in_the_way for place in range(len(documents))]

    async def replace(self, document: Document) -> bool:
        """Put it in the place of the one of the same `_id`; True when there was none."""
        done = await self.raw.replace_one({"_id": document["_id"]}, document, upsert=True, session=self.session)
        return int(done.matched_count) == 0

    async def update(self, filter: Filter, change: Change, *, upsert: bool = False) -> int:
        """Change one; how many there were to change, 0 or 1."""
        done = await self.raw.update_one(filter, change, upsert=upsert, session=self.session)
        return int(done.matched_count)

    async def update_all(self, filter: Filter, change: Change) -> int:
        """Change all; how many there were to change."""
        done = await self.raw.update_many(filter, change, session=self.session)
        return int(done.matched_count)

    async def update_each(self, changes: Sequence[tuple[Filter, Change]], *, upsert: bool = False) -> int:
        """For each pair change one; how many there were to change. In any order, in one go."""
        if not changes:
            return 0
        operations = [UpdateOne(filter, change, upsert=upsert) for filter, change in changes]
        done = await self.raw.bulk_write(operations, ordered=False, session=self.session)
        return int(done.matched_count)

    async def change(
        self, filter: Filter, change: Change, *, sort: Order = (), upsert: bool = False
    ) -> Document | None:
        """Change one and bring it as it stands then; None when there was none."""
        found: Document | None = await self.raw.find_one_and_update(
            filter,
            change,
            sort=list(sort) or None,
            upsert=upsert,
            return_document=ReturnDocument.AFTER,
            session=self.session,
        )
        return found

    async def delete(self, filter: Filter) -> int:
        """Remove all that match; how many."""
        return int((await self.raw.delete_many(filter, session=self.session)).deleted_count)

    async def create_indexes(self, indexes: Sequence[IndexModel]) -> None:
        """Create, in one command, those that do not stand yet."""
        await self.raw.create_indexes(list(indexes))


async def _all_of(cursor: Any) -> list[Document]:
    return [document async for document in cursor]


class Client:
    """An open connection pool to one deployment and the database its URL names."""

    def __init__(self, raw: Any, database: str) -> None:
        self._raw: Final = raw
        self.name: Final = database
        self.database: Final = raw.get_database(
            database, read_concern=COMMITTED, write_concern=DURABLE, read_preference=ReadPreference.PRIMARY
        )

    def collection(self, name: str, session: Any = None) -> Collection:
        """A collection of our database."""
        return Collection(self.database.get_collection(name), session)

    async def command(self, command: Mapping[str, object]) -> Document:
        """Run a command on the `admin` database."""
        answer: Document = await self._raw.admin.command(command)
        return answer

    async def collection_names(self) -> list[str]:
        """What our database holds."""
        return list(await self.database.list_collection_names())

    async def drop(self, name: str) -> None:
        """Forget a collection with all that is in it."""
        await self.database.drop_collection(name)

    async def start_session(self) -> Any:
        """A session; end it with `await session.end_session()`."""
        session = self._raw.start_session()
        return await session if isinstance(session, Awaitable) else session

    async def close(self) -> None:
        """Let go of all connections."""
        done = self._raw.close()
        if isinstance(done, Awaitable):
            await done


async def begin(session: Any) -> None:
    """Start a transaction that sees one moment and ends on most members' disks."""
    started = session.start_transaction(
        read_concern=SNAPSHOT, write_concern=DURABLE, read_preference=ReadPreference.PRIMARY
    )
    if isinstance(started, Awaitable):
        await started


def at_most(seconds: float) -> AbstractContextManager[None]:
    """A time for all that this task asks within, with finding the server, waiting for a connection and repetition.

    Afterwards the driver raises, and the server gives up too. An inner one can only be shorter.
    """
    return pymongo.timeout(max(seconds, 0.001))


def connect(url: str, database: str) -> Client:
    """A client for the URL, not connected yet; may raise PyMongo's `ConfigurationError` or `InvalidURI`.

    An option that does not exist is an error too: without it the store may be less safe than whoever wrote it thinks.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        try:
            return _connect(url, database)
        except UserWarning:
            raise ConfigurationError("an option that does not exist") from None


def _connect(url: str, database: str) -> Client:
    if driver_name() == "pymongo":
        from pymongo import AsyncMongoClient

        return Client(AsyncMongoClient(url, **_missing_in(url)), database)
    from motor.motor_asyncio import AsyncIOMotorClient

    return Client(AsyncIOMotorClient(url, **_missing_in(url)), database)


def _missing_in(url: str) -> dict[str, Any]:
    """Our options, except those that the URL sets itself."""
    named = url.partition("?")[2].lower()
    return {name: value for name, value in _OPTIONS.items() if f"{name.lower()}=" not in named}
