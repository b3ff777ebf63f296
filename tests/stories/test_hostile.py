"""What a hostile employer tried on running nodes, each as it was tried."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import rows, text
from node.errors import REFUSALS
from node.refusal import Refusal
from storage.ids import ActivityId, ActorId, InboxUrl, ObjectId
from storage.records import Follower
from tests.federation.people import show
from tests.stories.strangers import ACTIVITY, Stranger, send
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401
from tests.village import Village


async def test_nobody_can_ask_with_a_farewell_whom_we_know(scene: Scene) -> None:  # noqa: F811
    known, unknown = scene.peer.actor(), scene.peer.actor("nobody-we-know")
    answers = []
    for actor in (known, unknown):
        document = scene.peer.activity("Delete", actor, actor)
        body, headers = scene.mal.signed(
            scene.inbox, document, scene.village.clock(), key_id=f"{actor}#main-key"
        )  # the signature is mal's: worthless for this key
        scene.peer.site.requests.clear()
        answers.append((await send(scene.inbox, body, headers), len(scene.peer.site.requests)))
    assert answers == [(202, 0), (202, 0)]
    await scene.us.workers.inbox.run_once()
    assert await scene.us.node.store.find_remote_actor(ActorId(known)) is not None


async def test_an_inbox_on_anothers_host_cannot_let_that_host_rest(scene: Scene) -> None:  # noqa: F811
    victim, mal = scene.peer, scene.mal
    victim.site.answer("/login", status=429, Retry_After="86400")
    mal.actor()
    document: JsonObject = {"inbox": f"{victim.base}/login"}
    show_with(mal, document)
    assert await scene.deliver(victim, follow(scene, victim)) == 202
    for _ in range(8):
        await scene.deliver(mal, follow(scene, mal))
        await scene.us.workers.delivery.run_once()
    post = await scene.us.do("post", handle="strike", text="We walked out")
    await scene.us.node.fan_out.catch_up()
    await scene.us.workers.delivery.run_once()
    states = {
        text(row, "inbox"): text(row, "state") for row in rows(await scene.us.do("deliveries", id=text(post, "id")))
    }
    assert states[f"{victim.base}/eve/inbox"] == "delivered"


def show_with(who: Stranger, changes: JsonObject) -> None:
    """Let the stranger's actor document say something else from now on."""
    document = who.document()
    show(who.site, "/eve", {**document, **changes})


async def test_one_actor_cannot_flood_us_and_others_are_unhurt(scene: Scene) -> None:  # noqa: F811
    answers = [
        await scene.deliver(scene.mal, scene.mal.activity("Like", f"{scene.us.node.config.url}/objects/1"))
        for _ in range(110)
    ]
    assert (answers.count(202), answers.count(429)) == (100, 10)
    assert await scene.deliver(scene.peer, follow(scene, scene.peer)) == 202
    scene.village.clock.move(seconds=1)
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 202


