"""Neighbours on one host, late arrivals and crowds: nobody takes, ends or buries what is another's."""

from __future__ import annotations

import pytest

from federation.inbox.handlers import create
from federation.strictjson import JsonObject, JsonValue
from node.actions.doctor import check
from node.cli.reading import rows, text
from node.refusal import Refusal
from storage.ids import ActorId, KeyId
from tests.stories.strangers import Stranger
from tests.stories.test_comments import an_update, page, reply, states
from tests.stories.test_refusals import Scene, scene  # noqa: F401


async def by(scene: Scene, who: Stranger, name: str, document: JsonObject) -> int:  # noqa: F811
    """Delivered by another actor of this server."""
    return await scene.deliver(who, document, key_id=f"{who.actor(name)}#main-key")


async def listed(scene: Scene) -> list[JsonValue]:  # noqa: F811
    return rows(await scene.us.do("comments"))


# Neighbours


async def test_a_neighbour_who_replies_first_under_my_notes_id_takes_nothing(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    neighbour = scene.mal.actor("neighbour")
    theirs = scene.mal.note("r1", "<p>Scabs</p>", neighbour, inReplyTo=text(update, "id"))
    assert await by(scene, scene.mal, "neighbour", scene.mal.activity("Create", theirs, neighbour)) == 202
    mine = await reply(scene, scene.mal, update, "r1")
    assert {neighbour, scene.mal.actor()} == {text(row, "actor") for row in await listed(scene)}
    with pytest.raises(Refusal, match="Several people claim"):
        await scene.us.do("comments approve", id=mine["id"])
    (mark,) = [text(row, "mark") for row in await listed(scene) if text(row, "actor") == scene.mal.actor()]
    await scene.us.do("comments approve", id=mine["id"], mark=mark)
    reading = await page(update)
    assert ("Solidarity" in reading.text, "Scabs" in reading.text) == (True, False)
    await by(scene, scene.mal, "neighbour", scene.mal.activity("Delete", mine["id"], neighbour))
    assert [scene.mal.actor()] == [text(row, "actor") for row in await listed(scene)]


async def test_a_neighbour_who_shows_my_keys_id_silences_nobody(scene: Scene) -> None:  # noqa: F811
    neighbour, mine = scene.mal.actor("neighbour"), f"{scene.mal.actor()}#main-key"
    document = scene.mal.document("neighbour")
    key: JsonObject = {"id": mine, "owner": neighbour, "publicKeyPem": text(document["publicKey"], "publicKeyPem")}
    claimed: JsonObject = {**document, "publicKey": [document["publicKey"], key]}
    assert await by(scene, scene.mal, "neighbour", scene.mal.activity("Update", claimed, neighbour)) == 202
    assert await scene.us.node.store.find_remote_key(KeyId(mine), ActorId(neighbour)) is not None
    assert await scene.deliver(scene.mal, scene.mal.activity("Follow", scene.campaign)) == 202
    assert await scene.followers() == [scene.mal.actor()]


async def test_sig_18_an_actor_whose_key_was_named_for_another_is_not_kept(scene: Scene) -> None:  # noqa: F811
    document = scene.mal.activity("Follow", scene.campaign, scene.mal.actor("adam"))
    for _ in range(3):
        assert await scene.deliver(scene.mal, document) == 401
    assert await scene.us.node.store.find_remote_actor(ActorId(scene.mal.actor())) is None
    assert scene.mal.site.fetches["/eve"] == 1
    assert await scene.deliver(scene.mal, scene.mal.activity("Follow", scene.campaign)) == 202
    assert await scene.followers() == [scene.mal.actor()]
    assert scene.mal.site.fetches["/eve"] == 1


# Undo, late


@pytest.fixture
async def followed_again(scene: Scene) -> tuple[JsonObject, JsonObject]:  # noqa: F811
    """An earlier Follow, undone, and a newer one that stands."""
    earlier = scene.mal.activity("Follow", scene.campaign)
    newer = scene.mal.activity("Follow", scene.campaign)
    for document in (earlier, scene.mal.activity("Undo", dict(earlier)), newer):
        await scene.deliver(scene.mal, document)
        scene.village.clock.move(minutes=10)
    return earlier, newer


async def test_a_late_undo_of_an_earlier_follow_leaves_the_newer_one(
    scene: Scene,  # noqa: F811
    followed_again: tuple[JsonObject, JsonObject],
) -> None:
    earlier, newer = followed_again
    for undone in (dict(earlier), earlier["id"], {"id": earlier["id"], "type": "Follow"}):
        await scene.deliver(scene.mal, scene.mal.activity("Undo", undone))
        assert await scene.followers() == [scene.mal.actor()]
    await scene.deliver(scene.mal, scene.mal.activity("Undo", dict(newer)))
    assert await scene.followers() == []


async def test_an_undo_that_names_the_pair_or_an_id_never_heard_of_ends_the_follow(
    scene: Scene,  # noqa: F811
) -> None:
    pair: JsonObject = {"type": "Follow", "actor": scene.mal.actor(), "object": scene.campaign}
    for undone in (pair, {**pair, "id": f"{scene.mal.base}/follows/eve/strike"}):
        await scene.deliver(scene.mal, scene.mal.activity("Follow", scene.campaign))
        await scene.deliver(scene.mal, scene.mal.activity("Undo", undone))
        assert await scene.followers() == []


@pytest.mark.usefixtures("followed_again")
async def test_an_undo_said_long_before_the_follow_came_leaves_it(scene: Scene) -> None:  # noqa: F811
    pair: JsonObject = {"type": "Follow", "actor": scene.mal.actor(), "object": scene.campaign}
    for said, left in (("2026-11-22T10:00:00Z", [scene.mal.actor()]), ("2026-11-22T12:20:00Z", [])):
        await scene.deliver(scene.mal, scene.mal.activity("Undo", pair, published=said))
        assert await scene.followers() == left


async def test_an_undo_without_an_id_counts_and_one_in_anothers_name_does_not(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, scene.mal.activity("Follow", scene.campaign))
    pair: JsonObject = {"type": "Follow", "actor": scene.mal.actor(), "object": scene.campaign}
    nameless: JsonObject = {**scene.peer.activity("Undo", pair), "id": None}
    assert await scene.deliver(scene.peer, nameless) == 403
    assert await scene.followers() == [scene.mal.actor()]
    nameless = {**scene.mal.activity("Undo", pair), "actor": [scene.mal.actor()]}
    del nameless["id"]
    assert await scene.deliver(scene.mal, nameless) == 202
    assert await scene.followers() == []


@pytest.mark.parametrize("changes", [{"id": None}, {"actor": None}, {"type": None}, {"actor": []}])
async def test_other_activities_without_id_actor_or_type_are_none(scene: Scene, changes: JsonObject) -> None:  # noqa: F811
    assert await scene.deliver(scene.mal, {**scene.mal.activity("Follow", scene.campaign), **changes}) == 400
    two: JsonObject = {**scene.mal.activity("Follow", scene.campaign), "actor": [scene.mal.actor(), scene.peer.actor()]}
    assert await scene.deliver(scene.mal, two) == 400


# What was read is what is approved


async def test_approval_with_a_mark_holds_for_the_text_that_was_listed(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    (before,) = [text(row, "mark") for row in await listed(scene)]
    assert len(before) == 8
    await scene.deliver(scene.mal, scene.mal.activity("Update", {**note, "content": "<p>Scabs!</p>"}))
    for command in ("comments approve", "comments hide"):
        with pytest.raises(Refusal, match="no longer what you read"):
            await scene.us.do(command, id=note["id"], mark=before)
    assert await states(scene) == [("r1", "held")]
    (after,) = [text(row, "mark") for row in await listed(scene)]
    assert before != after
    shown = await scene.us.do("comments approve", id=note["id"], mark=f" {after.upper()} ")
    assert (text(shown, "state"), text(shown, "update")) == ("shown", text(update, "id"))


@pytest.mark.parametrize(
    ("content", "state"),
    [
        ("<p>See  <strong>here</strong></p>\n", "shown"),
        ("<div><p>See <a href='https://a.example/'>here</a></p></div>", "held"),
        ("<p>See there</p>", "held"),
        ("<p>See <del>here</del></p>", "held"),
    ],
)
async def test_an_edit_that_reads_the_same_stays_shown(scene: Scene, content: str, state: str) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update, content="<p>See here</p>")
    await scene.us.do("comments approve", id=note["id"])
    await scene.deliver(scene.mal, scene.mal.activity("Update", {**note, "content": content}))
    assert await states(scene) == [("r1", state)]


async def test_an_edit_of_the_warning_alone_is_read_again(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    await scene.us.do("comments approve", id=note["id"])
    await scene.deliver(scene.mal, scene.mal.activity("Update", {**note, "summary": "Scabs!"}))
    assert await states(scene) == [("r1", "held")]


# Threads


async def test_a_reply_to_a_shown_reply_is_held_below_the_same_update(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    first = await reply(scene, scene.mal, update)
    answer = scene.peer.note("a1", "<p>And from us</p>", inReplyTo=first["id"])
    await scene.deliver(scene.peer, scene.peer.activity("Create", answer))
    assert await states(scene) == [("r1", "held")]  # nobody has read what it answers
    await scene.us.do("comments approve", id=first["id"])
    stranger = scene.mal.note("a2", "<p>And from us</p>", inReplyTo=first["id"])
    await scene.deliver(scene.mal, scene.mal.activity("Create", stranger))
    assert ("a2", "held") in await states(scene, update)
    assert "And from us" not in (await page(update)).text
    await scene.us.do("comments approve", id=stranger["id"])
    reading = await page(update)
    assert ("And from us" in reading.text, "2 comments" in reading.text) == (True, True)
    edited = {**stranger, "content": "<p>And from all of us</p>"}
    await scene.us.do("comments hide", id=first["id"])
    await scene.deliver(scene.mal, scene.mal.activity("Update", edited))
    assert ("a2", "held") in await states(scene, update)


async def test_a_reply_to_a_reply_below_a_retracted_update_is_not_kept(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    first = await reply(scene, scene.mal, update)
    await scene.us.do("comments approve", id=first["id"])
    await scene.us.do("retract", id=text(update, "id"))
    answer = scene.mal.note("a1", inReplyTo=first["id"])
    await scene.deliver(scene.mal, scene.mal.activity("Create", answer))
    assert "a1" not in dict(await states(scene))


# Crowds


async def test_below_one_update_only_so_many_wait_and_check_says_so(
    scene: Scene,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(create, "MOST_HELD_IN_ALL", 3)
    monkeypatch.setattr("node.actions.doctor.MOST_HELD_IN_ALL", 3)

    async def finding() -> tuple[str, str, str]:
        (found,) = [one for one in await check(scene.us.node) if one.what == "comments"]
        return found.level, found.says, found.do

    update = await an_update(scene)
    assert await finding() == ("ok", "No reply waits for an organiser.", "")
    await reply(scene, scene.mal, update, "r0")
    assert (await finding())[1].startswith("1 reply waits for an organiser")
    for number in range(1, 3):
        await reply(scene, scene.mal, update, f"r{number}")
    await reply(scene, scene.peer, update, "late")
    assert ["r0", "r1", "r2"] == sorted(name for name, _ in await states(scene))
    assert await scene.timeline() == [f"{scene.peer.base}/notes/late"]
    level, says, do = await finding()
    assert (level, do) == ("warn", f"Approve or hide some: picketline comments {text(update, 'id')}")
    assert text(update, "id") in says
    await scene.us.do("comments hide", id=f"{scene.mal.base}/notes/r0")
    await reply(scene, scene.mal, update, "r3")
    assert ("r3", "held") in await states(scene)


async def test_one_host_leaves_room_below_an_update_for_others(
    scene: Scene,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(create, "MOST_HELD_OF_A_HOST", 3)
    update = await an_update(scene)
    for number in range(4):
        name = f"eve{number}"
        actor = scene.mal.actor(name)
        note = {**scene.mal.note(f"r{number}", inReplyTo=text(update, "id")), "attributedTo": actor}
        activity = scene.mal.activity("Create", note, actor)
        assert await scene.deliver(scene.mal, activity, key_id=f"{actor}#main-key") == 202
    await reply(scene, scene.peer, update, "p1")
    assert ["p1", "r0", "r1", "r2"] == sorted(name for name, _ in await states(scene))
    await scene.us.do("comments hide", id=f"{scene.mal.base}/notes/r0")
    await reply(scene, scene.mal, update, "again")
    assert ("again", "held") in await states(scene, update)


async def test_of_one_actor_only_so_many_are_kept_a_day_however_fast_they_are_read(
    scene: Scene,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(create, "MOST_A_DAY", 3)
    one, other = await an_update(scene), await an_update(scene)
    for number in range(5):
        note = await reply(scene, scene.mal, other if number % 2 else one, f"r{number}")
        if number < 3:
            await scene.us.do("comments approve", id=note["id"])
    assert ["r0", "r1", "r2"] == sorted(name for name, _ in await states(scene))
    assert (await scene.us.node.store.count_received())["failed"] == 2
    await reply(scene, scene.peer, one, "p")
    scene.village.clock.move(days=1, seconds=1)
    await reply(scene, scene.mal, one, "tomorrow")
    assert {("p", "held"), ("tomorrow", "held")} <= set(await states(scene))
