"""Bring a database to this release's collections and indexes, in numbered steps, by one process at a time.

A step may be run again (a process may die in it), so each only expands; what nobody reads any more goes in a later
release. The version stands in the document `schema`, the lock beside it lapses by itself.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from storage.errors import StorageError, StoreBusy, StoreDamaged, StoreMissing, StoreTooNew
from storage.mongo.driver import Client, Document, Duplicate
from storage.mongo.gates import gate_documents
from storage.mongo.indexes import INDEXES

Step = Callable[[Client], Awaitable[None]]

SCHEMA: Final = "schema"
COUNTERS: Final[tuple[Document, ...]] = ({"_id": "deliveries", "last": 0}, *gate_documents())
_VERSION: Final = "version"
_LOCK: Final = "lock"
_LEASE: Final = timedelta(seconds=60)
"""By the server's own clock; a dead process holds nothing up for longer."""
_LOOK_AGAIN: Final = 0.2
_PATIENCE: Final = 90.0


async def _create_indexes(client: Client) -> None:
    """A command for each collection: a new database is ready sooner than with one for each index."""
    for name, indexes in INDEXES.items():
        if indexes:
            await client.collection(name).create_indexes([index.model() for index in indexes])


async def _create_counters(client: Client) -> None:
    """Before they are counted up, so that nobody has to make one in the middle of a transaction."""
    await client.collection("counters").insert_each(COUNTERS)


async def _say_nothing_of_silence(client: Client) -> None:
    """No mirror was asked yet whether a peer answers it."""
    for field in ("silence_agreed_at", "silence_denied_at"):
        await client.collection("peers").update_all({field: {"$exists": False}}, {"$set": {field: None}})


async def _tell_claims_from_breaches(client: Client) -> None:
    """An entry stood alone, a charter that claims a home did not; an entry begins with `{`, a promise does not."""
    evidence = client.collection("evidence")
    for piece in await evidence.find({"kind": {"$in": ["home", "unserved"]}}):
        first, second = bytes(piece["first"]), bytes(piece["second"])
        if second and (piece["kind"] == "home" or not first.startswith(b"{")):
            kind = "claim" if piece["kind"] == "home" else "lapse"
            await evidence.update({"_id": piece["_id"]}, {"$set": {"kind": kind}})


STEPS: Final[tuple[tuple[Step, ...], ...]] = (
    (_create_indexes, _create_counters),
    (_create_indexes,),  # of kept logs and what goes with them
    (_say_nothing_of_silence,),
    (_create_indexes,),  # of what was retracted with a kit
    (_create_indexes,),  # of what can be taken back in kept logs
    (_tell_claims_from_breaches,),
)
"""What each version added; the first is version 1. Making an index that stands changes nothing."""


async def require_replica_set(client: Client) -> None:
    """`StorageError` for a standalone server: without a replica set there are no transactions."""
    hello = await client.command({"hello": 1})
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise StorageError(
            "This MongoDB server stands alone, and a union's record needs transactions, which only a replica set has. "
            "Start it with --replSet rs0 and run rs.initiate() once; a set of one member is enough to begin with."
        )


async def require_store(client: Client) -> None:
    """`StoreMissing` when the database was never made a store, `StoreDamaged` for another program's."""
    if await _version(client) == 0:
        raise StoreMissing("The MongoDB database holds no store.")


async def migrate(client: Client, steps: Sequence[Sequence[Step]] = STEPS) -> None:
    """Run the steps this database has not seen.

    `StoreDamaged` for another program's database, `StoreTooNew` for a newer release's (neither is changed), `StoreBusy`
    when another process takes longer than a minute and a half over it.
    """
    deadline = time.monotonic() + _PATIENCE
    while await _version(client) < len(steps):
        lease = secrets.token_hex(8)
        if await _take_lock(client, lease):
            try:
                await _run(client, steps)
            finally:
                await client.collection(SCHEMA).delete({"_id": _LOCK, "lease": lease})
        elif time.monotonic() > deadline:
            raise StoreBusy("Another process has been preparing this store for a long time. Try again in a minute.")
        else:
            await asyncio.sleep(_LOOK_AGAIN)
    version = await _version(client)
    if version > len(steps):
        raise StoreTooNew(
            f"The store was written by a newer release (its schema is number {version}, this release knows "
            f"{len(steps)}). Nothing was changed. Install the newer release again."
        )


async def _version(client: Client) -> int:
    """How many steps the database has seen; 0 for an empty one."""
    standing = await client.collection(SCHEMA).find_one({"_id": _VERSION})
    if standing is not None:
        return int(standing["number"])
    if await list_names(client) - our_names():
        raise StoreDamaged(
            "The database holds collections of another program, so it is no store of ours. Nothing was changed. "
            "Name an empty database in the `store` setting: mongodb://HOST/DATABASE"
        )
    return 0


async def list_names(client: Client) -> set[str]:
    """The collections that stand there."""
    return {name for name in await client.collection_names() if not name.startswith("system.")}


def our_names() -> set[str]:
    """Every collection of a store: what a preparation that broke off may have left."""
    return {SCHEMA, *INDEXES}


async def _take_lock(client: Client, lease: str) -> bool:
    """By the server's clock, so that it lapses the same for everybody."""
    now = (await client.command({"hello": 1}))["localTime"]
    taken: Document = {"lease": lease, "until": now + _LEASE}
    if await client.collection(SCHEMA).update({"_id": _LOCK, "until": {"$lt": now}}, {"$set": taken}):
        return True
    try:
        await client.collection(SCHEMA).insert({"_id": _LOCK, **taken})
    except Duplicate:
        return False
    return True


async def _run(client: Client, steps: Sequence[Sequence[Step]]) -> None:
    """A step that stands in several versions is taken once."""
    taken: set[Step] = set()
    for number in range(await _version(client) + 1, len(steps) + 1):
        for step in steps[number - 1]:
            if step not in taken:
                await step(client)
                taken.add(step)
        await client.collection(SCHEMA).update({"_id": _VERSION}, {"$max": {"number": number}}, upsert=True)
