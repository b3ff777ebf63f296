"""Long updates in lists: cut between blocks, and still harmless and well formed."""

from __future__ import annotations

import pytest

from node.markdown import render
from node.web.readers.openings import opening_of
from tests.node.inert import assert_inert
from tests.node.reading import Reading


def html_of(text: str) -> str:
    return render(text, mentions={}, tag_url="https://union.example/tags/".__add__, own_host="union.example").html


@pytest.mark.parametrize("text", ["", "short", "a " * 850, "\n\n".join(["line"] * 300)])
def test_what_is_not_long_is_shown_whole(text: str) -> None:
    assert opening_of(html_of(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(["A paragraph of **some** length, with a [link](https://u.example/?a=1&b=%3E)."] * 60),
        "\n".join(["* a point  \n  in two lines"] * 20) + "\n\n" + "\n\n".join(["> quoted"] * 400),
        "> " + "quoted words " * 60 + "\n\n" + "and more of them " * 200,
        "# heading\n\n" + "words & <tags> " * 400,
        "x" * 5000,
        "```\n" + "code < 1 && 2 > 1\n" * 300 + "```",
        "- " + "deep " * 100 + "\n  - " + "deeper " * 300,
    ],
)
def test_a_long_update_begins_as_it_begins_and_every_tag_is_closed(text: str) -> None:
    html = html_of(text)
    opening = opening_of(html)
    assert opening is not None
    assert_inert(opening)
    shown, whole = Reading(opening).text, Reading(html).text
    assert 800 <= len(shown) <= 2000
    assert "".join(whole.split()).startswith("".join(shown.rstrip("…").split()))
