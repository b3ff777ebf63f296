"""Which log an address means: by did and epoch, by did alone (the newest), or by its origin's hash (tlog-mirror)."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from aiohttp import web

from federation.activitystreams.pictures import read_digest
from federation.log.serve import may_serve
from federation.log.tree import log_name
from node.app_keys import NODE
from storage.blobs import is_digest
from storage.ids import Did, Digest
from storage.records import KeptLog
from storage.store import KeptLogs, Peers

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,14}")
_LONGEST_EPOCH: Final = 9
"""Digits; nobody makes that many."""


async def find_served_log(request: web.Request) -> KeptLog | None:
    """The log that the address names, if it is served."""
    store, parts = request.config_dict[NODE].store, request.match_info
    if "origin" in parts:
        return await _find_by_origin(store, store, parts["origin"])
    did, epoch = Did(parts["did"]), parts.get("epoch")
    if epoch is None:
        return await _first_served(await store.list_logs(did), store)
    if len(epoch) > _LONGEST_EPOCH:
        return None
    log = await store.find_log(log_name(did, int(epoch)))
    return await _first_served([] if log is None else [log], store)


def read_number(text: str | None) -> int | None:
    """A number as addresses spell it; None for anything else."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None


def read_media_digest(text: str) -> Digest | None:
    """A file's SHA-256, in hexadecimal digits or as `digestMultibase` has it; None for anything else."""
    return Digest(text) if is_digest(text) else read_digest(text)


async def _find_by_origin(logs: KeptLogs, peers: Peers, wanted: str) -> KeptLog | None:
    kept = [log for log in await logs.list_logs() if hashlib.sha256(log.name.encode()).hexdigest() == wanted]
    return await _first_served(kept, peers)


async def _first_served(logs: list[KeptLog], peers: Peers) -> KeptLog | None:
    for log in logs:
        peer = None if log.state == "ours" else await peers.find_peer(log.did)
        if may_serve(log, peer):
            return log
    return None
