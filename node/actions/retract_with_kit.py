"""`retract --kit`: an update is gone at once and for good, here and at every mirror, by a word that the kit signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from federation.identity.retraction import read_raw_retraction
from federation.log.fan_out import CURSOR as FANNED_OUT
from federation.mirror.discretion import pact_word
from federation.mirror.retracting import send_retraction
from federation.mirror.unions import know_union
from federation.strictjson import JsonObject
from node.actions.find import read_serial
from node.actions.publish import Published, find_published, whole_seconds
from node.actions.retract import retract
from node.context import Node
from node.refusal import Refusal
from storage.ids import ObjectId
from storage.records import VERSIONS, Post, Retraction

_GONE: Final = ("wanted", "held", "hidden")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The Delete that tells followers, when there was still something to tell; and which mirrors have done it."""

    object: ObjectId
    published: Published | None
    mirrors: dict[str, bool]


async def draft_retraction(named: str, node: Node) -> JsonObject:
    """What the kit is to sign."""
    post = await _get_any_update(named, node)
    return {"union": node.union.did, "object": post.id, "published": whole_seconds(node.now()).isoformat()}


async def retract_with_kit(raw: bytes, serial: str, node: Node) -> Gone:
    """Publish the Delete as every retraction does, purge our own bytes at once, and have every mirror do the same.

    Each step may be repeated: given again, it finishes what was interrupted.
    """
    taken = read_raw_retraction(raw)
    if taken.union != node.union.did:
        raise Refusal("This retraction is signed with another union's kit. Take the right one. Nothing was changed.")
    post = await _get_any_update(taken.object, node)
    published = await find_published(serial, node)
    if published is None and post.retracted_at is None:
        published = await retract(post.id, serial, node)
    await node.store.add_retraction(Retraction(did=taken.union, object=taken.object, body=raw, kept_at=node.now()))
    await node.fan_out.catch_up()  # cancels what still waits of it, so that nothing needs the bytes
    await erase_own(taken.object, node)
    node.readers_bell.ring()
    return Gone(object=taken.object, published=published, mirrors=await _tell(raw, node))


async def erase_own(object: ObjectId, node: Node) -> None:
    """Our own bytes of it, in the record and in the log of every epoch; those that are being delivered go later."""
    for log in await node.store.list_logs(node.union.did):
        leaves = await node.store.list_object_leaves(log.name, [object], states=_GONE)
        places = [leaf.place for leaf in leaves if leaf.type != "Delete"]
        await node.store.erase_leaves(log.name, places, at=node.now())
    read = await node.store.get_cursor(FANNED_OUT)
    about = [placed for placed in await node.store.list_object_entries(object) if placed.index < read]
    await node.store.purge_activities([one.entry.activity for one in about if one.entry.type in VERSIONS])


async def erase_own_retracted(node: Node) -> None:
    """All that was ever retracted with the kit: also what an older copy of the store brought back."""
    for one in await node.store.list_retractions(node.union.did):
        await erase_own(one.object, node)


async def _tell(raw: bytes, node: Node) -> dict[str, bool]:
    homes: dict[str, str | None] = {}
    for peer in await node.pacts.list_mutual():
        union = await know_union(node.store, peer.did, own_url=node.config.url)
        homes[peer.url if union is None else union.newest.homes[0]] = pact_word(peer)
    return await send_retraction(node.wire, homes, raw)


async def _get_any_update(named: str, node: Node) -> Post:
    """An update of ours, retracted before or not."""
    serial = read_serial(named.strip(), node)
    post = await node.store.find_post(node.locations.post(serial)) if serial else None
    if post is None:
        raise Refusal(f"There is no update “{named}” here. Give its id, its page address or its number.")
    return post
