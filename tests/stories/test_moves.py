"""Somebody goes on under another id: believed when the new one says so too, and in nobody's way meanwhile."""

from __future__ import annotations

import pytest

from federation.moves.worker import RETRIES
from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import member, rows, text
from storage.ids import ActorId
from tests.federation.people import show
from tests.stories.strangers import Stranger
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401


def open_home(who: Stranger, name: str, **shown: JsonValue) -> str:
    """An actor that shows this too; its id."""
    id = who.actor(name)
    show(who.site, f"/{name}", {**who.document(name), **shown})
    return id


async def move(
    scene: Scene,  # noqa: F811
    who: Stranger,
    target: JsonValue,
    actor: str = "eve",
    **more: JsonValue,
) -> int:
    """Deliver a Move of one of `who`'s actors and look into it."""
    mover = who.actor(actor)
    document: JsonObject = {**who.activity("Move", mover, mover), "target": target, **more}
    status = await scene.deliver(who, document, key_id=f"{mover}#main-key")
    await scene.us.workers.moves.run_once()
    return status


async def following(scene: Scene) -> dict[str, str]:  # noqa: F811
    return {text(row, "actor"): text(row, "state") for row in rows(await scene.us.do("following"))}


async def state(scene: Scene, actor: str) -> tuple[str, str]:  # noqa: F811
    found = await scene.us.node.store.find_move(ActorId(actor))
    return ("", "") if found is None else (found.state, found.error or "")


async def accept(scene: Scene, who: Stranger, name: str) -> None:  # noqa: F811
    """One of `who`'s actors accepts our Follow."""
    asked = next(one for one in await scene.us.node.store.list_following() if one.follows == f"{who.base}/{name}")
    answer = who.activity("Accept", {"id": asked.activity, "type": "Follow"}, asked.follows)
    await scene.deliver(who, answer, key_id=f"{asked.follows}#main-key")


async def test_we_follow_on_and_stop_following_the_old_one(scene: Scene) -> None:  # noqa: F811
    old = scene.peer.actor()
    new = open_home(scene.mal, "anna", alsoKnownAs=[old])
    assert await move(scene, scene.peer, new) == 202
    assert {new: "asked"} == await following(scene)
    assert ("done", "") == await state(scene, old)
    await scene.village.settle()
    sent = {
        request.path for who in (scene.peer, scene.mal) for request in who.site.requests if request.method == "POST"
    }
    assert {"/eve/inbox", "/anna/inbox"} == sent


@pytest.mark.parametrize("shown", [{}, {"alsoKnownAs": []}, {"alsoKnownAs": ["https://other.example/eve"]}])
async def test_org_27_without_a_reference_back_nobody_is_moved(scene: Scene, shown: JsonObject) -> None:  # noqa: F811
    new = open_home(scene.mal, "anna", **shown)
    assert await move(scene, scene.peer, new) == 202
    assert {scene.peer.actor(): "accepted"} == await following(scene)
    found, why = await state(scene, scene.peer.actor())
    assert ("failed", True) == (found, "does not say that it was" in why)
    (row,) = rows(await scene.us.do("following"))
    assert "failed" == text(member(row, "moved"), "state")


async def test_one_reference_back_may_stand_alone_and_not_in_a_list(scene: Scene) -> None:  # noqa: F811
    new = open_home(scene.mal, "anna", alsoKnownAs=scene.peer.actor())
    await move(scene, scene.peer, new)
    assert {new: "asked"} == await following(scene)


async def test_nobody_follows_to_a_target_that_has_moved_on(scene: Scene) -> None:  # noqa: F811
    old = scene.peer.actor()
    new = open_home(scene.mal, "anna", alsoKnownAs=[old], movedTo="https://third.example/anna")
    await move(scene, scene.peer, new)
    assert ({old: "accepted"}, "failed") == (await following(scene), (await state(scene, old))[0])


@pytest.mark.parametrize("target", [None, 7, "", [], {"type": "Person"}])
async def test_a_move_without_a_target_moves_nobody(scene: Scene, target: JsonValue) -> None:  # noqa: F811
    assert await move(scene, scene.peer, target) in {202, 400}
    assert ({scene.peer.actor(): "accepted"}, ("", "")) == (
        await following(scene),
        await state(scene, scene.peer.actor()),
    )


async def test_nobody_moves_another(scene: Scene) -> None:  # noqa: F811
    victim = scene.peer.actor()
    new = open_home(scene.mal, "anna", alsoKnownAs=[victim])
    forged = {**scene.mal.activity("Move", victim), "target": new}
    assert await scene.deliver(scene.mal, forged) in {202, 403}
    await scene.us.workers.moves.run_once()
    assert {victim: "accepted"} == await following(scene)
    assert ("", "") == await state(scene, victim)


