"""Bringing our record to a mirror: in bounded requests, from where it is, and never without end."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from federation.errors import NoAnswer, Unreachable
from federation.mirror.errors import BadSource
from federation.mirror.push import Pushed, Pusher
from federation.tlog.merkle import leaf_hashes
from federation.tlog.packages import INFO_TYPE, MirrorInfo, write_info
from federation.tlog.tiles import grow
from federation.turns import Turns
from federation.wire import Answer
from storage.backends import open_store
from storage.blobs import DiskBlobs
from storage.ids import Did, Lease, LogName
from storage.records import KeptLog, Tile
from storage.store import Store
from tests.federation.mirror.bringing import PEER, Mirror
from tests.federation.mirror.logs import AT, MadeLog, held, leaf_of

HOME = "https://harbour.example"
OURS = Did("did:key:z6MkHarbour")


@dataclass(slots=True)
class Brought:
    """A wire that ends at a mirror in this process; `alter` may answer instead."""

    mirror: Mirror
    asked: list[tuple[str, int]] = field(default_factory=list)
    alter: Callable[[str], Answer | None] = lambda _path: None

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        raise AssertionError(f"nothing is fetched: {url} {cap} {seconds}")

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        raise AssertionError(f"heads are told elsewhere: {url} {media_type} {cap} {len(body)}")

    async def send_plain(
        self, method: str, url: str, body: bytes, *, headers: Mapping[str, str], cap: int, seconds: float | None
    ) -> Answer:
        path = url.removeprefix(f"{HOME}/log/")
        self.asked.append((f"{method} {path.partition('/')[0] if method == 'POST' else path.split('/')[2]}", len(body)))
        assert cap
        assert seconds
        answer = self.alter(path)
        if answer is not None:
            return answer
        if method == "PUT":
            return answered(await self._put(path, body))
        assert headers["Content-Encoding"] == "gzip"
        added = await self.mirror.add(gzip.decompress(body))
        info = b"" if added.info is None else write_info(added.info)
        return answered(added.status, info or added.lines.encode(), INFO_TYPE if info else "text/plain")

    async def _put(self, path: str, body: bytes) -> int:
        _, _, kind, digest = path.split("/")
        if kind == "activity":
            return await self.mirror.put_named(digest, body)
        return await self.mirror.put_file(body)


def answered(status: int, body: bytes = b"", content_type: str = "text/plain") -> Answer:
    return Answer(status=status, url=HOME, content_type=content_type, body=body)


@dataclass(slots=True)
class Ours:
    """Our own log in our own store, and who brings it."""

    store: Store
    log: MadeLog
    wire: Brought
    pusher: Pusher

    async def grow(self) -> KeptLog:
        """All that the made log has."""
        name = LogName(self.log.name)
        log = KeptLog(
            name=name, did=PEER.did, epoch=1, state="ours", size=0, withdrawn_to=0, checkpoint=None,
            checkpoint_size=0, checkpoint_at=None, pending=None, pending_size=0,
        )  # fmt: skip
        await self.store.add_log(log)
        kept = await self.store.find_log(name)
        assert kept is not None
        new = [leaf_of(entry, place) for place, entry in enumerate(self.log.entries)][kept.size :]
        leaves = [
            replace(held(leaf), body=self.log.bodies[leaf.place])
            if leaf.place < len(self.log.bodies)
            else replace(leaf, state="gone")
            for leaf in new
        ]
        tiles = grow({}, 0, leaf_hashes(self.log.entries))
        rows = [Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in tiles.items()]
        await self.store.grow_log(name, expecting=kept.size, leaves=leaves, tiles=rows)
        size = len(self.log.entries)
        await self.store.set_checkpoint(
            name, expecting=kept.checkpoint_size, size=size, checkpoint=self.log.sign(), at=AT
        )
        await self.wire.mirror.tell(old=kept.checkpoint_size)
        grown = await self.store.find_log(name)
        assert grown is not None
        return grown

    async def push(self, kept: KeptLog, *, held: int = 0) -> Pushed:
        return await self.pusher.push(OURS, HOME, kept, held=held)


@pytest.fixture
async def ours(tmp_path: Path) -> Any:
    log = MadeLog()
    log.introduce()
    for number in range(5):
        log.post(number)
    theirs, store = await open_store(f"sqlite:///{tmp_path}/theirs.db"), await open_store(f"sqlite:///{tmp_path}/o.db")
    mirror = Mirror(theirs, log, DiskBlobs(tmp_path / "media"))
    await mirror.begin()
    wire = Brought(mirror)
    turns = Turns(store=store, now=lambda: AT, new_lease=lambda: Lease("1"))
    yield Ours(store, log, wire, Pusher(store=store, wire=wire, blobs=DiskBlobs(tmp_path / "own"), turns=turns))
    await theirs.close()
    await store.close()


async def test_a_mirror_is_brought_what_it_lacks_and_answers_with_its_receipt(ours: Ours) -> None:
    pushed = await ours.push(await ours.grow())
    assert pushed.lines is not None
    assert 6 == (await ours.wire.mirror.kept()).checkpoint_size
    assert ["POST add-entries"] * 2 + ["PUT activity"] * 6 + ["POST add-entries"] == [
        what for what, _ in ours.wire.asked
    ]


async def test_what_comes_later_is_brought_alone(ours: Ours) -> None:
    await ours.push(await ours.grow())
    ours.log.post(7)
    kept = await ours.grow()
    ours.wire.asked.clear()
    assert (await ours.push(kept, held=6)).lines is not None
    assert 4 == len(ours.wire.asked)


async def test_a_mirror_that_has_all_is_asked_once(ours: Ours) -> None:
    kept = await ours.grow()
    await ours.push(kept)
    ours.wire.asked.clear()
    assert (await ours.push(kept)).lines is not None
    assert 1 == len(ours.wire.asked)


async def test_a_long_log_goes_in_requests_of_bounded_size(ours: Ours, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.mirror.push.MOST_PACKAGES", 2)
    ours.log.entries.extend(leaf for leaf in filler(ours.log, 1500))
    assert (await ours.push(await ours.grow())).lines is None
    posts = [length for what, length in ours.wire.asked if what == "POST add-entries"]
    assert 4 <= len(posts) <= 6
    assert 1506 == (await ours.wire.mirror.kept()).size


def filler(log: MadeLog, count: int) -> list[bytes]:
    """Entries of whom nobody has the activity any more."""
    other = MadeLog(key=log.key)
    other.post(50_000)
    one = other.entries[0].replace(b"/activities/1", b"/activities/%06d")
    return [one % (100_000 + number) for number in range(count)]


async def test_a_push_that_was_broken_off_goes_on_where_it_was(ours: Ours) -> None:
    kept = await ours.grow()
    left = 5

    def breaks(_path: str) -> Answer | None:
        nonlocal left
        left -= 1
        if left < 0:
            raise NoAnswer("It accepts no connection.")
        return None

    ours.wire.alter = breaks
    with pytest.raises(Unreachable):
        await ours.push(kept)
    ours.wire.alter = lambda _path: None
    ours.wire.asked.clear()
    assert (await ours.push(kept)).lines is not None
    assert ["POST add-entries"] + ["PUT activity"] * 3 + ["POST add-entries"] == [what for what, _ in ours.wire.asked]


async def test_a_long_push_stops_from_time_to_time_to_tell_of_newer_heads(
    ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.mirror.push._STRETCH", 4)
    kept = await ours.grow()
    found = []
    while (pushed := await ours.push(kept)).is_going_on:
        found.append(pushed.lines)
    assert (True, [None]) == (pushed.lines is not None, sorted(set(found), key=str))


INFO_OF = {
    "keeps nothing": MirrorInfo(size=6, next=0),
    "knows more than we": MirrorInfo(size=7, next=0),
}


@pytest.mark.parametrize("info", INFO_OF.values(), ids=INFO_OF)
async def test_a_mirror_that_gets_nowhere_is_left_alone(ours: Ours, info: MirrorInfo) -> None:
    ours.wire.alter = lambda _path: answered(202, write_info(info), INFO_TYPE)
    with pytest.raises(BadSource):
        await ours.push(await ours.grow())
    assert len(ours.wire.asked) <= 2


@pytest.mark.parametrize(
    "answer", [answered(202, b"6\n0\n\n"), answered(409, b"nonsense", INFO_TYPE), answered(202, b"", INFO_TYPE)]
)
async def test_a_mirror_that_does_not_say_how_far_it_is_is_left_alone(ours: Ours, answer: Answer) -> None:
    ours.wire.alter = lambda _path: answer
    with pytest.raises(BadSource):
        await ours.push(await ours.grow())
    assert 1 == len(ours.wire.asked)


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500, 507])
async def test_a_refusal_ends_it(ours: Ours, status: int) -> None:
    ours.wire.alter = lambda _path: answered(status)
    assert Pushed() == await ours.push(await ours.grow())
    assert 1 == len(ours.wire.asked)


async def test_an_activity_that_is_refused_ends_it_for_now(ours: Ours) -> None:
    ours.wire.alter = lambda path: answered(429) if "/activity/" in path and len(ours.wire.asked) > 4 else None
    pushed = await ours.push(await ours.grow())
    assert (None, True, 5) == (pushed.lines, pushed.is_going_on, len(ours.wire.asked))
    assert Pushed() == await ours.push(await ours.grow())
