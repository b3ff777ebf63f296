"""A long log and a mirror that lacks its newest posts: what keeping copies is measured on."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from federation.activitystreams.parse import read_time
from federation.keys import did_key, multihash_sha256, new_ed25519
from federation.log.kept import read_root
from federation.log.own import read_document
from federation.log.serve import read_activities, read_tile
from federation.mirror.receive import new_log
from federation.mirror.unions import KnownUnion, know_union
from federation.proofs import integrity
from federation.proofs.jcs import canonical
from federation.times import rfc3339
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.tlog.merkle import leaf_hashes
from federation.tlog.tiles import grow, needed_for_growth, parse_tile_path
from node.context import Node
from storage.backends import open_store
from storage.ids import ActivityId, Did, LogName, ObjectId
from storage.records import KeptLog, Leaf, Tile
from storage.store import Store
from tests.bench.homes import HANDLE, say

_STEP: Final = 4096
_LONG_AGO: Final = datetime.now(UTC) - timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The log as its home serves it at one size."""

    store: Store
    kept: KeptLog
    checkpoint: bytes

    async def answer(self, url: str) -> bytes | None:
        """What lies at one of the log's addresses."""
        path = url.partition(f"/log/{self.kept.name}/")[2]
        if path == "checkpoint":
            return self.checkpoint
        if path.startswith("tile/"):
            name = parse_tile_path(path)
            return None if name is None else await read_tile(self.store, self.kept, name)
        start, _, limit = path.removeprefix("activities?from=").partition("&limit=")
        return await read_activities(self.store, self.kept, int(start), int(limit))


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLog:
    """A union's log, and the file of a mirror that holds all but the newest of it."""

    node: Node
    store: Store
    """Where its home has it."""
    union: KnownUnion
    home: str
    size: int
    held: Path
    mirror: Did

    @property
    def name(self) -> LogName:
        """Of the log."""
        return self.union.log

    async def served(self, size: int) -> Served:
        """As it was when it had so many entries."""
        kept = await self.store.find_log(self.name)
        assert kept is not None
        note = await sign_head(self.store, self.name, size, self.node)
        return Served(store=self.store, kept=replace(kept, checkpoint_size=size), checkpoint=note)


async def sign_head(store: Store, name: LogName, size: int, node: Node) -> bytes:
    """The signed head over so many entries."""
    head = Checkpoint(name, size, await read_root(store, name, size))
    return sign_checkpoint(head, key=node.vault.log_key())


async def make_log(node: Node, folder: Path, *, older: int, newer: int) -> LongLog:
    """The actors' documents, then what was taken back long ago, then new posts, which the mirror's file lacks."""
    body = await say(node)
    union = await know_union(node.store, node.union.did, own_url="")
    assert union is not None
    first = [leaf for leaf in await node.store.list_leaves(union.log, 0, 10) if leaf.body != body]
    home, held = folder / "home.db", folder / "held.db"
    store = await open_store(f"sqlite:///{home}")
    await store.add_log(new_log(union))
    await _grow(store, union.log, 0, first)
    for start in range(len(first), older, _STEP):
        await _grow(store, union.log, start, [_gone(place, node) for place in range(start, min(start + _STEP, older))])
    await _promise(store, union.log, older, node)
    await store.close()
    await asyncio.to_thread(shutil.copy, home, held)
    store = await open_store(f"sqlite:///{home}")
    for start in range(older, older + newer, _STEP):
        posts = [_post(place, body, node) for place in range(start, min(start + _STEP, older + newer))]
        await _grow(store, union.log, start, posts)
    return LongLog(
        node=node,
        store=store,
        union=union,
        home=node.config.url,
        size=older + newer,
        held=held,
        mirror=did_key(new_ed25519().public_key()),
    )


async def _promise(store: Store, name: LogName, size: int, node: Node) -> None:
    """Everything so far is held, looked through and signed."""
    note = await sign_head(store, name, size, node)
    await store.withdraw_leaves(name, expecting=0, to=size, places=[], standing={}, at=_LONG_AGO)
    await store.set_pending(name, expecting=0, size=size, checkpoint=note)
    await store.set_checkpoint(name, expecting=0, size=size, checkpoint=note, at=_LONG_AGO)


async def _grow(store: Store, name: LogName, start: int, leaves: list[Leaf]) -> None:
    known = await store.find_tiles(name, needed_for_growth(start))
    changed = grow(known, start, leaf_hashes(leaf.entry for leaf in leaves))
    tiles = [Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in changed.items()]
    assert await store.grow_log(name, expecting=start, leaves=leaves, tiles=tiles)


def _gone(place: int, node: Node) -> Leaf:
    """An update of long ago, of which only the entry is left."""
    activity, note = ActivityId(f"{node.config.url}/activities/{place}"), ObjectId(f"{node.config.url}/objects/{place}")
    return _leaf(place, activity, note, multihash_sha256(activity.encode()), _LONG_AGO, None, node)


def _post(place: int, body: bytes, node: Node) -> Leaf:
    """The post again with ids of its own, signed anew."""
    text = body.decode()
    said = read_document(body)
    inner = said["object"]
    assert isinstance(inner, dict)
    activity, note = ActivityId(f"{node.config.url}/activities/{place}"), ObjectId(f"{node.config.url}/objects/{place}")
    renamed = text.replace(str(said["id"]), activity).replace(str(inner["id"]), note)
    document = {name: value for name, value in read_document(renamed.encode()).items() if name != "proof"}
    actor = node.locations.actor(HANDLE)
    signed = integrity.sign(
        document, key=node.vault.actor_keys(HANDLE).ed25519, method=f"{actor}#ed25519-key", now=datetime.now(UTC)
    )
    bytes_ = canonical(signed)
    published = read_time(signed["published"])
    assert published is not None
    return _leaf(place, activity, note, multihash_sha256(bytes_), published, bytes_, node)


def _leaf(
    place: int,
    activity: ActivityId,
    note: ObjectId,
    digest: str,
    published: datetime,
    body: bytes | None,
    node: Node,
) -> Leaf:
    entry = canonical(
        {"activity": activity, "digest": digest, "object": note, "published": rfc3339(published), "type": "Create"}
    )
    return Leaf(
        place=place,
        entry=entry,
        digest=digest,
        activity=activity,
        actor=None if body is None else node.locations.actor(HANDLE),
        object=note,
        type="Create",
        published_at=published,
        state="gone" if body is None else "held",
        is_standing=False,
        kept_at=_LONG_AGO,
        changed_at=_LONG_AGO,
        body=body,
    )
