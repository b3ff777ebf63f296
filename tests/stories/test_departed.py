"""Whoever deletes itself and says something at once: nothing is fetched for it, so nobody else's words wait."""

from __future__ import annotations

import pytest

from federation.strictjson import JsonValue
from node.cli.reading import text
from tests.stories.strangers import send
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401


@pytest.mark.parametrize("type", ["Follow", "Update", "Create"])
async def test_an_actor_that_deletes_itself_and_goes_on_is_not_fetched_while_others_wait(
    scene: Scene,  # noqa: F811
    type: str,
) -> None:
    """Its server could let every such fetch hang for ten seconds, one after the other."""
    eve = scene.mal.actor()
    about: JsonValue = {**scene.mal.document(), "publicKey": None} if type == "Update" else scene.campaign
    if type == "Create":
        update = await scene.us.do("post", handle="strike", text="We walked out")
        about = scene.mal.note("late", inReplyTo=text(update, "id"))
    assert await scene.deliver(scene.mal, scene.mal.activity("Like", scene.campaign)) == 202
    scene.mal.site.requests.clear()
    for activity in (scene.mal.activity("Delete", eve), scene.mal.activity(type, about)):
        body, headers = scene.mal.signed(scene.inbox, activity, scene.village.clock())
        assert await send(scene.inbox, body, headers) == 202
    await scene.deliver(scene.peer, follow(scene, scene.peer))
    assert [] == scene.mal.site.requests
    assert [scene.peer.actor()] == await scene.followers()
    assert {"waiting": 0, "done": 4, "failed": 1} == await scene.us.node.store.count_received()
    assert [] == await scene.us.do("comments")
