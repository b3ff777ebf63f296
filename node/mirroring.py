"""Mirroring joined: what keeps copies of peers' logs, and what takes word of their new heads."""

from __future__ import annotations

import shutil
from functools import partial

from federation.mirror.asking import Asker
from federation.mirror.audit import Auditor
from federation.mirror.media import MediaPuller
from federation.mirror.nudge import Nudger
from federation.mirror.pace import pace_of
from federation.mirror.pull import Puller
from federation.mirror.receive import HeadReceiver
from federation.mirror.worker import MirrorWorker
from node.context import Node
from node.pictures.keeping import LEFT_FOR_TEXT


def running_worker(node: Node) -> MirrorWorker:
    """The one that runs in this process, which knows what is under way; one for this once where none runs."""
    return node.mirrors[0] if node.mirrors else mirror_worker(node)


def mirror_worker(node: Node) -> MirrorWorker:
    """What keeps copies; it begins nothing by itself."""
    pace = pace_of(dev=node.config.dev)
    return MirrorWorker(
        store=node.store,
        wire=node.wire,
        pacts=node.pacts,
        turns=node.turns,
        asker=Asker(store=node.store, wire=node.wire, now=node.now),
        puller=_puller(node),
        media=_media_puller(node),
        nudger=_nudger(node),
        auditor=Auditor(store=node.store, wire=node.wire, now=node.now, chance=node.surroundings.chance),
        us=node.union.did,
        own_url=node.config.url,
        pace=pace,
        now=node.now,
        jitter=node.surroundings.jitter,
        grown=node.heads_bell.ring,
        changed=node.readers_bell.ring,
        may_claim=node.server_clock.may_claim,
    )


def listen(node: Node, worker: MirrorWorker) -> None:
    """Let it hear of new heads and of changed pacts, and let commands find it."""
    node.mirrors[:] = [worker]
    node.heads_bell.listeners.append(worker.wake)
    node.pacts_bell.listeners.append(worker.wake)


def head_receiver(node: Node, worker: MirrorWorker) -> HeadReceiver:
    """What takes word of new heads."""
    return HeadReceiver(
        store=node.store,
        own_url=node.config.url,
        is_mutual=node.pacts.is_mutual,
        may_take=node.pacts.may_take,
        wake=worker.wake,
        now=node.now,
    )


async def sweep_media(node: Node) -> int:
    """Drop files of peers that nothing has named for a week; how many."""
    media, dids = _media_puller(node), {peer.did for peer in await node.store.list_peers()}
    return sum([await media.sweep(did) for did in sorted(dids)])


def free_space(node: Node) -> int:
    """Bytes that mirrors may still use: what is free beyond what our own words need."""
    return max(0, shutil.disk_usage(node.config.home).free - LEFT_FOR_TEXT)


def _media_puller(node: Node) -> MediaPuller:
    return MediaPuller(
        store=node.store,
        blobs=node.blobs,
        is_mutual=node.pacts.is_mutual,
        now=node.now,
        free=partial(free_space, node),
    )


def _puller(node: Node) -> Puller:
    return Puller(
        store=node.store,
        us=node.union.did,
        key=node.vault.cosigner_key,
        is_mutual=node.pacts.is_mutual,
        now=node.now,
        free=partial(free_space, node),
    )


def _nudger(node: Node) -> Nudger:
    return Nudger(
        store=node.store,
        wire=node.wire,
        us=node.union.did,
        own_url=node.config.url,
        pace=pace_of(dev=node.config.dev),
        now=node.now,
        kept=node.receipts_bell.ring,
    )
