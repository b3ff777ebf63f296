"""Copies of others' words in a real chromium: without our origin's powers, and with all that a reader needs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import PHONE, Scene, open_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_copy_has_no_origin_of_ours_and_is_read_followed_and_checked_all_the_same(
    browser: Browser, union: Scene
) -> None:
    page = await open_page(browser, PHONE)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(union.addresses["mirrored"])
    assert "null" == await page.evaluate("self.origin")
    assert "rgb(179, 18, 29)" == await page.evaluate(
        "getComputedStyle(document.querySelector('.poster')).backgroundColor"
    )
    feeds = await page.locator("link[rel=alternate][type*=feed], link[rel=alternate][type*=atom]").all()
    assert [200, 200] == [
        (await page.request.get(str(await one.evaluate("link => link.href")))).status for one in feeds
    ]
    await page.locator("article .when").last.click()
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download the proof").click()
    download = await downloading.value
    assert download.suggested_filename.endswith(".tlog-proof")
    assert (await asyncio.to_thread(Path(await download.path()).read_bytes)).startswith(b"c2sp.org/tlog-proof@v1\n")
    await page.get_by_role("link", name="How to check an update").click()
    assert union.addresses["check"] == page.url
    assert "null" != await page.evaluate("self.origin")
    assert [] == [one for one in said if "script execution" not in one]  # the test's own, which it blocks
