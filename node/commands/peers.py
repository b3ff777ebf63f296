"""Who mirrors us and whom we mirror: the pacts."""

from __future__ import annotations

from dataclasses import asdict

from federation.identity import fingerprint
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.actions.peers import (
    accept_peer,
    add_peer,
    find_alarms,
    forget_peer,
    get_peer,
    latest_epoch,
    measure_held,
    remove_peer,
    resolve_peer,
)
from node.commands.params import Params, text, time_or_none
from node.context import Node
from storage.records import Peer


async def peer_add(node: Node, params: Params) -> JsonValue:
    """Ask a node for a pact, or accept the one it asked for; with both sides' words."""
    is_unlisted = params.get("unlisted") is True
    return await _compared(await add_peer(text(params, "url"), node, is_unlisted=is_unlisted), node)


async def peer_accept(node: Node, params: Params) -> JsonValue:
    """Accept a node that asked us; with both sides' words."""
    return await _compared(await accept_peer(text(params, "url"), node), node)


async def peer_list(node: Node, _params: Params) -> JsonValue:
    """Every peer, whatever its state, with what speaks against it."""
    return [await _peer(peer, node) for peer in await node.store.list_peers()]


async def peer_remove(node: Node, params: Params) -> JsonValue:
    """End a pact; with `forget` drop what is held of that union, and tell what it was."""
    if params.get("forget") is not True:
        return await _peer(await remove_peer(text(params, "url"), node), node)
    peer, held = await forget_peer(text(params, "url"), node)
    return {**await _peer(peer, node), "forgotten": dict(asdict(held))}


async def peer_held(node: Node, params: Params) -> JsonValue:
    """What would be dropped."""
    peer = await get_peer(text(params, "url"), node)
    return {**await _peer(peer, node), "held": dict(asdict(await measure_held(peer.did, node)))}


async def peer_resolve(node: Node, params: Params) -> JsonValue:
    """Choose one of two charters of one epoch."""
    return await _peer(await resolve_peer(text(params, "url"), text(params, "charter"), node), node)


async def _compared(peer: Peer, node: Node) -> JsonObject:
    ours: JsonObject = {
        "url": node.config.url,
        "union": node.union.did,
        "fingerprint": fingerprint.words(node.union.did),
        "digits": fingerprint.digits(node.union.did),
    }
    return {**await _peer(peer, node), "ours": ours}


async def _peer(peer: Peer, node: Node) -> JsonObject:
    alarms = await find_alarms(peer, node)
    return {
        "url": peer.url,
        "union": peer.did,
        "name": peer.name,
        "fingerprint": fingerprint.words(peer.did),
        "digits": fingerprint.digits(peer.did),
        "state": peer.state,
        "they_asked": peer.their_follow is not None,
        "unlisted": peer.is_unlisted,
        "since": rfc3339(peer.added_at),
        "confirmed_at": time_or_none(peer.confirmed_at),
        "epoch": await latest_epoch(peer, node),
        "charters": [] if alarms.conflict is None else list[JsonValue](alarms.conflict.digests),
        "alarms": list[JsonValue](alarms.sentences(peer)),
    }
