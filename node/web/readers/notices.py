"""What a reader is told when there is no page to show: plain words, nothing about the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Notice:
    """A heading, what it means, and what to do about it."""

    title: str
    means: str
    remedy: str


RETRACTED: Final = Notice(
    "This update was retracted",
    "Its authors published it here and later took it back. Servers that had received it were asked to remove it too.",
    "Copies others made may still exist, but the authors no longer stand behind them.",
)
_WRONG: Final = Notice(
    "This request could not be answered",
    "Something about it was not as it should be.",
    "Go back and try again, or start from the front page.",
)
_OURS: Final = Notice(
    "Something went wrong on our side",
    "It is not your fault, and nothing was lost.",
    "Please try again in a few minutes.",
)
_ELSEWHERE: Final = Notice(
    "This page cannot be shown to you",
    "It is only for those who may prove who they are.",
    "What the union publishes for everybody is on the front page.",
)
NOTICES: Final[Mapping[int, Notice]] = {
    401: _ELSEWHERE,
    403: _ELSEWHERE,
    404: Notice(
        "There is no such page",
        "The address may be mistyped or cut short, or it points to something that never was here.",
        "Check the address letter by letter, or look for what you want on the front page.",
    ),
    405: Notice(
        "That cannot be done here",
        "This address can be read, but nothing can be sent to it.",
        "Open the page by its link instead.",
    ),
    408: Notice(
        "That took too long",
        "The connection was too slow, or it broke in between.",
        "Please try again.",
    ),
    410: RETRACTED,
    413: Notice("That is too large", "More was sent than this server takes.", "Send less, or in parts."),
    429: Notice(
        "Too many requests",
        "This server had more requests than it can answer, perhaps from others on your network.",
        "Wait a minute and try again.",
    ),
    500: _OURS,
    503: Notice(
        "Closed for a moment",
        "The server cannot read or write its records just now.",
        "Please try again in a few minutes.",
    ),
}


def notice_for(status: int) -> Notice:
    """The words for an HTTP status; every status has some."""
    return NOTICES.get(status, _OURS if status >= 500 else _WRONG)
