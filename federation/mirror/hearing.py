"""What nodes tell each other of a union whose own server may not answer: `home`, beside its log (FEDERATION.md).

It is hearsay: nothing is signed and nobody is believed alone. It confirms, or contradicts, what we found ourselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.errors import NotJson, Unreachable
from federation.mirror.source import Source
from federation.mirror.telling import failing
from federation.strictjson import JsonObject, JsonValue, load_object
from federation.times import read_rfc3339, rfc3339
from storage.ids import Did
from storage.records import Peer

log = logging.getLogger(__name__)

MOST_ASKED: Final = 4
"""Mirrors that are asked at one poll of a union that does not answer; at the next one others, in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one mirror says of a union's own server: when it answered last, and since when it does not."""

    heard_at: datetime | None
    unheard_since: datetime | None


def write_word(peer: Peer) -> JsonObject:
    """What we say to others: our own polls alone, never what we were told."""
    return {"heard_at": _text(peer.heard_at), "unheard_since": _text(peer.silent_since), "union": peer.did}


def read_word(raw: bytes, union: Did) -> Word | None:
    """What a mirror says; None when it is no such document, or about another union."""
    try:
        document = load_object(raw)
        if document.get("union") != union:
            return None
        return Word(heard_at=_time(document.get("heard_at")), unheard_since=_time(document.get("unheard_since")))
    except (NotJson, ValueError):
        return None


async def ask_others(
    union: Did, mirrors: Sequence[Source], *, turn: int, since: datetime, agrees: Callable[[datetime], bool]
) -> bool | None:
    """True when one of them has no answer either, False when they had one `since`, None when none of them can tell."""
    words = await asyncio.gather(*(_ask(mirror, union) for mirror in choose(mirrors, turn)))
    said = [word for word in words if word is not None]
    if any(word.unheard_since is not None and agrees(word.unheard_since) for word in said):
        return True
    heard = [word.heard_at for word in said if word.unheard_since is None and word.heard_at is not None]
    return False if any(at >= since for at in heard) else None


def choose(mirrors: Sequence[Source], turn: int) -> list[Source]:
    """At most four, others at each turn."""
    start = turn * MOST_ASKED % len(mirrors) if mirrors else 0
    return [*mirrors[start:], *mirrors[:start]][:MOST_ASKED]


async def _ask(mirror: Source, union: Did) -> Word | None:
    try:
        raw = await mirror.home_word()
    except Unreachable as problem:
        log.info("a mirror says nothing of a union", extra=failing(mirror.home, problem, union=union))
        return None
    return None if raw is None else read_word(raw, union)


def _text(at: datetime | None) -> JsonValue:
    return None if at is None else rfc3339(at)


def _time(text: JsonValue) -> datetime | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise ValueError("A time is text.")  # noqa: TRY004  (read_word takes any wrong shape as none)
    return read_rfc3339(text)
