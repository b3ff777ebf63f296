"""Readers' pages in a real chromium: they fit, they are kept as pictures to look at, and they work without scripts."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import ARTEFACTS, DESKTOP, OLD_PHONE, PHONE, Scene, open_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

_WIDTH = "document.documentElement.scrollWidth"
_SHARED = ("union", "campaign", "update")
_KEPT = (*_SHARED, "two", "four", "hidden", "rtl", "korean", "tag", "missing")


async def _shown(page: Page) -> None:
    """Every picture, also those that a reader has not yet scrolled to."""
    await page.evaluate("for (const one of document.images) one.loading = 'eager'")
    await page.evaluate(
        "Promise.all([...document.images].filter(one => one.getClientRects().length).map(one => one.decode()))"
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [OLD_PHONE, PHONE, DESKTOP], ids=["old-phone", "phone", "desktop"])
async def test_every_page_fits_every_width_in_light_and_dark(
    browser: Browser, union: Scene, size: tuple[int, int], dark: bool
) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page, overflowing = await open_page(browser, size, dark=dark), []
    for name, address in union.addresses.items():
        await page.goto(address)
        if (width := await page.evaluate(_WIDTH)) > size[0]:
            overflowing.append((name, width))
        if name not in (_SHARED if size == OLD_PHONE else _KEPT):
            continue
        await _shown(page)
        picture = ARTEFACTS / f"{name}-{size[0]}-{'dark' if dark else 'light'}.png"
        await page.screenshot(path=picture, full_page=True)
    assert [] == overflowing


async def test_text_of_twice_the_size_still_fits_a_phone(browser: Browser, union: Scene) -> None:
    page, overflowing = await open_page(browser, PHONE), []
    for name, address in union.addresses.items():
        await page.goto(address)
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        if (width := await page.evaluate(_WIDTH)) > PHONE[0]:
            overflowing.append((name, width))
        if name in _SHARED:
            await page.screenshot(path=ARTEFACTS / f"{name}-{PHONE[0]}-large-text.png")
    assert [] == overflowing


async def test_on_paper_links_tell_their_address_and_the_fingerprint_stands(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, (794, 1123))
    await page.emulate_media(media="print")
    for name in _SHARED:
        await page.goto(union.addresses[name])
        await page.pdf(path=ARTEFACTS / f"{name}-print.pdf", format="A4")
        await page.screenshot(path=ARTEFACTS / f"{name}-print.png", full_page=True)
        assert not await page.locator("footer, .skip").first.is_visible()
    link = page.locator(".words a[href='https://example.org/letter']")
    shown = await link.evaluate("a => getComputedStyle(a, '::after').content")
    assert '" (" attr(href) ")"' == shown or "https://example.org/letter" in shown
    await page.goto(union.addresses["union"])
    assert 8 == len(await page.locator(".fingerprint li:visible").all())


async def test_on_paper_a_warning_is_read_and_what_it_warns_of_too(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, (794, 1123))
    await page.goto(union.addresses["warned"])
    words = page.get_by_text("Tear gas was used.")
    assert not await words.is_visible()
    await page.emulate_media(media="print")
    assert await page.get_by_text("Violence against pickets").first.is_visible()
    assert await words.is_visible()


async def test_pictures_of_a_list_share_a_row_and_alone_each_is_shown_whole(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    await page.goto(union.addresses["campaign"])
    left, right = [await one.bounding_box() for one in await page.locator(".tiles").nth(1).locator("img").all()]
    assert left is not None
    assert right is not None
    assert (left["y"], left["height"], left["width"]) == (right["y"], right["height"], right["width"])
    await page.goto(union.addresses["two"])
    for image in await page.locator(".pictures img").all():
        shape = "[i.clientWidth / i.clientHeight, i.getAttribute('width') / i.getAttribute('height')]"
        shown, real = await image.evaluate(f"i => {shape}")
        assert shown == pytest.approx(real, rel=0.02)


async def test_a_reader_follows_a_thread_to_what_was_answered(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE, scripts=False)
    await page.goto(union.addresses["update"])
    reply = page.locator(".comment", has_text="Nor do we, in Gdańsk.")
    await reply.get_by_role("link", name="Anna, Hafen Hamburg").click()
    assert "Anna, Hafen Hamburg" == await page.locator(":target .author").inner_text()


async def test_a_reader_without_javascript_pages_through_a_campaign(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE, scripts=False)
    await page.goto(union.addresses["campaign"])
    assert 20 == await page.locator("article").count()
    await page.get_by_role("link", name="Older updates").click()
    assert 4 == await page.locator("article").count()


async def test_a_reader_goes_from_update_to_update(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE, scripts=False)
    await page.goto(union.addresses["update"])
    await page.get_by_role("link", name="Previous update").click()
    assert union.addresses["korean"] == page.url
    await page.get_by_role("link", name="Next update").click()
    assert union.addresses["update"] == page.url


async def test_a_keyboard_reader_skips_to_the_content(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    await page.goto(union.addresses["campaign"])
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    box = await skip.bounding_box()
    assert box is not None
    assert (box["x"], box["y"]) == (0, 0)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    focused = await page.evaluate("document.activeElement.closest('main') !== null")
    assert focused is True
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert "solid" == outline


async def test_what_is_to_be_copied_is_selected_whole_by_one_touch(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    await page.goto(union.addresses["campaign"])
    await page.locator(".follow .address").click()
    host = union.us.node.locations.host
    assert f"@strike@{host}" == await page.evaluate("getSelection().toString().trim()")


async def test_a_warning_is_read_before_what_it_warns_of(browser: Browser, union: Scene) -> None:
    page = await open_page(browser, PHONE)
    await page.goto(union.addresses["warned"])
    words = page.get_by_text("Tear gas was used.")
    assert not await words.is_visible()
    await page.get_by_text("Violence against pickets").first.click()
    assert await words.is_visible()


async def test_a_retracted_update_says_so_in_plain_words_and_shows_the_campaigns(
    browser: Browser, union: Scene
) -> None:
    page = await open_page(browser, PHONE)
    answer = await page.goto(union.addresses["retracted"])
    assert answer is not None
    assert 410 == answer.status
    assert "A mistake" not in await page.content()
    await page.get_by_role("link", name="Strike at Koreno").click()
    assert union.addresses["campaign"] == page.url
