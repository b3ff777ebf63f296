"""Campaigns: opened, listed, edited, given other keys."""

from __future__ import annotations

from federation.strictjson import JsonObject, JsonValue
from node.actions.campaigns import CampaignChange, add_campaign, edit_campaign
from node.actions.rotate import rotate_keys
from node.commands.params import Params, find_text, serial, text
from node.context import Node
from storage.records import LocalActor


async def campaign_add(node: Node, params: Params) -> JsonValue:
    """Open a campaign that people can follow."""
    actor = await add_campaign(
        text(params, "handle"),
        text(params, "name"),
        find_text(params, "summary") or "",
        approves_followers=params.get("approves_followers") is True,
        node=node,
    )
    return _actor(actor, node)


async def campaign_list(node: Node, _params: Params) -> JsonValue:
    """The union and its campaigns, each with the number of its followers."""
    actors = [actor for actor in await node.store.list_actors() if actor.is_voice]
    return [{**_actor(actor, node), "followers": await node.store.count_followers(actor.id)} for actor in actors]


async def campaign_edit(node: Node, params: Params) -> JsonValue:
    """Give a campaign what was named anew; what was not named stays."""
    approves = params.get("approves_followers")
    change = CampaignChange(
        name=find_text(params, "name"),
        summary=find_text(params, "summary"),
        approves_followers=approves if isinstance(approves, bool) else None,
    )
    return _actor(await edit_campaign(text(params, "handle"), change, node), node)


async def campaign_rotate_keys(node: Node, params: Params) -> JsonValue:
    """Give an actor of ours new keys, said with the old ones."""
    rotated = await rotate_keys(text(params, "handle"), serial(params), node)
    return {**_actor(rotated.actor, node), "activity": rotated.activity}


def _actor(actor: LocalActor, node: Node) -> JsonObject:
    return {
        "id": actor.id,
        "handle": f"{actor.handle}@{node.locations.host}",
        "url": node.locations.actor_page(actor.handle),
        "name": actor.name,
        "approves_followers": actor.approves_followers,
    }
