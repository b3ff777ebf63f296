"""Strangers that meddle with pacts, and nodes that ask too much or go away: nothing comes of it."""

from __future__ import annotations

import pytest

from federation.strictjson import JsonObject
from node.cli.blocks import cut_in_words
from node.cli.reading import member, text
from node.refusal import Refusal
from tests.stories.pact_scene import ARCHIVE, HARBOUR, Scene, scene
from tests.stories.test_pacts import charter_shown

__all__ = ["scene"]


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


async def test_a_stranger_that_asked_and_went_away_is_not_named_in_public_either(scene: Scene) -> None:
    scene.home.live_in(HARBOUR)
    follow = scene.home.ask(scene.us)
    await scene.say(follow)
    await scene.say(undo_of(scene, text(follow, "id")))
    assert [(HARBOUR.did, "removed")] == await scene.peers()
    assert 404 == (await charter_shown(scene.us, HARBOUR.did))[0]


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
    cut = member(await scene.us.do("block add", target=target), "cut")
    assert ("1", "Cut off: 1 pact with a peer.") == (text(cut, "pacts"), cut_in_words(cut))
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
