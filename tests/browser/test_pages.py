"""Readers' pages in a real chromium: nothing runs, nothing comes from elsewhere, everything fits a small phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from node.cli.reading import text
from tests.village import Villager, village

pytestmark = pytest.mark.browser

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts" / "pages"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
PHONE, OLD_PHONE, DESKTOP = (390, 844), (320, 568), (1280, 900)
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
ATTACKS = [
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "[click](javascript:document.title='pwned')",
    "<svg onload=\"document.title='pwned'\"></svg>",
    "<a href='x' style='position:fixed;inset:0'>all</a>",
]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def union(tmp_path: Path) -> AsyncIterator[tuple[Villager, dict[str, str]]]:
    """A union with a campaign of 25 updates, one with a warning, one retracted, one full of attacks."""
    async with village(tmp_path) as built:
        koreno = await built.add("koreno")
        await koreno.do(
            "campaign add", handle="strike", name="Strike at Koreno", summary="Why we **walk out**. #koreno"
        )
        for number in range(21):
            built.clock.move(minutes=7)
            await koreno.do(
                "post", handle="strike", text=f"Day {number + 1}: we are still here. #koreno\n\n* gate A\n* gate B"
            )
        retracted = await koreno.do("post", handle="strike", text="A mistake")
        await koreno.do("retract", id=text(retracted, "id"))
        await koreno.do("post", handle="strike", text="\n\n".join(ATTACKS))
        await koreno.do("post", handle="strike", text=f"{LONG} `{LONG}` https://example.org/{LONG}")
        warned = await koreno.do("post", handle="strike", text="Tear gas was used.", warning="Violence")
        post = await koreno.do(
            "post",
            handle="strike",
            text="우리는 **여섯 시에** 나왔다. #코레노\n\n> Nobody went in.\n\n[The demands](https://example.org/demands)",
            language="ko",
        )
        base = koreno.node.config.url
        yield (
            koreno,
            {
                "union": base,
                "campaign": f"{base}/@strike",
                "update": text(post, "url"),
                "warned": text(warned, "url"),
                "retracted": text(retracted, "url"),
                "tag": f"{base}/tags/koreno",
                "missing": f"{base}/@nobody",
            },
        )


async def open_page(browser: Browser, size: tuple[int, int], *, dark: bool = False, scripts: bool = True) -> Page:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    return await context.new_page()


async def test_every_page_fits_every_width_in_light_and_dark(
    browser: Browser, union: tuple[Villager, dict[str, str]]
) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    _, addresses = union
    overflowing = []
    for size in (OLD_PHONE, PHONE, DESKTOP):
        for dark in (False, True):
            page = await open_page(browser, size, dark=dark)
            for name, address in addresses.items():
                await page.goto(address)
                width = await page.evaluate("document.documentElement.scrollWidth")
                if width > size[0]:
                    overflowing.append(f"{name} at {size[0]}: {width}")
                mode = "dark" if dark else "light"
                await page.screenshot(path=ARTEFACTS / f"{name}-{size[0]}-{mode}.png", full_page=size != DESKTOP)
            await page.context.close()
    assert overflowing == []


async def test_pages_load_nothing_from_elsewhere_and_run_nothing(
    browser: Browser, union: tuple[Villager, dict[str, str]]
) -> None:
    koreno, addresses = union
    page = await open_page(browser, PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for address in addresses.values():
        await page.goto(address)
        assert await page.title() != "pwned"
        assert await page.locator("script, iframe, object, [onerror], [onload]").count() == 0
    assert [url for url in asked if not url.startswith(koreno.node.config.url)] == []


async def test_a_reader_without_javascript_pages_through_a_campaign(
    browser: Browser, union: tuple[Villager, dict[str, str]]
) -> None:
    _, addresses = union
    page = await open_page(browser, PHONE, scripts=False)
    await page.goto(addresses["campaign"])
    assert await page.locator("article").count() == 20
    await page.get_by_role("link", name="Older updates").click()
    assert await page.locator("article").count() == 5
    assert "Day 1:" in await page.locator("main").inner_text()


async def test_a_warning_is_read_before_what_it_warns_of(
    browser: Browser, union: tuple[Villager, dict[str, str]]
) -> None:
    _, addresses = union
    page = await open_page(browser, PHONE)
    await page.goto(addresses["warned"])
    words = page.get_by_text("Tear gas was used.")
    assert not await words.is_visible()
    await page.get_by_text("Violence").first.click()
    assert await words.is_visible()


async def test_a_retracted_update_says_so_in_plain_words(
    browser: Browser, union: tuple[Villager, dict[str, str]]
) -> None:
    _, addresses = union
    page = await open_page(browser, PHONE)
    answer = await page.goto(addresses["retracted"])
    assert answer is not None
    assert answer.status == 410
    assert "A mistake" not in await page.content()
