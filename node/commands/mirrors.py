"""Mirrors: how things stand, pulling now, checking, withholding, freezing."""

from __future__ import annotations

from dataclasses import asdict

from federation.mirror.pace import SPOKEN_FOR
from federation.mirror.wire_pace import A_DAY
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.actions.mirrors import (
    Held,
    confirm_withdrawals,
    find_status,
    freeze,
    show_again,
    thaw,
    verify_logs,
    withhold,
)
from node.actions.peers import get_peer
from node.commands.params import Params, find_text, text, time_or_none
from node.context import Node
from node.hearing import hearing_of
from node.mirroring import running_worker
from storage.records import KeptLog, Peer


async def mirror_status(node: Node, _params: Params) -> JsonValue:
    """What we hold of others, who holds what of ours, and what should worry us."""
    status = await find_status(node)
    receipts: list[JsonValue] = [
        {"mirror": one.mirror if peer is None else peer.url, "size": one.size, "at": rfc3339(one.at)}
        for peer, one in status.receipts
    ]
    return {
        "ours": {
            "log": status.log,
            "size": status.size,
            "receipts": receipts,
            "vkeys": list[JsonValue](status.vkeys),
        },
        "held": [_held(one) for one in status.held],
        "warnings": list[JsonValue](status.warnings),
    }


def _held(one: Held) -> JsonObject:
    is_spoken_for = one.hearing in SPOKEN_FOR
    return {
        "union": one.peer.did,
        "url": one.peer.url,
        "name": one.peer.name,
        "log": one.log.name,
        "pact": one.peer.state,
        "state": one.log.state,
        "size": one.log.checkpoint_size,
        "pending": one.log.pending_size,
        "complete": one.is_complete,
        "media_missing": one.media_missing,
        "verified_at": time_or_none(one.log.checkpoint_at),
        "origin": "silent" if is_spoken_for else "answering",
        "since": time_or_none(one.peer.silent_since if is_spoken_for else one.peer.heard_at),
        "confirmed": one.hearing == "silent",
        "unheard_since": time_or_none(None if one.hearing == "answering" else one.peer.silent_since),
        "fork": one.has_fork,
        "unconfirmed": _is_unconfirmed(one.peer),
        "withheld": [{"object": kept.object, "reason": kept.reason} for kept in one.withheld],
        "kept_back": list[JsonValue](one.kept_back),
        "vkey": one.vkey,
        "wire": {"said": one.wired, "most": A_DAY},
    }


async def mirror_sync(node: Node, params: Params) -> JsonValue:
    """Ask and pull now, every peer or one."""
    named = find_text(params, "peer")
    did = None if named is None else (await get_peer(named, node)).did
    found = await running_worker(node).sync(did)
    peers = {peer.did: peer for peer in await node.store.list_peers()}
    return [
        {
            "union": one,
            "url": peers[one].url if one in peers else "",
            "entries": pulled.grown,
            "activities": pulled.filled,
            "withdrawn": pulled.withdrawn,
            "complete": pulled.why is None and not _is_unconfirmed(peers.get(one)),
            "why": pulled.why or _doubt(peers.get(one), node),
        }
        for one, pulled in found.items()
    ]


def _is_unconfirmed(peer: Peer | None) -> bool:
    return peer is not None and peer.state == "mutual" and peer.confirmed_at is None


def _doubt(peer: Peer | None, node: Node) -> str | None:
    """Why a copy may lack something, though everything that was found is in it."""
    if _is_unconfirmed(peer):
        return "unconfirmed: no other peer has shown its charter yet, so nothing of it is signed or shown here."
    if peer is not None and hearing_of(node)(peer) != "answering":
        return "complete as far as others have it; its own server does not answer."
    return None


async def mirror_verify(node: Node, params: Params) -> JsonValue:
    """Every byte, hash and signature, of one peer's record or of all that is kept."""
    named = find_text(params, "peer")
    reports = await verify_logs(named, node)
    problems = [problem for _, report in reports for problem in report.problems]
    peers = {peer.did: peer for peer in await node.store.list_peers()}
    logs: list[JsonValue] = [
        {"log": log.name, "union": log.did, **_whose(log, peers.get(log.did), node), **asdict(report)}
        for log, report in reports
    ]
    return {
        "ok": not problems,
        "union": reports[0][0].did if named and reports else node.union.did,
        "size": sum(report.size for _, report in reports),
        "activities": sum(report.activities for _, report in reports),
        "media": sum(report.media for _, report in reports),
        "problems": list[JsonValue](problems),
        "logs": logs,
    }


def _whose(log: KeptLog, peer: Peer | None, node: Node) -> JsonObject:
    """Whether it is our own record or a copy of a peer's, and whose."""
    if log.state == "ours":
        return {"is_ours": True, "name": node.union.name, "url": node.config.url}
    return {"is_ours": False, "name": peer.name if peer else "", "url": peer.url if peer else None}


async def mirror_withhold(node: Node, params: Params) -> JsonValue:
    """Show something of a peer's no more, with a public reason; or show it again."""
    id = text(params, "id")
    if params.get("again") is True:
        return {"id": await show_again(id, node), "withheld": False}
    row = await withhold(id, text(params, "reason"), node)
    return {"id": row.object, "union": row.did, "reason": row.reason, "since": rfc3339(row.since), "withheld": True}


async def mirror_freeze(node: Node, params: Params) -> JsonValue:
    """Take nothing more of a peer's log; or go on with it."""
    if params.get("again") is True:
        return _log(await thaw(text(params, "peer"), node))
    at = params.get("at")
    return _log(await freeze(text(params, "peer"), at if isinstance(at, int) else None, node))


async def mirror_confirm(node: Node, params: Params) -> JsonValue:
    """Carry out what a peer takes back in great number."""
    return {"withdrawn": await confirm_withdrawals(text(params, "peer"), node)}


def _log(log: KeptLog) -> JsonObject:
    return {"log": log.name, "union": log.did, "state": log.state, "size": log.checkpoint_size}
