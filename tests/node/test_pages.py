"""The readers' pages, drawn from a real store and read by a parser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from jinja2 import PackageLoader

from node.web.readers import pages
from node.web.readers.pages import STYLE_URL, Page
from node.web.readers.said import PER_PAGE
from node.web.readers.views import campaign_page, error_page, post_page, tag_page, union_page
from node.web.readers.wording import ENGLISH
from storage.backends import open_store
from storage.ids import ActivityId
from storage.records import Boost
from storage.store import Store
from tests.node.reading import CAMPAIGN, HOSTILE, SITE, START, UNION, URL, actor, post, read
from tests.storage.making import NOON, a_picture, a_remote_post


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/pages.db")
    for one in (UNION, CAMPAIGN):
        await opened.add_actor(one)
    yield opened
    await opened.close()


async def every_page(store: Store) -> list[Page]:
    """One of each kind, with something on it."""
    one = post(7, "Text", warning="Careful")
    await store.save_post(one)
    await store.save_post(post(8, "# Title\n\n> quote\n\n```\ncode\n```\n\n- item #pay"))
    return [
        await union_page(store, SITE),
        await union_page(store, SITE, "8"),
        await campaign_page(store, SITE, CAMPAIGN, None),
        await campaign_page(store, SITE, CAMPAIGN, "8"),
        post_page(SITE, CAMPAIGN, one),
        await tag_page(store, SITE, "pay", None),
        await tag_page(store, SITE, "nothing", None),
        error_page(SITE, 410),
        error_page(SITE, 404),
    ]


async def test_every_page_stands_on_its_own_feet(store: Store) -> None:
    for page in await every_page(store):
        reading = read(page)
        assert "en" == reading.all("html")[0].attributes["lang"]
        assert "width=device-width, initial-scale=1" == reading.meta("viewport")
        assert 1 == len(reading.all("h1"))
        assert 1 == len(reading.all("main", id="main")) == len(reading.all("a", href="#main"))
        assert [STYLE_URL] == [e.attributes["href"] for e in reading.all("link", rel="stylesheet")]
        assert "Line Workers" in reading.text
        ids = [element.attributes["id"] for element in reading.elements if "id" in element.attributes]
        assert len(set(ids)) == len(ids)
        named = {e.attributes["aria-labelledby"] for e in reading.elements if "aria-labelledby" in e.attributes}
        assert named <= set(ids)


async def test_no_page_runs_or_loads_anything_from_elsewhere(store: Store) -> None:
    for page in await every_page(store):
        for element in read(page).elements:
            assert element.tag not in {"script", "style", "img", "iframe", "object", "embed", "base", "form"}
            assert not {name for name in element.attributes if name.startswith("on") or name in {"style", "src"}}


async def test_the_union_page_says_what_it_is_and_how_to_follow(store: Store) -> None:
    await store.save_post(post(1, "First words"))
    reading = read(await union_page(store, SITE))
    assert "Line Workers" == reading.all("h1")[0].text.strip()
    assert "We are 110 workers." in reading.text
    assert ["@gimpo@union.example", "@union@union.example"] == [
        e.text.strip() for e in reading.all("code", **{"class": "address"})
    ]
    assert {"/@gimpo", "/@gimpo/1"} <= set(reading.links())
    assert "First words" in reading.text
    documents = reading.all("link", rel="alternate", type="application/activity+json")
    assert [UNION.id] == [e.attributes["href"] for e in documents]


async def test_a_new_union_has_a_page_before_it_has_anything_to_say(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/empty.db")
    reading = read(await union_page(store, SITE))
    await store.close()
    assert "Nothing has been published yet." in reading.text


async def test_the_unions_own_handle_shows_the_front_page(store: Store) -> None:
    await store.save_post(post(1))
    assert await union_page(store, SITE) == await campaign_page(store, SITE, UNION, None)


async def test_updates_come_twenty_a_page_newest_first_and_none_is_lost(store: Store) -> None:
    for serial in range(1, 46):
        await store.save_post(post(serial))
    seen: list[int] = []
    sizes: list[int] = []
    before: str | None = None
    while True:
        reading = read(await campaign_page(store, SITE, CAMPAIGN, before))
        serials = [int(found[1]) for link in reading.links() if (found := re.fullmatch(r"/@gimpo/(\d+)", link))]
        seen, sizes = seen + serials, [*sizes, len(serials)]
        assert ("/@gimpo" in reading.links()) == (before is not None)
        older = [link for link in reading.links() if "?before=" in link]
        if not older:
            break
        assert f"/@gimpo?before={serials[-1]}" == older[0]
        before = older[0].partition("=")[2]
    assert (list(range(45, 0, -1)), [PER_PAGE, PER_PAGE, 5]) == (seen, sizes)


async def test_a_full_last_page_offers_nothing_older(store: Store) -> None:
    for serial in range(1, PER_PAGE + 1):
        await store.save_post(post(serial))
    assert [] == [link for link in read(await union_page(store, SITE)).links() if "before" in link]


async def test_older_updates_of_the_union_are_reached_by_its_own_address(store: Store) -> None:
    for serial in range(1, PER_PAGE + 2):
        await store.save_post(post(serial))
    assert "/@union?before=2" in read(await union_page(store, SITE)).links()
    older = read(await campaign_page(store, SITE, UNION, "2"))
    assert "/@gimpo/1" in older.links()
    assert f"{URL}/@union?before=2" == older.all("link", rel="canonical")[0].attributes["href"]


async def test_a_page_of_a_campaign_shows_no_update_of_another(store: Store) -> None:
    await store.save_post(post(1, "Ours"))
    await store.save_post(post(2, "Theirs", by=UNION))
    reading = read(await campaign_page(store, SITE, CAMPAIGN, None))
    assert ("Ours" in reading.text, "Theirs" in reading.text) == (True, False)


async def test_a_retracted_update_is_on_no_list(store: Store) -> None:
    await store.save_post(replace(post(1, "Taken back #pay"), retracted_at=START))
    pages = [
        await union_page(store, SITE),
        await campaign_page(store, SITE, CAMPAIGN, None),
        await tag_page(store, SITE, "pay", None),
    ]
    assert [False] * 3 == ["Taken back" in page.html for page in pages]


async def test_an_update_page_names_its_author_time_and_other_forms(store: Store) -> None:
    edited = replace(post(1, "Come at six. #Pay"), updated_at=START + timedelta(days=1))
    reading = read(post_page(SITE, CAMPAIGN, edited))
    assert ["2026-11-03T15:05:00Z", "2026-11-04T14:05:00Z"] == [e.attributes["datetime"] for e in reading.all("time")]
    assert "Edited Wednesday 4 November 2026, 14:05 UTC" in reading.text
    assert [f"{URL}/@gimpo/1"] == [e.attributes["href"] for e in reading.all("link", rel="canonical")]
    alternate = reading.all("link", rel="alternate", type="application/activity+json")
    assert [edited.id] == [e.attributes["href"] for e in alternate]
    assert "Come at six. #Pay" == reading.meta("description") == reading.meta("og:title")
    assert ["en"] == [e.attributes["lang"] for e in reading.all("div", **{"class": "words"})]
    assert {"/@gimpo", f"{URL}/tags/pay"} <= set(reading.links())


async def test_an_update_never_edited_shows_one_time(store: Store) -> None:
    assert 1 == len(read(post_page(SITE, CAMPAIGN, post(1))).all("time"))


async def test_an_update_without_a_language_speaks_the_unions(store: Store) -> None:
    reading = read(post_page(replace(SITE, language="ko"), CAMPAIGN, replace(post(1), language=None)))
    assert ["ko"] == [e.attributes["lang"] for e in reading.all("div", **{"class": "words"})]


async def test_a_warning_folds_the_text_away_and_previews_do_not_tell_it(store: Store) -> None:
    warned = post(1, "The wound was deep.", warning="An accident")
    await store.save_post(warned)
    page = post_page(SITE, CAMPAIGN, warned)
    reading = read(page)
    assert 1 == len(reading.all("details")) == len(reading.all("summary"))
    assert "open" not in reading.all("details")[0].attributes
    assert "The wound was deep." not in page.html.partition("<details")[0]
    assert "An accident" == reading.meta("og:description")
    assert 1 == len(read(await campaign_page(store, SITE, CAMPAIGN, None)).all("details"))


async def test_a_long_update_has_a_short_title(store: Store) -> None:
    reading = read(post_page(SITE, CAMPAIGN, post(1, "word " * 200)))
    assert len(reading.meta("og:title")) <= 71
    assert reading.meta("og:title").endswith("word…")


async def test_words_of_others_stay_words(store: Store) -> None:
    """HTML-11: names, titles, summaries, warnings and hashtags, in text and in attributes."""
    hostile = actor("bad", name=HOSTILE, summary=HOSTILE)
    site = replace(SITE, name=HOSTILE)
    await store.add_actor(hostile)
    for serial, warning in ((1, None), (2, HOSTILE)):
        await store.save_post(post(serial, HOSTILE, by=hostile, warning=warning))
    for page in (
        await union_page(store, site),
        await campaign_page(store, site, hostile, None),
        post_page(site, hostile, post(1, HOSTILE, by=hostile)),
        post_page(site, hostile, post(2, HOSTILE, by=hostile, warning=HOSTILE)),
        await tag_page(store, site, HOSTILE, None),
        error_page(site, 410),
        error_page(site, 404),
    ):
        reading = read(page)
        assert [] == reading.all("script") + reading.all("img")
        assert HOSTILE in reading.text
        assert [] == [e for e in reading.elements if {name for name in e.attributes if name.startswith("on")}]


async def test_a_hashtag_page_shows_updates_of_everybody_here(store: Store) -> None:
    await store.save_post(post(1, "Ours #파업"))
    await store.save_post(post(2, "The union's #파업", by=UNION))
    await store.save_post(post(3, "Something else"))
    reading = read(await tag_page(store, SITE, "파업", None))
    assert ["/@union/2", "/@gimpo/1"] == [link for link in reading.links() if re.fullmatch(r"/@\w+/\d+", link)]
    canonical = reading.all("link", rel="canonical")[0].attributes["href"]
    assert f"{URL}/tags/%ED%8C%8C%EC%97%85" == canonical


async def test_a_hashtag_nobody_used_says_so(store: Store) -> None:
    page = await tag_page(store, SITE, "nothing", None)
    assert (404, True) == (page.status, "No update here carries this hashtag." in page.html)


@dataclass
class Counted:
    """A store that counts what it is asked."""

    store: Store
    questions: int = 0

    def __getattr__(self, name: str) -> object:
        self.questions += 1
        return getattr(self.store, name)


async def test_a_full_page_asks_the_store_no_more_than_an_empty_one(store: Store) -> None:
    for serial in range(1, 30):
        await store.save_post(post(serial))
    counted = Counted(store)
    shelves = cast(Store, counted)
    await union_page(shelves, SITE)
    await campaign_page(shelves, SITE, CAMPAIGN, None)
    await tag_page(shelves, SITE, "pay", None)
    assert (4 + 2 + 2) + (3 + 2) + (2 + 2) == counted.questions


async def test_many_boosts_pins_and_pictures_ask_the_store_no_more_than_one(store: Store) -> None:
    asked = []
    for numbers in (range(100, 101), range(101, 119)):
        for number in numbers:
            note = a_remote_post(number, received_at=NOON)
            await store.save_remote_post(note)
            activity = ActivityId(f"{URL}/activities/{number}")
            await store.add_boost(
                Boost(activity=activity, actor=CAMPAIGN.id, object=note.id, serial=str(2 * number), boosted_at=NOON)
            )
            await store.save_post(replace(post(2 * number + 1), pictures=(a_picture(), a_picture(2))))
        counted = Counted(store)
        assert ENGLISH.boosted_by in (await campaign_page(cast(Store, counted), SITE, CAMPAIGN, None)).html
        asked.append(counted.questions)
    assert asked[0] == asked[1]


async def test_the_campaign_that_spoke_last_leads_the_front_page(store: Store) -> None:
    for handle in ("aaa", "zzz"):
        await store.add_actor(actor(handle))
    await store.save_post(post(1))
    await store.save_post(post(2, by=actor("zzz")))
    shown = read(await union_page(store, SITE)).all("a", **{"class": "campaign"})
    assert ["/@zzz", "/@gimpo", "/@aaa"] == [link.attributes["href"] for link in shown]


def test_an_upgrade_below_a_running_node_mixes_no_two_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = pages._environment()
    monkeypatch.setattr(PackageLoader, "get_source", lambda *_: pytest.fail("read late"))
    names = environment.list_templates()
    assert "update.html" in names
    assert names == [environment.get_template(name).name for name in names]
