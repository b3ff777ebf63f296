"""What stands below an update, drawn from a real store and read by a parser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.web.readers.conversation import MOST_SHOWN, read_conversation
from node.web.readers.views import post_page
from storage.backends import open_store
from storage.records import RemotePost
from storage.store import Store
from tests.node.reading import CAMPAIGN, HOSTILE, SITE, URL, Reading, post, read
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


async def draw(store: Store, part: int = 1) -> Reading:
    conversation = await read_conversation(store, UPDATE.id, part)
    assert conversation is not None
    return read(post_page(SITE, CAMPAIGN, UPDATE, conversation))


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
    assert ["peer.example"] * 3 == [e.text.strip() for e in (await draw(store)).all("bdi")][:3]


async def test_a_name_that_never_ends_is_cut(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(ANNA, name="Anna " * 500))
    await store.save_remote_post(a_comment(1))
    assert len((await draw(store)).all("bdi")[0].text) < 70


@pytest.mark.parametrize("changes", [{"comment_state": "held"}, {"comment_state": "hidden"}, {"is_public": False}])
async def test_only_what_is_approved_and_public_is_shown(store: Store, changes: dict[str, object]) -> None:
    await store.save_remote_post(a_comment(1, **changes))
    assert "Solidarity" not in (await draw(store)).text


async def test_a_long_conversation_is_read_in_parts_and_none_is_lost(store: Store) -> None:
    for number in range(1, 2 * MOST_SHOWN + 6):
        await store.save_remote_post(a_comment(number, html=f"<p>words {number}.</p>"))
    seen: list[str] = []
    for part in (3, 2, 1):
        reading = await draw(store, part)
        assert ("205 comments" in reading.text, f"Part {part} of 3" in reading.text) == (True, True)
        seen += re.findall(r"words (\d+)\.", reading.text)
        ways = {1: ["?comments=2#comments"], 2: ["#comments", "?comments=3#comments"], 3: ["?comments=2#comments"]}
        pagers = [
            link.removeprefix("/@gimpo/1") for link in reading.links() if link.startswith(("/@gimpo/1?", "/@gimpo/1#"))
        ]
        assert ways[part] == pagers
        ids = [element.attributes["id"] for element in reading.elements if "id" in element.attributes]
        assert len(set(ids)) == len(ids)
    assert [str(number) for number in range(1, 2 * MOST_SHOWN + 6)] == seen
    assert await read_conversation(store, UPDATE.id, 4) is None


async def test_each_part_of_a_conversation_has_an_address_of_its_own(store: Store) -> None:
    for number in range(1, MOST_SHOWN + 2):
        await store.save_remote_post(a_comment(number))
    canonical = [
        (await draw(store, part)).all("link", rel="canonical")[0].attributes["href"].removeprefix(URL)
        for part in (1, 2)
    ]
    assert ["/@gimpo/1", "/@gimpo/1?comments=2"] == canonical


async def test_a_reply_to_a_comment_says_whose_it_answers_and_leads_there(store: Store) -> None:
    await store.save_remote_actor(a_remote_actor(name=HOSTILE))
    first = a_comment(1)
    await store.save_remote_post(first)
    await store.save_remote_post(a_comment(2, in_reply_to=first.id))
    await store.save_remote_post(a_comment(3, in_reply_to=UPDATE.id))
    reading = await draw(store)
    assert ["#c1"] == [link for link in reading.links() if re.fullmatch(r"#c\d+", link)]
    assert (1, []) == (reading.text.count("In answer to"), reading.all("script"))
    assert 1 == len(reading.all("h3", id="c1"))


async def test_a_reply_to_what_is_not_on_this_page_leads_nowhere(store: Store) -> None:
    hidden = a_comment(1, comment_state="hidden")
    await store.save_remote_post(hidden)
    await store.save_remote_post(a_comment(2, in_reply_to=hidden.id))
    assert "In answer to" not in (await draw(store)).text
