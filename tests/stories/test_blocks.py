"""What a block ends at once, what it keeps out later, and what it leaves alone."""

from __future__ import annotations

import pytest

from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import member, rows, text
from node.lifecycles import sweep
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


async def test_an_address_blocked_before_anybody_knew_who_has_it_is_refused_at_its_first_word(
    scene: Scene,  # noqa: F811
) -> None:
    await scene.us.do("block import", rows=f"eve@{host_of(scene.mal)}\tspies")
    received = await scene.received()
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 403
    assert (received, []) == (await scene.received(), await scene.followers())
    assert await scene.deliver(scene.peer, follow(scene, scene.peer)) == 202


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


async def test_a_host_is_blocked_with_its_subdomains_and_no_look_alike(scene: Scene) -> None:  # noqa: F811
    await block(scene, "mal.example")
    found = [
        await scene.us.node.blocks.find(ActorId(f"https://{host}/eve")) is not None
        for host in ("mal.example", "a.b.mal.example", "evilmal.example", "mal.example.org")
    ]
    assert [True, True, False, False] == found


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


@pytest.mark.parametrize("named", ["com", "", "*.mal.example", "@eve", "mal example"])
async def test_what_names_nobody_is_not_blocked(scene: Scene, named: str) -> None:  # noqa: F811
    with pytest.raises(Refusal, match="cannot be blocked"):
        await block(scene, named)


async def test_we_never_block_ourselves(scene: Scene) -> None:  # noqa: F811
    host = scene.us.node.locations.host
    for named in (host, host.partition(":")[0], scene.campaign, f"@strike@{host}", f"http://{host}/"):
        with pytest.raises(Refusal, match="cannot block itself"):
            await block(scene, named)
    assert [] == rows(member(await scene.us.do("block list"), "blocks"))


async def test_a_page_copied_from_the_browser_blocks_the_actor_behind_it(scene: Scene) -> None:  # noqa: F811
    eve = scene.mal.actor()
    show_actor(scene.mal, "@eve", scene.mal.document("eve"))
    done = await block(scene, f"{scene.mal.base}/@eve")
    assert (eve, True) == (text(done, "target"), member(done, "asked"))


async def test_a_name_whose_server_is_silent_is_blocked_as_it_stands(scene: Scene) -> None:  # noqa: F811
    done = await block(scene, f"@nobody@{host_of(scene.mal)}", reason="spies\n of  the firm")
    assert (f"nobody@{host_of(scene.mal)}", False) == (text(done, "target"), member(done, "asked"))
    listed = rows(member(await scene.us.do("block list"), "blocks"))
    assert ["spies of the firm"] == [text(row, "reason") for row in listed]


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


@pytest.mark.parametrize("type", ["Like", "Follow", "Delete"])
@pytest.mark.parametrize("form", ["id", "host"])
async def test_nobody_learns_who_is_blocked_by_speaking_in_their_name(
    scene: Scene,  # noqa: F811
    type: str,
    form: str,
) -> None:
    """Eve is known here and Zoe is not; the employer holds neither's key."""
    eve = scene.mal.actor()
    await scene.us.node.resolver.actor(ActorId(eve))

    async def ask() -> list[int]:
        answers = []
        for name in ("eve", "zoe"):
            for key_id in (f"{scene.mal.base}/{name}#main-key", f"{scene.peer.actor()}#main-key"):
                actor = f"{scene.mal.base}/{name}"
                activity = scene.mal.activity(type, actor if type == "Delete" else scene.campaign, actor)
                answers.append(await scene.deliver(scene.peer, activity, key_id=key_id))
            scene.village.clock.move(minutes=6)
        return answers

    before = await ask()
    await block(scene, eve if form == "id" else host_of(scene.mal))
    assert before == await ask()
    assert await scene.deliver(scene.mal, scene.mal.activity("Like", scene.campaign)) == 403


async def test_whoever_is_blocked_by_address_stays_so_under_another_handle(scene: Scene) -> None:  # noqa: F811
    """Carol, a neighbour who claims a key of Eve's name, makes us look at Eve's document again."""
    eve, carol = scene.mal.actor(), scene.mal.actor("carol")
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    await block(scene, f"@eve@{host_of(scene.mal)}", reason="spies")
    shown = scene.mal.document("carol")
    assert isinstance(shown["publicKey"], dict)
    shown["publicKey"] = [shown["publicKey"], {**shown["publicKey"], "id": f"{eve}#main-key"}]
    show(scene.mal.site, "/carol", shown)
    like = scene.mal.activity("Like", scene.campaign, carol)
    assert await scene.deliver(scene.mal, like, key_id=f"{carol}#main-key") == 202
    show(scene.mal.site, "/eve", {**scene.mal.document(), "preferredUsername": "adam"})
    like = scene.mal.activity("Like", scene.campaign, carol)
    body, headers = scene.mal.signed(scene.inbox, like, scene.village.clock(), key_id=f"{eve}#main-key")
    headers["Signature"] = headers["Signature"].replace('signature="', 'signature="AAAA')
    assert await send(scene.inbox, body, headers) == 401
    known = await scene.us.node.store.find_remote_actor(ActorId(eve))
    assert known is not None
    assert "adam" == known.handle
    scene.us.node.blocks.forget()  # as after a restart
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 403
    assert [] == await scene.followers()
    listed = rows(member(await scene.us.do("block list"), "blocks"))
    assert [("address", "spies"), ("actor", "spies")] == [(text(row, "kind"), text(row, "reason")) for row in listed]
