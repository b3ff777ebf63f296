"""Everything a store holds, brought into a new one of any engine: by pages, marked page by page, then compared.

A copy that broke off at any point is given again and goes on where it was. Until every row and every file was compared,
the new store says of itself that it is half copied.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from storage.backends import open_store
from storage.blobs import Blobs, digest_of
from storage.copied import TABLES, Row
from storage.errors import NotFound, StorageError, StoreBusy
from storage.ids import Digest
from storage.records import Union
from storage.store import Store

PAGE: Final = 200
_ROUNDS: Final = 3
_UNION: Final = "of union"
_WHOLE: Final = ""
"""Marks a table that was read to its end; before that the mark is the place to go on from."""
_SEEN_LATELY: Final = timedelta(minutes=1)
_ANY_AGE: Final = timedelta(days=36500)

Told = Callable[[str, int], None]
"""A table (or "media") and how much of it was copied in this run."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows there are, and a digest of them in any order."""

    count: int
    digest: int

    def plus(self, table: str, row: Row) -> Sum:
        """With one more row."""
        values = [row[column] for column in TABLES[table].columns]
        text = json.dumps(values, default=_hexadecimal, sort_keys=True).encode()
        return Sum(self.count + 1, (self.digest + int.from_bytes(hashlib.sha256(text).digest())) % 2**256)


def _hexadecimal(body: Any) -> dict[str, str]:
    return {"bytes": bytes(body).hex()}


async def copy_store(source: Store, target: Store, *, told: Told) -> dict[str, int]:
    """Copy every table into a store that is new or half copied from this union; how many rows each has.

    The target stays marked as half copied until `remove_copy_marks`. `StoreBusy` when the source goes on changing;
    `StorageError` for a target that holds anything else, which is not touched.
    """
    await _begin(source, target)
    for _ in range(_ROUNDS):
        await _copy_tables(source, target, told)
        counts, changed = await _compare(source, target)
        if not changed:
            await target.settle_rows()
            return counts
        for table in changed:
            await _begin_anew(target, table)
    raise StoreBusy(
        f"The store goes on changing while it is copied ({', '.join(changed)}). Stop every `serve` and `worker` of "
        "this union, then give the same command again: it goes on where it was."
    )


async def copy_into_file(source: Store, path: Path) -> None:
    """Every table in a new SQLite file of its own, by its absolute path; `StorageError` where a file stands already."""
    if await asyncio.to_thread(path.exists):
        raise StorageError(
            f"{path} exists already, and a copy never replaces a file. Choose another name, or move it away."
        )
    try:
        target = await open_store(f"sqlite://{path}")
        try:
            await copy_store(source, target, told=lambda _table, _count: None)
            await target.remove_copy_marks()
        finally:
            await target.close()
    except BaseException:
        _remove(path, "", "-wal", "-shm", ".lock")
        raise
    _remove(path, ".lock")


def _remove(path: Path, *endings: str) -> None:
    for ending in endings:
        path.with_name(path.name + ending).unlink(missing_ok=True)


async def refuse_busy(source: Store) -> None:
    """`StoreBusy` while a process was seen at work on it within the last minute; one that ends well takes its leave."""
    now = await source.find_server_time()
    if now is None:
        return
    at_work = [one for one in await source.list_processes() if one.seen_at > now - _SEEN_LATELY]
    if at_work:
        kinds = ", ".join(sorted(f"`{one.kind}`" for one in at_work))
        raise StoreBusy(
            f"Processes are at work on this store: {kinds}. A copy needs it at rest: stop them on every machine, and "
            "if one was killed wait a minute, then give the same command again."
        )


async def _begin(source: Store, target: Store) -> None:
    union = await source.find_union()
    if union is None:
        raise StorageError(
            "There is nothing to copy: the store holds no union. Look at the `store` setting of the home."
        )
    if await source.list_copy_marks():
        raise StorageError("The store of this home is half copied itself. Finish that copy before making another.")
    marks = await target.list_copy_marks()
    if not marks:
        await _require_empty(target)
        await target.save_copy_mark(_UNION, union.did)
    elif marks.get(_UNION) != union.did:
        raise _not_new("a half made copy of another union's store", union)


async def _require_empty(target: Store) -> None:
    standing = await target.find_union()
    if standing is not None:
        raise _not_new("a store", standing)
    for table in TABLES:
        rows, _ = await target.list_rows(table, after=None, limit=1)
        if rows:
            raise _not_new("rows of a store", None)


def _not_new(what: str, union: Union | None) -> StorageError:
    whose = "" if union is None else f" ({union.name})"
    return StorageError(
        f"The place to copy to holds {what} already{whose}, and a copy never replaces anything. Nothing was changed. "
        "Name a file or a database that does not exist yet."
    )


async def _copy_tables(source: Store, target: Store, told: Told) -> None:
    for table in TABLES:
        after = (await target.list_copy_marks()).get(table)
        if after != _WHOLE:
            await _copy_table(source, target, table, after, told)


async def _copy_table(source: Store, target: Store, table: str, after: str | None, told: Told) -> None:
    """A page is marked once it is kept: one that was not marked is copied again, to the same end."""
    count = 0
    while True:
        rows, after = await source.list_rows(table, after=after, limit=PAGE)
        await target.put_rows(table, rows)
        await target.save_copy_mark(table, _WHOLE if after is None else after)
        count += len(rows)
        told(table, count)
        if after is None:
            return


async def _begin_anew(target: Store, table: str) -> None:
    await target.save_copy_mark(table, "null")
    await target.clear_rows(table)


async def _compare(source: Store, target: Store) -> tuple[dict[str, int], list[str]]:
    """The rows of each table, and the tables that are not the same."""
    counts, changed = {}, []
    for table in TABLES:
        wanted = await sum_of(source, table)
        if wanted != await sum_of(target, table):
            changed.append(table)
        counts[table] = wanted.count
    return counts, changed


async def sum_of(store: Store, table: str) -> Sum:
    """Of all its rows."""
    total, after, reading = Sum(0, 0), None, True
    while reading:
        rows, after = await store.list_rows(table, after=after, limit=PAGE)
        reading = after is not None
        for row in rows:
            total = total.plus(table, row)
    return total


async def copy_blobs(source: Blobs, target: Blobs, *, now: datetime, told: Told) -> list[Digest]:
    """Copy what the target has not, each file compared by its digest; those that are damaged in the source."""
    damaged: list[Digest] = []
    for count, digest in enumerate(await source.list_blobs(added_before=now + _ANY_AGE), 1):
        if not await _is_whole(target, digest):
            body = await source.read_blob(digest)
            if digest_of(body) != digest:
                damaged.append(digest)
                continue
            await target.add_blob(body)
            if not await _is_whole(target, digest):
                raise StorageError(
                    f"The media file {digest} came out altered where it was copied to. Nothing is lost. Look at that "
                    "disk or server, then give the same command again."
                )
        told("media", count)
    return damaged


async def _is_whole(blobs: Blobs, digest: Digest) -> bool:
    try:
        return await blobs.find_size(digest) is not None and digest_of(await blobs.read_blob(digest)) == digest
    except NotFound:
        return False
