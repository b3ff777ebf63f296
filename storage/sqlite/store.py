"""`Store` in one SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from storage.sqlite.activities import SqliteActivities
from storage.sqlite.actors import SqliteActors
from storage.sqlite.blocks import SqliteBlocks
from storage.sqlite.boosts import SqliteBoosts
from storage.sqlite.connection import (
    connect,
    create_file,
    fold_write_ahead_log,
    require_sqlite,
    use_write_ahead_log,
)
from storage.sqlite.copies import SqliteCopies
from storage.sqlite.copying import copy_to
from storage.sqlite.database import Database
from storage.sqlite.deliveries import SqliteDeliveries
from storage.sqlite.faults import storage_error
from storage.sqlite.followers import SqliteFollowers
from storage.sqlite.following import SqliteFollowing
from storage.sqlite.holdings import SqliteHoldings
from storage.sqlite.host_schemes import SqliteHostSchemes
from storage.sqlite.hosts import SqliteHosts
from storage.sqlite.inbox import SqliteInbox
from storage.sqlite.jobs import SqliteJobs
from storage.sqlite.kept_bodies import SqliteKeptBodies
from storage.sqlite.kept_leaves import SqliteKeptLeaves
from storage.sqlite.kept_logs import SqliteKeptLogs
from storage.sqlite.log import SqliteLog
from storage.sqlite.media import SqliteMedia
from storage.sqlite.migrate import Step, list_steps, migrate
from storage.sqlite.moves import SqliteMoves
from storage.sqlite.news import SqliteNews
from storage.sqlite.orphans import take_back_orphans
from storage.sqlite.peers import SqlitePeers
from storage.sqlite.pins import SqlitePins
from storage.sqlite.posts import SqlitePosts
from storage.sqlite.processes import SqliteProcesses
from storage.sqlite.reactions import SqliteReactions
from storage.sqlite.receipts import SqliteReceipts
from storage.sqlite.remotes import SqliteRemotes
from storage.sqlite.reports import SqliteReports
from storage.sqlite.retractions import SqliteRetractions
from storage.sqlite.soundness import find_problems
from storage.sqlite.spending import SqliteSpending
from storage.sqlite.unions import SqliteUnions

_READERS: Final = 2


class SqliteStore(
    SqliteUnions,
    SqliteActors,
    SqliteLog,
    SqliteActivities,
    SqlitePosts,
    SqliteMedia,
    SqliteBoosts,
    SqlitePins,
    SqliteFollowers,
    SqliteFollowing,
    SqliteReactions,
    SqliteReports,
    SqliteBlocks,
    SqliteMoves,
    SqliteDeliveries,
    SqliteHosts,
    SqliteHostSchemes,
    SqliteInbox,
    SqliteRemotes,
    SqliteCopies,
    SqliteJobs,
    SqliteNews,
    SqliteProcesses,
    SqliteSpending,
    SqliteKeptLogs,
    SqliteKeptLeaves,
    SqliteKeptBodies,
    SqliteReceipts,
    SqlitePeers,
    SqliteHoldings,
    SqliteRetractions,
):
    """All nouns on one database; `release` lets go of the lock that keeps other processes out."""

    is_shared = False

    def __init__(self, database: Database, release: Callable[[], None]) -> None:
        super().__init__(database)
        self._release: Final = release

    async def check(self) -> list[str]:
        return await self.database.read(find_problems)

    async def back_up(self, path: str) -> None:
        await self.database.read(lambda connection: copy_to(connection, Path(path)))

    async def erase_removed(self) -> bool:
        return await asyncio.to_thread(_fold, self.database.path)

    async def close(self) -> None:
        await asyncio.shield(asyncio.to_thread(self._end))

    def _end(self) -> None:
        self.database.stop()
        self._release()


def _fold(path: Path) -> bool:
    try:
        return fold_write_ahead_log(path)
    except sqlite3.Error as error:
        raise storage_error(error, path) from error


def open_database(path: Path, steps: tuple[Step, ...] | None = None) -> Database:
    """Open or create the file and bring it to the newest of `steps` (this release's); blocks.

    The caller holds the lock. Raises `StorageError` and its kinds.
    """
    require_sqlite()
    with ExitStack() as opened:
        try:
            create_file(path)
            writer = connect(path)
            opened.callback(writer.close)
            migrate(writer, path, list_steps() if steps is None else steps)
            use_write_ahead_log(writer, path)
            take_back_orphans(writer)
            readers = []
            for _ in range(_READERS + 1):
                readers.append(connect(path, query_only=True))
                opened.callback(readers[-1].close)
        except sqlite3.Error as error:
            raise storage_error(error, path) from error
        opened.pop_all()
    return Database(path, writer, readers[1:], readers[0])
