"""Create and Update (ActivityPub §7.2, §7.3): notes by those we follow, and replies to our updates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from federation.activitystreams.html import plain_text, sanitise_foreign
from federation.activitystreams.model import IncomingObject
from federation.activitystreams.remote_actor import ACTOR_TYPES, parse_actor
from federation.addresses import check_url
from federation.errors import ForbiddenAddress, NotActivity, NotTheOwner, TooManyHeld
from federation.inbox.reception import Reception, get_signer
from federation.inbox.verified import Verified
from federation.strictjson import load_object
from storage.ids import ObjectId
from storage.records import RemotePost

READABLE: Final = frozenset({"Note", "Question", "Article", "Page", "Event"})
"""What has text that can be read in a timeline."""
MOST_HELD: Final = 20
"""Replies of one actor that wait under one update; an organiser has to read each."""
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def receive_create(verified: Verified, reception: Reception) -> None:
    """Keep a note that belongs in our timeline or under an update of ours; everything else passes by.

    `TooManyHeld` for a reply beyond what may wait; by somebody we follow it still comes in the timeline.
    """
    post = await _read(verified, reception)
    if post is None or not (post.in_timeline or post.comment_on is not None):
        return
    if await reception.store.find_remote_post(post.id) is not None:
        return  # it is late: what stands is as new or newer
    if not await _has_room(post, reception):
        if post.in_timeline:
            await reception.store.save_remote_post(replace(post, comment_on=None, comment_state=None))
        raise TooManyHeld(f"{MOST_HELD} replies of {post.actor} to {post.comment_on} wait already.")
    await reception.store.save_remote_post(post)


async def receive_update(verified: Verified, reception: Reception) -> None:
    """Replace a note we hold, or what we know of its author. `NotTheOwner` when it changes its kind."""
    changed = verified.activity.object
    if changed is not None and changed.type in ACTOR_TYPES:
        await _renew_actor(verified, reception)
        return
    post = await _read(verified, reception)
    standing = await reception.store.find_remote_post(post.id) if post is not None else None
    if post is None or standing is None:
        await receive_create(verified, reception)  # its Create never reached us
        return
    if (standing.actor, standing.type) != (post.actor, post.type):
        raise NotTheOwner(f"{post.actor} may not turn {post.id} into something else.")
    if post.updated_at is not None and standing.updated_at is not None and post.updated_at < standing.updated_at:
        return  # an older version, arriving late
    await reception.store.save_remote_post(
        replace(
            post,
            in_timeline=standing.in_timeline,
            comment_on=standing.comment_on,
            comment_state=None if standing.comment_state is None else "held",
            published_at=standing.published_at,
            updated_at=post.updated_at or verified.received_at,
            received_at=standing.received_at,
        )
    )


async def _has_room(post: RemotePost, reception: Reception) -> bool:
    on = post.comment_on
    return on is None or await reception.store.count_comments(on, state="held", actor=post.actor) < MOST_HELD


async def _read(verified: Verified, reception: Reception) -> RemotePost | None:
    """The note as a row; None when it has no readable text, no id, or an author who is not the signer."""
    note = verified.activity.object
    if note is None or note.id is None or note.type not in READABLE or (note.content is None and not note.attached):
        return None
    if note.author != verified.activity.actor:
        return None
    comment_on = await _find_our_update(note, reception)
    return RemotePost(
        id=note.id,
        actor=verified.activity.actor,
        type=note.type or "Note",
        html=_readable(note.content or "", note.attached),
        warning=note.summary or None,
        url=note.url if note.url is not None and _is_address(note.url) else note.id,
        in_reply_to=note.in_reply_to if note.in_reply_to is not None and _is_address(note.in_reply_to) else None,
        comment_on=comment_on,
        comment_state=None if comment_on is None else "held",
        in_timeline=await reception.store.is_followed(verified.activity.actor),
        is_public=note.is_public,
        published_at=min(note.published_at or verified.received_at, verified.received_at),
        updated_at=note.updated_at,
        received_at=verified.received_at,
    )


def _readable(content: str, attached: str) -> str:
    """Sanitised HTML that is still short enough to be read again; `Unintelligible` when it is not."""
    html = sanitise_foreign(content) + attached
    plain_text(html)
    return html


def _is_address(url: str) -> bool:
    try:
        check_url(url, dev=True)
    except ForbiddenAddress:
        return False
    return True


async def _find_our_update(note: IncomingObject, reception: Reception) -> ObjectId | None:
    if note.in_reply_to is None or not reception.locations.is_ours(note.in_reply_to):
        return None
    post = await reception.store.find_post(note.in_reply_to)
    return None if post is None or post.retracted_at is not None else post.id


async def _renew_actor(verified: Verified, reception: Reception) -> None:
    """The actor's own signed word about itself; without its keys in it, its document is fetched when next needed."""
    embedded = load_object(verified.raw).get("object")
    if not isinstance(embedded, dict):
        raise NotActivity("The Update carries no actor document.")
    actor = parse_actor(embedded, verified.received_at)
    if actor.keys:
        await reception.store.save_remote_actor(actor)
    else:
        known = await get_signer(verified.activity, reception)
        await reception.store.save_remote_actor(replace(known, fetched_at=LONG_AGO))
