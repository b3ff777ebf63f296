"""Retract an update: its words are gone from our pages at once, and everybody who has them is told."""

from __future__ import annotations

from functools import partial

from federation.activitystreams.render import tombstone
from federation.strictjson import JsonObject
from node.actions.find import get_update
from node.actions.pictures import drop_unnamed
from node.actions.publish import Published, append_signed, find_published, next_version_at
from node.actions.speak import speak
from node.clock import refuse_early_clock
from node.context import Node
from storage.records import Post


async def retract(named: str, serial: str, node: Node) -> Published:
    """Append the Delete of an update; `serial` numbers it, so that it is never sent twice."""
    return await node.publishing.win(partial(_retract, named, serial, node))


async def _retract(named: str, serial: str, node: Node) -> Published:
    standing = await find_published(serial, node)
    if standing is not None:
        return standing
    async with node.publishing as head:
        post = await get_update(named, node)
        refuse_early_clock(node.now())
        retracted = await append_signed(_delete(post, serial, node), head, node)
        await drop_unnamed(post.pictures, node)
        return retracted


def _delete(post: Post, serial: str, node: Node) -> JsonObject:
    now = next_version_at(post.updated_at or post.published_at, node)
    gone = tombstone(id=post.id, deleted=now)
    return speak("Delete", actor=post.actor, object=gone, serial=serial, at=now, node=node)
