"""The wire actor of this node: made once, for homes of any age, and spoken for by its worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Final

from federation.keys import new_actor_keys
from federation.mirror.held import find_held_by_did
from federation.mirror.wire_actor import WireWorker
from federation.mirror.wire_words import WIRE_HANDLE
from federation.troubles import Trouble
from node.actions.campaigns import new_actor
from node.actions.mirror_fields import show_mirrors
from node.context import Node
from node.hearing import hearing_of
from node.vault import KeyExists, KeyMissing, VaultError
from storage.errors import StorageError
from storage.ids import Did
from storage.records import LocalActor

log = logging.getLogger(__name__)

EVERY: Final = timedelta(seconds=20)
"""How often the worker looks."""
_SOON: Final = timedelta(seconds=1)


async def ensure_wire(node: Node) -> LocalActor:
    """The wire actor, with keys and row when it had none; never logged, as the instance actor is not."""
    id = node.locations.actor(WIRE_HANDLE)
    standing = await node.store.find_actor(id)
    if standing is not None:
        return standing
    try:
        keys = node.vault.actor_keys(WIRE_HANDLE)
    except KeyMissing:
        keys = await asyncio.to_thread(new_actor_keys)
        with contextlib.suppress(KeyExists):
            await asyncio.to_thread(node.vault.add_actor, WIRE_HANDLE, keys)
        keys = node.vault.actor_keys(WIRE_HANDLE)
    await node.store.add_actor(replace(new_actor(WIRE_HANDLE, "wire", keys, node), name=f"{node.config.name}: wire"))
    return await node.store.find_actor(id) or new_actor(WIRE_HANDLE, "wire", keys, node)


async def keep_wire(node: Node, worker: WireWorker) -> None:
    """Make the actor if need be, let it speak now and then, and see that profiles show our mirrors; until cancelled."""
    trouble = Trouble(log, "the wire")
    while True:
        try:
            await ensure_wire(node)
            await worker.run_once()
            await show_mirrors(node)
            trouble.is_over()
        except (StorageError, VaultError) as problem:  # another machine may have the keys
            trouble.halts(problem)
        except Exception:
            log.exception("the wire speaks again in a moment")
        await node.surroundings.pause((_SOON if node.config.dev else EVERY).total_seconds())


async def count_wired(did: Did, node: Node) -> int:
    """How much the wire passed on of a peer in the last 24 hours."""
    held = await find_held_by_did(node.store, did)
    return 0 if held is None else await wire_worker(node).count_lately(held)


def wire_worker(node: Node) -> WireWorker:
    """What passes on the words of peers."""
    return WireWorker(
        store=node.store,
        signers=node.signers,
        locations=node.locations,
        turns=node.turns,
        now=node.now,
        hear=lambda peer: hearing_of(node)(peer),
        wake=node.delivery_bell.ring,
    )
