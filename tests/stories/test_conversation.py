"""Replies are kept and not shown yet; what comes in the wrong order ends right."""

from __future__ import annotations

import aiohttp
import pytest

from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import rows, text
from storage.ids import ActorId, ObjectId
from tests.stories.strangers import open_stranger
from tests.stories.test_refusals import Scene, scene  # noqa: F401
from tests.village import Village


async def test_a_reply_by_anybody_is_held(scene: Scene) -> None:  # noqa: F811
    post = await scene.us.do("post", handle="strike", text="We walked out")
    reply = scene.mal.note("r1", "<p>Solidarity<script>alert(1)</script></p>", inReplyTo=text(post, "id"))
    assert await scene.deliver(scene.mal, scene.mal.activity("Create", reply)) == 202
    held = await scene.us.node.store.list_comments(None, state="held", before=None, limit=5)
    assert [(one.comment_on, one.html) for one in held] == [(text(post, "id"), "<p>Solidarity</p>")]
    assert await scene.timeline() == []


async def test_a_reply_to_what_is_not_ours_by_a_stranger_is_not_kept(scene: Scene) -> None:  # noqa: F811
    reply = scene.mal.note("r2", inReplyTo=f"{scene.us.node.config.url}/objects/123")
    await scene.deliver(scene.mal, scene.mal.activity("Create", reply))
    assert await scene.us.node.store.find_remote_post(ObjectId(f"{scene.mal.base}/notes/r2")) is None


async def test_an_edited_reply_is_held_again(scene: Scene) -> None:  # noqa: F811
    post = await scene.us.do("post", handle="strike", text="We walked out")
    reply = scene.mal.note("r3", "<p>kind</p>", inReplyTo=text(post, "id"))
    await scene.deliver(scene.mal, scene.mal.activity("Create", reply))
    await scene.deliver(scene.mal, scene.mal.activity("Update", {**reply, "content": "<p>unkind</p>"}))
    held = await scene.us.node.store.list_comments(None, state="held", before=None, limit=5)
    assert [one.html for one in held] == ["<p>unkind</p>"]


async def test_a_note_deleted_before_it_came_never_appears(scene: Scene) -> None:  # noqa: F811
    note = scene.peer.note("n1")
    await scene.deliver(scene.peer, scene.peer.activity("Delete", {"id": note["id"], "type": "Tombstone"}))
    await scene.deliver(scene.peer, scene.peer.activity("Create", note))
    await scene.deliver(scene.peer, scene.peer.activity("Update", note))
    assert await scene.timeline() == []


@pytest.mark.parametrize("form", ["id", "tombstone", "whole", "list"])
async def test_a_note_is_erased_however_its_delete_names_it(scene: Scene, form: str) -> None:  # noqa: F811
    note = scene.peer.note("n1")
    await scene.deliver(scene.peer, scene.peer.activity("Create", note))
    assert await scene.timeline() == [note["id"]]
    tombstone: JsonObject = {"id": note["id"], "type": "Tombstone", "formerType": "Note"}
    forms: dict[str, JsonValue] = {"id": note["id"], "tombstone": tombstone, "whole": note, "list": [note["id"]]}
    assert await scene.deliver(scene.peer, scene.peer.activity("Delete", forms[form])) == 202
    assert await scene.timeline() == []


async def test_an_update_whose_create_was_lost_is_read_as_one(scene: Scene) -> None:  # noqa: F811
    note = scene.peer.note("n2", "<p>second version</p>")
    await scene.deliver(scene.peer, scene.peer.activity("Update", note))
    assert await scene.timeline() == [note["id"]]


async def test_a_follow_asked_again_is_answered_again(scene: Scene) -> None:  # noqa: F811
    for _ in range(2):
        await scene.deliver(scene.mal, scene.mal.activity("Follow", scene.campaign))
        await scene.us.workers.delivery.run_once()
    assert scene.mal.site.fetches["/eve/inbox"] == 2
    assert await scene.followers() == [scene.mal.actor()]


async def test_an_actor_that_deletes_itself_is_forgotten(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.peer, scene.peer.activity("Create", scene.peer.note("n3")))
    await scene.deliver(scene.peer, scene.peer.activity("Follow", scene.campaign))
    me = scene.peer.actor()
    assert await scene.deliver(scene.peer, scene.peer.activity("Delete", me, me)) == 202
    assert await scene.followers() == []
    assert await scene.timeline() == []
    assert await scene.us.node.store.find_remote_actor(ActorId(me)) is None


async def test_a_rejected_follow_is_refused_and_may_be_asked_again(village: Village) -> None:
    us = await village.add("koreno")
    async with open_stranger(1) as peer:
        await us.do("follow", address=peer.actor())
        asked = (await us.node.store.list_following())[0]
        scene = Scene(village, us, peer, peer)
        await scene.deliver(
            peer, peer.activity("Reject", {"type": "Follow", "actor": asked.actor, "object": asked.follows})
        )
        assert [text(row, "state") for row in rows(await us.do("following"))] == ["refused"]
        await us.do("follow", address=peer.actor())
        assert [text(row, "state") for row in rows(await us.do("following"))] == ["asked"]


async def test_what_is_approved_or_liked_is_on_the_page_that_was_kept(scene: Scene) -> None:  # noqa: F811
    post = await scene.us.do("post", handle="strike", text="We walked out")

    async def page() -> str:
        async with (
            aiohttp.ClientSession(headers={"Accept": "text/html"}) as session,
            session.get(text(post, "url")) as answer,
        ):
            return await answer.text()

    assert "Solidarity" not in await page()
    reply = scene.mal.note("r9", "<p>Solidarity</p>", inReplyTo=text(post, "id"))
    await scene.deliver(scene.mal, scene.mal.activity("Create", reply))
    assert "Solidarity" not in await page()
    await scene.us.do("comments approve", id=text(reply, "id"))
    assert "Solidarity" in await page()
    before = await page()
    await scene.deliver(scene.mal, scene.mal.activity("Like", text(post, "id")))
    assert await page() != before
    await scene.deliver(scene.mal, scene.mal.activity("Delete", text(reply, "id")))
    assert "Solidarity" not in await page()
