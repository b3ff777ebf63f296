"""Opening a store by its address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from bson.errors import BSONError
from pymongo.errors import PyMongoError

from storage.errors import StorageError
from storage.mongo.driver import Client, connect
from storage.mongo.faults import storage_error
from storage.mongo.schema import migrate, require_replica_set
from storage.mongo.store import MongoStore

_NOT_IN_NAMES: Final = frozenset('/\\. "$*<>:|?')


async def open_mongo(url: str) -> MongoStore:
    """Open the database the URL names and bring it to this release's schema; any number of processes may.

    Raises `StoreAway`, `StoreTooNew`, `StoreDamaged`, and `StorageError` for a URL that names no database, a wrong
    password or a standalone server; no sentence repeats the URL.
    """
    client: Client | None = None
    try:
        client = connect(url, _database_in(url))
        await require_replica_set(client)
        await migrate(client)
    except BaseException as error:
        if client is not None:
            await client.close()
        if isinstance(error, PyMongoError | BSONError | ValueError):
            raise storage_error(error) from error
        raise
    return MongoStore(client)


def _database_in(url: str) -> str:
    name = urlsplit(url.replace(",", "%2C")).path.removeprefix("/")
    if not name or len(name.encode()) > 63 or not _NOT_IN_NAMES.isdisjoint(name):
        raise StorageError(
            "The store's address names no database. Write mongodb://HOST/DATABASE, with a name of letters, digits "
            "and underscores, for example mongodb://db1,db2,db3/picketline?replicaSet=rs0"
        )
    return name
