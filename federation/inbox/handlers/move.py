"""Move (FEP-7628, as Mastodon sends it): somebody goes on under another id.

Nothing is believed here: the target must say so too, and asking it is the work of `federation.moves.worker`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from federation.activitystreams.parse import read_id
from federation.addresses import authority, origin
from federation.errors import NotActivity, NotMoved, NotTheOwner, TooMany
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from federation.strictjson import load_object
from storage.ids import ActorId
from storage.records import Move

MOST_WAITING: Final = 1000
MOST_OF_A_HOST: Final = 20
"""Moves of one host that wait at once; the others are tried again later."""
COOLDOWN: Final = timedelta(days=7)
"""Mastodon's: an actor that has moved does not move elsewhere before."""
AGAIN: Final = timedelta(minutes=10)
"""Whoever names another target before the last one was settled waits: every target is asked, whosever it is."""
_RETRY_SECONDS: Final = 600


async def receive_move(verified: Verified, reception: Reception) -> None:
    """Keep the Move of somebody we follow, who follows us or whom we block, to be looked into.

    `NotTheOwner` when it is another's, `NotMoved` within a week of its last one, `TooMany` while many wait.
    """
    activity = verified.activity
    if not activity.is_about_itself:
        raise NotTheOwner(f"{activity.actor} may move only itself.")
    target = read_id(load_object(verified.raw).get("target"))
    if target is None or target == activity.actor:
        raise NotActivity("The Move names no other actor as its target.")
    if not await _concerns_us(activity.actor, reception):
        return
    standing = await reception.store.find_move(activity.actor)
    if standing is not None and standing.state == "done":
        if standing.target == target:
            return
        if verified.received_at - standing.received_at < COOLDOWN:
            raise NotMoved(f"{activity.actor} has moved to {standing.target} within {COOLDOWN.days} days already.")
    await _refuse_crowds(activity.actor, verified.received_at, reception)
    await reception.store.save_move(
        Move(
            actor=activity.actor,
            target=ActorId(target),
            state="waiting",
            attempts=0,
            due_at=_due_at(standing, verified.received_at),
            received_at=verified.received_at,
            error=None,
        )
    )
    reception.moved()


def _due_at(standing: Move | None, received_at: datetime) -> datetime:
    if standing is None or standing.state == "done":
        return received_at
    return max(received_at, standing.received_at + AGAIN)


async def _concerns_us(actor: ActorId, reception: Reception) -> bool:
    if await reception.store.is_followed(actor) or await reception.store.list_follows_of(actor):
        return True
    return await reception.blocks.find(actor) is not None


async def _refuse_crowds(actor: ActorId, at: datetime, reception: Reception) -> None:
    """Each Move makes us ask a host of the mover's choice, so the movers of one host share a budget."""
    of_host = await reception.store.count_moves(origin=origin(actor))
    if of_host >= MOST_OF_A_HOST or await reception.store.count_moves() >= MOST_WAITING:
        raise TooMany("Too many moves wait to be looked into.", retry_after=_RETRY_SECONDS)
    if wait := reception.moves.take(authority(actor), at):
        raise TooMany("Too many actors of one host move at once.", retry_after=ceil(wait.total_seconds()))
