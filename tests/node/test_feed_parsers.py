"""Feeds read by the parsers that people's feed readers are made of."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import jsonfeed
import pytest

from node.web.readers.feeds import Feed, atom, json_feed, read_feed, read_tag_feed
from storage.store import Store
from tests.node.reading import CAMPAIGN, HOSTILE, SITE, START, UNION, URL, post
from tests.node.test_feeds import store  # noqa: F401


async def feeds(store: Store) -> list[Feed]:  # noqa: F811
    """Of the union, a campaign and a hashtag, with an edited update, a warned one and a hostile one."""
    await store.save_post(replace(post(1, "Come **at six**. #Pay"), updated_at=START + timedelta(days=2)))
    await store.save_post(post(2, "The wound was deep. #pay", warning="An <accident>"))
    await store.save_post(post(3, f"{HOSTILE} 점심시간 #pay", by=UNION))
    tagged = await read_tag_feed(store, SITE, "pay")
    assert tagged is not None
    return [await read_feed(store, SITE, UNION), await read_feed(store, SITE, CAMPAIGN), tagged]


def as_atom(feed: Feed) -> Any:
    read = feedparser.parse(atom(feed).body, response_headers={"content-type": "application/atom+xml; charset=utf-8"})
    assert (False, "atom10") == (read.bozo, read.version)
    return read


async def test_feedparser_finds_nothing_wrong_with_atom(store: Store) -> None:  # noqa: F811
    union, campaign, tagged = [as_atom(feed) for feed in await feeds(store)]
    assert ["Line Workers", "Lunch for all", "#pay – Line Workers"] == [f.feed.title for f in (union, campaign, tagged)]
    assert [3, 2, 3] == [len(read.entries) for read in (union, campaign, tagged)]
    warned, edited = campaign.entries
    assert (f"{URL}/objects/1", f"{URL}/@gimpo/1", "Lunch for all") == (edited.id, edited.link, edited.author)
    assert ((2026, 11, 3, 15), (2026, 11, 5, 14)) == (edited.published_parsed[:4], edited.updated_parsed[:4])
    assert "<strong>at six</strong>" in edited.content[0].value
    assert (["pay"], "en") == ([tag.term for tag in edited.tags], edited.content[0].language)
    assert ("An <accident>", False) == (warned.title, "wound" in str(warned))
    assert "<script" not in str(union.entries[0].content)


async def test_jsonfeed_reads_every_json_feed(store: Store) -> None:  # noqa: F811
    for feed in await feeds(store):
        read = jsonfeed.Feed.parse(json.loads(json_feed(feed).body))
        assert (feed.title, feed.page, f"{feed.address}.json") == (read.title, read.home_page_url, read.feed_url)
        assert [entry.id for entry in feed.entries] == [item.id for item in read.items]
        assert [entry.page for entry in feed.entries] == [item.url for item in read.items]


TOP = {"version": str, "title": str, "home_page_url": str, "feed_url": str, "language": str, "authors": list,
       "items": list, "description": str}  # fmt: skip
ITEM = {"id": str, "url": str, "title": str, "content_html": str, "language": str, "date_published": str,
        "date_modified": str, "authors": list, "tags": list}  # fmt: skip


async def test_json_feed_1_1_field_by_field(store: Store) -> None:  # noqa: F811
    """Required fields are there, nothing stands there that version 1.1 does not know, and every type is right."""
    for feed in await feeds(store):
        document = json.loads(json_feed(feed).body)
        assert "https://jsonfeed.org/version/1.1" == document["version"]
        for known, found in ((TOP, document), *((ITEM, item) for item in document["items"])):
            assert {"authors"} <= set(found) <= set(known)
            assert [] == [name for name, value in found.items() if not isinstance(value, known[name])]
        assert len({item["id"] for item in document["items"]}) == len(document["items"])
        for author in [a for one in (document, *document["items"]) for a in one["authors"]]:
            assert {"name", "url"} == set(author)


async def test_a_feed_of_a_hashtag_nobody_used_is_none(store: Store) -> None:  # noqa: F811
    assert await read_tag_feed(store, SITE, "nothing") is None


@pytest.mark.parametrize("form", ["atom", "json"])
async def test_a_hashtags_feed_is_the_unions_not_a_persons(store: Store, form: str) -> None:  # noqa: F811
    tagged = (await feeds(store))[2]
    sheet = atom(tagged) if form == "atom" else json_feed(tagged)
    assert b"Line Workers" in sheet.body
    assert f"{URL}/tags/pay/feed" == tagged.address
