"""axe-core reads every kind of page, in light and dark, on a phone and a desktop: it finds nothing serious."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from tests.browser.conftest import DESKTOP, PHONE, Scene, open_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

_GRAVE = frozenset({"serious", "critical"})


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_nothing_serious_stands_in_anybodys_way(
    browser: Browser, union: Scene, size: tuple[int, int], dark: bool
) -> None:
    page, found = await open_page(browser, size, dark=dark, is_held=False), []
    for name, address in union.addresses.items():
        await page.goto(address)
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        results = await Axe().run(page)
        assert len(results.response["passes"]) > 10
        for violation in results.response["violations"]:
            places = [node["html"][:120] for node in violation["nodes"][:3]]
            found.append((name, violation["impact"], violation["id"], places))
    assert [] == [one for one in found if one[1] in _GRAVE]
    assert [] == found


async def test_axe_sees_what_it_must_refuse(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    await page.goto(union.addresses["campaign"])
    await page.evaluate(
        "document.querySelector('main').innerHTML += '<img src=/x><p id=pale>pale</p>'; pale.style.color = '#eee'"
    )
    results = await Axe().run(page)
    assert {"image-alt", "color-contrast"} <= {violation["id"] for violation in results.response["violations"]}
