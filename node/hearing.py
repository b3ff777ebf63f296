"""Which peers' homes answer, as this node tells it to readers now (protocol §4)."""

from __future__ import annotations

from federation.mirror.held import Hear
from federation.mirror.pace import pace_of
from node.context import Node


def hearing_of(node: Node) -> Hear:
    """What is known of a peer's home at this moment."""
    pace, now = pace_of(dev=node.config.dev), node.now()
    return lambda peer: pace.hearing(peer, now)
