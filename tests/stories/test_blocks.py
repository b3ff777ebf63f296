"""What a block ends at once, what it keeps out later, and what it leaves alone."""

from __future__ import annotations

import pytest

from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import member, rows, text
from node.housekeeping import sweep
from node.refusal import Refusal
from node.web.readers.conversation import read_conversation
from storage.ids import ActivityId, ActorId, InboxUrl, ObjectId
from storage.records import Block, Follower
from tests.federation.people import show
from tests.stories.strangers import Stranger, send
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401


def host_of(who: Stranger) -> str:
    return who.base.removeprefix("http://")


def sent_to(who: Stranger, path: str = "/eve/inbox") -> int:
    return sum(request.method == "POST" and request.path == path for request in who.site.requests)


async def block(scene: Scene, target: str, **more: JsonValue) -> JsonValue:  # noqa: F811
    return await scene.us.do("block add", target=target, **more)


async def cut(scene: Scene, target: str) -> dict[str, JsonValue]:  # noqa: F811
    """What a block ended, without the noughts."""
    found = member(await block(scene, target), "cut")
    assert isinstance(found, dict)
    return {name: count for name, count in found.items() if count}


async def queued(scene: Scene) -> list[tuple[str, str]]:  # noqa: F811
    """Where each delivery goes, and its state."""
    found = await scene.us.do("deliveries")
    return sorted((text(row, "inbox"), text(row, "state")) for row in rows(found) if text(row, "state") != "delivered")


async def ties(scene: Scene, who: Stranger) -> JsonObject:  # noqa: F811
    """`who` follows us, likes an update, and replies to it."""
    update = await scene.us.do("post", handle="strike", text="We walked out")
    await scene.village.settle()
    for activity in (
        follow(scene, who),
        who.activity("Like", text(update, "id")),
        who.activity("Create", who.note("r1", inReplyTo=text(update, "id"))),
    ):
        assert await scene.deliver(who, activity) == 202
    await scene.us.do("comments approve", id=f"{who.base}/notes/r1")
    return {"id": text(update, "id")}


@pytest.mark.parametrize("form", ["id", "address", "host"])
async def test_a_block_ends_every_tie_at_once(scene: Scene, form: str) -> None:  # noqa: F811
    update = await ties(scene, scene.mal)
    await scene.us.do("post", handle="strike", text="waits for the inbox of eve")
    await scene.us.node.fan_out.catch_up()
    named = {"id": scene.mal.actor(), "address": f"@Eve@{host_of(scene.mal)}", "host": host_of(scene.mal)}
    ended = await cut(scene, named[form])
    assert {"followers": 1, "comments": 1, "reactions": 1, "deliveries": 2} == ended  # the post, and the Accept
    assert [] == await scene.followers()
    seen = await read_conversation(scene.us.node.store, ObjectId(text(update, "id")))
    assert seen is not None
    assert (0, 0) == (seen.likes, seen.count)
    answers = [] if form == "host" else ["waiting"]  # a Reject; a blocked host is told nothing
    assert ["cancelled", "cancelled", *answers] == [state for _, state in await queued(scene)]
    assert {"cut": {}} == {"cut": await cut(scene, named[form])}


async def test_a_blocked_actor_is_told_that_it_follows_no_more_and_a_blocked_host_nothing(
    scene: Scene,  # noqa: F811
) -> None:
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    await scene.village.settle()
    before = sent_to(scene.mal)
    await block(scene, scene.mal.actor())
    await scene.village.settle()
    assert before + 1 == sent_to(scene.mal)
    assert 1 == len(await all_activities(scene, "Reject"))
    before = sent_to(scene.peer)
    await block(scene, host_of(scene.peer))
    await scene.village.settle()
    assert (before, []) == (sent_to(scene.peer), await all_activities(scene, "Undo"))


async def all_activities(scene: Scene, type: str) -> list[str]:  # noqa: F811
    listed = await scene.us.node.store.list_deliveries(None, None, after=None, limit=99)
    return [one.activity for one in listed if one.type == type]


