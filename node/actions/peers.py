"""Pacts with other unions' nodes: asked for and accepted by organisers, who compare words by phone (protocol §4)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from federation.addresses import check_url
from federation.errors import CharterRefused, FederationError, ForbiddenAddress, HomeTaken, NoNode, Refused, Unreachable
from federation.identity.charter import read_charter
from federation.mirror.charters import Conflict, admit_charter, choose_charter, confirm_pact, find_conflict, newest
from federation.mirror.homes import Home
from node.actions.blocks import refuse_blocked_target
from node.context import Node
from node.refusal import Refusal
from storage.ids import Did
from storage.records import Evidence, Peer

ALARMING: Final = timedelta(days=30)
"""How long a refused claim is shown: anybody can make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """What an organiser must know about a peer before trusting what comes from it."""

    conflict: Conflict | None
    claims: tuple[Evidence, ...]
    """Charters of others that claimed its home."""

    def sentences(self, peer: Peer) -> list[str]:
        """Each as a sentence: what is wrong, what it means, what to do."""
        said = [] if self.conflict is None else [_in_conflict(peer, self.conflict)]
        return said + ([_claimed(peer, self.claims[-1], len(self.claims))] if self.claims else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What this node keeps of a union."""

    entries: int
    bytes: int
    media: int
    media_bytes: int


async def add_peer(named: str, node: Node, *, is_unlisted: bool = False) -> Peer:
    """Ask a node for a pact, or accept the one it asked for; asking again sends a new Follow. `Refusal`s say why not.

    All known mirrors are asked for its charter before its own is believed.
    """
    url = _base_url(named, node)
    await refuse_blocked_target(f"{url}/actor", node)
    home = await _visit(url, node)
    mirrors = await node.homes.ask_mirrors(await node.pacts.list_mutual(), home.did)
    for _, claims, raw in mirrors:
        with suppress(CharterRefused):
            await admit_charter(node.store, claims, raw, home=None, at=node.now())
    peer = await _meet(home, node)
    if peer.state == "mutual":
        raise Refusal(
            f"{peer.name} ({url}) and we are peers already. See `picketline peer list`. If they say it is not so, or "
            f"to change --unlisted: `picketline peer remove {url}`, then `picketline peer add URL` on both sides."
        )
    peer = await node.pacts.happen("we ask", peer)
    if is_unlisted:
        await node.pacts.note(peer.did, is_unlisted=True)
    for source, claims, _ in mirrors:
        if await confirm_pact(node.store, claims, from_url=source, at=node.now()):
            node.pacts.forget()
    return await node.store.find_peer(peer.did) or peer


async def accept_peer(named: str, node: Node) -> Peer:
    """Accept a node that asked us; `Refusal` when it did not."""
    peer = await get_peer(named, node)
    if peer.state != "waiting":
        why = {
            "mutual": "is a peer already",
            "asked": "was asked by us and has not answered yet",
            "removed": f"does not ask to be a peer. To ask it: picketline peer add {peer.url}",
        }[peer.state]
        raise Refusal(f"{peer.name} ({peer.url}) {why}.".replace("..", "."))
    return await add_peer(peer.url, node)


async def remove_peer(named: str, node: Node) -> Peer:
    """End a pact, or the asking for one; what is held stays."""
    peer = await get_peer(named, node)
    if peer.state == "removed":
        raise Refusal(
            f"The pact with {peer.name} ({peer.url}) has ended already. What is held of it stays; to drop that too: "
            f"picketline peer remove {peer.url} --forget"
        )
    return await node.pacts.happen("we remove", peer)


async def forget_peer(named: str, node: Node) -> tuple[Peer, Held]:
    """End a pact if it stands, and drop everything held of that union; evidence and charters stay."""
    peer = await get_peer(named, node)
    if peer.state != "removed":
        peer = await node.pacts.happen("we remove", peer)
    held = await measure_held(peer.did, node)
    await node.store.forget_peer(peer.did)
    node.pacts.forget()
    return peer, held


async def resolve_peer(named: str, digest: str, node: Node) -> Peer:
    """Say which of two charters of one epoch counts; `Refusal` when there is nothing to choose, or no such digest."""
    peer = await get_peer(named, node)
    conflict = await find_conflict(node.store, peer.did)
    if conflict is None:
        raise Refusal(f"No two charters of {peer.name} ({peer.url}) stand against each other; nothing is to be chosen.")
    if digest not in conflict.digests:
        raise Refusal(f"“{digest}” is none of them. {_in_conflict(peer, conflict)}")
    chosen = await choose_charter(node.store, peer, digest)
    node.pacts.forget()
    return chosen


async def measure_held(did: Did, node: Node) -> Held:
    """What would be dropped."""
    logs = await node.store.list_logs(did)
    measures = [await node.store.measure_log(log.name) for log in logs]
    media = await node.store.list_held_media(did, is_held=True, after=None, limit=1_000_000)
    return Held(
        entries=sum(log.size for log in logs),
        bytes=sum(measure.bytes for measure in measures),
        media=len(media),
        media_bytes=sum(file.size for file in media),
    )


async def find_alarms(peer: Peer, node: Node) -> Alarms:
    """What speaks against a peer's charter or home."""
    return Alarms(conflict=await find_conflict(node.store, peer.did), claims=await recent_claims(peer.did, node))


async def recent_claims(did: Did, node: Node) -> tuple[Evidence, ...]:
    """Charters of others that claimed a home of this union lately; the older ones are kept, and alarm nobody."""
    since = node.now() - ALARMING
    evidence = await node.store.list_evidence(did)
    return tuple(piece for piece in evidence if piece.kind == "claim" and piece.found_at >= since)


async def get_peer(named: str, node: Node) -> Peer:
    """A peer in whatever state by its address or its did; `Refusal` names those there are."""
    peers = await node.store.list_peers()
    wanted = named.strip().rstrip("/").lower()
    for peer in peers:
        if wanted in {peer.url.lower(), peer.url.partition("://")[2].lower(), peer.did.lower(), peer.actor.lower()}:
            return peer
    known = ", ".join(peer.url for peer in peers)
    raise Refusal(
        f"There is no peer “{named}” here; there is {known}." if known
        else f"There is no peer “{named}” here, nor any other. To ask one: picketline peer add URL"
    )  # fmt: skip


def _base_url(named: str, node: Node) -> str:
    """The address as it is pinned: scheme and host, nothing behind."""
    asked = named.strip()
    if "://" not in asked:
        asked = f"https://{asked}"
    try:
        clean = check_url(asked, dev=node.config.dev)
    except ForbiddenAddress as problem:
        raise Refusal(
            f"“{named}” cannot be a peer's address: {problem} Give the address of the union's node, such as "
            "https://union.example"
        ) from problem
    if clean.text.rstrip("/") != clean.origin:
        raise Refusal(f"“{named}” is a page of a node. Give its address alone: {clean.origin}")
    if node.locations.is_ours(clean.origin):
        raise Refusal(f"{clean.origin} is this node itself; a union cannot be its own peer. Give the other's address.")
    return clean.origin


async def _visit(url: str, node: Node) -> Home:
    try:
        home = await node.homes.visit(url)
    except NoNode as problem:
        raise Refusal(f"{problem} Nothing was changed.") from problem
    except Unreachable as problem:
        raise Refusal(f"{url} cannot be reached now: {problem} Nothing was changed; try again later.") from problem
    if home.did == node.union.did:
        raise Refusal(f"{url} is a node of our own union ({home.did}); a union cannot be its own peer.")
    return home


async def _meet(home: Home, node: Node) -> Peer:
    pinned = next((one for one in await node.store.list_peers() if one.url == home.url and one.follow), None)
    try:
        return await node.pacts.meet(home, is_wanted=True)
    except HomeTaken as problem:
        if pinned is None or pinned.did == home.did:
            raise Refusal(f"{problem} Nothing was changed.") from problem
        raise Refusal(
            f"ALARM: {home.url} is pinned to {pinned.name} ({pinned.did}), but now another union answers there: "
            f"{home.claims.name} ({home.did}). The address may have been taken over. Ask {pinned.name} by phone; what "
            f"is held of it stays. If it gave that address up: picketline peer remove {home.url} --forget"
        ) from problem
    except (Refused, FederationError) as problem:
        raise Refusal(f"{problem} Nothing was changed.") from problem


async def latest_epoch(peer: Peer, node: Node) -> int | None:
    """The epoch of the newest charter we know of it."""
    charter = await newest(node.store, peer.did)
    return None if charter is None else read_charter(charter.body).epoch


def _in_conflict(peer: Peer, conflict: Conflict) -> str:
    return (
        f"ALARM: {len(conflict.digests)} charters of {peer.name} of epoch {conflict.epoch} stand against each other: "
        f"{', '.join(conflict.digests)}. Nothing new of it is taken. Ask its organisers by phone which one is theirs, "
        f"then: picketline peer resolve {peer.url} --charter DIGEST"
    )


def _claimed(peer: Peer, evidence: Evidence, count: int) -> str:
    try:
        claims = read_charter(evidence.second)
        who = f"{claims.name} ({claims.union})"
    except FederationError:
        who = "somebody"
    others = f" (and {count - 1} more in {ALARMING.days} days)" if count > 1 else ""
    return (
        f"ALARM: another union, {who}, claimed a home of {peer.name} on {evidence.found_at:%Y-%m-%d}{others}; it was "
        f"refused, and both charters are kept. Ask {peer.name} by phone whether {peer.url} is still theirs."
    )
