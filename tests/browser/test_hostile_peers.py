"""HTML-01 for copies: what a peer signed and we hold of it runs, loads and sends nothing in a real chromium."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import PHONE, Scene, open_page
from tests.browser.test_hostile import ALL, Watch
from tests.elsewhere import Elsewhere

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

_TOUCH: Final = """for (const one of document.querySelectorAll(".words *, .campaigns *, h1 *"))
    for (const event of ["mouseover", "focus", "pointerover", "animationstart", "toggle"])
        one.dispatchEvent(new Event(event, {bubbles: true}))"""
_PROTOCOLS: Final = "all => all.map(a => a.protocol)"
_DOMAIN: Final = "mill.hostile.example"


async def _hold(union: Scene) -> None:
    """A peer of which every word is a sample: names, summaries, warnings, notes."""
    them = Elsewhere(f"https://{_DOMAIN}", ALL[0], union.clock())
    them.introduce(ALL[1], summary=ALL[2])
    for number, sample in enumerate(ALL[::40]):
        them.introduce(sample, handle=f"h{number}", summary=sample)
    for number, sample in enumerate(ALL):
        them.say(sample, summary=sample if number % 3 == 0 else None)
    await them.hold(union.us.node.store)
    union.us.node.pacts.forget()
    union.us.node.readers_bell.ring()


async def test_html_01_no_sample_in_the_copy_of_a_peers_record_runs_or_loads_anything(
    browser: Browser, union: Scene
) -> None:
    await _hold(union)
    page = await open_page(browser, PHONE)
    base = union.us.node.config.url
    watch, shown, alone = Watch(page, base), 0, set[str]()
    address: str | None = f"{base}/mirrors/{_DOMAIN}/"
    while address is not None:
        await page.goto(address)
        shown += await page.locator(".words").count()
        await _look(watch)
        links = await page.eval_on_selector_all("main a[href]", "all => all.map(a => a.href)")
        alone |= {link for link in links if link.startswith(f"{base}/mirrors/") and link.rpartition("/")[2].isdecimal()}
        older = page.locator("nav.pager a[rel=next]")
        address = str(await older.evaluate("one => one.href")) if await older.count() else None
    assert shown > len(ALL) * 9 // 10  # what has no words of its own is not listed
    for address in sorted(alone)[::10]:
        await page.goto(address)
        assert await page.locator(".alone .words").count() == 1
        await _look(watch)
    assert (len(alone) > len(ALL) * 9 // 10, []) == (True, watch.seen)


async def _look(watch: Watch) -> None:
    """As a reader does, with every hand there is."""
    await watch.touch()
    await watch.page.evaluate(_TOUCH)
    assert await watch.page.locator(".words img, .campaigns img").count() == 0
    protocols = await watch.page.eval_on_selector_all(".words a[href]", _PROTOCOLS)
    assert set(protocols) <= {"https:", "http:", "mailto:"}
