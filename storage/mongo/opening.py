"""Opening a store by its address."""

from __future__ import annotations

from bson.errors import BSONError
from pymongo.errors import PyMongoError

from storage.addresses import database_in
from storage.mongo.driver import Client, connect
from storage.mongo.faults import storage_error
from storage.mongo.schema import migrate, require_replica_set, require_store
from storage.mongo.store import MongoStore


async def open_mongo(url: str, *, create: bool = True) -> MongoStore:
    """Open the database the URL names and bring it to this release's schema; any number of processes may.

    An empty database becomes a store, or with `create` false is `StoreMissing` and stays empty. Raises `StoreAway`,
    `StoreTooNew`, `StoreDamaged`, and `StorageError` for a URL that names no database, a wrong password or a standalone
    server; no sentence repeats the URL.
    """
    client: Client | None = None
    try:
        client = connect(url, database_in(url))
        await require_replica_set(client)
        if not create:
            await require_store(client)
        await migrate(client)
    except BaseException as error:
        if client is not None:
            await client.close()
        if isinstance(error, PyMongoError | BSONError | ValueError):
            raise storage_error(error) from error
        raise
    return MongoStore(client)
