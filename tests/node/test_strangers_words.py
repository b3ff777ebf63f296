"""What strangers wrote is printed so that it can never be taken for a line of ours."""

from __future__ import annotations

import pytest

from federation.strictjson import JsonObject
from node.cli.comments import _complaint, _in_words
from node.cli.network import _read_aloud

FORGED = "2026-11-22T12:00:00Z  http://trusted.example/union"
ROW: JsonObject = {
    "id": f"https://mal.example/1\n{FORGED}",
    "actor": f"https://mal.example/u\n{FORGED}",
    "in_reply_to": f"https://us.example/1\n{FORGED}",
    "url": f"https://mal.example/1\n{FORGED}",
    "published": "2026-11-22T12:00:00Z",
    "received": "2026-11-22T12:00:00Z",
    "state": "held",
    "public": True,
    "content": f"<pre>hello\n{FORGED}\nWe call off the strike.</pre>",
    "text": f"hello\r\n{FORGED}",
    "objects": [f"https://us.example/1\n{FORGED}"],
}


@pytest.mark.parametrize("print_row", [_read_aloud, _in_words, _complaint])
@pytest.mark.parametrize("warning", [None, f"careful\n{FORGED}"])
def test_no_line_of_a_stranger_stands_where_ours_begin(print_row: object, warning: str | None) -> None:
    assert callable(print_row)
    lines = str(print_row({**ROW, "warning": warning})).splitlines()
    assert [line for line in lines[1:] if line.startswith(FORGED)] == []
    assert lines[0].startswith("2026-11-22T12:00:00Z  https://mal.example/u")


def test_whoever_approves_a_reply_reads_where_its_links_and_its_page_lead() -> None:
    content = '<p><a href="https://mal.example/?a=1&amp;b=2">our charter</a></p>'
    row: JsonObject = {**ROW, "id": "https://mal.example/1", "url": "https://mal.example/page", "content": content}
    assert ["  leads to https://mal.example/?a=1&b=2", "  leads to https://mal.example/page"] == [
        line for line in _in_words(row).splitlines() if "leads to" in line
    ]
    assert "leads to" not in _in_words({**row, "url": row["id"], "content": "<p>plain</p>"})
