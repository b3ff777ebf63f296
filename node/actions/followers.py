"""Who follows us, seen by organisers only; and approval by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from federation.inbox.handlers.follow import acceptance
from node.actions.find import get_campaign, known_address
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActorId
from storage.records import Follower

_PAGE: Final = 1000


async def list_followers(handle: str | None, node: Node) -> list[Follower]:
    """All followers, of one campaign or of all, campaign by campaign."""
    actors = await node.store.list_actors() if handle is None else [await get_campaign(handle, node)]
    return [follower for actor in actors for follower in await _list_all(actor.id, node)]


async def _list_all(follows: ActorId, node: Node) -> list[Follower]:
    found: list[Follower] = []
    after: ActorId | None = None
    while page := await node.store.list_followers(follows, after=after, limit=_PAGE):
        found += page
        after = page[-1].actor
    return found


async def approve(named: str, node: Node) -> list[Follower]:
    """Accept the waiting follows of a remote actor, by URL or address; `Refusal` when none is waiting."""
    waiting = [one for one in await _follows_of(named, node) if one.state == "waiting"]
    if not waiting:
        raise Refusal(f"Nobody called {named} waits for approval. See `picketline followers`.")
    for follower in waiting:
        await node.sender.send(acceptance(follower, answered_at=node.now()))
        await node.store.set_follower_state(follower.actor, follower.follows, "accepted")
    return [replace(follower, state="accepted") for follower in waiting]


async def _follows_of(named: str, node: Node) -> list[Follower]:
    if named.startswith(("https://", "http://")):
        return await node.store.list_follows_of(ActorId(named))
    waiting = [one for one in await list_followers(None, node) if one.state == "waiting"]
    return [one for one in waiting if await known_address(one.actor, node) == f"@{named.removeprefix('@')}"]
