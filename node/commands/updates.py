"""Updates: said, changed, taken back."""

from __future__ import annotations

from federation.strictjson import JsonObject, JsonValue
from node.actions.compose import Draft
from node.actions.edit import edit
from node.actions.publish import Published, publish
from node.actions.retract import retract
from node.actions.retract_with_kit import draft_retraction, retract_with_kit
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


async def retract_draft(node: Node, params: Params) -> JsonValue:
    """What the kit signs to take an update back at once."""
    return await draft_retraction(text(params, "id"), node)


async def retract_at_once(node: Node, params: Params) -> JsonValue:
    """Take an update back with the kit: no mirror keeps it for a week."""
    gone = await retract_with_kit(text(params, "retraction").encode(), serial(params), node)
    said: JsonObject = {} if gone.published is None else _published(gone.published)
    mirrors: list[JsonValue] = [{"mirror": home, "done": done} for home, done in gone.mirrors.items()]
    return {"id": gone.object, **said, "mirrors": mirrors}


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
