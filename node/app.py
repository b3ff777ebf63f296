"""The one place that joins the parts: an opened node becomes a web application with its workers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

from aiohttp import web

from federation.delivery.slots import Room
from federation.delivery.worker import DeliveryWorker
from federation.identity import fingerprint
from federation.inbox.receive import LARGEST_BODY, Receiver
from federation.inbox.reception import Reception
from federation.inbox.signers import Porter
from federation.inbox.worker import InboxWorker
from federation.mirror.asked import PactWorker
from federation.mirror.wire_actor import WireWorker
from federation.mirror.worker import MirrorWorker
from federation.moves.worker import MoveWorker
from node.actions.wire import wire_worker
from node.app_keys import (
    BODY_RECEIVER,
    BRINGING,
    DOCUMENTS,
    ENTRY_RECEIVER,
    HEAD_RECEIVER,
    HEAD_WAITERS,
    NODE,
    PAGES,
    PORTER,
    READING,
    RECEIVER,
    RETRACTOR,
    SITE,
    STRANGERS,
    Strangers,
)
from node.context import Node
from node.lifecycles import (
    Lifecycle,
    delivery_lifecycle,
    fan_out_lifecycle,
    housekeeping_lifecycle,
    inbox_lifecycle,
    kept_pages_lifecycle,
    mirrors_lifecycle,
    moves_lifecycle,
    pacts_lifecycle,
    presence_lifecycle,
    wire_lifecycle,
)
from node.middlewares import add_headers, answer_errors
from node.mirroring import body_receiver, entry_receiver, head_receiver, listen, mirror_worker
from node.news import news_lifecycle
from node.presence import presence_of
from node.proxies import Proxies
from node.settings import parse_proxies
from node.sharing import sharing_lifecycle
from node.web.documents import Documents
from node.web.peers.held_bodies import Bringing, Reading
from node.web.peers.log_waiting import HeadWaiters
from node.web.peers.routes import ROUTES as PEER_ROUTES
from node.web.readers.kept import KeptPages
from node.web.readers.routes import ROUTES as READER_ROUTES
from node.web.readers.views import Site
from storage.records import ProcessKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """What works behind the doors; tests call their `run_once` instead of running them."""

    inbox: InboxWorker
    delivery: DeliveryWorker
    moves: MoveWorker
    pacts: PactWorker
    mirrors: MirrorWorker
    wire: WireWorker


def build_workers(node: Node) -> Workers:
    """The workers of a node, not running yet."""
    moves = MoveWorker(
        store=node.store,
        resolver=node.resolver,
        sender=node.sender,
        book=node.blocks,
        cutter=node.cutter,
        now=node.now,
        new_serial=node.new_serial,
        may_claim=node.server_clock.may_claim,
    )
    inbox, pacts = _inbox_worker(node), _pact_worker(node)
    node.received_bell.listeners.append(inbox.wake)
    node.moves_bell.listeners.append(moves.wake)
    node.pacts_bell.listeners.append(pacts.wake)
    mirrors = mirror_worker(node)
    listen(node, mirrors)
    return Workers(
        inbox=inbox, delivery=_delivery_worker(node), moves=moves, pacts=pacts, mirrors=mirrors, wire=wire_worker(node)
    )


def _pact_worker(node: Node) -> PactWorker:
    return PactWorker(
        store=node.store,
        pacts=node.pacts,
        homes=node.homes,
        sender=node.sender,
        turns=node.turns,
        us=node.locations.instance_actor,
        now=node.now,
        may_claim=node.server_clock.may_claim,
    )


def _inbox_worker(node: Node) -> InboxWorker:
    reception = Reception(
        store=node.store,
        sender=node.sender,
        locations=node.locations,
        blocks=node.blocks,
        cut=node.cutter.cut_all,
        moved=node.moves_bell.ring,
        pacts=node.pacts,
        asked=node.pacts_bell.ring,
        changed=node.readers_bell.ring,
    )
    return InboxWorker(
        store=node.store,
        reception=reception,
        now=node.now,
        new_lease=node.surroundings.new_lease,
        beat=partial(node.metrics.beat, "inbox"),
        may_claim=node.server_clock.may_claim,
    )


def _delivery_worker(node: Node) -> DeliveryWorker:
    return DeliveryWorker(
        store=node.store,
        wire=node.wire,
        schemes=node.schemes,
        keys=node.rotations.keys_for,
        now=node.now,
        jitter=node.surroundings.jitter,
        leases=node.surroundings.new_lease,
        room=Room(at_once=node.config.in_flight),
        per_host=node.config.in_flight_per_host,
        own_hosts=[node.locations.host],
        took=node.metrics.took,
        beat=partial(node.metrics.beat, "delivery"),
        trouble=node.store_trouble,
        may_claim=node.server_clock.may_claim,
    )


def build_app(node: Node, workers: Workers, *, run_workers: bool = True) -> web.Application:
    """The public web application. With `run_workers` they live and end with it."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[answer_errors])
    app.on_response_prepare.append(add_headers)
    app[NODE] = node
    app[DOCUMENTS] = Documents(node)
    app[READING] = Reading()
    app[PAGES] = KeptPages()
    app[HEAD_RECEIVER] = head_receiver(node, workers.mirrors)
    app[ENTRY_RECEIVER] = entry_receiver(node, workers.mirrors)
    app[BODY_RECEIVER] = body_receiver(node, workers.mirrors)
    app[BRINGING] = Bringing()
    app[RETRACTOR] = workers.mirrors.visits.retractor
    app[HEAD_WAITERS] = HeadWaiters(node.heads_bell, node.surroundings.pause)
    app[STRANGERS] = Strangers(proxies=Proxies(parse_proxies(node.config.trusted_proxies)))
    app[SITE] = _site(node)
    app[RECEIVER] = _receiver(node, workers)
    app[PORTER] = _porter(node, workers)
    app.on_shutdown.append(app[HEAD_WAITERS].end)
    app.cleanup_ctx.append(kept_pages_lifecycle(node, app[PAGES]))
    node.probes.has_doors = True
    app.add_routes(PEER_ROUTES)
    app.add_routes(READER_ROUTES)
    if run_workers:
        app.cleanup_ctx.extend(_lifecycles(node, workers, "serve"))
    return app


