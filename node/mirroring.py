"""Mirroring joined: what keeps copies of peers' logs, and what takes word of their new heads."""

from __future__ import annotations

import shutil
from functools import partial

from federation.mirror.adding import EntryReceiver
from federation.mirror.asking import Asker
from federation.mirror.audit import Auditor
from federation.mirror.brought import BodyReceiver
from federation.mirror.discretion import PactWire
from federation.mirror.media import MediaPuller
from federation.mirror.nudge import Nudger
from federation.mirror.pace import pace_of
from federation.mirror.pull import Puller
from federation.mirror.push import Pusher
from federation.mirror.receive import HeadReceiver
from federation.mirror.retracting import Retractor
from federation.mirror.visits import Visits
from federation.mirror.worker import MirrorWorker
from node.context import Node
from node.pictures.keeping import LEFT_FOR_TEXT


def running_worker(node: Node) -> MirrorWorker:
    """The one that runs in this process, which knows what is under way; one for this once where none runs."""
    return node.mirrors[0] if node.mirrors else mirror_worker(node)


def mirror_worker(node: Node) -> MirrorWorker:
    """What keeps copies; it begins nothing by itself."""
    return MirrorWorker(
        store=node.store,
        pacts=node.pacts,
        turns=node.turns,
        visits=_visits(node),
        nudger=_nudger(node),
        auditor=Auditor(store=node.store, wire=_pact_wire(node), now=node.now, chance=node.surroundings.chance),
        us=node.union.did,
        now=node.now,
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
        later_epoch=worker.hear_of_epoch,
    )


def entry_receiver(node: Node, worker: MirrorWorker) -> EntryReceiver:
    """What takes entries that are brought."""
    return EntryReceiver(
        store=node.store,
        own_url=node.config.url,
        us=node.union.did,
        is_mutual=node.pacts.is_mutual,
        is_open_to=node.pacts.is_open_to,
        may_take=node.pacts.may_take,
        room_for=worker.visits.puller.room_for,
        conclude=worker.conclude,
        now=node.now,
    )


def body_receiver(node: Node, worker: MirrorWorker) -> BodyReceiver:
    """What takes activities and files that are brought."""
    return BodyReceiver(
        store=node.store,
        own_url=node.config.url,
        media=worker.visits.media,
        is_mutual=node.pacts.is_mutual,
        may_take=node.pacts.may_take,
        check_room=worker.visits.puller.check_room,
        now=node.now,
    )


async def sweep_media(node: Node) -> int:
    """Drop files of peers that nothing has named for a week; how many."""
    media, dids = _media(node), {peer.did for peer in await node.store.list_peers()}
    return sum([await media.sweep(did) for did in sorted(dids)])


def free_space(node: Node) -> int:
    """Bytes that mirrors may still use: what is free beyond what our own words need."""
    return max(0, shutil.disk_usage(node.config.home).free - LEFT_FOR_TEXT)


def _media(node: Node) -> MediaPuller:
    return MediaPuller(
        store=node.store,
        blobs=node.blobs,
        is_mutual=node.pacts.is_mutual,
        now=node.now,
        free=partial(free_space, node),
    )


def _visits(node: Node) -> Visits:
    media = _media(node)
    return Visits(
        store=node.store,
        wire=node.wire,
        pacts=node.pacts,
        asker=Asker(store=node.store, wire=node.wire, now=node.now),
        puller=_puller(node),
        media=media,
        retractor=_retractor(node, media),
        own_url=node.config.url,
        pace=pace_of(dev=node.config.dev),
        now=node.now,
        jitter=node.surroundings.jitter,
        grown=node.heads_bell.ring,
        changed=node.readers_bell.ring,
    )


def _retractor(node: Node, media: MediaPuller) -> Retractor:
    return Retractor(
        store=node.store,
        wire=node.wire,
        media=media,
        now=node.now,
        is_open_to=node.pacts.is_open_to,
        changed=node.readers_bell.ring,
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


def _pact_wire(node: Node) -> PactWire:
    """For what is asked of mirrors about our own log: an unlisted one answers nobody else."""
    return PactWire(node.wire, node.pacts.list_mutual)


def _nudger(node: Node) -> Nudger:
    wire = _pact_wire(node)
    return Nudger(
        store=node.store,
        wire=wire,
        pusher=Pusher(store=node.store, wire=wire, blobs=node.blobs, turns=node.turns),
        us=node.union.did,
        own_url=node.config.url,
        pace=pace_of(dev=node.config.dev),
        now=node.now,
        kept=node.receipts_bell.ring,
    )
