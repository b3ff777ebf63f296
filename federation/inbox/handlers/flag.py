"""Flag (ActivityStreams vocabulary §3, as Mastodon sends it): somebody complains about something of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from federation.activitystreams.html import plain_text
from federation.activitystreams.parse import read_ids
from federation.errors import TooManyHeld
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from federation.strictjson import load_object
from storage.records import Report

MOST_OBJECTS: Final = 100
LONGEST_TEXT: Final = 2000
"""Letters."""
MOST_OF_ONE: Final = 20
"""Reports of one actor in 30 days; organisers read them all."""
MOST_OF_ALL: Final = 1000
"""Reports kept at once; beyond that, new ones wait for somebody to dismiss old ones."""
RECENT: Final = timedelta(days=30)
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MARKUP: Final = 4
"""Letters read for each that is kept: some servers send HTML."""


async def receive_flag(verified: Verified, reception: Reception) -> None:
    """Keep a report that names something of ours; only the ids of its objects count. `TooManyHeld` beyond 20."""
    activity, document = verified.activity, load_object(verified.raw)
    objects = read_ids(document.get("object"))[:MOST_OBJECTS]
    if not any(reception.locations.is_ours(id) for id in objects):
        return
    since = verified.received_at - RECENT
    if await reception.store.count_reports(since=since, actor=activity.actor) >= MOST_OF_ONE:
        raise TooManyHeld(f"{activity.actor} has sent {MOST_OF_ONE} reports in {RECENT.days} days already.")
    if await reception.store.count_reports(since=LONG_AGO) >= MOST_OF_ALL:
        raise TooManyHeld(f"{MOST_OF_ALL} reports wait to be read already.")
    content = document.get("content")
    await reception.store.add_report(
        Report(
            id=activity.id,
            actor=activity.actor,
            objects=objects,
            text=_plain(content) if isinstance(content, str) else "",
            received_at=verified.received_at,
        )
    )


def _plain(content: str) -> str:
    return plain_text(content[: LONGEST_TEXT * _MARKUP])[:LONGEST_TEXT]
