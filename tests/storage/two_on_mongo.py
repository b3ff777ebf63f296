"""Two processes on one MongoDB database, and one of them that saw the store as it stood a moment ago."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pymongo.errors import PyMongoError

from storage.mongo.database import Database, Scope
from storage.mongo.driver import begin
from storage.mongo.store import MongoStore
from storage.store import Store


def database(store: Store) -> Database:
    assert isinstance(store, MongoStore)
    return store.database


@asynccontextmanager
async def a_moment_ago(store: Store) -> AsyncIterator[Scope]:
    """A transaction that sees the store as it stands now, whatever others do before it goes on; never committed."""
    session = await database(store).client.start_session()
    try:
        await begin(session)
        within = Scope(database(store).client, session)
        await within["deliveries"].find_one({})
        yield within
        if session.in_transaction:
            await session.abort_transaction()
    finally:
        await session.end_session()


async def is_refused(within: Scope, step: Callable[[Scope], Awaitable[object]]) -> bool:
    """Whether the step, or its end, loses the race."""
    try:
        await step(within)
        await within.session.commit_transaction()
    except PyMongoError:
        return True
    return False
