"""Pages for when there is none, and what every page carries: headers, dates in words, the stylesheet."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from node.web.readers.dates import moment
from node.web.readers.pages import HEADERS, STYLE, STYLE_URL, STYLE_VERSION, page_sheet
from node.web.readers.views import error_page
from tests.node.reading import SITE, START, read


def test_a_retracted_update_is_gone_in_plain_words() -> None:
    page = error_page(SITE, 410)
    assert (410, True) == (page.status, "This update was retracted" in page.html)
    assert "/" in read(page).links()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 410, 413, 415, 418, 429, 500, 502, 503])
def test_an_error_page_helps_and_gives_nothing_away(status: int) -> None:
    page = error_page(SITE, status)
    reading = read(page)
    assert status == page.status
    assert "/" in reading.links()
    assert "noindex" == reading.meta("robots")
    for secret in ("Traceback", "aiohttp", "Python", "Picketline", "node.web"):
        assert secret not in page.html


def test_a_mistake_of_ours_is_not_blamed_on_the_reader() -> None:
    assert "Something went wrong on our side" in error_page(SITE, 502).html
    assert "This request could not be answered" in error_page(SITE, 418).html


def test_a_page_leaves_with_its_headers() -> None:
    answer = page_sheet(error_page(SITE, 404)).answer()
    assert (404, "text/html", "utf-8") == (answer.status, answer.content_type, answer.charset)
    assert HEADERS.items() <= dict(answer.headers).items()
    assert (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'" == answer.headers["Content-Security-Policy"]
    )
    assert "no-referrer" == answer.headers["Referrer-Policy"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "Accept" == answer.headers["Vary"]


@pytest.mark.parametrize(
    ("at", "words", "iso"),
    [
        (START, "Tuesday 3 November 2026, 14:05 UTC", "2026-11-03T14:05:00Z"),
        (START.replace(day=1, hour=0), "Sunday 1 November 2026, 00:05 UTC", "2026-11-01T00:05:00Z"),
        (
            datetime(2027, 1, 1, 8, 30, tzinfo=timezone(timedelta(hours=9))),
            "Thursday 31 December 2026, 23:30 UTC",
            "2026-12-31T23:30:00Z",
        ),
    ],
)
def test_dates_are_words_in_utc(at: datetime, words: str, iso: str) -> None:
    assert (words, iso) == (moment(at).words, moment(at).iso)


def test_the_stylesheet_loads_nothing_and_forces_no_width() -> None:
    style = STYLE.decode()
    assert not re.search(r"url\(|@import|@font-face|expression", style)
    assert not re.search(r"(?<![-\w])(?:min-)?width:\s*[\d.]+(?:px|r?em)", style.replace("(min-width: 40em)", ""))
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style
    assert len(STYLE) < 12_000
    assert STYLE_URL.endswith(STYLE_VERSION)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize(
    ("front", "back"),
    [("ink", "paper"), ("ink", "panel"), ("quiet", "paper"), ("quiet", "panel"), ("accent", "paper"),
     ("accent", "panel"), ("flag-ink", "flag")],
)  # fmt: skip
def test_every_text_colour_has_the_contrast_of_aa(theme: int, front: str, back: str) -> None:
    def colour(name: str) -> str:
        told = re.findall(rf"--{name}: (#[0-9a-f]{{6}});", STYLE.decode())
        return str(told[min(theme, len(told) - 1)])  # what is not told for the dark is as in the light

    light, dark = sorted((luminance(colour(front)), luminance(colour(back))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
