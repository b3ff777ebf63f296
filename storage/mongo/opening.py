"""Opening a store by its address."""

from __future__ import annotations

from typing import Final

from bson.errors import BSONError
from pymongo.errors import PyMongoError

from storage.addresses import database_in
from storage.errors import StorageError, StoreAway
from storage.mongo.driver import Client, connect
from storage.mongo.faults import storage_error
from storage.mongo.schema import migrate, require_replica_set, require_store
from storage.mongo.store import MongoStore

_SILENT: Final = (
    "The MongoDB server does not answer, so the store was not opened. See that the server runs and can be reached from "
    "here, and that hosts, ports and options (`replicaSet`, `tls`) in the store's address are right; then try again."
)


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
            raise not_opened(storage_error(error)) from error
        raise
    return MongoStore(client)


def not_opened(fault: StorageError) -> StorageError:
    """Where nothing was begun, a server that does not answer may be one that the address does not mean."""
    return StoreAway(_SILENT) if isinstance(fault, StoreAway) else fault
