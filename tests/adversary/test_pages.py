"""Pages: what is no text for readers is not even kept. Browsers look at the rest (`make browser`)."""

from __future__ import annotations

import aiohttp
import pytest

from node.cli.reading import text
from storage.ids import ObjectId
from tests.adversary.stage import Stage

MONSTERS = {
    "nested": "<b>" * 50_000 + "words" + "</b>" * 50_000,
    "quotes": "<blockquote>" * 9_000 + "words",
    "lists": "<ul><li>" * 9_000 + "words",
    "open": "<" * 60_000,
    "entities": "&amp;" * 40_000,
    "attributes": "<a " + "x=1 " * 20_000 + ">words</a>",
}


@pytest.mark.parametrize("name", MONSTERS)
async def test_html_08_fifty_thousand_nested_tags_are_not_kept(stage: Stage, name: str) -> None:
    """Neither of somebody whom we follow nor below an update of ours; what came before stays readable."""
    post = await stage.us.do("post", handle="strike", text="We walked out")
    await stage.scene.village.settle()
    note = stage.peer.note("monster", MONSTERS[name], inReplyTo=text(post, "id"))
    answers = await stage.without_effect(
        stage.peer.activity("Create", note), who=stage.peer, learnt=("received", "remote_posts")
    )
    assert answers in ([202], [413])
    kept = await stage.store.find_remote_post(ObjectId(f"{stage.peer.base}/notes/monster"))
    assert kept is None or len(kept.html) < 1_000
    async with aiohttp.ClientSession() as session, session.get(text(post, "url")) as answer:
        assert answer.status == 200
