"""Every command that needs an opened node, as one explicit table: name → action, JSON in and JSON out.

The command line runs these itself when the node is down, and through the control socket while it runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from federation.strictjson import JsonValue
from node.commands import blocks, campaigns, conversation, highlights, mirrors, operating, peers, people, updates
from node.commands.params import Params
from node.context import Node

__all__ = ["COMMANDS", "Command", "run_command"]

Command = Callable[[Node, Params], Awaitable[JsonValue]]


async def run_command(name: str, params: Params, node: Node) -> JsonValue:
    """Run one command; raises what `node.errors.REFUSALS` names, and KeyError for an unknown name."""
    return await COMMANDS[name](node, params)


COMMANDS: Final[Mapping[str, Command]] = {
    "campaign add": campaigns.campaign_add,
    "campaign list": campaigns.campaign_list,
    "campaign edit": campaigns.campaign_edit,
    "campaign rotate-keys": campaigns.campaign_rotate_keys,
    "post": updates.post_update,
    "edit": updates.edit_update,
    "retract": updates.retract_update,
    "retract draft": updates.retract_draft,
    "retract at once": updates.retract_at_once,
    "boost": highlights.boost_thing,
    "unboost": highlights.unboost_thing,
    "pin": highlights.pin_update,
    "unpin": highlights.unpin_update,
    "follow": people.follow_actor,
    "unfollow": people.unfollow_actor,
    "following": people.following,
    "timeline": people.timeline,
    "followers": people.followers,
    "followers approve": people.followers_approve,
    "followers reject": people.followers_reject,
    "block add": blocks.block_add,
    "block remove": blocks.block_remove,
    "block list": blocks.block_list,
    "block import": blocks.block_import,
    "block cut": blocks.block_cut,
    "peer add": peers.peer_add,
    "peer accept": peers.peer_accept,
    "peer list": peers.peer_list,
    "peer remove": peers.peer_remove,
    "peer held": peers.peer_held,
    "peer resolve": peers.peer_resolve,
    "comments": conversation.comments,
    "comments approve": conversation.comments_approve,
    "comments hide": conversation.comments_hide,
    "reports": conversation.reports,
    "reports dismiss": conversation.reports_dismiss,
    "deliveries": operating.deliveries,
    "mirror status": mirrors.mirror_status,
    "mirror sync": mirrors.mirror_sync,
    "mirror verify": mirrors.mirror_verify,
    "mirror withhold": mirrors.mirror_withhold,
    "mirror freeze": mirrors.mirror_freeze,
    "mirror confirm": mirrors.mirror_confirm,
    "charter show": operating.charter_show,
    "charter draft": operating.charter_draft,
    "charter renew": operating.charter_renew,
    "check": operating.run_check,
    "rebuild": operating.run_rebuild,
}
