"""What `check` sees of mirrors: who holds what of ours, who is silent, what forked."""

from __future__ import annotations

from typing import Final

from node.actions.findings import Finding
from node.actions.mirrors import find_status
from node.context import Node

_NO_PEERS: Final = "No peers yet: nobody holds a copy of your words. Ask two other unions: picketline peer add URL"


async def look_at_mirrors(node: Node) -> Finding:
    """The warnings of `mirror status`; a fork is a failure. A union without any peer is not warned each time."""
    status = await find_status(node)
    peers = [peer for peer in await node.store.list_peers() if peer.state == "mutual"]
    forked = any(one.has_fork for one in status.held)
    if status.warnings and (peers or forked):
        says, do = " ".join(status.warnings), "See: picketline mirror status"
        return Finding(what="mirrors", level="fail" if forked else "warn", says=says, do=do)
    whole = sum(receipt.size >= status.size for _, receipt in status.receipts)
    says = f"{whole} mirrors hold all {status.size} entries of this union." if peers else _NO_PEERS
    return Finding(what="mirrors", level="ok", says=says)
