"""Retract an update: its words are gone from our pages at once, and everybody who has them is told."""

from __future__ import annotations

from federation.activitystreams.render import public_activity, tombstone
from node.actions.find import get_update
from node.actions.publish import Published, append_signed, find_published, whole_seconds
from node.clock import refuse_wrong_clock
from node.context import Node


async def retract(named: str, serial: str, node: Node) -> Published:
    """Append the Delete of an update; `serial` numbers it, so that it is never sent twice."""
    standing = await find_published(serial, node)
    if standing is not None:
        return standing
    post = await get_update(named, node)
    await refuse_wrong_clock(node.store, node.now())
    now, signer = whole_seconds(node.now()), node.signers.signer(post.actor)
    delete = public_activity(
        "Delete",
        id=node.locations.activity(serial),
        actor=post.actor,
        object=signer.prove(tombstone(id=post.id, deleted=now), now),
        published=now,
    )
    return await append_signed(signer.prove(delete, now), node)
