"""Updates: said, changed, taken back."""

from __future__ import annotations

from federation.strictjson import JsonObject, JsonValue
from node.actions.compose import Draft
from node.actions.edit import edit
from node.actions.publish import Published, publish
from node.actions.retract import retract
from node.commands.params import Params, find_text, serial, text
from node.context import Node
from node.pictures.carried import read_carried


async def post_update(node: Node, params: Params) -> JsonValue:
    """Publish an update."""
    return _published(await publish(text(params, "handle"), _draft(params), serial(params), node))


async def edit_update(node: Node, params: Params) -> JsonValue:
    """Replace the words of an update, or keep them when no text is given; and its pictures when some are given."""
    keep_text = params.get("text") is None
    draft = _draft({**params, "text": ""} if keep_text else params)
    return _published(await edit(text(params, "id"), draft, serial(params), node, keep_text=keep_text))


async def retract_update(node: Node, params: Params) -> JsonValue:
    """Take an update back."""
    return _published(await retract(text(params, "id"), serial(params), node))


def _published(published: Published) -> JsonObject:
    return {
        "id": published.id,
        "activity": published.activity,
        "url": published.page,
        "index": published.index,
        "size": published.size,
        "not_found": list(published.not_found),
    }


def _draft(params: Params) -> Draft:
    return Draft(
        text=text(params, "text"),
        warning=find_text(params, "warning"),
        language=find_text(params, "language"),
        pictures=read_carried(params.get("pictures")),
    )
