"""Pin an update: it stands on top of its campaign's page, here and on servers that show pins."""

from __future__ import annotations

from functools import partial
from typing import Final

from federation.locations import actor_featured
from node.actions.find import get_update
from node.actions.publish import Published, append_signed, find_published, whole_seconds
from node.actions.speak import speak
from node.clock import refuse_wrong_clock
from node.context import Node
from node.refusal import Refusal
from storage.errors import NotFound
from storage.ids import ActivityId
from storage.records import Post

MOST_PINS: Final = 5
"""Of one campaign; Mastodon's limit."""


async def pin(named: str, serial: str, node: Node) -> Published:
    """Put an update on top; one that is there already stays as it is. `serial` numbers the Add."""
    return await node.publishing.win(partial(_pin, named, serial, node))


async def _pin(named: str, serial: str, node: Node) -> Published:
    standing = await find_published(serial, node)
    if standing is not None:
        return standing
    async with node.publishing as head:
        post = await get_update(named, node)
        earlier = await node.store.find_pin(post.id)
        if earlier is not None:
            return await _get_published(earlier.activity, node)
        if len(await node.store.list_pinned(post.actor)) >= MOST_PINS:
            raise Refusal(
                f"{MOST_PINS} updates of this campaign are pinned already, and other servers show no more. "
                "Take one off with `picketline unpin ID`."
            )
        return await _say("Add", post, serial, head, node)


async def unpin(named: str, serial: str, node: Node) -> Published:
    """Take an update off the top. `serial` numbers the Remove, so that it is never sent twice."""
    return await node.publishing.win(partial(_unpin, named, serial, node))


async def _unpin(named: str, serial: str, node: Node) -> Published:
    standing = await find_published(serial, node)
    if standing is not None:
        return standing
    async with node.publishing as head:
        post = await get_update(named, node)
        if await node.store.find_pin(post.id) is None:
            raise Refusal(f"The update {post.id} is not pinned. Nothing was changed.")
        return await _say("Remove", post, serial, head, node)


async def _say(type: str, post: Post, serial: str, head: int, node: Node) -> Published:
    await refuse_wrong_clock(node.store, node.now())
    at, featured = whole_seconds(node.now()), actor_featured(post.actor)
    document = speak(type, actor=post.actor, object=post.id, serial=serial, at=at, target=featured, node=node)
    return await append_signed(document, head, node)


async def _get_published(activity: ActivityId, node: Node) -> Published:
    published = await find_published(activity.rsplit("/", 1)[-1], node)
    if published is None:
        raise NotFound(f"The record lacks {activity}, by which an update was pinned. `picketline check` tells more.")
    return published
