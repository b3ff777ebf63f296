"""Create and Update (ActivityPub §7.2, §7.3): notes by those we follow, and replies to our updates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from federation.activitystreams.remote_actor import ACTOR_TYPES, parse_actor
from federation.addresses import authority
from federation.errors import NotActivity, NotTheOwner, TooManyHeld
from federation.inbox.handlers.note import find_standing, read_note, says_the_same
from federation.inbox.reception import Reception, get_signer
from federation.inbox.verified import Verified
from federation.mirror.wire_words import read_original
from federation.strictjson import load_object
from storage.records import CommentState, RemotePost

MOST_HELD: Final = 20
"""Replies of one actor that wait under one update; an organiser has to read each."""
MOST_HELD_OF_A_HOST: Final = 100
"""Replies of one host's actors that wait under one update: whoever opens accounts by the dozen leaves others room."""
MOST_HELD_IN_ALL: Final = 500
"""Replies of all actors that wait under one update."""
MOST_A_DAY: Final = 100
"""Replies of one actor that are kept within a day, whatever they answer and however fast they are approved."""
DAY: Final = timedelta(days=1)
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


async def receive_create(verified: Verified, reception: Reception) -> None:
    """Keep a note that belongs in our timeline or under an update of ours; everything else passes by.

    `TooManyHeld` for a reply beyond what may wait; by somebody we follow it still comes in the timeline. `NotTheSigner`
    when its author has deleted itself meanwhile.
    """
    if await find_standing(verified, reception) is not None:
        return  # it is late: what stands is as new or newer
    post = await read_note(verified, reception, None)
    if post is None or await _is_known_copy(verified, reception):
        return
    await get_signer(verified.activity, reception)  # the words of somebody who is gone would stay for ever
    crowd = await _find_crowd(post, reception, verified.received_at)
    if crowd is not None:
        if post.in_timeline:
            await reception.store.save_remote_post(replace(post, comment_on=None, comment_state=None))
        raise TooManyHeld(crowd)
    await reception.store.save_remote_post(post)


async def _is_known_copy(verified: Verified, reception: Reception) -> bool:
    """Whether it says that it is a wire's copy of what is here under its own id (protocol §4)."""
    note = verified.activity.object
    original = read_original(dict(note.document)) if note is not None else None
    return original is not None and bool(await reception.store.list_remote_posts([original]))


async def receive_update(verified: Verified, reception: Reception) -> None:
    """Replace a note we hold, or what we know of its author. `NotTheOwner` when it changes its kind."""
    changed = verified.activity.object
    if changed is not None and changed.type in ACTOR_TYPES:
        await _renew_actor(verified, reception)
        return
    standing = await find_standing(verified, reception)
    post = await read_note(verified, reception, standing) if standing is not None else None
    if post is None or standing is None:
        await receive_create(verified, reception)  # its Create never reached us
        return
    if standing.type != post.type:
        raise NotTheOwner(f"{post.actor} may not turn {post.id} into something else.")
    if post.updated_at is not None and standing.updated_at is not None and post.updated_at < standing.updated_at:
        return  # an older version, arriving late
    await reception.store.save_remote_post(
        replace(
            post,
            in_timeline=standing.in_timeline,
            comment_on=standing.comment_on,
            comment_state=_state_after_edit(standing, post),
            published_at=standing.published_at,
            updated_at=post.updated_at or verified.received_at,
            received_at=standing.received_at,
            changed_at=verified.received_at,
        )
    )
    reception.changed()


def _state_after_edit(standing: RemotePost, post: RemotePost) -> CommentState | None:
    """What reads as before keeps its state; everything else waits to be read again."""
    return standing.comment_state if standing.comment_state is None or says_the_same(standing, post) else "held"


async def _find_crowd(post: RemotePost, reception: Reception, now: datetime) -> str | None:
    """Why there is no room for one more reply; None when there is."""
    store, on = reception.store, post.comment_on
    if on is None:
        return None
    held, host = await store.count_comments(on, state="held"), authority(post.actor)
    if held.get(post.actor, 0) >= MOST_HELD:
        return f"{MOST_HELD} replies of {post.actor} to {on} wait already."
    if await store.count_comments_of(post.actor, since=now - DAY) >= MOST_A_DAY:
        return f"{MOST_A_DAY} replies of {post.actor} came within a day already."
    if sum(count for actor, count in held.items() if authority(actor) == host) >= MOST_HELD_OF_A_HOST:
        return f"{MOST_HELD_OF_A_HOST} replies from {host} to {on} wait already."
    if sum(held.values()) >= MOST_HELD_IN_ALL:
        return f"{MOST_HELD_IN_ALL} replies to {on} wait already."
    return None


async def _renew_actor(verified: Verified, reception: Reception) -> None:
    """The actor's own signed word about itself; without its keys in it, its document is fetched when next needed."""
    embedded = load_object(verified.raw).get("object")
    if not isinstance(embedded, dict):
        raise NotActivity("The Update carries no actor document.")
    actor = parse_actor(embedded, verified.received_at)
    if actor.keys:
        await reception.store.save_remote_actor(actor)
        reception.changed()
    else:
        known = await get_signer(verified.activity, reception)
        await reception.store.save_remote_actor(replace(known, fetched_at=LONG_AGO))
