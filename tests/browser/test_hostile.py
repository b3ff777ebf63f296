"""HTML-01 and HTML-09 in a real chromium: what strangers and pasted texts bring runs, loads and sends nothing."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Browser, Page

from federation.activitystreams.html import sanitise_foreign
from storage.ids import ActorId
from tests.browser.conftest import PHONE, Scene, open_page
from tests.browser.photos import LANDSCAPE, PORTRAIT, SQUARE, WIDE, given
from tests.node.xss_samples import SAMPLES
from tests.storage.making import a_remote_actor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

_EVENTS: Final = ("onload", "onerror", "onfocus autofocus tabindex=1", "onmouseover", "onanimationstart", "ontoggle",
    "onpointerrawupdate", "onbeforetoggle", "oncontentvisibilityautostatechange", "onscrollend")  # fmt: skip
_TAGS: Final = ("img src=x", "svg", "video src=x", "details open", "body", "input", "a href=#", "p", "math",
    "iframe src=https://evil.example/", "audio src=x", "marquee", "x-y", "object data=x", "embed src=x")  # fmt: skip
_CALL: Final = "console.error('pwned');alert(1)"
HANDLED: Final = tuple(f'<{tag} {event}="{_CALL}">x</{tag.split()[0]}>' for tag in _TAGS for event in _EVENTS)
LINKED: Final = tuple(
    f'<a href="{scheme}{_CALL}">press me</a>'
    for scheme in ("javascript:", "JaVaScRiPt:", "java&#10;script:", "&#1;javascript:", "data:text/html,<script>",
        "vbscript:", "javascript&colon;", "view-source:javascript:", "blob:", "//evil.example/")
)  # fmt: skip
HIDDEN: Final = tuple(
    f"<{outer}><{inner} title='</{outer}><img src=x onerror=\"{_CALL}\">'>"
    for outer in ("noscript", "style", "title", "textarea", "xmp", "template", "math", "svg", "select", "noembed")
    for inner in ("p", "style", "a", "mglyph")
)
ALL: Final = (*SAMPLES, *HANDLED, *LINKED, *HIDDEN)

_HARMFUL: Final = "script, iframe, object, embed, form, base, svg, math, style, [style], [srcdoc], [onerror], [onload]"
_WORDS: Final = ".comment, .boosted, .alone .words, figure"
_TOUCH: Final = f"""for (const one of document.querySelectorAll(":is({_WORDS}) *"))
    for (const event of ["mouseover", "focus", "pointerover", "animationstart", "toggle"])
        one.dispatchEvent(new Event(event, {{bubbles: true}}))"""


class Watch:
    """Counts everything a tab does that it should not."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.seen = page, list[str]()
        page.on("dialog", lambda dialog: self.seen.append(f"dialog {dialog.message}"))
        page.on("console", lambda message: self.seen.append(f"console {message.text}"))
        page.on("pageerror", lambda error: self.seen.append(f"error {error}"))
        page.on("popup", lambda popup: self.seen.append(f"popup {popup.url}"))
        page.on("request", lambda asked: self._ask(asked.url, base))

    def _ask(self, url: str, base: str) -> None:
        if not url.startswith(f"{base}/"):
            self.seen.append(f"request {url}")

    async def touch(self, *, pictures: bool = False) -> None:
        """Whatever waits for a reader's hand gets it; nothing that could run or load is there but pictures of ours."""
        await self.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        harmful = _HARMFUL if pictures else f"{_HARMFUL}, .comment img, .boosted img"
        assert 0 == await self.page.locator(harmful).count()
        await self.page.evaluate(_TOUCH)
        links = await self.page.eval_on_selector_all(f":is({_WORDS}) a[href]", "all => all.map(a => a.protocol)")
        assert set(links) <= {"https:", "http:", "mailto:"}


async def test_there_are_more_than_three_hundred_samples() -> None:
    assert len(set(ALL)) >= 300


