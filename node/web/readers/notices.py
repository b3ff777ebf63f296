"""Which words a reader is told when there is no page to show; they say nothing about the machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from node.web.readers.wording import Notice, Wording

NOTICES: Final[Mapping[int, str]] = {
    401: "elsewhere",
    403: "elsewhere",
    404: "missing",
    405: "only_read",
    408: "slow",
    410: "retracted",
    413: "large",
    429: "many",
    503: "closed",
}
NAMES: Final = frozenset({*NOTICES.values(), "wrong", "ours"})
"""What every language has a notice for."""


def notice_for(status: int, wording: Wording) -> Notice:
    """The words for an HTTP status; every status has some."""
    return wording.notices[NOTICES.get(status, "ours" if status >= 500 else "wrong")]
