"""Did it arrive, is all well, who are we, is all made as the record says."""

from __future__ import annotations

import base64

from federation.strictjson import JsonValue
from node.actions.charters import show_charters
from node.actions.deliveries import list_deliveries
from node.actions.doctor import check
from node.actions.rebuild import rebuild
from node.actions.renew import draft_charter, take_charter
from node.commands.params import Params, find_text, text, time_or_none
from node.context import Node
from storage.errors import HeadMoved


async def deliveries(node: Node, params: Params) -> JsonValue:
    """What became of an activity or an object at each inbox, or of everything."""
    return [
        {
            "activity": one.activity,
            "inbox": one.inbox,
            "state": one.state,
            "attempts": one.attempts,
            "next_at": time_or_none(one.next_at),
            "error": one.error,
        }
        for one in await list_deliveries(find_text(params, "id"), node)
    ]


async def charter_show(node: Node, _params: Params) -> JsonValue:
    """The union's id, its fingerprint and its epochs."""
    return await show_charters(node)


async def charter_draft(node: Node, _params: Params) -> JsonValue:
    """What the charter of the next epoch must hold, for whoever has the kit to sign it."""
    return await draft_charter(node)


async def charter_renew(node: Node, params: Params) -> JsonValue:
    """Begin the epoch that a signed charter states; `moved` when it was overtaken by something published."""
    try:
        renewed = await take_charter(text(params, "charter").encode(), node)
    except HeadMoved:
        return {"moved": True}
    return {
        "union": node.union.did,
        "epoch": renewed.epoch,
        "digest": renewed.digest,
        "log": renewed.log,
        "after": {"size": renewed.after.size, "root": base64.b64encode(renewed.after.root).decode()},
    }


async def run_check(node: Node, _params: Params) -> JsonValue:
    """The doctor's findings; `ok` when none of them is a failure."""
    findings = await check(node)
    return {
        "ok": all(finding.level != "fail" for finding in findings),
        "findings": [{"what": one.what, "level": one.level, "says": one.says, "do": one.do} for one in findings],
    }


async def run_rebuild(node: Node, _params: Params) -> JsonValue:
    """Everything that is made from the record, made again and compared."""
    rebuilt = await rebuild(node)
    return {**rebuilt.rows, "entries": rebuilt.entries, "root": rebuilt.root.hex()}
