"""Homes that charters name: who names whom may not keep others from being heard where they have moved to."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from federation.mirror.asking import Asker
from federation.mirror.charters import take_charter
from federation.wire import Answer
from storage.store import Store
from tests.federation.mirror.charters import NOON, UnionOf
from tests.federation.mirror.peers import a_peer

HOME, NEW, MIRROR = "https://harbour.example", "https://new.example", "https://mirror.example"


class Shown:
    """A door outwards: what each address shows, and how often each host was asked."""

    def __init__(self, **by_url: bytes) -> None:
        self.by_url: dict[str, bytes] = dict(by_url)
        self.asked: Counter[str] = Counter()

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        self.asked[urlsplit(url).netloc] += 1
        body = self.by_url.get(url)
        return Answer(status=404 if body is None else 200, url=url, content_type="application/json", body=body or b"")

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        raise AssertionError(url)


def at(home: str, union: UnionOf) -> str:
    return f"{home}/log/{union.did}/charter"


async def test_a_mirror_that_shows_another_unions_charter_makes_us_ask_nobody_it_names(store: Store) -> None:
    harbour, liar = UnionOf(1), UnionOf(2)
    peer = a_peer(did=harbour.did, url=HOME)
    await store.add_peer(peer)
    await take_charter(store, harbour.charter(HOME), from_url=HOME, at=NOON)
    wire = Shown(**{at(MIRROR, harbour): liar.charter(MIRROR, NEW)})
    asker = Asker(store=store, wire=wire, now=lambda: NOON)
    for _ in range(4):
        await asker.ask_charter(peer, [HOME], [MIRROR])
    assert 0 == wire.asked["new.example"]


async def test_one_peer_that_names_anothers_new_home_keeps_nobody_from_hearing_of_it(store: Store) -> None:
    harbour, liar = UnionOf(1), UnionOf(2)
    first = harbour.charter(HOME)
    moved = harbour.charter(HOME, NEW, epoch=2, previous=[first])
    peer, other = a_peer(did=harbour.did, url=HOME), a_peer(did=liar.did, url=MIRROR, actor=f"{MIRROR}/actor")
    for one, raw in ((peer, first), (other, liar.charter(MIRROR))):
        await store.add_peer(one)
        await take_charter(store, raw, from_url=one.url, at=NOON)
    wire = Shown(**{at(HOME, harbour): moved, at(NEW, harbour): moved, at(MIRROR, liar): liar.charter(MIRROR, NEW)})
    asker = Asker(store=store, wire=wire, now=lambda: NOON)
    for _ in range(9):
        assert not await asker.ask_charter(other, [MIRROR], [], at_home=True)
    assert 2 == wire.asked["new.example"]
    assert await asker.ask_charter(peer, [HOME], [], at_home=True)
