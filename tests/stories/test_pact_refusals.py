"""Homes that lie, and strangers that meddle: each is refused, and what is pinned stays as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from federation.identity.charter import charter_digest
from federation.strictjson import JsonObject, JsonValue
from node.actions.doctor import check
from node.cli.reading import member, rows, text
from node.refusal import Refusal
from storage.records import Peer
from tests.federation.mirror.charters import UnionOf
from tests.stories.feigned import Feigned, open_home
from tests.stories.test_pacts import befriend, charter_shown
from tests.village import Village, Villager

HARBOUR, ARCHIVE = UnionOf(2, "Harbour"), UnionOf(3, "Archive")
MEBIBYTE = 1024 * 1024


@dataclass(slots=True)
class Scene:
    """Us, and two homes elsewhere."""

    village: Village
    us: Villager
    home: Feigned
    mal: Feigned

    async def add(self, home: Feigned | None = None) -> JsonValue:
        return await self.us.do("peer add", url=(home or self.home).base)

    async def say(self, activity: JsonObject, who: Feigned | None = None, **more: Any) -> int:
        status = await (who or self.home).say(self.us, activity, self.village.clock(), **more)
        await self.village.settle()
        return status

    async def ask(self, who: Feigned | None = None) -> None:
        who = who or self.home
        assert await self.say(who.ask(self.us), who) == 202

    async def befriend(self) -> Peer:
        """A pact with the union that lives in the home."""
        self.home.live_in(HARBOUR)
        await self.add()
        await self.ask()
        peer = await self.peer()
        await self.say(self.home.activity("Accept", str(peer.follow), f"{self.home.base}/actor"))
        assert (await self.peer()).state == "mutual"
        return await self.peer()

    async def peer(self) -> Peer:
        peer = await self.us.node.store.find_peer(HARBOUR.did)
        assert peer is not None
        return peer

    async def peers(self) -> list[tuple[str, str]]:
        return [(peer.did, peer.state) for peer in await self.us.node.store.list_peers()]

    async def said(self, type: str) -> int:
        """How many letters of this type our node wrote."""
        listed = await self.us.node.store.list_deliveries(None, None, after=None, limit=99)
        return sum(one.type == type and one.actor == self.us.node.locations.instance_actor for one in listed)

    async def alarms(self) -> list[JsonValue]:
        return [alarm for row in rows(await self.us.do("peer list")) for alarm in rows(member(row, "alarms"))]

    async def finding(self) -> str:
        (found,) = [one for one in await check(self.us.node) if one.what == "peers"]
        return found.level


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    us = await village.add("koreno")
    async with open_home(1) as home, open_home(2) as mal:
        yield Scene(village, us, home, mal)


def garbage(home: Feigned) -> None:
    home.live_in(HARBOUR, b"<html>")


def altered(home: Feigned) -> None:
    home.live_in(HARBOUR, HARBOUR.charter(home.base).replace(b"Harbour", b"Harbauer"))


def of_another(home: Feigned) -> None:
    home.live_in(HARBOUR, ARCHIVE.charter(home.base))


def not_named(home: Feigned) -> None:
    home.live_in(HARBOUR, HARBOUR.charter("https://harbour.example"))


def no_did(home: Feigned) -> None:
    home.live_in(HARBOUR, did=None)


def odd_did(home: Feigned) -> None:
    home.live_in(HARBOUR, did="did:web:harbour.example", log=f"{home.base}/log/did:web:harbour.example")


def log_elsewhere(home: Feigned) -> None:
    home.live_in(HARBOUR, log=f"https://elsewhere.example/log/{HARBOUR.did}")


def a_person(home: Feigned) -> None:
    home.live_in(HARBOUR, type="Person")


def inbox_elsewhere(home: Feigned) -> None:
    home.live_in(HARBOUR, inbox="https://elsewhere.example/inbox")


def no_charter(home: Feigned) -> None:
    home.live_in(HARBOUR)
    home.site.answer(f"/log/{HARBOUR.did}/charter", status=404)


def huge_charter(home: Feigned) -> None:
    home.live_in(HARBOUR, b"[" + b" " * 2 * MEBIBYTE)


def nested_charter(home: Feigned) -> None:
    home.live_in(HARBOUR, b"[" * 100_000)


def redirected_charter(home: Feigned) -> None:
    home.live_in(HARBOUR)
    home.site.answer("/elsewhere", HARBOUR.charter(home.base), Content_Type="application/json")
    home.site.answer(f"/log/{HARBOUR.did}/charter", status=302, Location="/elsewhere")


def redirected_actor(home: Feigned) -> None:
    home.live_in(HARBOUR)
    home.site.answer("/actor", status=302, Location=f"{home.base}/actor2")


LIES = [
    garbage,
    altered,
    of_another,
    not_named,
    no_did,
    odd_did,
    log_elsewhere,
    a_person,
    inbox_elsewhere,
    no_charter,
    huge_charter,
    nested_charter,
    redirected_charter,
    redirected_actor,
]


@pytest.mark.parametrize("lie", LIES)
async def test_a_home_that_cannot_be_believed_is_not_asked(scene: Scene, lie: Any) -> None:
    lie(scene.home)
    with pytest.raises(Refusal, match="Nothing was changed"):
        await scene.add()
    assert ([], 0) == (await scene.peers(), await scene.said("Follow"))
    assert [] == await scene.us.node.store.list_charters(HARBOUR.did)


@pytest.mark.parametrize("lie", [garbage, altered, of_another, not_named, no_did, log_elsewhere])
async def test_a_home_that_cannot_be_believed_asks_in_vain(scene: Scene, lie: Any) -> None:
    lie(scene.home)
    await scene.ask()
    assert ([], 1, 0) == (await scene.peers(), await scene.said("Reject"), await scene.said("Accept"))


async def test_what_is_no_node_is_rejected_without_a_look(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    scene.home.actor("eve")
    follow = scene.home.ask(scene.us, name="eve")
    assert await scene.say(follow, name="eve") == 202
    assert ([], 1) == (await scene.peers(), await scene.said("Reject"))
    assert 0 == scene.home.site.fetches[f"/log/{HARBOUR.did}/charter"]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("http://union.example", "cannot be a peer's address"),
        ("union.example:8443", "cannot be a peer's address"),
        ("https://user@union.example", "cannot be a peer's address"),
        ("file:///etc/passwd", "cannot be a peer's address"),
        ("", "cannot be a peer's address"),
        ("https://union.example/@union", "Give its address alone: https://union.example"),
        ("https://10.0.0.7", "cannot be reached"),
    ],
)
async def test_an_address_that_cannot_be_a_peers_is_refused(
    scene: Scene, named: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    object.__setattr__(scene.us.node.config, "dev", False)
    monkeypatch.setattr(scene.us.node.wire, "dev", False)
    with pytest.raises(Refusal, match=says):
        await scene.us.do("peer add", url=named)


async def test_our_own_address_is_refused(scene: Scene) -> None:
    with pytest.raises(Refusal, match="is this node itself"):
        await scene.us.do("peer add", url=scene.us.node.config.url + "/")


async def test_a_server_that_does_not_answer_is_told_from_one_that_is_no_node(scene: Scene) -> None:
    with pytest.raises(Refusal, match="not as a Picketline node"):
        await scene.add()
    scene.home.live_in(HARBOUR)
    scene.home.site.answer("/actor", status=503)
    with pytest.raises(Refusal, match="cannot be reached now"):
        await scene.add()


async def test_a_did_that_changes_under_a_pinned_address_is_an_alarm(scene: Scene) -> None:
    before = await scene.befriend()
    scene.home.live_in(ARCHIVE)
    with pytest.raises(Refusal, match=r"ALARM.*pinned to Harbour"):
        await scene.add()
    await scene.ask()
    assert before == await scene.peer()
    assert [(HARBOUR.did, "mutual")] == await scene.peers()
    (alarm,) = await scene.alarms()
    assert "Archive" in str(alarm)
    assert "fail" == await scene.finding()


async def test_a_second_union_that_claims_a_pinned_home_is_refused_and_evident(scene: Scene) -> None:
    await scene.befriend()
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.home.base))
    with pytest.raises(Refusal, match="pinned to Harbour"):
        await scene.add(scene.mal)
    await scene.ask(scene.mal)
    assert [(HARBOUR.did, "mutual")] == await scene.peers()
    assert ["home"] == [piece.kind for piece in await scene.us.node.store.list_evidence(HARBOUR.did)]


async def test_a_union_that_claims_our_own_address_is_refused_and_check_says_so(scene: Scene) -> None:
    scene.mal.live_in(ARCHIVE, ARCHIVE.charter(scene.mal.base, scene.us.node.config.url))
    await scene.ask(scene.mal)
    with pytest.raises(Refusal, match="our own address"):
        await scene.add(scene.mal)
    assert ([], "fail") == (await scene.peers(), await scene.finding())


async def test_a_home_that_falls_back_to_an_old_charter_is_refused(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    first = HARBOUR.charter(scene.home.base)
    second = HARBOUR.charter(scene.home.base, epoch=2, previous=[first])
    scene.home.serve_charter(HARBOUR, second)
    await scene.add()
    scene.home.serve_charter(HARBOUR, first)
    with pytest.raises(Refusal, match="we know one of epoch 2"):
        await scene.add()
    await scene.ask()
    assert ("asked", 1) == ((await scene.peer()).state, await scene.said("Reject"))


async def test_a_newcomer_is_told_by_a_mirror_that_a_captured_home_serves_an_old_charter(scene: Scene) -> None:
    """The mirror is a whole node that knows the newer charter; the home serves the one it was captured with."""
    mirror = await scene.village.add("archive")
    await befriend(scene.village, scene.us, mirror)
    scene.home.live_in(HARBOUR)
    first = HARBOUR.charter(scene.home.base)
    second = HARBOUR.charter(scene.home.base, epoch=2, previous=[first])
    scene.home.serve_charter(HARBOUR, second)
    await mirror.do("peer add", url=scene.home.base)
    scene.home.serve_charter(HARBOUR, first)
    with pytest.raises(Refusal, match="lags behind, or holds a home that was given up"):
        await scene.add()
    assert [mirror.node.union.did] == [did for did, _ in await scene.peers()]


async def test_a_mirror_that_shows_the_same_charter_confirms_at_once(scene: Scene) -> None:
    mirror = await scene.village.add("archive")
    await befriend(scene.village, scene.us, mirror)
    scene.home.live_in(HARBOUR)
    await mirror.do("peer add", url=scene.home.base)
    assert member(await scene.add(), "confirmed_at") is not None


async def test_two_charters_of_one_epoch_stop_what_is_taken_until_somebody_chooses(scene: Scene) -> None:
    await scene.befriend()
    rival = HARBOUR.charter(scene.home.base, name="Harbour again")
    scene.home.serve_charter(HARBOUR, rival)
    await scene.ask()
    pacts, did = scene.us.node.pacts, HARBOUR.did
    assert (True, False) == (await pacts.is_mutual(did), await pacts.may_take(did))
    (row,) = rows(await scene.us.do("peer list"))
    first = HARBOUR.charter(scene.home.base)
    assert sorted(map(charter_digest, (first, rival))) == rows(member(row, "charters"))
    assert ("fail", (200, first)) == (await scene.finding(), await charter_shown(scene.us, did))
    with pytest.raises(Refusal, match="is none of them"):
        await scene.us.do("peer resolve", url=scene.home.base, charter="zQmNothing")
    await scene.us.do("peer resolve", url=scene.home.base, charter=charter_digest(rival))
    assert (True, (200, rival)) == (await pacts.may_take(did), await charter_shown(scene.us, did))
    with pytest.raises(Refusal, match="nothing is to be chosen"):
        await scene.us.do("peer resolve", url=scene.home.base, charter=charter_digest(rival))


@pytest.mark.parametrize("type", ["Undo", "Reject", "Accept"])
async def test_nobody_speaks_for_another_node(scene: Scene, type: str) -> None:
    peer = await scene.befriend()
    scene.mal.live_in(ARCHIVE)
    named = str(peer.their_follow if type == "Undo" else peer.follow)
    await scene.say(scene.mal.activity(type, named, f"{scene.mal.base}/actor"), scene.mal)
    assert peer == await scene.peer()


async def test_a_neighbour_of_the_nodes_own_actor_ends_no_pact(scene: Scene) -> None:
    peer = await scene.befriend()
    scene.home.actor("eve")
    undo = scene.home.activity("Undo", str(peer.their_follow), f"{scene.home.base}/eve")
    await scene.say(undo, name="eve")
    assert peer == await scene.peer()


async def test_an_accept_of_what_was_never_asked_makes_no_peer(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    accept = scene.home.activity("Accept", f"{scene.us.node.config.url}/activities/1", f"{scene.home.base}/actor")
    await scene.say(accept)
    assert [] == await scene.peers()


async def test_an_undo_that_is_late_ends_no_newer_follow(scene: Scene) -> None:
    peer = await scene.befriend()
    scene.village.clock.move(seconds=30)
    await scene.ask()
    newer = await scene.peer()
    assert (newer.state, newer.their_follow != peer.their_follow) == ("mutual", True)
    await scene.say(undo_of(scene, str(peer.their_follow)))
    assert newer == await scene.peer()
    await scene.say(undo_of(scene, str(newer.their_follow)))
    assert "removed" == (await scene.peer()).state


def undo_of(scene: Scene, follow: str) -> JsonObject:
    whole: JsonObject = {
        "id": follow,
        "type": "Follow",
        "actor": f"{scene.home.base}/actor",
        "object": scene.us.node.locations.instance_actor,
    }
    return scene.home.activity("Undo", whole, f"{scene.home.base}/actor")


async def test_who_takes_its_follow_back_before_anybody_looked_is_not_kept(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    follow, clock = scene.home.ask(scene.us), scene.village.clock
    await scene.home.say(scene.us, follow, clock())
    await scene.us.workers.inbox.run_once()
    await scene.home.say(scene.us, undo_of(scene, text(follow, "id")), clock())
    await scene.us.workers.inbox.run_once()
    await scene.village.settle()
    assert [] == await scene.peers()


async def test_a_home_that_is_away_is_asked_again_for_an_hour(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    scene.home.site.answer(f"/log/{HARBOUR.did}/charter", status=503)
    await scene.ask()
    assert [] == await scene.peers()
    scene.home.serve_charter(HARBOUR, HARBOUR.charter(scene.home.base))
    scene.village.clock.move(minutes=6)
    await scene.village.settle()
    assert [(HARBOUR.did, "waiting")] == await scene.peers()


async def test_a_home_that_stays_away_is_forgotten_and_told_nothing(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    scene.home.site.answer(f"/log/{HARBOUR.did}/charter", status=503)
    await scene.ask()
    scene.village.clock.move(minutes=61)
    await scene.village.settle()
    us = scene.us.node.locations.instance_actor
    assert ([], 0, 0) == (
        await scene.peers(),
        await scene.said("Reject"),
        await scene.us.node.store.count_followers(us),
    )


async def test_a_flood_of_strangers_waits_in_bounds(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.mirror.asked.MOST_WAITING", 1)
    scene.home.live_in(HARBOUR)
    scene.mal.live_in(ARCHIVE)
    await scene.ask()
    await scene.ask(scene.mal)
    assert [(HARBOUR.did, "waiting")] == await scene.peers()


async def test_one_home_that_asks_without_end_makes_us_look_five_times_a_minute(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    for _ in range(12):
        scene.village.clock.move(seconds=1)
        await scene.ask()
    assert 5 == scene.home.site.fetches[f"/log/{HARBOUR.did}/charter"]


async def test_who_only_asked_is_not_named_in_public_nor_among_followers(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    await scene.home.say(scene.us, scene.home.ask(scene.us), scene.village.clock())
    await scene.us.workers.inbox.run_once()
    assert [] == await scene.us.do("followers")
    await scene.village.settle()
    assert 404 == (await charter_shown(scene.us, HARBOUR.did))[0]


@pytest.mark.parametrize("whole_host", [True, False])
async def test_a_block_ends_the_pact(scene: Scene, whole_host: bool) -> None:
    await scene.befriend()
    target = scene.home.base.removeprefix("http://") if whole_host else f"{scene.home.base}/actor"
    await scene.us.do("block add", target=target)
    assert ("removed", 0 if whole_host else 1) == ((await scene.peer()).state, await scene.said("Undo"))
    with pytest.raises(Refusal, match="is blocked"):
        await scene.add()


async def test_what_waits_for_a_removed_peer_is_cancelled_except_the_end_itself(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    await scene.add()
    await scene.us.do("peer remove", url=scene.home.base)
    listed = await scene.us.node.store.list_deliveries(None, None, after=None, limit=9)
    assert {"Follow": "cancelled", "Undo": "waiting"} == {
        one.type: one.state for one in listed if one.actor.endswith("/actor")
    }


async def test_an_actor_that_deletes_itself_ends_the_pact(scene: Scene) -> None:
    await scene.befriend()
    actor = f"{scene.home.base}/actor"
    await scene.say(scene.home.activity("Delete", actor, actor))
    assert "removed" == (await scene.peer()).state
