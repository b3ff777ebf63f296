"""Which log an address means: by did and epoch, by did alone (the newest), or by its origin's hash (tlog-mirror)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiohttp import web

from federation.activitystreams.pictures import read_digest
from federation.log.serve import may_serve
from federation.log.tree import log_name
from federation.mirror.discretion import PARAMETER, is_open_to
from node.app_keys import NODE
from storage.blobs import is_digest
from storage.ids import Did, Digest
from storage.records import KeptLog, Peer
from storage.store import KeptLogs

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,14}")
_LONGEST_EPOCH: Final = 9
"""Digits; nobody makes that many."""


async def find_served_log(request: web.Request) -> KeptLog | None:
    """The log that the address names, if it is served."""
    async for log, peer in _find_open(request):
        if may_serve(log, peer):
            return log
    return None


async def find_kept_log(request: web.Request) -> KeptLog | None:
    """The log that the address names, if we mirror it, whether anything of it is served yet or not."""
    async for log, _ in _find_open(request):
        if log.state != "ours":
            return log
    return None


async def _find_open(request: web.Request) -> AsyncIterator[tuple[KeptLog, Peer | None]]:
    """Those that the address may mean and whoever asks may know of, the newest first; whose they are, if a peer's."""
    store, parts = request.config_dict[NODE].store, request.match_info
    for log in await _find_named(store, parts):
        peer = None if log.state == "ours" else await store.find_peer(log.did)
        if peer is None or is_open_to(peer, request.query.get(PARAMETER)):
            yield log, peer


async def _find_named(store: KeptLogs, parts: Mapping[str, str]) -> list[KeptLog]:
    """Those that the address may mean, the newest first."""
    if "origin" in parts:
        return await _find_by_origin(store, parts["origin"])
    did, epoch = Did(parts["did"]), parts.get("epoch")
    if epoch is None:
        return await store.list_logs(did)
    if len(epoch) > _LONGEST_EPOCH:
        return []
    log = await store.find_log(log_name(did, int(epoch)))
    return [] if log is None else [log]


def read_number(text: str | None) -> int | None:
    """A number as addresses spell it; None for anything else."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None


def read_media_digest(text: str) -> Digest | None:
    """A file's SHA-256, in hexadecimal digits or as `digestMultibase` has it; None for anything else."""
    return Digest(text) if is_digest(text) else read_digest(text)


async def _find_by_origin(logs: KeptLogs, wanted: str) -> list[KeptLog]:
    return [log for log in await logs.list_logs() if hashlib.sha256(log.name.encode()).hexdigest() == wanted]