async def test_html_01_no_sample_in_a_comment_or_its_authors_name_runs_or_loads_anything(
    browser: Browser, union: Scene
) -> None:
    id, address = await union.post("What do you say?")
    for number, sample in enumerate(ALL, start=100):
        who = await _named(union, number, sample)
        await union.comment(number, id, sanitise_foreign(sample), who, warning=sample if number % 3 == 0 else None)
    page = await open_page(browser, PHONE)
    watch = Watch(page, union.us.node.config.url)
    shown = 0
    for part in range(1, -(-len(ALL) // 100) + 1):
        await page.goto(f"{address}?comments={part}")
        shown += await page.locator(".comment").count()
        await watch.touch()
    assert (len(ALL), []) == (shown, watch.seen)


async def test_html_01_no_sample_in_a_boost_or_its_warning_runs_or_loads_anything(
    browser: Browser, union: Scene
) -> None:
    page = await open_page(browser, PHONE)
    watch = Watch(page, union.us.node.config.url)
    for number, sample in enumerate(ALL, start=1000):
        who = await _named(union, number, sample)
        await union.boost(number, sanitise_foreign(sample), who, warning=sample if number % 3 == 0 else None)
        if number % 20 == 0 or sample is ALL[-1]:
            await page.goto(union.addresses["campaign"])
            assert await page.locator(".boosted").count() >= 4
            await watch.touch(pictures=True)
    assert [] == watch.seen


async def test_html_01_no_sample_in_an_alt_text_runs_or_loads_anything(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    watch, shown = Watch(page, union.us.node.config.url), set[str]()
    pictures = await given(union.us, dict.fromkeys((SQUARE, WIDE, PORTRAIT, LANDSCAPE), ""))
    heads = [one[:145] for one in ALL]
    alts = ["".join(filter(str.isprintable, "".join(heads[at : at + 10]))) for at in range(0, len(ALL), 10)]
    for start in range(0, len(alts), 4):
        told = [{**one, "alt": alt} for one, alt in zip(pictures, alts[start : start + 4], strict=False)]
        _, address = await union.post("Look at this", pictures=[*told])
        await page.goto(address)
        shown |= set(await page.locator("figure img").evaluate_all("all => all.map(one => one.alt)"))
        await watch.touch(pictures=True)
    await page.goto(union.addresses["union"])
    await watch.touch(pictures=True)
    assert (set(alts), []) == (shown, watch.seen)


async def test_html_01_no_sample_in_an_update_or_a_feed_runs_or_loads_anything(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    watch = Watch(page, union.us.node.config.url)
    for start in range(0, len(ALL), 100):
        words = "\n\n".join(ALL[start : start + 100])
        _, address = await union.post("".join(letter for letter in words if letter.isprintable() or letter == "\n"))
        await page.goto(address)
        await watch.touch()
    await page.goto(union.addresses["campaign"])
    feed = await page.request.get(f"{union.addresses['campaign']}/feed.json")
    held = [item["content_html"] for item in (await feed.json())["items"]]
    assert [] == watch.seen
    await _read_carelessly(page, held)
    assert [] == watch.seen


async def _named(union: Scene, number: int, sample: str) -> ActorId:
    """Somebody whose name and handle are this."""
    who = ActorId(f"https://peer.example/users/{number}")
    await union.us.node.store.save_remote_actor(a_remote_actor(who, name=sample, handle=sample))
    return who


async def _read_carelessly(page: Page, held: list[str]) -> None:
    """As a feed reader that cleans nothing and forbids nothing shows it."""
    assert len(held) > 3
    await page.goto("about:blank")
    for html in held:
        await page.set_content(f"<article class=alone><div class=words>{html}</div></article>")
        await page.evaluate(_TOUCH)


async def test_a_watch_sees_what_it_must_refuse(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    watch = Watch(page, union.us.node.config.url)
    await page.goto(union.addresses["campaign"])
    await page.evaluate("console.error('pwned'); new Image().src = 'https://evil.example/'")
    await page.wait_for_function("true")
    assert {"console", "request"} <= {line.split()[0] for line in watch.seen}


async def test_pages_load_nothing_from_elsewhere(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    watch = Watch(page, union.us.node.config.url)
    for name, address in union.addresses.items():
        if name not in {"missing", "nothing", "retracted", "withheld"}:  # chromium itself logs their status
            await page.goto(address)
            assert 0 == await page.locator("script, iframe, object, [onerror], [onload], [style]").count()
    assert [] == watch.seen
