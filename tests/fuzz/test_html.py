"""The sanitiser: whatever is thrown together, what is left is inert, and stays as it is when it is cleaned again."""

from __future__ import annotations

import re
from typing import Final

from federation.activitystreams.html import plain_text, sanitise_foreign, sanitise_own
from federation.errors import Unintelligible
from node.markdown import find_mentions, render
from tests.fuzz.driving import tried, within
from tests.fuzz.tape import Tape
from tests.fuzz.wild import LETTERS, broken_text
from tests.node.inert import assert_inert
from tests.node.xss_samples import PIECES, SAMPLES

TAGS: Final = (
    *("<p>", "</p>", "<a href='https://u.example/'>", '<a href="', "</a>", "<span>", "</span>", "<ol start=9>"),
    *("<li>", "<br/>"),
    *("<svg>", "<math>", "<style>", "</style>", "<!--", "-->", "<![CDATA[", "]]>", "<template>", "<noscript>"),
    *("<b><i></b></i>",),
    *("&lt;", "&#60;script&#62;", "&#0;", "&#xD800;", "&amp;amp;", "javascript:", "onload=x", "union.example"),
    *("https://",),
    *("<p" + " a" * 50 + ">", "<blockquote>" * 30, "</blockquote>" * 30, "<table><td>", "<x:y>"),
    *("<a class='mention x'>",),
)  # fmt: skip
MARKS: Final = (
    "**",
    "_",
    "`",
    "```\n",
    "[a](",
    "](javascript:x)",
    "<https://u.example>",
    "> ",
    "- ",
    "1. ",
    "# ",
    "@a@b.example ",
    "#tag ",
    "\n\n",
    "|",
    "~~",
    "![",
    "\\",
    "[^1]",
    "    ",
)


HALF: Final = re.compile("[\ud800-\udfff]")


def soup(tape: Tape, more: tuple[str, ...] = ()) -> str:
    """Pieces of HTML, samples of attacks broken in places, odd letters."""
    pieces = (*PIECES, *TAGS, *TAGS, *more, *LETTERS)
    found = "".join(tape.choice(pieces) for _ in range(tape.randrange(40)))
    if tape.randrange(2):
        found = broken_text(tape, tape.choice(SAMPLES) + found, pieces=pieces)
    return found if tape.rarely() else HALF.sub("", found)


@tried
def test_html_01_any_foreign_html_is_inert_afterwards_or_refused(tape: Tape) -> None:
    html = soup(tape)
    try:
        clean = within(500 + 8 * len(html), sanitise_foreign, html)
    except Unintelligible:
        return
    assert_inert(clean)
    assert len(clean) <= 60 * len(html) + 200
    assert not [letter for letter in clean if "\ud800" <= letter <= "\udfff" or letter == "\0"]
    assert clean == sanitise_foreign(clean)


@tried
def test_html_01_what_an_organiser_pastes_is_inert_too(tape: Tape) -> None:
    text = soup(tape, MARKS * 3)
    try:
        own = within(500 + 30 * len(text), sanitise_own, text)
        assert_inert(own)
        assert own == sanitise_own(own)
        drawn = render(text, mentions={}, tag_url="https://union.example/tags/".__add__, own_host="union.example")
    except Unintelligible:
        return
    assert_inert(drawn.html)
    assert all("@" in address and len(address) < len(text) + 2 for address in find_mentions(text))


@tried
def test_html_11_plain_text_is_text(tape: Tape) -> None:
    html = soup(tape)
    try:
        words = within(500 + 8 * len(html), plain_text, html)
    except Unintelligible:
        return
    assert len(words) <= len(html)
    assert all(line == " ".join(line.split()) and line for line in words.split("\n") if words)
