"""`check` looks at the union's own log: whether its tree is whole, and its head signed."""

from __future__ import annotations

from typing import Final

from federation.log.heads import is_signed
from federation.log.kept import head_in, read_root
from node.actions.findings import Finding
from node.context import Node

WHAT: Final = "log"
_MENDED: Final = "Start the node (`picketline serve`) where the union's log key is; it signs within a minute."
_BROKEN: Final = "Put the newest copy of the store back, then run: picketline rebuild"


async def look_at_log(node: Node) -> Finding:
    """The head that peers see covers the whole record, and is that of the tree that is kept here.

    `HeadRefused` when this process has refused to sign.
    """
    node.heads.refuse_known()
    size = await node.store.size()
    ours = await node.store.find_log(await node.tree.name())
    if ours is None or ours.checkpoint is None:
        return _unsigned(f"The record has {size} entries, but no head of it was signed yet, so no peer can mirror it.")
    head = head_in(ours.checkpoint)
    if size < ours.size or head.root != await read_root(node.store, ours.name, head.size):
        says = "The record is not the one whose head was signed: the store is damaged, or an older copy was put back."
        return Finding(what=WHAT, level="fail", says=says, do=_BROKEN)
    if size > ours.size or not is_signed(ours):
        return _unsigned(f"The record has {size} entries, but its signed head covers {head.size} of them.")
    return Finding(
        what=WHAT, level="ok", says=f"The record of {size} {'entry' if size == 1 else 'entries'} has a signed head."
    )


def _unsigned(says: str) -> Finding:
    return Finding(what=WHAT, level="warn", says=says, do=_MENDED)
