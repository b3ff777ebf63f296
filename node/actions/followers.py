"""Who follows us, seen by organisers only; and approval by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from federation.answering import acceptance, rejection
from federation.blocks.targets import address_name
from node.actions.find import get_campaign
from node.context import Node
from node.refusal import Refusal
from storage.ids import ActorId, Host
from storage.records import Follower, Move

_PAGE: Final = 1000


async def list_followers(handle: str | None, node: Node) -> list[Follower]:
    """All followers, of one campaign or of all, campaign by campaign; who asks our node for a pact is none."""
    everybody = [actor for actor in await node.store.list_actors() if actor.kind != "instance"]
    actors = everybody if handle is None else [await get_campaign(handle, node)]
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


async def reject(named: str, node: Node) -> list[Follower]:
    """Refuse the follows of a remote actor, waiting or accepted before; `Refusal` when it follows nobody here."""
    follows = await _follows_of(named, node)
    if not follows:
        raise Refusal(f"Nobody called {named} follows or waits to. See `picketline followers`.")
    for follower in follows:
        await node.sender.send(rejection(follower, answered_at=node.now()))
        await node.store.remove_follower(follower.actor, follower.follows)
    return follows


async def list_moved(node: Node) -> dict[ActorId, Move]:
    """Who says it has moved, and where."""
    found: dict[ActorId, Move] = {}
    after: ActorId | None = None
    while page := await node.store.list_moves(after=after, limit=_PAGE):
        found.update({move.actor: move for move in page})
        after = page[-1].actor
    return found


async def _follows_of(named: str, node: Node) -> list[Follower]:
    if named.startswith(("https://", "http://")):
        known = [ActorId(named)]
    else:
        host = named.rpartition("@")[2]
        known = await node.store.list_actors_at(address_name(named.removeprefix("@").rpartition("@")[0], Host(host)))
    follows = [follower for actor in known for follower in await node.store.list_follows_of(actor)]
    return [follower for follower in follows if follower.follows != node.locations.instance_actor]
