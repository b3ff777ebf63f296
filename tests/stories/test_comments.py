"""Replies to our updates: held, read by an organiser, then shown or hidden; never shown when not meant for all."""

from __future__ import annotations

import aiohttp
import pytest

from federation.inbox.handlers.create import MOST_HELD
from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import rows, text
from node.refusal import Refusal
from tests.federation.people import show
from tests.node.reading import Reading
from tests.stories.strangers import Stranger
from tests.stories.test_refusals import Scene, scene  # noqa: F401


async def an_update(scene: Scene) -> JsonValue:  # noqa: F811
    return await scene.us.do("post", handle="strike", text="We walked out")


async def reply(
    scene: Scene,  # noqa: F811
    who: Stranger,
    update: JsonValue,
    name: str = "r1",
    content: str = "<p>Solidarity</p>",
    **more: JsonValue,
) -> JsonObject:
    """A delivered reply."""
    note = who.note(name, content, None, inReplyTo=text(update, "id"), **more)
    assert await scene.deliver(who, who.activity("Create", note)) == 202
    return note


async def page(update: JsonValue) -> Reading:
    """The update's page as a reader gets it."""
    async with aiohttp.ClientSession() as session, session.get(text(update, "url")) as answer:
        assert answer.status == 200
        return Reading(await answer.text())


async def states(scene: Scene, update: JsonValue | None = None) -> list[tuple[str, str]]:  # noqa: F811
    found = await scene.us.do("comments", id=text(update, "id") if update is not None else None)
    return [(text(row, "id").rpartition("/")[2], text(row, "state")) for row in rows(found)]