async def test_updates_without_keys_make_nobody_wait(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    scene.mal.site.requests.clear()
    for _ in range(5):
        bare: JsonObject = {"id": scene.mal.actor(), "type": "Person", "inbox": f"{scene.mal.base}/eve/inbox"}
        assert await scene.deliver(scene.mal, scene.mal.activity("Update", bare)) == 202
    assert scene.mal.site.requests == []


async def test_an_actor_that_moves_its_inbox_is_delivered_to_there(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    moved = {**scene.mal.document(), "inbox": f"{scene.mal.base}/new/inbox"}
    scene.mal.site.answer("/new/inbox", status=202)
    await scene.deliver(scene.mal, scene.mal.activity("Update", moved))
    await scene.us.do("post", handle="strike", text="We walked out")
    await scene.us.node.fan_out.catch_up()
    await scene.us.workers.delivery.run_once()
    assert scene.mal.site.fetches["/new/inbox"] == 1


async def test_following_again_under_the_same_id_is_following_again(scene: Scene) -> None:  # noqa: F811
    asked = follow(scene, scene.mal)
    undo = scene.mal.activity(
        "Undo", {"id": asked["id"], "type": "Follow", "actor": scene.mal.actor(), "object": scene.campaign}
    )
    for step in (asked, undo, asked):
        scene.village.clock.move(minutes=1)
        assert await scene.deliver(scene.mal, step) == 202
    assert await scene.followers() == [scene.mal.actor()]
    await scene.us.workers.delivery.run_once()
    assert scene.mal.site.fetches["/eve/inbox"] == 2  # both Follows were answered


async def test_an_older_version_arriving_late_changes_nothing(scene: Scene) -> None:  # noqa: F811
    def version(words: str, updated: str) -> JsonObject:
        return {**scene.peer.note("n1", f"<p>{words}</p>"), "updated": updated}

    await scene.deliver(scene.peer, scene.peer.activity("Update", version("second", "2026-11-22T11:30:00Z")))
    await scene.deliver(scene.peer, scene.peer.activity("Create", scene.peer.note("n1", "<p>first</p>")))
    await scene.deliver(scene.peer, scene.peer.activity("Update", version("one and a half", "2026-11-22T11:10:00Z")))
    assert [text(row, "content") for row in rows(await scene.us.do("timeline"))] == ["<p>second</p>"]


@pytest.mark.parametrize("content", [">" * 11_000, "<a href='https://a.example/1'>x</a>" * 4_900])
async def test_a_note_that_grows_beyond_reading_is_not_kept(scene: Scene, content: str) -> None:  # noqa: F811
    await scene.deliver(scene.peer, scene.peer.activity("Create", scene.peer.note("big", content)))
    await scene.deliver(scene.peer, scene.peer.activity("Create", scene.peer.note("small", "<p>fine</p>")))
    assert await scene.timeline() == [f"{scene.peer.base}/notes/small"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://a.example/\u001b[2J", "//x"])
async def test_a_page_that_is_no_address_is_replaced_by_the_id(scene: Scene, url: str) -> None:  # noqa: F811
    note = scene.peer.note("n1", url=url, inReplyTo=url)
    await scene.deliver(scene.peer, scene.peer.activity("Create", note))
    kept = await scene.us.node.store.find_remote_post(ObjectId(f"{scene.peer.base}/notes/n1"))
    assert kept is not None
    assert (kept.url, kept.in_reply_to) == (f"{scene.peer.base}/notes/n1", None)


async def test_a_neighbour_cannot_take_the_id_of_anothers_activity_or_note(scene: Scene) -> None:  # noqa: F811
    neighbour = scene.peer.actor("neighbour")
    real = scene.peer.activity("Create", scene.peer.note("n1"))
    taken = {**scene.peer.activity("Like", scene.campaign, neighbour), "id": real["id"]}
    gone = scene.peer.activity("Delete", f"{scene.peer.base}/notes/n1", neighbour)
    for document in (taken, gone):
        assert await scene.deliver(scene.peer, document, key_id=f"{neighbour}#main-key") == 202
    await scene.deliver(scene.peer, real)
    assert await scene.timeline() == [f"{scene.peer.base}/notes/n1"]


async def test_an_unknown_handle_has_no_inbox(scene: Scene) -> None:  # noqa: F811
    inbox = f"{scene.us.node.config.url}/actors/nobody/inbox"
    body, headers = scene.mal.signed(inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(inbox, body, headers) == 404


async def test_an_unsigned_body_is_not_even_read(scene: Scene) -> None:  # noqa: F811
    assert await send(scene.inbox, b"x" * 200_000, {"Content-Type": ACTIVITY}) == 401


async def test_an_edit_and_a_retraction_at_once_end_with_the_retraction(village: Village) -> None:
    us = await village.add("koreno")
    post = await us.do("post", handle="union", text="first")

    async def attempt(command: str, **params: JsonValue) -> bool:
        try:
            await us.do(command, id=text(post, "id"), **params)
        except REFUSALS:
            return False
        return True

    await asyncio.gather(
        attempt("edit", text="second"), attempt("retract"), attempt("edit", text="third"), attempt("retract")
    )
    types = [placed.entry.type for placed in await us.node.store.list_object_entries(ObjectId(text(post, "id")))]
    assert types[0] == "Create"
    assert types[-1] == "Delete"
    assert types.count("Delete") == 1


async def test_two_campaigns_of_one_handle_at_once_are_one(village: Village) -> None:
    us = await village.add("koreno")
    await asyncio.gather(*(us.do("campaign add", handle="strike", name="Strike") for _ in range(3)))
    actor = ObjectId(us.node.locations.actor("strike"))
    assert len(await us.node.store.list_object_entries(actor)) == 1
    with pytest.raises(Refusal, match="already"):
        await us.do("campaign add", handle="strike", name="Another")


async def test_two_edits_in_one_second_are_told_apart_by_their_time(village: Village) -> None:
    us = await village.add("koreno")
    post = await us.do("post", handle="union", text="first")
    times = []
    for words in ("second", "third"):
        await us.do("edit", id=text(post, "id"), text=words)
        found = await us.node.store.find_post(ObjectId(text(post, "id")))
        assert found is not None
        times.append(found.updated_at)
    assert times[1] - times[0] == timedelta(seconds=1)  # type: ignore[operator]


async def test_an_edit_that_changes_nothing_is_refused_and_sent_to_nobody(village: Village) -> None:
    us = await village.add("koreno")
    post = await us.do("post", handle="union", text="words")
    with pytest.raises(Refusal, match="already"):
        await us.do("edit", id=text(post, "id"), text="words")
    assert await us.node.store.size() == 2


async def test_a_follow_asked_twice_is_accepted_by_the_answer_to_either(scene: Scene) -> None:  # noqa: F811
    asked = []
    for _ in range(2):
        await scene.us.do("follow", address=scene.mal.actor())
        asked += [
            one.activity for one in await scene.us.node.store.list_following() if one.follows == scene.mal.actor()
        ]
    assert asked[0] != asked[1]
    await scene.deliver(scene.mal, scene.mal.activity("Accept", {"id": asked[0], "type": "Follow"}))
    states = {text(row, "actor"): text(row, "state") for row in rows(await scene.us.do("following"))}
    assert states[scene.mal.actor()] == "accepted"


async def test_a_retraction_reaches_whoever_was_mentioned_after_a_sweep(village: Village) -> None:
    from node.housekeeping import sweep

    koreno, harbour = await village.add("koreno"), await village.add("harbour")
    post = await koreno.do("post", handle="union", text=f"Thanks, @union@{harbour.node.locations.host}!")
    await village.settle()
    village.clock.move(days=40)
    await sweep(koreno.node)
    await koreno.do("retract", id=text(post, "id"))
    await village.settle()
    sent = {text(row, "state") for row in rows(await koreno.do("deliveries", id=text(post, "id")))}
    inboxes = {text(row, "inbox") for row in rows(await koreno.do("deliveries", id=text(post, "id")))}
    assert (sent, inboxes) == ({"delivered"}, {InboxUrl(harbour.node.locations.shared_inbox)})


async def test_mentioning_our_own_campaign_links_it_and_posts_to_nobody(village: Village) -> None:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    post = await us.do("post", handle="union", text=f"See @strike@{us.node.locations.host}")
    assert rows(post["not_found"] if isinstance(post, dict) else None) == []
    assert await us.node.fan_out.catch_up() == 0


async def test_a_follow_repeated_without_end_is_answered_ten_times_and_then_once_a_minute(
    scene: Scene,  # noqa: F811
) -> None:
    for _ in range(15):
        await scene.deliver(scene.mal, follow(scene, scene.mal))
    await scene.us.workers.delivery.run_once()
    assert scene.mal.site.fetches["/eve/inbox"] == 10
    scene.village.clock.move(minutes=1)
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    await scene.us.workers.delivery.run_once()
    assert scene.mal.site.fetches["/eve/inbox"] == 11


@pytest.mark.parametrize("serial", ["abc", "-1", "0", "9" * 400, "", " 1", "1e3", "١"])
async def test_a_serial_that_is_none_never_reaches_the_record(village: Village, serial: str) -> None:
    us = await village.add("koreno")
    with pytest.raises(Refusal):
        await us.do("post", handle="union", text="words", serial=serial)
    assert await us.node.store.size() == 1
    assert await us.node.projector.catch_up() == 1


async def test_many_slow_inboxes_named_by_strangers_take_only_their_own_places(scene: Scene) -> None:  # noqa: F811
    foreign = [InboxUrl(f"{scene.peer.base}/slow?{number}") for number in range(60)]
    for number, inbox in enumerate(foreign):
        await scene.us.node.store.save_follower(
            Follower(
                actor=ActorId(f"{scene.mal.base}/{number}"),
                follows=ActorId(scene.campaign),
                activity=ActivityId(f"{scene.mal.base}/f/{number}"),
                inbox=inbox,
                shared_inbox=None,
                state="accepted",
                since=scene.village.clock(),
            )
        )
    await scene.deliver(scene.peer, follow(scene, scene.peer))
    await scene.us.do("post", handle="strike", text="We walked out")
    await scene.us.node.fan_out.catch_up()
    queued = await scene.us.node.store.list_deliveries(None, None, after=None, limit=100)
    lanes = {delivery.inbox: delivery.host for delivery in queued if delivery.type == "Create"}
    authority = scene.peer.base.removeprefix("http://")
    assert {lanes[inbox] for inbox in foreign} == {f"foreign:{authority}"}
    assert lanes[InboxUrl(f"{scene.peer.base}/eve/inbox")] == authority
