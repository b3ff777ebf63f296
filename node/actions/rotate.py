"""New keys for a campaign: kept before anything is said, then said with the old ones, then used."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from federation.keys import ActorKeys, dump_public_pem, encode_multikey, new_actor_keys
from node.actions.campaigns import log_actor
from node.actions.find import get_campaign
from node.actions.publish import next_version_at
from node.clock import refuse_wrong_clock
from node.context import Node
from node.vault import KeyExists
from storage.ids import ActivityId, ObjectId
from storage.records import LocalActor


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """The actor with its new keys, and the Update that says so."""

    actor: LocalActor
    activity: ActivityId


async def rotate_keys(handle: str, serial: str, node: Node) -> Rotated:
    """Change both keys of an actor; `serial` numbers the Update, so that the keys are not changed twice.

    A change that a crash interrupted after its Update is finished, and is the answer; one that was interrupted before
    is begun again with the keys that were made then.
    """
    return await node.publishing.win(partial(_rotate_keys, handle, serial, node))


async def _rotate_keys(handle: str, serial: str, node: Node) -> Rotated:
    async with node.publishing as head:
        actor = await get_campaign(handle, node)
        is_finished = actor.handle in await node.rotations.finish()
        if is_finished or await node.store.find_entry(node.locations.activity(serial)) is not None:
            return await _rotated(actor.handle, node)
        await refuse_wrong_clock(node.store, node.now())
        await node.signers.refuse_strange(actor.id)  # before anything is kept
        keys = await asyncio.to_thread(_next_keys, actor.handle, node)
        changed = replace(
            actor,
            rsa_public_pem=dump_public_pem(keys.rsa.public_key()),
            ed25519_multibase=encode_multikey(keys.ed25519.public_key()),
            updated_at=next_version_at(actor.updated_at, node),
        )
        await log_actor("Update", changed, head, node, serial, new_keys=keys)
        await node.rotations.finish()
        return await _rotated(actor.handle, node)


def _next_keys(handle: str, node: Node) -> ActorKeys:
    """The keys that wait in the vault already, or new ones, durable when this returns."""
    waiting = node.vault.find_next(handle)
    if waiting is not None:
        return waiting
    keys = new_actor_keys()
    try:
        node.vault.add_next(handle, keys)
    except KeyExists:  # another process of this home, at the same moment
        return node.vault.find_next(handle) or keys
    return keys


async def _rotated(handle: str, node: Node) -> Rotated:
    actor = await get_campaign(handle, node)
    entries = await node.store.list_object_entries(ObjectId(actor.id))
    return Rotated(actor=actor, activity=entries[-1].entry.activity)