async def test_whom_we_follow_and_block_is_unfollowed_and_gone_from_the_timeline(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.peer, scene.peer.activity("Create", scene.peer.note("n1")))
    await scene.village.settle()
    before = sent_to(scene.peer)
    assert {"following": 1, "timeline": 1} == await cut(scene, scene.peer.actor())
    assert ([], []) == (await scene.timeline(), rows(await scene.us.do("following")))
    await scene.village.settle()
    assert (before + 1, 1) == (sent_to(scene.peer), len(await all_activities(scene, "Undo")))


async def test_a_like_from_a_blocked_host_is_refused_without_a_fetch_and_not_counted(
    scene: Scene,  # noqa: F811
) -> None:
    update = text(await scene.us.do("post", handle="strike", text="We walked out"), "id")
    await block(scene, host_of(scene.mal))
    received = await scene.received()
    scene.mal.actor()
    assert await scene.deliver(scene.mal, scene.mal.activity("Like", update)) == 401  # we hold no key to prove it by
    assert [] == scene.mal.site.requests
    assert received == await scene.received()
    assert 0 == (await scene.us.node.store.count_reactions(ObjectId(update)))["like"]


@pytest.mark.parametrize("type", ["Follow", "Like", "Announce", "Create", "Flag", "Undo", "Delete", "Block"])
@pytest.mark.parametrize("form", ["id", "address"])
async def test_nothing_by_a_blocked_actor_is_taken_and_its_neighbour_is_heard(
    scene: Scene,  # noqa: F811
    type: str,
    form: str,
) -> None:
    named = {"id": scene.mal.actor(), "address": f"eve@{host_of(scene.mal)}"}
    await scene.us.node.resolver.actor(ActorId(scene.mal.actor()))
    await block(scene, named[form])
    received = await scene.received()
    about = scene.mal.actor() if type in {"Undo", "Delete"} else scene.campaign
    assert await scene.deliver(scene.mal, scene.mal.activity(type, about)) == 403
    assert received == await scene.received()
    carol = scene.mal.actor("carol")
    note = scene.mal.activity("Follow", scene.campaign, carol)
    assert await scene.deliver(scene.mal, note, key_id=f"{carol}#main-key") == 202
    assert [carol] == await scene.followers()


async def test_what_was_received_before_the_block_has_no_effect_after_it(scene: Scene) -> None:  # noqa: F811
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body, headers) == 202
    await block(scene, scene.mal.actor())
    await scene.us.workers.inbox.run_once()
    assert [] == await scene.followers()
    assert {"waiting": 0, "done": 1, "failed": 1} == await scene.us.node.store.count_received()