async def test_nobody_moves_to_an_actor_of_ours(scene: Scene) -> None:  # noqa: F811
    await move(scene, scene.peer, scene.campaign)
    assert ({scene.peer.actor(): "accepted"}, "failed") == (
        await following(scene),
        (await state(scene, scene.peer.actor()))[0],
    )


async def test_a_stranger_that_moves_costs_no_fetch_and_no_row(scene: Scene) -> None:  # noqa: F811
    new = open_home(scene.peer, "anna", alsoKnownAs=[scene.mal.actor()])
    assert await move(scene, scene.mal, new) == 202
    assert ("", "") == await state(scene, scene.mal.actor())
    assert [] == [request for request in scene.peer.site.requests if request.path == "/anna"]


async def test_a_follower_that_moves_keeps_its_place_and_its_new_id_is_shown(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    new = open_home(scene.peer, "anna", alsoKnownAs=[scene.mal.actor()])
    await move(scene, scene.mal, new)
    (row,) = rows(await scene.us.do("followers"))
    assert (scene.mal.actor(), {"to": new, "state": "done", "error": None}) == (
        text(row, "actor"),
        member(row, "moved"),
    )
    assert {scene.peer.actor(): "accepted"} == await following(scene)


async def test_a_follower_that_moves_twice_is_shown_where_it_is_now(scene: Scene) -> None:  # noqa: F811
    """Once to a second id, and from there to a third; and the first cannot take it back within a week."""
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    first = scene.mal.actor()
    second = open_home(scene.mal, "second", alsoKnownAs=[first])
    await move(scene, scene.mal, second)
    elsewhere = open_home(scene.mal, "elsewhere", alsoKnownAs=[first])
    assert await move(scene, scene.mal, elsewhere) == 202
    (row,) = rows(await scene.us.do("followers"))
    assert second == text(member(row, "moved"), "to")
    scene.village.clock.move(days=8)
    await move(scene, scene.mal, elsewhere)
    (row,) = rows(await scene.us.do("followers"))
    assert elsewhere == text(member(row, "moved"), "to")


async def test_somebody_we_follow_moves_twice_and_we_follow_both_times(scene: Scene) -> None:  # noqa: F811
    second = open_home(scene.mal, "second", alsoKnownAs=[scene.peer.actor()])
    third = open_home(scene.mal, "third", alsoKnownAs=[second])
    await move(scene, scene.peer, second)
    await accept(scene, scene.mal, "second")
    await move(scene, scene.mal, third, "second")
    assert {third: "asked"} == await following(scene)


async def test_moving_to_and_fro_ends_at_once(scene: Scene) -> None:  # noqa: F811
    old = scene.peer.actor()
    new = open_home(scene.mal, "anna", alsoKnownAs=[old])
    await move(scene, scene.peer, new)
    await accept(scene, scene.mal, "anna")
    show(scene.peer.site, "/eve", {**scene.peer.document(), "alsoKnownAs": [new], "movedTo": new})
    await move(scene, scene.mal, old, "anna")
    assert {new: "accepted"} == await following(scene)


async def test_a_move_told_again_changes_nothing(scene: Scene) -> None:  # noqa: F811
    new = open_home(scene.mal, "anna", alsoKnownAs=[scene.peer.actor()])
    for _ in range(3):
        await move(scene, scene.peer, new)
        scene.village.clock.move(minutes=1)
    assert {new: "asked"} == await following(scene)
    sent = await scene.us.node.store.list_deliveries(None, None, after=None, limit=99)
    follows = [one for one in sent if one.type == "Follow"]
    assert 2 == len(follows)  # the scene's, and the one


async def test_a_silent_target_is_asked_again_later_and_at_last_given_up(scene: Scene) -> None:  # noqa: F811
    old, new = scene.peer.actor(), f"{scene.mal.base}/away"
    await move(scene, scene.peer, new)
    for wait in RETRIES:
        assert "waiting" == (await state(scene, old))[0]
        assert 0 == await scene.us.workers.moves.run_once()
        scene.village.clock.move(seconds=wait.total_seconds())
        assert 1 == await scene.us.workers.moves.run_once()
    assert ("failed", True) == ((await state(scene, old))[0], "404" in (await state(scene, old))[1])
    assert {old: "accepted"} == await following(scene)


async def test_a_target_that_comes_back_is_followed_then(scene: Scene) -> None:  # noqa: F811
    new = f"{scene.mal.base}/anna"
    await move(scene, scene.peer, new)
    open_home(scene.mal, "anna", alsoKnownAs=[scene.peer.actor()])
    scene.village.clock.move(minutes=2)
    await scene.us.workers.moves.run_once()
    assert {new: "asked"} == await following(scene)


async def test_the_inbox_goes_on_while_a_move_waits(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(
        scene.peer, {**scene.peer.activity("Move", scene.peer.actor()), "target": f"{scene.mal.base}/x"}
    )
    assert [] == [request for request in scene.mal.site.requests if request.path == "/x"]
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 202
    assert [scene.mal.actor()] == await scene.followers()


async def test_moves_of_one_host_wait_in_a_bounded_lane(
    scene: Scene,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("federation.inbox.handlers.move.MOST_OF_A_HOST", 1)
    for name in ("one", "two"):
        actor = scene.mal.actor(name)
        key_id = f"{actor}#main-key"
        await scene.deliver(scene.mal, scene.mal.activity("Follow", scene.campaign, actor), key_id=key_id)
        document = {**scene.mal.activity("Move", actor, actor), "target": "https://new.example/x"}
        await scene.deliver(scene.mal, document, key_id=key_id)
    assert 1 == await scene.us.node.store.count_moves()
    await scene.us.workers.moves.run_once()


async def test_naming_one_target_after_another_asks_each_ten_minutes_apart(scene: Scene) -> None:  # noqa: F811
    """Or anybody could let us knock at any door as often as they like."""
    for number in range(5):
        await move(scene, scene.peer, f"{scene.mal.base}/victim{number}")
        scene.village.clock.move(seconds=1)
    asked = [request.path for request in scene.mal.site.requests if request.path.startswith("/victim")]
    assert ["/victim0"] == asked
    scene.village.clock.move(minutes=10)
    await scene.us.workers.moves.run_once()
    asked = [request.path for request in scene.mal.site.requests if request.path.startswith("/victim")]
    assert ["/victim0", "/victim4"] == asked


async def test_the_movers_of_one_host_share_a_budget(scene: Scene) -> None:  # noqa: F811
    for number in range(22):
        actor = open_home(scene.mal, f"a{number}")
        key_id = f"{actor}#main-key"
        await scene.deliver(scene.mal, scene.mal.activity("Follow", scene.campaign, actor), key_id=key_id)
        document = {**scene.mal.activity("Move", actor, actor), "target": f"{scene.peer.base}/victim"}
        await scene.deliver(scene.mal, document, key_id=key_id)
        await scene.us.workers.moves.run_once()
    moves = await scene.us.node.store.list_moves(after=None, limit=99)
    assert 20 == len(moves)


async def test_who_is_blocked_stays_so_after_moving_next_door(scene: Scene) -> None:  # noqa: F811
    await scene.us.do("block add", target=scene.mal.actor(), reason="spies")
    new = open_home(scene.peer, "innocent", alsoKnownAs=[scene.mal.actor()])
    assert await move(scene, scene.mal, new) == 202
    listed = {
        text(row, "target"): text(row, "reason") for row in rows(member(await scene.us.do("block list"), "blocks"))
    }
    assert {scene.mal.actor(): "spies", new: f"spies (moved from {scene.mal.actor()})"} == listed
    activity = scene.peer.activity("Follow", scene.campaign, new)
    assert await scene.deliver(scene.peer, activity, key_id=f"{new}#main-key") == 403


async def test_the_reason_of_a_block_grows_no_longer_with_every_move(scene: Scene) -> None:  # noqa: F811
    before = scene.mal.actor()
    await scene.us.do("block add", target=before, reason="spies")
    for name in ("anna", "berta", "clara"):
        new = open_home(scene.mal, name, alsoKnownAs=[before])
        assert await move(scene, scene.mal, new, actor=before.rpartition("/")[2]) == 202
        former, before = before, new
    (last,) = [one for one in await scene.us.node.store.list_blocks(after=None, limit=9) if one.target == before]
    assert f"spies (moved from {former})" == last.reason


async def test_a_move_from_a_blocked_host_is_refused(scene: Scene) -> None:  # noqa: F811
    await scene.us.do("block add", target=scene.mal.base.removeprefix("http://"))
    assert await move(scene, scene.mal, "https://new.example/x") == 401


async def test_nobody_follows_to_a_blocked_target(scene: Scene) -> None:  # noqa: F811
    new = open_home(scene.mal, "anna", alsoKnownAs=[scene.peer.actor()])
    await scene.us.do("block add", target=scene.mal.base.removeprefix("http://"))
    await move(scene, scene.peer, new)
    assert {scene.peer.actor(): "accepted"} == await following(scene)
    assert [] == [request for request in scene.mal.site.requests if request.path == "/anna"]


async def test_an_actor_that_deletes_itself_leaves_no_move_behind(scene: Scene) -> None:  # noqa: F811
    await move(scene, scene.peer, "https://new.example/x")
    await scene.deliver(scene.peer, scene.peer.activity("Delete", scene.peer.actor()))
    assert ("", "") == await state(scene, scene.peer.actor())