def build_work(node: Node, workers: Workers, *, kind: ProcessKind) -> web.Application:
    """What lives and ends with a process that has workers and no doors."""
    app = web.Application(client_max_size=0)
    app.cleanup_ctx.extend(_lifecycles(node, workers, kind))
    return app


def _lifecycles(node: Node, workers: Workers, kind: ProcessKind) -> list[Lifecycle]:
    """What works in every process, in the order of its beginning."""
    together = [presence_lifecycle(presence_of(node, kind))] if node.store.is_shared else []
    return [
        *together,
        news_lifecycle(node),
        delivery_lifecycle(workers.delivery),
        fan_out_lifecycle(node, workers.delivery),
        inbox_lifecycle(workers.inbox),
        moves_lifecycle(workers.moves),
        pacts_lifecycle(workers.pacts),
        mirrors_lifecycle(workers.mirrors),
        wire_lifecycle(node, workers.wire),
        housekeeping_lifecycle(node),
        sharing_lifecycle(node, workers.delivery),
    ]


def _site(node: Node) -> Site:
    return Site(
        url=node.config.url,
        host=node.locations.host,
        name=node.config.name,
        union_handle=node.config.handle,
        language=node.config.language,
        fingerprint=tuple(fingerprint.words(node.union.did).split()),
        digits=fingerprint.digits(node.union.did),
    )


def _receiver(node: Node, workers: Workers) -> Receiver:
    return Receiver(
        store=node.store,
        resolver=node.resolver,
        hosts=[node.locations.host],
        scheme=_scheme(node),
        now=node.now,
        blocks=node.blocks,
        schemes=node.schemes,
        heard_from=workers.delivery.host_was_heard,
        wake=node.received_bell.ring,
    )


def _porter(node: Node, workers: Workers) -> Porter:
    return Porter(
        resolver=node.resolver,
        hosts=[node.locations.host],
        scheme=_scheme(node),
        now=node.now,
        blocks=node.blocks,
        schemes=node.schemes,
        heard_from=workers.delivery.host_was_heard,
    )


def _scheme(node: Node) -> Literal["https", "http"]:
    return "https" if node.config.url.startswith("https:") else "http"
