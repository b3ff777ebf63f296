"""The word of a pact: the same on both sides, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from federation.mirror.discretion import PactWire, is_open_to, pact_word
from federation.wire import Answer
from storage.ids import ActivityId
from storage.records import Peer
from tests.federation.mirror.peers import a_peer

OURS, THEIRS = ActivityId("https://a.example/activities/5"), ActivityId("https://b.example/activities/7")
PEER = a_peer(follow=OURS, their_follow=THEIRS)
HIDDEN = a_peer(follow=OURS, their_follow=THEIRS, is_unlisted=True)


def test_both_sides_know_one_word() -> None:
    assert pact_word(PEER) == pact_word(a_peer(follow=THEIRS, their_follow=OURS))
    assert pact_word(PEER) != pact_word(a_peer(follow=OURS, their_follow=ActivityId("https://b.example/activities/8")))
    assert [None, None] == [pact_word(one) for one in (a_peer(follow=OURS), a_peer(their_follow=THEIRS))]


def test_a_listed_pact_is_open_to_all_and_an_unlisted_one_to_its_other_side() -> None:
    assert is_open_to(PEER, None)
    assert is_open_to(HIDDEN, pact_word(HIDDEN))
    for word in (None, "", "0" * 32, "안녕", str(pact_word(HIDDEN))[:-1]):
        assert not is_open_to(HIDDEN, word)
    assert not is_open_to(a_peer(is_unlisted=True), None)


@dataclass
class NotingWire:
    asked: list[str] = field(default_factory=list)

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        self.asked.append(url)
        return Answer(status=404, url=url, content_type="", body=b"")

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        return await self.get_plain(url, cap=cap)

    async def send_plain(
        self, method: str, url: str, body: bytes, *, headers: Mapping[str, str], cap: int, seconds: float | None
    ) -> Answer:
        return await self.get_plain(url, cap=cap)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://b.example/log/did:key:z6MkUs/1/checkpoint", "?pact={}"),
        ("https://b.example/log/did:key:z6MkUs/1/checkpoint?size=4", "&pact={}"),
        ("https://b.example/actor", ""),
        ("https://b.example.evil/log/x", ""),
        ("https://c.example/log/x", ""),
    ],
)
async def test_the_word_is_said_to_that_peer_alone_and_only_about_logs(url: str, said: str) -> None:
    wire = NotingWire()

    async def list_mutual() -> list[Peer]:
        return [a_peer(url="https://c.example"), PEER]

    door = PactWire(wire, list_mutual)
    await door.get_plain(url, cap=1)
    await door.post_plain(url, b"", media_type="text/plain", cap=1)
    await door.send_plain("PUT", url, b"", headers={}, cap=1, seconds=None)
    assert [url + said.format(pact_word(PEER))] * 3 == wire.asked
