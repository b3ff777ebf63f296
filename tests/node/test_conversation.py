"""What stands below an update, drawn from a real store and read by a parser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.web.readers.conversation import MOST_SHOWN, read_conversation
from node.web.readers.views import post_page
from storage.backends import open_store
from storage.records import RemotePost
from storage.store import Store
from tests.node.reading import CAMPAIGN, HOSTILE, SITE, Reading, post, read
from tests.storage.making import ANNA, a_remote_actor, a_remote_post

UPDATE = post(1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/talk.db")
    yield opened
    await opened.close()


def a_comment(number: int, **changes: object) -> RemotePost:
    given = {"comment_on": UPDATE.id, "comment_state": "shown", "in_timeline": False}
    return a_remote_post(number, **{**given, **changes})


async def draw(store: Store) -> Reading:
    return read(post_page(SITE, CAMPAIGN, UPDATE, await read_conversation(store, UPDATE.id)))


async def test_an_update_nobody_answered_shows_no_section(store: Store) -> None:
    assert [] == (await draw(store)).all("section", id="comments")
    assert "comment" not in (await draw(store)).text


async def test_names_and_warnings_of_strangers_stay_words(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(name=HOSTILE, handle=HOSTILE))
    await store.save_remote_post(a_comment(1, warning=HOSTILE))
    reading = await draw(store)
    assert [] == reading.all("script") + reading.all("img")
    assert HOSTILE in reading.text
    assert [] == [e for e in reading.elements if {name for name in e.attributes if name.startswith("on")}]


async def test_an_author_we_forgot_is_named_by_its_server(store: Store) -> None:
    await store.save_remote_post(a_comment(1))
    assert ["peer.example"] * 3 == [e.text.strip() for e in (await draw(store)).all("bdi")]


async def test_a_name_that_never_ends_is_cut(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(ANNA, name="Anna " * 500))
    await store.save_remote_post(a_comment(1))
    assert len((await draw(store)).all("bdi")[0].text) < 70


@pytest.mark.parametrize("changes", [{"comment_state": "held"}, {"comment_state": "hidden"}, {"is_public": False}])
async def test_only_what_is_approved_and_public_is_shown(store: Store, changes: dict[str, object]) -> None:
    await store.save_remote_post(a_comment(1, **changes))
    assert "Solidarity" not in (await draw(store)).text


async def test_a_long_conversation_shows_its_newest_and_says_how_many_there_are(store: Store) -> None:
    for number in range(1, MOST_SHOWN + 6):
        await store.save_remote_post(a_comment(number, html=f"<p>words {number}.</p>"))
    reading = await draw(store)
    assert ("105 comments" in reading.text, "The newest 100 are shown." in reading.text) == (True, True)
    assert ("words 5." in reading.text, "words 6." in reading.text, "words 105." in reading.text) == (False, True, True)
    ids = [element.attributes["id"] for element in reading.elements if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
