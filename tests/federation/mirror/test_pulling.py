"""Pulling a log from whoever serves it: in steps, in bounded memory, from any source, over epochs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadAnswer, NoAnswer
from federation.identity.charter import EMPTY_TREE, TreeHead, new_charter, read_charter
from federation.keys import did_key, encode_multikey
from federation.mirror.epochs import open_epoch
from federation.mirror.growing import PIECE, STEP
from federation.mirror.pull import STRETCH, Pulled, Puller
from federation.mirror.quotas import Quotas
from federation.mirror.receive import new_log
from federation.mirror.source import Source
from federation.mirror.unions import KnownUnion
from federation.proofs.jcs import canonical
from federation.tlog.merkle import leaf_hashes
from federation.tlog.tiles import TILE_WIDTH, grow, parse_tile_path, write_bundle
from federation.wire import Answer
from storage.backends import open_store
from storage.ids import Did, LogName, ObjectId
from storage.records import KeptLog, Leaf, Taking, Tile
from storage.store import Store
from tests.federation.mirror.logs import AT, HOME, ORIGINS, MadeLog, entry_of, note

AGE = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"


@dataclass(slots=True)
class ServedWire:
    """Serves a made log; counts what is asked."""

    log: MadeLog
    asked: list[str] = field(default_factory=list)
    is_silent: bool = False

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        if self.is_silent:
            raise NoAnswer("It accepts no connection.")
        path = url.partition(f"/log/{self.log.name}/")[2]
        self.asked.append(path)
        body = self._find(path)
        return Answer(status=404 if body is None else 200, url=url, content_type="", body=body or b"")

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        raise BadAnswer(f"{url} {media_type} {cap} {len(body)}")

    def _find(self, path: str) -> bytes | None:
        name = parse_tile_path(path)
        if name is not None and name.level is None:
            return write_bundle(self.log.entries[name.number * TILE_WIDTH :][: name.width])
        if name is not None:
            tiles = grow({}, 0, leaf_hashes(self.log.entries))
            return tiles[name.level or 0, name.number][: name.width * 32]
        if path.startswith("activities?from="):
            start, limit = (int(part.rpartition("=")[2]) for part in path.split("&"))
            return b"".join(body + b"\n" for body in self.log.bodies[start : start + limit])
        by_digest = dict(zip(self.log.entries, self.log.bodies, strict=False))
        wanted = path.removeprefix("activity/").encode()
        return next((body for entry, body in by_digest.items() if wanted in entry), None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    await opened.close()


def a_union(root: Ed25519PrivateKey, log: MadeLog, *, epoch: int = 1, after: TreeHead = EMPTY_TREE) -> KnownUnion:
    """The union of a made log, whose name it becomes."""
    did = did_key(root.public_key())
    raw = new_charter(
        union=did,
        epoch=epoch,
        name="Seoul",
        homes=[HOME],
        log_key=encode_multikey(log.log_key.public_key()),
        cosigner_key=encode_multikey(Ed25519PrivateKey.generate().public_key()),
        after=after,
        recipient=AGE,
        previous=() if epoch == 1 else ("zQmWvQxTqbG2Z9HPJgG57jjwR154cKhbtJenbyYTWkjgF3e",),
        published=AT,
        root_key=root,
    )
    log.name = f"{did}/{epoch}"
    return KnownUnion(newest=read_charter(raw), origins=ORIGINS)


async def answer(is_so: bool) -> bool:
    return is_so


def a_puller(store: Store, **quotas: int) -> Puller:
    return Puller(
        store=store,
        us=Did("did:key:z6MkUs"),
        key=Ed25519PrivateKey.generate,
        is_mutual=lambda _did: answer(True),
        now=lambda: AT,
        free=lambda: 2**40,
        quotas=Quotas(**quotas),
    )


async def follow(store: Store, union: KnownUnion, log: MadeLog) -> LogName:
    """The log with its newest head pending."""
    await store.add_log(new_log(union))
    kept = await find(store, union.log)
    await store.set_pending(union.log, expecting=kept.pending_size, size=len(log.entries), checkpoint=log.sign())
    return union.log


async def find(store: Store, name: LogName) -> KeptLog:
    kept = await store.find_log(name)
    assert kept is not None
    return kept


def source(wire: ServedWire) -> Source:
    return Source(wire=wire, home=HOME, log=LogName(wire.log.name))


async def pull(store: Store, union: KnownUnion, wires: Sequence[ServedWire], **quotas: int) -> Pulled:
    sources = [source(wire) for wire in wires]
    return await a_puller(store, **quotas).pull(union.log, union, sources, may_promise=True)


def a_log(posts: int) -> MadeLog:
    log = MadeLog()
    log.introduce()
    for number in range(posts):
        log.post(number)
    return log


async def test_a_copy_is_whole_and_promised(store: Store) -> None:
    log = a_log(5)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    done = await pull(store, union, [ServedWire(log)])
    assert (6, 6, True, None) == (done.grown, done.filled, done.is_promised, done.why)
    assert log.bodies == [leaf.body for leaf in await store.list_leaves(name, 0, 99)]
    assert 6 == (await find(store, name)).checkpoint_size
    again = await pull(store, union, [ServedWire(log)])
    assert not again.changed


async def test_a_silent_source_is_passed_over(store: Store) -> None:
    log = a_log(5)
    union = a_union(Ed25519PrivateKey.generate(), log)
    await follow(store, union, log)
    assert (await pull(store, union, [ServedWire(log, is_silent=True), ServedWire(log)])).is_promised


async def test_nothing_is_promised_before_everything_is_here(store: Store) -> None:
    log = a_log(5)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    wire = ServedWire(replace(log, bodies=log.bodies[:3]))
    done = await pull(store, union, [wire])
    kept = await find(store, name)
    assert (6, 3, True, 0) == (kept.size, done.filled, done.is_missing, kept.checkpoint_size)
    assert (await pull(store, union, [ServedWire(log)])).is_promised


async def test_two_halves_from_two_sources_make_a_whole(store: Store) -> None:
    log = a_log(5)
    union = a_union(Ed25519PrivateKey.generate(), log)
    await follow(store, union, log)
    blank = replace(log, bodies=[*log.bodies[:3], *[b'{"withdrawn":3}'] * 3])
    done = await pull(store, union, [ServedWire(blank), ServedWire(log)])
    assert (6, True) == (done.filled, done.is_promised)


async def test_a_broken_activity_stops_the_log_and_nothing_is_promised(store: Store) -> None:
    log = a_log(2)
    log.say("Create", note(9), key=Ed25519PrivateKey.generate())
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    done = await pull(store, union, [ServedWire(log)])
    kept = await find(store, name)
    found = await store.list_evidence(union.newest.union)
    assert (False, "stopped", 0) == (done.is_promised, kept.state, kept.checkpoint_size)
    assert [(log.entries[-1], log.bodies[-1])] == [(one.first, one.second) for one in found]


@pytest.mark.parametrize(
    "entry",
    [b"x" * 5000, b"{}", canonical({"activity": "https://evil.test/1"})],
    ids=["over 4 KiB", "nothing", "elsewhere"],
)
async def test_a_broken_entry_stops_the_log(store: Store, entry: bytes) -> None:
    log = a_log(2)
    log.entries.append(entry)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    await pull(store, union, [ServedWire(log)])
    assert ("stopped", 0) == ((await find(store, name)).state, (await find(store, name)).size)
    assert 1 == len(await store.list_evidence(union.newest.union))


def a_huge_log(size: int) -> MadeLog:
    """Entries without activities: what a hostile peer may sign."""
    log = MadeLog()
    document: dict[str, Any] = {"published": "2026-11-22T12:00:00Z", "type": "Create"}
    for number in range(size):
        ids = {"id": f"{HOME}/activities/{number}", "object": f"{HOME}/objects/{number}"}
        log.entries.append(entry_of({**document, **ids}, str(number).encode()))
    return log


async def test_a_huge_log_comes_in_steps_that_fit_in_memory(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    log = a_huge_log(STRETCH + STEP + 100)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    steps: list[int] = []
    grow_log = store.grow_log

    async def counted(name: LogName, *, expecting: int, leaves: Sequence[Leaf], tiles: Sequence[Tile]) -> bool:
        steps.append(len(leaves))
        return await grow_log(name, expecting=expecting, leaves=leaves, tiles=tiles)

    monkeypatch.setattr(store, "grow_log", counted)
    wire = ServedWire(log)
    done = await pull(store, union, [wire])
    assert (len(log.entries), PIECE) == (done.grown, max(steps))
    assert not done.is_promised
    assert (await find(store, name)).size == len(log.entries)
    hashes = [path for path in wire.asked if path.startswith(("tile/0", "tile/1"))]
    assert len(hashes) <= 3 * -(-len(log.entries) // STEP)


async def test_mir_07_a_huge_log_ends_at_its_quota(store: Store) -> None:
    log = a_huge_log(STRETCH + STEP)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    done = await pull(store, union, [ServedWire(log)], text=1000)
    assert "all that one peer may have" in str(done.why)
    assert STRETCH == (await find(store, name)).size


async def test_ten_new_posts_behind_a_long_log_cost_what_ten_cost(store: Store) -> None:
    costs: list[Collection[str]] = []
    for length in (40, 400):
        log = a_log(length)
        union = a_union(Ed25519PrivateKey.generate(), log)
        await follow(store, union, log)
        await pull(store, union, [ServedWire(log)])
        for number in range(10):
            log.post(1000 + number)
        await follow(store, union, log)
        wire = ServedWire(log)
        assert (await pull(store, union, [wire])).is_promised
        costs.append(wire.asked)
    assert [2, 2] == [len(asked) for asked in costs]


async def test_the_next_epoch_begins_with_the_prefix_that_we_hold(store: Store) -> None:
    root, log = Ed25519PrivateKey.generate(), a_log(6)
    first = a_union(root, log)
    old = await follow(store, first, log)
    await pull(store, first, [ServedWire(log)])
    cut = log.head(5)
    log.entries, log.bodies, log.log_key = log.entries[:5], log.bodies[:5], Ed25519PrivateKey.generate()
    second = a_union(root, log, epoch=2, after=TreeHead(size=5, root=cut.root))
    kept = await open_epoch(store, second, at=AT)
    assert (second.log, 5, "following") == (kept.name, kept.size, (await find(store, old)).state)
    assert log.bodies == [leaf.body for leaf in await store.list_leaves(kept.name, 0, 99)]
    assert ["fork"] == [one.kind for one in await store.list_evidence(second.newest.union)]
    log.post(77)
    name = await follow(store, second, log)
    wire = ServedWire(log)
    assert (await pull(store, second, [wire])).is_promised
    assert (6, 3) == ((await find(store, name)).checkpoint_size, len(wire.asked))
    await open_epoch(store, second, at=AT)
    assert "ended" == (await find(store, old)).state
    assert ["hidden"] * 5 + ["held"] * 2 == [leaf.state for leaf in await store.list_leaves(old, 0, 99)]


async def test_an_epoch_of_another_prefix_is_fetched_anew_and_ours_is_evidence(store: Store) -> None:
    root, log, other = Ed25519PrivateKey.generate(), a_log(6), a_log(4)
    first = a_union(root, log)
    await follow(store, first, log)
    await pull(store, first, [ServedWire(log)])
    second = a_union(root, other, epoch=2, after=TreeHead(size=5, root=other.head(5).root))
    kept = await open_epoch(store, second, at=AT)
    assert (0, 1) == (kept.size, len(await store.list_evidence(second.newest.union)))
    await follow(store, second, other)
    assert (await pull(store, second, [ServedWire(other)])).is_promised


async def test_an_epoch_that_does_not_begin_as_its_charter_says_is_stopped(store: Store) -> None:
    log = a_log(6)
    union = a_union(Ed25519PrivateKey.generate(), log, epoch=2, after=TreeHead(size=5, root=bytes(32)))
    name = await follow(store, union, log)
    assert not (await pull(store, union, [ServedWire(log)])).is_promised
    assert "stopped" == (await find(store, name)).state


async def test_a_peer_that_changes_one_note_without_end_is_looked_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch of its entries would else cost as much as the whole log."""
    monkeypatch.setattr("federation.mirror.filling._BATCH", 4)
    log = MadeLog()
    union = a_union(Ed25519PrivateKey.generate(), log)
    log.introduce()
    for _ in range(60):
        log.post(1, "Update")
    name, asked, ask = await follow(store, union, log), list[str](), store.find_newest_takings

    async def counted(
        name: LogName, objects: Collection[ObjectId], taking: Taking, *, below: int
    ) -> dict[ObjectId, int]:
        asked.extend(f"{taking} {one}" for one in objects)
        return await ask(name, objects, taking, below=below)

    monkeypatch.setattr(store, "find_newest_takings", counted)
    pulled = await a_puller(store).pull(name, union, [source(ServedWire(log))], may_promise=True)
    assert (61, 2, None) == (pulled.grown, pulled.filled, pulled.why)
    assert 2 * 2 == len(asked)  # each kind once when it is filled, and once when it is settled
