"""Whom we want nothing to do with."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from federation.blocks.lists import read_rows
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.actions.blocks import add_block, cut_blocked, remove_block, take_list
from node.commands.params import Params, find_text, text
from node.context import Node
from storage.records import Block, Cut

PAGE: Final = 20_000


async def block_add(node: Node, params: Params) -> JsonValue:
    """Refuse an actor or a host from now on, and tell what that cut."""
    done = await add_block(text(params, "target"), find_text(params, "reason") or "", node)
    first = _block(done.blocks[0])
    return {
        **first,
        "also": [block.target for block in done.blocks[1:]],
        "new": done.is_new,
        "asked": done.asked,
        "cut": _cut(done.cut),
    }


async def block_remove(node: Node, params: Params) -> JsonValue:
    """End a block, of an actor with its other names; what it cut stays cut."""
    removed = await remove_block(text(params, "target"), node)
    return {"target": removed[0], "also": list[JsonValue](removed[1:]), "state": "removed"}


async def block_list(node: Node, params: Params) -> JsonValue:
    """A page: `next` is where the following one begins, or null."""
    page = await node.store.list_blocks(after=find_text(params, "after"), limit=PAGE)
    following = page[-1].target if len(page) == PAGE else None
    return {"blocks": [_block(one) for one in page], "next": following}


async def block_import(node: Node, params: Params) -> JsonValue:
    """A part of a list as `as_rows` wrote it; places (from 0) of what was known and of what is ours."""
    taken = await take_list(read_rows(text(params, "rows")), node)
    return {"known": list[JsonValue](taken.known), "ours": list[JsonValue](taken.ours)}


async def block_cut(node: Node, _params: Params) -> JsonValue:
    """Cut every tie to those who are blocked, as after an import; how many of each kind."""
    return _cut(await cut_blocked(node))


def _block(block: Block) -> JsonObject:
    return {
        "target": block.target,
        "kind": block.kind,
        "reason": block.reason,
        "since": rfc3339(block.blocked_at),
    }


def _cut(cut: Cut) -> JsonObject:
    return dict(asdict(cut))
