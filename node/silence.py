"""Which peers' homes have not answered for so long that readers are told (protocol §4)."""

from __future__ import annotations

from collections.abc import Callable

from federation.mirror.pace import pace_of
from node.context import Node
from storage.records import Peer


def silence_of(node: Node) -> Callable[[Peer], bool]:
    """Whether a peer is silent at this moment."""
    pace, now = pace_of(dev=node.config.dev), node.now()
    return lambda peer: pace.is_silent(peer, now)