async def test_who_is_blocked_while_its_follow_is_taken_follows_nobody(
    scene: Scene,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save = scene.us.node.store.save_follower

    async def save_late(follower: Follower) -> bool:
        await block(scene, scene.mal.actor())
        return await save(follower)

    monkeypatch.setattr(scene.us.node.store, "save_follower", save_late)
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 202
    assert [] == await scene.followers()


async def test_what_waits_for_a_blocked_host_is_cancelled_for_whomever_it_is(scene: Scene) -> None:  # noqa: F811
    carol, inbox = f"{scene.peer.base}/carol", f"{scene.mal.base}/eve/inbox"
    show(scene.peer.site, "/carol", {**scene.peer.document("carol"), "inbox": inbox})
    asked = scene.peer.activity("Follow", scene.campaign, carol)
    assert await scene.deliver(scene.peer, asked, key_id=f"{carol}#main-key") == 202
    assert (inbox, "waiting") in await queued(scene)
    assert {"deliveries": 1} == await cut(scene, host_of(scene.mal))
    assert (inbox, "cancelled") in await queued(scene)
    assert [carol] == await scene.followers()


async def test_a_block_of_one_leaves_the_shared_inbox_to_the_others(scene: Scene) -> None:  # noqa: F811
    shared = f"{scene.mal.base}/shared"
    for name in ("eve", "carol"):
        document: JsonObject = {**scene.mal.document(name), "endpoints": {"sharedInbox": shared}}
        show_actor(scene.mal, name, document)
        activity = scene.mal.activity("Follow", scene.campaign, f"{scene.mal.base}/{name}")
        await scene.deliver(scene.mal, activity, key_id=f"{scene.mal.base}/{name}#main-key")
    await scene.us.workers.delivery.run_once()
    await scene.us.do("post", handle="strike", text="for all")
    await scene.us.node.fan_out.catch_up()
    await block(scene, f"{scene.mal.base}/eve")
    assert (shared, "waiting") in await queued(scene)
    await block(scene, f"{scene.mal.base}/carol")
    assert (shared, "cancelled") in await queued(scene)


def show_actor(who: Stranger, name: str, document: JsonObject) -> None:
    show(who.site, f"/{name}", document)


async def test_an_edit_or_a_retraction_reaches_nobody_blocked(scene: Scene) -> None:  # noqa: F811
    for who in (scene.mal, scene.peer):
        await scene.deliver(who, follow(scene, who))
    update = await scene.us.do("post", handle="strike", text="We walked out")
    await scene.village.settle()
    await block(scene, scene.mal.actor())
    await block(scene, host_of(scene.peer))
    await scene.village.settle()
    before = sent_to(scene.mal), sent_to(scene.peer)
    scene.village.clock.move(days=31)
    await sweep_all(scene)
    await scene.us.do("edit", id=text(update, "id"), text="We are out")
    await scene.us.do("retract", id=text(update, "id"))
    await scene.village.settle()
    assert before == (sent_to(scene.mal), sent_to(scene.peer))


async def sweep_all(scene: Scene) -> None:  # noqa: F811
    await sweep(scene.us.node)


async def test_somebody_blocked_is_not_followed_and_a_blocked_host_not_even_asked(scene: Scene) -> None:  # noqa: F811
    await block(scene, host_of(scene.mal))
    eve = scene.mal.actor()
    for named in (eve, f"@eve@{host_of(scene.mal)}"):
        with pytest.raises(Refusal, match="is blocked"):
            await scene.us.do("follow", address=named)
    assert [] == scene.mal.site.requests
    await scene.us.do("block remove", target=host_of(scene.mal))
    await block(scene, eve)
    with pytest.raises(Refusal, match="is blocked"):
        await scene.us.do("follow", address=eve)


async def test_the_end_of_a_block_restores_nothing_and_lets_them_in_again(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    await block(scene, scene.mal.actor())
    assert {"state": "removed"}.items() <= dict(await removed(scene, scene.mal.actor())).items()
    assert [] == await scene.followers()
    scene.village.clock.move(minutes=1)
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 202
    assert [scene.mal.actor()] == await scene.followers()
    with pytest.raises(Refusal, match="is not blocked"):
        await removed(scene, scene.mal.actor())


async def removed(scene: Scene, target: str) -> dict[str, JsonValue]:  # noqa: F811
    done = await scene.us.do("block remove", target=target)
    assert isinstance(done, dict)
    return done


async def test_a_cut_that_was_interrupted_is_finished_when_the_node_starts(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    kept = Block(target=scene.mal.actor(), kind="actor", reason="", blocked_at=scene.village.clock())
    await scene.us.node.store.add_blocks([kept])
    scene.us.node.blocks.forget()
    assert [scene.mal.actor()] == await scene.followers()
    assert 1 == (await scene.us.node.cutter.cut_all()).followers
    assert [] == await scene.followers()


async def test_going_again_does_not_cancel_the_letter_that_was_written(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    await block(scene, scene.mal.actor())
    await scene.us.node.cutter.cut_all()
    await block(scene, "other.example")
    letters = await scene.us.node.store.list_deliveries(None, None, after=None, limit=9)
    assert ["waiting"] == [one.state for one in letters if one.type == "Reject"]


async def test_an_inbox_nobody_is_known_to_use_is_not_blocked(scene: Scene) -> None:  # noqa: F811
    await block(scene, scene.mal.actor())
    unknown = InboxUrl("https://unknown.example/inbox")
    assert set() == await scene.us.node.blocks.blocked_inboxes([unknown])
    assert await scene.us.node.store.find_activity(ActivityId("https://unknown.example/1")) is None
