"""What is passed on, and what stands on top."""

from __future__ import annotations

from federation.strictjson import JsonObject, JsonValue
from node.actions.boosts import Boosted, boost, unboost
from node.actions.pins import pin, unpin
from node.actions.publish import Published
from node.commands.params import Params, find_text, serial, text
from node.context import Node


async def boost_thing(node: Node, params: Params) -> JsonValue:
    """Pass on a post of anybody."""
    return _boosted(await boost(text(params, "url"), find_text(params, "handle"), serial(params), node))


async def unboost_thing(node: Node, params: Params) -> JsonValue:
    """Take a boost back."""
    return _boosted(await unboost(text(params, "url"), find_text(params, "handle"), serial(params), node))


async def pin_update(node: Node, params: Params) -> JsonValue:
    """Put an update on top of its campaign's page."""
    return _pinned(await pin(text(params, "id"), serial(params), node))


async def unpin_update(node: Node, params: Params) -> JsonValue:
    """Take an update off the top."""
    return _pinned(await unpin(text(params, "id"), serial(params), node))


def _boosted(boosted: Boosted) -> JsonObject:
    return {
        "id": boosted.object,
        "activity": boosted.activity,
        "url": boosted.page,
        "index": boosted.index,
        "size": boosted.size,
    }


def _pinned(pinned: Published) -> JsonObject:
    return {
        "id": pinned.id,
        "activity": pinned.activity,
        "url": pinned.page,
        "index": pinned.index,
        "size": pinned.size,
    }
