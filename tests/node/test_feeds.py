"""Feeds, drawn from a real store and read by parsers of XML, JSON and HTML."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from federation.times import read_rfc3339
from node.web.readers.feeds import atom, json_feed, read_feed
from node.web.readers.pages import Page
from node.web.readers.said import PER_PAGE
from node.web.readers.views import campaign_page, post_page, union_page
from storage.backends import open_store
from storage.records import LocalActor
from storage.store import Store
from tests.node.reading import CAMPAIGN, HOSTILE, SITE, START, UNION, URL, Reading, actor, post, read

A: Final = "{http://www.w3.org/2005/Atom}"
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/feeds.db")
    for one in (UNION, CAMPAIGN):
        await opened.add_actor(one)
    yield opened
    await opened.close()


async def as_atom(store: Store, actor: LocalActor = CAMPAIGN) -> ElementTree.Element:
    return ElementTree.fromstring(atom(await read_feed(store, SITE, actor)).body)  # noqa: S314  (our own feed)


async def as_json(store: Store, actor: LocalActor = CAMPAIGN) -> Any:
    return json.loads(json_feed(await read_feed(store, SITE, actor)).body)


def said(element: ElementTree.Element, *names: str) -> list[str | None]:
    return [element.findtext(f"{A}{name}") for name in names]


def links(element: ElementTree.Element) -> dict[str, str]:
    return {link.attrib["rel"]: link.attrib["href"] for link in element.findall(f"{A}link")}


async def test_an_atom_feed_has_all_that_rfc_4287_asks_for(store: Store) -> None:
    one = replace(post(1, "Come **at six**. #Pay"), updated_at=START + timedelta(days=2))
    await store.save_post(one)
    feed = await as_atom(store)
    assert [CAMPAIGN.id, "Lunch for all", "A paid hour.", "2026-11-05T14:05:00Z"] == said(
        feed, "id", "title", "subtitle", "updated"
    )
    assert {"self": f"{URL}/@gimpo/feed.atom", "alternate": f"{URL}/@gimpo"} == links(feed)
    assert "en" == feed.attrib[LANG]
    (entry,) = feed.findall(f"{A}entry")
    assert [one.id, "Come at six. #Pay", "2026-11-03T15:05:00Z", "2026-11-05T14:05:00Z", one.html] == said(
        entry, "id", "title", "published", "updated", "content"
    )
    assert "html" == entry.find(f"{A}content").attrib["type"]  # type: ignore[union-attr]
    assert ("en", {"alternate": f"{URL}/@gimpo/1"}) == (entry.attrib[LANG], links(entry))
    assert "Lunch for all" == entry.findtext(f"{A}author/{A}name")
    assert ["pay"] == [category.attrib["term"] for category in entry.findall(f"{A}category")]


async def test_a_json_feed_has_all_that_version_1_1_asks_for(store: Store) -> None:
    one = replace(post(1, "Come **at six**. #Pay"), updated_at=START + timedelta(days=2))
    await store.save_post(one)
    author = {"name": "Lunch for all", "url": f"{URL}/@gimpo"}
    item = {
        "id": one.id,
        "url": f"{URL}/@gimpo/1",
        "title": "Come at six. #Pay",
        "content_html": one.html,
        "language": "en",
        "date_published": "2026-11-03T15:05:00Z",
        "date_modified": "2026-11-05T14:05:00Z",
        "authors": [author],
        "tags": ["pay"],
    }
    assert {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Lunch for all",
        "description": "A paid hour.",
        "home_page_url": f"{URL}/@gimpo",
        "feed_url": f"{URL}/@gimpo/feed.json",
        "language": "en",
        "authors": [author],
        "items": [item],
    } == await as_json(store)


async def test_an_empty_feed_is_as_old_as_its_actor_and_still_a_feed(store: Store) -> None:
    await store.save_actor(replace(CAMPAIGN, summary="", updated_at=START + timedelta(days=1)))
    quiet = await store.find_actor(CAMPAIGN.id)
    assert quiet is not None
    feed, document = await as_atom(store, quiet), await as_json(store, quiet)
    assert ["2026-11-04T14:05:00Z", None, None] == said(feed, "updated", "subtitle", "entry")
    assert ([], False) == (document["items"], "description" in document)


async def test_the_unions_feed_holds_every_campaign_and_a_campaigns_only_its_own(store: Store) -> None:
    await store.save_post(post(1))
    await store.save_post(post(2, by=UNION))
    union, campaign = await as_json(store, UNION), await as_json(store)
    assert [["Line Workers"], ["Lunch for all"]] == [[a["name"] for a in item["authors"]] for item in union["items"]]
    assert [f"{URL}/@union/2", f"{URL}/@gimpo/1"] == [item["url"] for item in union["items"]]
    assert [f"{URL}/@gimpo/1"] == [item["url"] for item in campaign["items"]]
    assert (f"{URL}/", f"{URL}/@union/feed.json") == (union["home_page_url"], union["feed_url"])


async def test_a_feed_holds_the_newest_twenty_newest_first(store: Store) -> None:
    for serial in range(1, PER_PAGE + 6):
        await store.save_post(post(serial))
    ids = [entry.findtext(f"{A}id") for entry in (await as_atom(store)).findall(f"{A}entry")]
    assert [f"{URL}/objects/{serial}" for serial in range(PER_PAGE + 5, 5, -1)] == ids


async def test_a_retracted_update_is_in_no_feed(store: Store) -> None:
    await store.save_post(replace(post(1, "Taken back"), retracted_at=START))
    for actor_ in (UNION, CAMPAIGN):
        feed = await read_feed(store, SITE, actor_)
        assert [False, False] == [b"Taken back" in sheet.body for sheet in (atom(feed), json_feed(feed))]


async def test_an_update_under_a_warning_is_its_warning_and_the_way_to_it(store: Store) -> None:
    await store.save_post(post(1, "The wound was deep.", warning="An <accident>"))
    feed = await read_feed(store, SITE, CAMPAIGN)
    assert [False, False] == [b"wound" in sheet.body for sheet in (atom(feed), json_feed(feed))]
    (item,) = (await as_json(store))["items"]
    reading = Reading(item["content_html"])
    assert ("An <accident>", [f"{URL}/@gimpo/1"]) == (item["title"], reading.links())
    assert reading.text.startswith("An <accident>")


@pytest.mark.parametrize(
    "words",
    [HOSTILE, "=cmd|' /C calc'!A0", "a < b && c > d ]]>", "점심시간을 보장하라 🪧✊🏽", "&lt;b&gt; &#1; \u2028"],
)
async def test_html_11_words_of_others_stay_words_in_feeds(store: Store, words: str) -> None:
    """Names, summaries, warnings and texts mean in a feed what they say, whatever they look like."""
    odd = actor("odd", name=words, summary=words)
    await store.add_actor(odd)
    await store.save_post(post(1, words, by=odd))
    await store.save_post(post(2, "hidden", by=odd, warning=words))
    feed, document = await as_atom(store, odd), await as_json(store, odd)
    shown = " ".join(words.split())
    assert words == document["title"] == feed.findtext(f"{A}title")
    warned, plain = feed.findall(f"{A}entry")
    assert shown == warned.findtext(f"{A}title") == document["items"][0]["title"]
    for html in (warned.findtext(f"{A}content", ""), document["items"][0]["content_html"]):
        reading = Reading(html)
        assert reading.text.startswith(words)
        assert [] == [e for e in reading.elements if e.tag in {"script", "img"}]
    assert (await store.list_posts(odd.id, before="2", limit=1))[0].html == plain.findtext(f"{A}content")


@pytest.mark.parametrize("character", ["\x01", "\x0b", "\x1b", "\ufffe", "\uffff"])
async def test_html_11_what_xml_cannot_say_is_replaced(store: Store, character: str) -> None:
    await store.save_post(replace(post(1, "text"), html=f"<p>be{character}fore</p>", warning=None))
    (entry,) = (await as_atom(store)).findall(f"{A}entry")
    assert "<p>be\ufffdfore</p>" == entry.findtext(f"{A}content")
    assert f"<p>be{character}fore</p>" == (await as_json(store))["items"][0]["content_html"]


async def test_pages_lead_to_their_feeds(store: Store) -> None:
    one = post(1)
    await store.save_post(one)
    pages: list[tuple[Page, str]] = [
        (await union_page(store, SITE), "/@union"),
        (await campaign_page(store, SITE, CAMPAIGN, None), "/@gimpo"),
        (post_page(SITE, CAMPAIGN, one), "/@gimpo"),
    ]
    for page, path in pages:
        reading = read(page)
        for form, type in (("atom", "application/atom+xml"), ("json", "application/feed+json")):
            found = reading.all("link", rel="alternate", type=type)
            assert [f"{path}/feed.{form}"] == [link.attributes["href"] for link in found]
        assert f"{path}/feed.atom" in reading.links()


async def test_a_preview_names_times_and_author_and_says_something_of_a_silent_campaign(store: Store) -> None:
    edited = read(post_page(SITE, CAMPAIGN, replace(post(1), updated_at=START)))
    assert "@gimpo@union.example" == edited.meta("fediverse:creator")
    assert START == read_rfc3339(edited.meta("article:modified_time"))
    assert "2026-11-03T15:05:00Z" == edited.meta("article:published_time")
    silent = read(await campaign_page(store, SITE, replace(CAMPAIGN, summary=""), None))
    assert "Updates from: Lunch for all" == silent.meta("og:description") == silent.meta("description")
