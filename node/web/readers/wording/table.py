"""What a language has to give: every word that pages say in their own name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from node.web.readers.wording.network.table import NetworkWords


@dataclass(frozen=True, slots=True)
class Notice:
    """A heading, what it means, and what to do about it."""

    title: str
    means: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Words for a number of things, `{n}` where the number goes; French counts 0 and 1 alike, which are never shown."""

    one: str
    many: str

    def __call__(self, number: int) -> str:
        """Such as "1 like" or "7 likes"."""
        return (self.one if number == 1 else self.many).format(n=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One language's words. A label that names something is followed by it after a colon, which suits every grammar."""

    code: str
    """Language tag of these words."""
    weekdays: tuple[str, ...]
    """From Monday."""
    months: tuple[str, ...]
    date: str
    """With {weekday} {day} {month} {year} {time}."""

    skip: str
    front_page: str
    own_server: str
    campaign: str
    campaigns: str
    hashtag: str
    own_page: str
    newest_updates: str
    updates: str
    older_updates: str
    newest: str
    nothing_older: str
    nothing_yet: str
    nothing_yet_follow: str
    nothing_tagged: str
    more_updates: str
    updates_counted: Counted
    newest_update: str
    update_from: str
    updates_from: str
    tagged: str
    edited: str
    edited_at: str
    warning: str
    read_on: str
    previous: str
    next: str
    all_updates: str
    pinned: str
    boosted_by: str
    changed_since: str

    likes: Counted
    boosts: Counted
    comments: Counted
    comments_older: str
    comments_newer: str
    comments_page: str
    comments_part: str
    """With {page} and {pages}."""
    original_on: str
    in_answer_to: str
    reply: str
    reply_how: str
    link: str

    follow_union: str
    follow_campaign: str
    follow_how: str
    follow_carries: str
    follow_union_carries: str
    follow_without: str
    feed_for_readers: str

    genuine: str
    genuine_how: str
    genuine_digits: str

    network: NetworkWords
    """Copies, proofs, peers."""

    ways_on: str
    to_front_page: str
    notices: Mapping[str, Notice]
    """By the names that `notices` gives them."""

    def on(self, at: datetime) -> str:
        """A time in words, to the minute, always in UTC."""
        utc = at.astimezone(UTC)
        return self.date.format(
            weekday=self.weekdays[utc.weekday()],
            day=utc.day,
            month=self.months[utc.month - 1],
            year=utc.year,
            time=f"{utc:%H:%M}",
        )
