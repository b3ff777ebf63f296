"""Peers as tests need them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from storage.ids import ActorId, Did
from storage.records import Peer

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_peer(**changes: Any) -> Peer:
    """A peer at https://b.example, mutual and confirmed unless told otherwise."""
    peer = Peer(
        did=Did("did:key:z6MkPeer"),
        url="https://b.example",
        actor=ActorId("https://b.example/actor"),
        name="Harbour",
        state="mutual",
        is_unlisted=False,
        follow=None,
        their_follow=None,
        added_at=NOON,
        confirmed_at=NOON,
        heard_at=None,
        silent_since=None,
        poll_at=NOON,
        failures=0,
    )
    return replace(peer, **changes)