async def test_a_reply_is_on_no_page_until_it_is_approved(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    assert "Solidarity" not in (await page(update)).text
    assert await states(scene) == [("r1", "held")]
    shown = await scene.us.do("comments approve", id=note["id"])
    assert (text(shown, "state"), text(shown, "in_reply_to")) == ("shown", text(update, "id"))
    reading = await page(update)
    assert "1 comment" in [heading.text.strip() for heading in reading.all("h2")]
    host = scene.mal.base.removeprefix("http://")
    assert ["Eve", f"@eve@{host}", host] == [element.text.strip() for element in reading.all("bdi")][:3]
    original = reading.all("a", href=f"{scene.mal.base}/notes/r1")[0]
    assert {"nofollow", "noopener", "noreferrer", "ugc"} == set(original.attributes["rel"].split())
    assert "Sunday 22 November 2026, 12:00 UTC" in reading.text


async def test_a_hidden_reply_is_off_the_page_again(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    await scene.us.do("comments approve", id=note["id"])
    await scene.us.do("comments hide", id=note["id"])
    reading = await page(update)
    assert ("Solidarity" in reading.text, reading.all("section", id="comments")) == (False, [])
    assert await states(scene, update) == [("r1", "hidden")]


async def test_a_reply_that_is_not_public_can_never_be_shown(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update, to=[scene.campaign])
    with pytest.raises(Refusal, match="not written to everybody"):
        await scene.us.do("comments approve", id=note["id"])
    assert await states(scene) == [("r1", "held")]
    assert "Solidarity" not in (await page(update)).text


async def test_a_reply_that_stops_being_public_leaves_the_page(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    await scene.us.do("comments approve", id=note["id"])
    await scene.deliver(scene.mal, scene.mal.activity("Update", {**note, "to": [scene.campaign]}))
    assert "Solidarity" not in (await page(update)).text
    with pytest.raises(Refusal, match="not written to everybody"):
        await scene.us.do("comments approve", id=note["id"])


async def test_an_edited_reply_leaves_the_page_until_it_was_read_again(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    await scene.us.do("comments approve", id=note["id"])
    await scene.deliver(scene.mal, scene.mal.activity("Update", {**note, "content": "<p>Scabs!</p>"}))
    assert "Scabs" not in (await page(update)).text
    await scene.us.do("comments approve", id=note["id"])
    reading = await page(update)
    assert ("Scabs" in reading.text, "(edited)" in reading.text) == (True, True)


async def test_an_approved_reply_whose_page_is_moved_elsewhere_waits_to_be_read_again(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    (row,) = rows(await scene.us.do("comments"))
    moved = {**note, "url": "https://strike-is-over.example/"}
    await scene.deliver(scene.mal, scene.mal.activity("Update", moved))
    with pytest.raises(Refusal, match="no longer what you read"):
        await scene.us.do("comments approve", id=note["id"], mark=text(row, "mark"))
    await scene.us.do("comments approve", id=note["id"])
    again = {**moved, "url": "https://company.example/join"}
    await scene.deliver(scene.mal, scene.mal.activity("Update", again))
    assert [] == (await page(update)).all("a", href="https://company.example/join")
    assert await states(scene) == [("r1", "held")]


@pytest.mark.parametrize("handle", ["union@koreno.example", "union\uff20koreno.example", "a b", "x\u202e", "", "a/b"])
async def test_a_handle_that_reads_like_somebody_elses_address_is_not_shown(
    scene: Scene,  # noqa: F811
    handle: str,
) -> None:
    show(scene.mal.site, "/eve", {**scene.mal.document(), "preferredUsername": handle})
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    await scene.us.do("comments approve", id=note["id"])
    host = scene.mal.base.removeprefix("http://")
    assert ["Eve", host] == [element.text.strip() for element in (await page(update)).all("bdi")][:2]


async def test_a_reply_its_author_deletes_is_gone_and_nobody_else_deletes_it(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    note = await reply(scene, scene.mal, update)
    await scene.us.do("comments approve", id=note["id"])
    await scene.deliver(scene.peer, scene.peer.activity("Delete", note["id"]))
    assert "Solidarity" in (await page(update)).text
    await scene.deliver(scene.mal, scene.mal.activity("Delete", note["id"]))
    assert "Solidarity" not in (await page(update)).text
    assert await states(scene) == []


async def test_an_approved_script_is_inert_and_a_name_stays_a_name(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    words = "<p>Join us<script>alert(1)</script><img src=x onerror=alert(2)></p><blockquote><p>ja</p></blockquote>"
    note = await reply(scene, scene.mal, update, content=words, summary="<b>hot</b>")
    await scene.us.do("comments approve", id=note["id"])
    reading = await page(update)
    assert [] == reading.all("script") + reading.all("img") + reading.all("b")
    assert ("Join us" in reading.text, "<b>hot</b>" in reading.text) == (True, True)
    assert 1 == len(reading.all("details", **{"class": "warning"}))


async def test_comments_stand_in_the_order_they_came(scene: Scene) -> None:  # noqa: F811
    update = await an_update(scene)
    for name, who in (("first", scene.mal), ("second", scene.peer), ("third", scene.mal)):
        note = await reply(scene, who, update, name, f"<p>the {name}</p>")
        await scene.us.do("comments approve", id=note["id"])
        scene.village.clock.move(minutes=1)
    reading = await page(update)
    assert ["the first", "the second", "the third"] == [
        p.text.strip() for p in reading.all("p") if p.text.startswith("the ")
    ]
    assert "3 comments" in reading.text


async def test_of_a_thousand_replies_by_one_actor_twenty_are_held_and_each_refusal_is_counted(
    scene: Scene,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    update, other = await an_update(scene), await an_update(scene)
    caplog.set_level("INFO", "federation.inbox.worker")
    for number in range(MOST_HELD + 5):
        await reply(scene, scene.mal, update, f"r{number}")
        scene.village.clock.move(seconds=1)
    assert len(await states(scene)) == MOST_HELD
    assert (await scene.us.node.store.count_received())["failed"] == 5
    assert ["TooManyHeld"] * 5 == [record.__dict__["why"] for record in caplog.records if record.message == "refused"]
    await reply(scene, scene.peer, update, "p1")
    await reply(scene, scene.mal, other, "o1")
    assert len(await states(scene)) == MOST_HELD + 2
    note = await scene.us.do("comments hide", id=f"{scene.mal.base}/notes/r0")
    assert text(note, "state") == "hidden"
    await reply(scene, scene.mal, update, "again")
    assert ("again", "held") in await states(scene, update)


async def test_somebody_we_follow_is_read_in_the_timeline_even_when_too_many_replies_wait(
    scene: Scene,  # noqa: F811
) -> None:
    update = await an_update(scene)
    for number in range(MOST_HELD + 1):
        await reply(scene, scene.peer, update, f"r{number}")
    assert (len(await states(scene)), len(await scene.timeline())) == (MOST_HELD, MOST_HELD + 1)


async def test_only_a_reply_to_an_update_of_ours_can_be_approved_or_hidden(scene: Scene) -> None:  # noqa: F811
    note = scene.peer.note("n1")
    await scene.deliver(scene.peer, scene.peer.activity("Create", note))
    for named in (str(note["id"]), "https://nobody.example/1", "nonsense"):
        for command in ("comments approve", "comments hide"):
            with pytest.raises(Refusal, match="There is no reply"):
                await scene.us.do(command, id=named)


async def test_replies_are_listed_for_one_update_or_for_all(scene: Scene) -> None:  # noqa: F811
    one, other = await an_update(scene), await an_update(scene)
    await reply(scene, scene.mal, one, "to-one")
    scene.village.clock.move(minutes=1)
    await reply(scene, scene.mal, other, "to-other")
    assert await states(scene) == [("to-other", "held"), ("to-one", "held")]
    assert await states(scene, one) == [("to-one", "held")]
    with pytest.raises(Refusal, match="There is no update"):
        await scene.us.do("comments", id="123")


async def test_a_reply_changed_or_deleted_and_an_author_renamed_are_drawn_anew(scene: Scene) -> None:  # noqa: F811
    rung = list[bool]()
    scene.us.node.readers_bell.listeners.append(lambda: rung.append(True))

    async def rings(type: str, object: JsonValue) -> int:
        rung.clear()
        assert await scene.deliver(scene.mal, scene.mal.activity(type, object)) == 202
        return len(rung)

    note = scene.mal.note("r1", inReplyTo=text(await an_update(scene), "id"))
    assert 0 == await rings("Create", note)  # it is held, so nobody sees it yet
    await scene.us.do("comments approve", id=text(note, "id"))
    assert 1 == await rings("Update", {**note, "content": "other words"})
    assert 1 == await rings("Update", {**scene.mal.document(), "name": "Eve Adams"})
    assert (1, 0) == (await rings("Delete", text(note, "id")), await rings("Delete", text(note, "id")))
