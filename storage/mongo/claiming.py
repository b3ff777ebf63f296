"""A database taken for a store that is being made, and given back as it was when nothing came of it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bson.errors import BSONError
from pymongo.errors import PyMongoError

from storage.addresses import database_in
from storage.errors import StorageError
from storage.mongo.driver import Client, Duplicate, connect
from storage.mongo.faults import storage_error
from storage.mongo.opening import not_opened
from storage.mongo.schema import SCHEMA, list_names, our_names, require_replica_set

_CLAIM: Final = "claim"


class DatabaseClaim:
    """An empty database that is ours to fill."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    async def take_back(self) -> None:
        """Drop the collections that were made since, and no other; a database claimed anew is left alone."""
        async with _connected(self._url) as client:
            claim = {"_id": _CLAIM, "token": self._token}
            if await client.collection(SCHEMA).find_one(claim) is None:
                return
            for name in sorted(await list_names(client) & our_names() - {SCHEMA}):
                await client.drop(name)
            await client.drop(SCHEMA)


async def claim_database(url: str) -> DatabaseClaim:
    """Take an empty database; one that is not empty is refused and stays as it is, as does one somebody else takes."""
    async with _connected(url) as client:
        await require_replica_set(client)
        if await list_names(client):
            raise _not_empty()
        token = secrets.token_hex(8)
        try:
            await client.collection(SCHEMA).insert({"_id": _CLAIM, "token": token})
        except Duplicate:
            raise _not_empty() from None
        if await list_names(client) != {SCHEMA} or await client.collection(SCHEMA).count({}) != 1:
            await client.collection(SCHEMA).delete({"_id": _CLAIM, "token": token})
            raise _not_empty()
    return DatabaseClaim(url, token)


def _not_empty() -> StorageError:
    return StorageError(
        "The MongoDB database is not empty, and a store is never taken over: it may be another union's, or what an "
        "`init` that was cut off has left. Nothing was changed. Name a database that does not exist yet, or look at "
        "what is in it and drop it yourself."
    )


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Client]:
    client: Client | None = None
    try:
        client = connect(url, database_in(url))
        yield client
    except (PyMongoError, BSONError) as error:
        raise not_opened(storage_error(error)) from error
    finally:
        if client is not None:
            await client.close()
