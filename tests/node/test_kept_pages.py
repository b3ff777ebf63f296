"""Pages are drawn once for each edition, within a bound; clients that hold them are told so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from federation.log.project import CURSOR
from node.cli.reading import text
from node.web.readers import handlers
from node.web.readers.kept import KeptPages
from node.web.readers.pages import ICON_URL, Page, Sheet, sheet
from storage.errors import NotFound, StorageError
from storage.records import LocalActor
from tests.node.test_doors import ACTIVITY, BROWSER, Visitor
from tests.village import village

READ = ["/", "/@strike", "/@strike/feed.atom", "/@strike/feed.json", "/@union/feed.atom", "/tags/pay", "/robots.txt"]


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with village(tmp_path) as built, aiohttp.ClientSession() as session:
        us = await built.add("koreno")
        await us.do("campaign add", handle="strike", name="Strike")
        yield Visitor(us, session)


def a_sheet(words: str = "words") -> Sheet:
    return sheet(words)


def test_a_page_is_found_again_until_something_changes() -> None:
    pages, one = KeptPages(), a_sheet()
    assert pages.find("/") is None
    pages.keep("/", one, edition=0)
    assert (one, None) == (pages.find("/"), pages.find("/@strike"))
    pages.forget()
    assert (None, 0) == (pages.find("/"), pages.held)


def test_a_page_drawn_while_something_changed_is_not_kept() -> None:
    pages = KeptPages()
    began = pages.edition
    pages.forget()
    pages.keep("/", a_sheet("old"), edition=began)
    assert pages.find("/") is None


def test_the_page_read_longest_ago_goes_first_and_the_bound_holds() -> None:
    pages = KeptPages(most=10_000)
    for number in range(3):
        pages.keep(str(number), a_sheet("x" * 1000), edition=0)
    pages.find("0")
    pages.keep("3", a_sheet("x" * 1000), edition=0)
    assert [True, False, True, True] == [pages.find(str(number)) is not None for number in range(4)]
    for number in range(1000):
        pages.keep(f"/?{number}", a_sheet("x" * 1000), edition=0)
    assert 6_000 <= pages.held <= 10_000


def test_a_page_kept_twice_weighs_once_and_one_beyond_the_bound_is_not_kept() -> None:
    pages = KeptPages(most=5_000)
    pages.keep("/", a_sheet(), edition=0)
    held = pages.held
    pages.keep("/", a_sheet(), edition=0)
    assert held == pages.held
    pages.keep("/large", a_sheet("x" * 6_000), edition=0)
    assert (None, 0) == (pages.find("/large"), pages.held)


@pytest.mark.parametrize("path", READ)
async def test_who_holds_a_page_is_told_so_until_something_new_is_said(visitor: Visitor, path: str) -> None:
    await visitor.us.do("post", handle="strike", text="words #pay")
    first = await visitor.get(path, BROWSER)
    name = first.headers["ETag"]
    again = await visitor.get(path, BROWSER, **{"If-None-Match": f'"other", W/{name}'})
    assert (304, b"", name, "no-cache", "Accept") == (
        again.status,
        again.body,
        *(again.headers[header] for header in ("ETag", "Cache-Control", "Vary")),
    )
    assert "no-cache" == first.headers["Cache-Control"]
    assert first.body == (await visitor.get(path, BROWSER, **{"If-None-Match": '"other"'})).body
    head = await visitor.get(path, BROWSER, method="HEAD")
    assert (200, b"", name) == (head.status, head.body, head.headers["ETag"])
    await visitor.us.do("post", handle="strike", text="more #pay")
    newer = await visitor.get(path, BROWSER, **{"If-None-Match": name})
    assert (304 if path == "/robots.txt" else 200) == newer.status


async def test_documents_are_asked_for_again_and_have_other_names_than_pages(visitor: Visitor) -> None:
    made = await visitor.us.do("post", handle="strike", text="words")
    page = await visitor.get(text(made, "url"), BROWSER)
    for path in (
        text(made, "id"),
        text(made, "activity"),
        "/actor",
        "/actors/strike",
        "/actors/strike/outbox?page=true",
    ):
        first = await visitor.get(path)
        assert (200, "no-cache") == (first.status, first.headers["Cache-Control"])
        assert 304 == (await visitor.get(path, **{"If-None-Match": first.headers["ETag"]})).status
        assert 200 == (await visitor.get(path, **{"If-None-Match": page.headers["ETag"]})).status
    document = await visitor.get(text(made, "url"), ACTIVITY)
    assert document.headers["ETag"] != page.headers["ETag"]


async def test_the_same_address_is_kept_as_a_page_and_never_given_for_the_document(visitor: Visitor) -> None:
    """HTTP-01, with the page kept."""
    for accept, type in ((BROWSER, "text/html"), (ACTIVITY, ACTIVITY), (BROWSER, "text/html")):
        assert (await visitor.get("/@strike", accept)).headers["Content-Type"].startswith(type)


async def test_words_retracted_or_edited_leave_kept_pages_feeds_and_304(visitor: Visitor) -> None:
    made = await visitor.us.do("post", handle="strike", text="a name that must go #pay")
    paths = [*READ, text(made, "url")]
    held = {path: (await visitor.get(path, BROWSER)).headers["ETag"] for path in paths}
    await visitor.us.do("retract", id=text(made, "id"))
    for path in paths:
        got = await visitor.get(path, BROWSER, **{"If-None-Match": held[path]})
        assert b"must go" not in got.body
        assert {text(made, "url"): 410, "/tags/pay": 404, "/robots.txt": 304}.get(path, 200) == got.status
    star = await visitor.get(text(made, "id"), **{"If-None-Match": "*"})
    assert (410, "no-cache") == (star.status, star.headers["Cache-Control"])


async def test_a_campaign_edited_is_drawn_anew(visitor: Visitor) -> None:
    before = (await visitor.get("/@strike", BROWSER)).body
    await visitor.us.do("campaign edit", handle="strike", name="Day 2")
    assert (False, True) == (b"Day 2" in before, b"Day 2" in (await visitor.get("/@strike", BROWSER)).body)


@pytest.mark.parametrize("path", ["/@nobody/feed.atom", "/@strike/feed.rss", "/@strike/feed", "/@actor/feed.json"])
async def test_there_is_no_feed_of_what_is_not_here(visitor: Visitor, path: str) -> None:
    got = await visitor.get(path, BROWSER)
    assert (404, False) == (got.status, "ETag" in got.headers)


async def test_feeds_say_what_they_are_and_carry_the_headers_of_pages(visitor: Visitor) -> None:
    for form, type in (("atom", "application/atom+xml"), ("json", "application/feed+json")):
        got = await visitor.get(f"/@strike/feed.{form}", "*/*")
        assert f"{type}; charset=utf-8" == got.headers["Content-Type"]
        assert "default-src 'none'" in got.headers["Content-Security-Policy"]
        assert "nosniff" == got.headers["X-Content-Type-Options"]


async def test_robots_may_read_what_everybody_may(visitor: Visitor) -> None:
    got = await visitor.get("/robots.txt", "*/*")
    assert [b"User-agent: *", b"Disallow:"] == got.body.splitlines()[1:]
    assert got.headers["Content-Type"].startswith("text/plain")


async def test_a_page_is_drawn_once_and_again_only_when_the_bell_rings(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    async def draw(_store: object, _site: object) -> Page:
        drawn.append("once")
        return Page(status=200, html="<p>the front page</p>")

    monkeypatch.setattr(handlers, "union_page", draw)
    for _ in range(3):
        assert b"<p>the front page</p>" == (await visitor.get("/", BROWSER)).body
    assert 1 == len(drawn)
    visitor.us.node.readers_bell.ring()
    await visitor.get("/", BROWSER)
    assert 2 == len(drawn)


async def test_a_reading_of_the_record_that_breaks_off_leaves_no_old_page(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, rung = visitor.us.node, list[bool]()
    node.readers_bell.listeners.append(lambda: rung.append(True))

    async def nothing(_ids: object) -> list[object]:
        return []

    monkeypatch.setattr(node.store, "list_activities", nothing)
    await node.store.advance_cursor(CURSOR, expecting=2, to=0)
    with pytest.raises(NotFound, match="bytes are missing"):
        await node.projector.catch_up()
    assert [True] == rung


async def test_what_a_query_adds_leads_to_the_same_page_and_takes_no_place(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await visitor.us.do("post", handle="strike", text="words #pay")
    paths = ["/", "/@strike", "/tags/pay", "/@strike/feed.atom", "/tags/pay/feed.json", text(made, "url")]
    plain = {path: (await visitor.get(path, BROWSER)).body for path in paths}
    kept: list[str] = []
    monkeypatch.setattr(KeptPages, "keep", lambda _self, address, _sheet, **_edition: kept.append(address))
    for path in paths:
        for query in ("?fbclid=1", "?utm_source=x&y", "?", "?beforehand=2"):
            assert plain[path] == (await visitor.get(path + query, BROWSER)).body
    for path in ("/tags/PAY", "/tags/p%61y", "/%40strike"):
        assert 200 == (await visitor.get(path, BROWSER)).status
    assert [] == kept


async def test_older_pages_begin_at_updates_of_ours_and_nowhere_else(visitor: Visitor) -> None:
    first = text(await visitor.us.do("post", handle="strike", text="first"), "id").rpartition("/")[2]
    second = text(await visitor.us.do("post", handle="strike", text="second"), "id").rpartition("/")[2]
    older = await visitor.get(f"/@strike?before={second}", BROWSER)
    assert (200, True, False) == (older.status, b"first" in older.body, b"second" in older.body)
    for before in ("1", str(int(second) + 1), first + "0", "x", "", "-1", "9" * 30):
        assert 404 == (await visitor.get(f"/@strike?before={before}", BROWSER)).status


@pytest.mark.parametrize("part", ["0", "2", "01", "x", "", "9999999", "-1"])
async def test_there_is_no_part_of_a_conversation_beyond_the_last(visitor: Visitor, part: str) -> None:
    url = text(await visitor.us.do("post", handle="strike", text="words"), "url")
    assert 404 == (await visitor.get(f"{url}?comments={part}", BROWSER)).status
    assert 200 == (await visitor.get(f"{url}?comments=1", BROWSER)).status


async def test_a_wrong_address_shows_the_campaigns_and_asks_the_store_for_them_once(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    store, list_actors = visitor.us.node.store, visitor.us.node.store.list_actors

    async def listed() -> list[LocalActor]:
        asked.append("once")
        return await list_actors()

    monkeypatch.setattr(store, "list_actors", listed)
    for number in range(5):
        got = await visitor.get(f"/nothing/{number}", BROWSER)
        assert (404, True) == (got.status, b'href="/@strike"' in got.body)
    assert ["once"] == asked
    await visitor.us.do("campaign edit", handle="strike", name="Day 2")
    assert b"Day 2" in (await visitor.get("/nothing", BROWSER)).body


async def test_a_wrong_address_is_answered_though_the_store_fails(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> list[LocalActor]:
        raise StorageError("closed")

    monkeypatch.setattr(visitor.us.node.store, "list_actors", fail)
    got = await visitor.get("/nothing", BROWSER)
    assert (404, False, True) == (got.status, b"/@strike" in got.body, b"There is no such page" in got.body)


async def test_the_icon_is_a_picture_that_may_be_kept_for_ever_and_runs_nothing(visitor: Visitor) -> None:
    got = await visitor.get(ICON_URL, "*/*")
    assert (200, "image/svg+xml") == (got.status, got.headers["Content-Type"])
    assert "immutable" in got.headers["Cache-Control"]
    assert "default-src 'none'" in got.headers["Content-Security-Policy"]
