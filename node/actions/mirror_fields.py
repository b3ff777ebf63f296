"""Every actor shows the listed mirrors as fields of its profile, so that servers that keep the profile still show them.

They are shown as they are when an actor's document is logged; when they change, each actor's document is logged anew.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from federation.identity.actors import MirrorField, mirror_fields
from federation.log.own import embedded_object, read_document
from node.actions.campaigns import list_mirror_fields, log_actor
from node.actions.publish import next_version_at
from node.context import Node
from storage.ids import ObjectId
from storage.records import LocalActor

JOB: Final = "mirror-fields"


async def show_mirrors(node: Node) -> int:
    """Log anew the document of each actor whose fields are not those of now; how many were."""
    async with node.turns.try_for(JOB) as turn:
        if turn is None:
            return 0
        fields = await list_mirror_fields(node)
        actors = [actor for actor in await node.store.list_actors() if actor.is_voice]
        stale = [actor for actor in actors if not await _shows(actor, fields, node)]
        for actor in stale:
            await node.turns.extend(turn)
            await node.publishing.win(partial(_log_anew, actor, node))
        return len(stale)


async def _log_anew(actor: LocalActor, node: Node) -> None:
    async with node.publishing as head:
        now = await node.store.find_actor(actor.id) or actor
        if not await _shows(now, await list_mirror_fields(node), node):
            changed = replace(now, updated_at=next_version_at(now.updated_at, node))
            await log_actor("Update", changed, head, node)


async def _shows(actor: LocalActor, fields: tuple[MirrorField, ...], node: Node) -> bool:
    """Whether the document that stands last in the record has these fields."""
    entries = await node.store.list_object_entries(ObjectId(actor.id))
    newest = await node.store.find_activity(entries[-1].entry.activity) if entries else None
    if newest is None:
        return True
    return embedded_object(read_document(newest.body)).get("attachment", []) == mirror_fields(fields)
