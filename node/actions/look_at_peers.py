"""What `check` sees of pacts: disputes first, then who is unconfirmed, then who waits."""

from __future__ import annotations

from typing import Final

from federation.mirror.charters import list_strange
from node.actions.findings import Finding
from node.actions.peers import find_alarms, recent_claims
from node.context import Node
from storage.records import Peer

_BY_PHONE: Final = "Phone the unions concerned before you trust anything of theirs; see: picketline peer list"


async def look_at_peers(node: Node) -> Finding:
    """Charters and homes in dispute, ours among them; peers that nobody else has confirmed; nodes that ask."""
    peers = await node.store.list_peers()
    alarms = await _alarms_about_us(node)
    for peer in peers:
        alarms += (await find_alarms(peer, node)).sentences(peer)
    if alarms:
        return Finding(what="peers", level="fail", says=" ".join(alarms), do=_BY_PHONE)
    unconfirmed = [peer for peer in peers if peer.state == "mutual" and peer.confirmed_at is None]
    if unconfirmed:
        says = (
            f"{_names(unconfirmed)}: no other peer has shown the same charter yet, so we show nothing of it and sign "
            "no receipts for it."
        )
        return Finding(
            what="peers",
            level="warn",
            says=says,
            do="Find a peer that both of you have (it confirms by itself): picketline peer add URL",
        )
    return Finding(what="peers", level="ok", says=_count(peers))


async def _alarms_about_us(node: Node) -> list[str]:
    us = node.union.did
    said = []
    if await list_strange(node.store, us):
        said.append(
            "ALARM: a charter of our own union is about that this node did not make; somebody has our kit. "
            "`picketline charter renew --kit KIT` makes one that stands above it."
        )
    if await recent_claims(us, node):
        said.append(f"ALARM: another union claimed our address {node.config.url} as its home; it was refused.")
    return said


def _count(peers: list[Peer]) -> str:
    mutual = sum(peer.state == "mutual" for peer in peers)
    waiting = [peer for peer in peers if peer.state == "waiting"]
    says = f"{mutual} {'peer' if mutual == 1 else 'peers'}, all confirmed." if mutual else "No peers yet."
    if waiting:
        says += f" Asked to be one by: {_names(waiting)}; see: picketline peer list"
    return says


def _names(peers: list[Peer]) -> str:
    return ", ".join(f"{peer.name} ({peer.url})" for peer in peers)
