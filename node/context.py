"""One opened node: its settings, store, keys and doors, joined once and handed to every action."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from aiohttp.abc import AbstractResolver

from federation.blocks.book import BlockBook
from federation.blocks.cut import Cutter
from federation.delivery.send import Sender
from federation.delivery.slots import ROOM
from federation.hearsay import HeardDates
from federation.locations import Locations
from federation.log.fan_out import FanOut
from federation.log.heads import Heads
from federation.log.project import Projector
from federation.log.tree import Tree
from federation.mirror.homes import Homes
from federation.mirror.pacts import Pacts
from federation.mirror.retracting import erase_everywhere
from federation.mirror.withholding import WithheldFiles
from federation.mirror.worker import MirrorWorker
from federation.resolver import Resolver
from federation.schemes import SchemeTable
from federation.troubles import Trouble
from federation.turns import Pause, Turns
from federation.wire import Limits, Wire
from node.at_home import AtHome
from node.bells import Bell
from node.clock import jitter, new_lease, utc_now
from node.config import Config
from node.metrics import Metrics
from node.own_log import finish_epoch, join_first_receipt, join_heads
from node.pictures.keeping import FOLDER
from node.probes import Probes
from node.proxies import share_of
from node.publishing import Publishing
from node.refusal import Refusal
from node.rotations import Rotations
from node.server_clock import ServerClock, ask_server
from node.signers import VaultSigners
from node.vault import Vault
from node.version import user_agent
from storage.backends import blobs_of, open_store
from storage.blobs import Blobs
from storage.errors import StorageError, StoreMissing, WrongStore
from storage.ids import ActorId, Lease, next_serial
from storage.records import Union
from storage.store import Store

log = logging.getLogger(__name__)

_FETCHES: Final = 32
"""Connections left for actors and keys while deliveries hang."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Time, chance and the network's names: what a test replaces."""

    now: Callable[[], datetime] = utc_now
    chance: Callable[[int], int] = secrets.randbits
    """A number of that many bits."""
    jitter: Callable[[], float] = jitter
    new_lease: Callable[[], Lease] = new_lease
    pause: Pause = asyncio.sleep
    """Waits so many seconds before looking again."""
    ask_server: Callable[[Store], Awaitable[datetime | None]] = ask_server
    """What the clock of the store's server says."""
    names: AbstractResolver | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Everything an action may need; actions take what they name and no more."""

    config: Config
    union: Union
    store: Store
    blobs: Blobs
    vault: Vault
    wire: Wire
    resolver: Resolver
    schemes: SchemeTable
    signers: VaultSigners
    rotations: Rotations
    locations: Locations
    projector: Projector
    tree: Tree
    """Our own log as a Merkle tree, kept as those of peers are."""
    heads: Heads
    """What signs it."""
    fan_out: FanOut
    turns: Turns
    """For what one process at a time does, where several work on the store."""
    sender: Sender
    blocks: BlockBook
    """Who is blocked; whoever changes a block calls its `forget`."""
    cutter: Cutter
    pacts: Pacts
    """Who is a peer; whoever changes a peer beside it calls its `forget`."""
    homes: Homes
    withheld_files: WithheldFiles
    surroundings: Surroundings
    delivery_bell: Bell
    """Rings when there is something to deliver or to fan out."""
    readers_bell: Bell
    """Rings when what readers see has changed; who changes any of it beside the projector rings it."""
    blocks_bell: Bell
    """Rings when somebody was blocked, or is no longer."""
    received_bell: Bell
    """Rings when something from outside was stored and waits for its effect."""
    moves_bell: Bell
    """Rings when somebody said to have moved."""
    heads_bell: Bell
    """Rings when a kept log has a new signed head, ours or a peer's; who sets a checkpoint rings it."""
    receipts_bell: Bell
    """Rings when a receipt of our own log was kept; who saves one rings it."""
    pacts_bell: Bell
    """Rings when a pact has changed, or somebody asks for one."""
    metrics: Metrics
    probes: Probes
    heard_dates: HeardDates
    publishing: Publishing
    server_clock: ServerClock
    store_trouble: Trouble
    """Of requests and deliveries with the store; the delivery worker, which asks it all the time, sees it end."""
    mirrors: list[MirrorWorker] = field(default_factory=list)
    """What keeps copies of peers' records, in a process where it runs; nothing or one."""

    def now(self) -> datetime:
        """The present."""
        return self.surroundings.now()

    def new_serial(self) -> str:
        """A fresh number for an id of ours."""
        return next_serial(self.now(), self.surroundings.chance)

    @property
    def union_actor(self) -> ActorId:
        """The union's own actor."""
        return self.locations.actor(self.config.handle)


@asynccontextmanager
async def open_node(config: Config, surroundings: Surroundings | None = None) -> AsyncIterator[Node]:
    """Open the store and the doors of a home, and close them again; raises what `node.errors.REFUSALS` names."""
    around = surroundings or Surroundings()
    store = await _open_store(config)
    try:
        union = await _the_union(store, config)
        heard_dates = HeardDates(around.now)
        wire = Wire(
            dev=config.dev,
            own_hosts=[Locations(config.url).host],
            user_agent=user_agent(config.url),
            resolver=around.names,
            dated=heard_dates.note,
            limits=Limits(
                connections=config.in_flight + ROOM.aside + _FETCHES, connections_per_host=2 * config.in_flight_per_host
            ),
        )
        try:
            node = join_node(config, union, store, wire, around, heard_dates)
            await node.server_clock.look()
            await node.rotations.finish()
            await finish_epoch(node.vault, store, union.did)
            await erase_everywhere(store, at=node.now())
            yield node
        finally:
            await wire.close()
    finally:
        await store.close()


def join_node(
    config: Config, union: Union, store: Store, wire: Wire, around: Surroundings, heard_dates: HeardDates
) -> Node:
    """Join the parts; nothing is read or sent yet."""
    locations, vault = Locations(config.url), Vault(config.home)
    delivery_bell, readers_bell, blocks_bell, heads_bell, receipts_bell = Bell(), Bell(), Bell(), Bell(), Bell()
    pacts_bell = Bell()
    pacts_bell.listeners.append(readers_bell.ring)  # pages show who is a peer
    server_clock = ServerClock(partial(around.ask_server, store), around.now)
    signers = VaultSigners(vault, locations, store)
    readers_bell.listeners.append(signers.forget)
    schemes = SchemeTable(store, now=around.now)
    projector = Projector(store, locations.actor(config.handle), readers_bell.ring)
    blocks = BlockBook(store, changed=blocks_bell.ring)
    turns = Turns(store=store, now=around.now, new_lease=around.new_lease, pause=around.pause)
    tree = Tree(store, union.did, around.now)
    heads = join_heads(store, tree, vault, turns, did=union.did, bell=heads_bell)
    first_receipt = join_first_receipt(store, tree, turns, receipts_bell)
    fan_out = FanOut(
        store, locations, around.now, blocks, turns, lot=around.chance(64), first_receipt=first_receipt.wait
    )
    sender = Sender(store=store, signers=signers, locations=locations, now=around.now, wake=delivery_bell.ring)
    cutter = _cutter(store, blocks, sender, fan_out, readers_bell, around)
    resolver = _resolver(wire, store, signers, schemes, locations, around)
    return Node(
        config=config,
        union=union,
        store=store,
        blobs=blobs_of(store, config.store, config.home / FOLDER),
        vault=vault,
        wire=wire,
        resolver=resolver,
        schemes=schemes,
        signers=signers,
        locations=locations,
        rotations=Rotations(store=store, vault=vault, signers=signers, projector=projector, fan_out=fan_out),
        projector=projector,
        tree=tree,
        heads=heads,
        fan_out=fan_out,
        turns=turns,
        sender=sender,
        blocks=blocks,
        cutter=cutter,
        pacts=Pacts(
            store=store,
            sender=sender,
            now=around.now,
            new_serial=lambda: next_serial(around.now(), around.chance),
            changed=pacts_bell.ring,
        ),
        withheld_files=WithheldFiles(store),
        homes=Homes(wire=wire, documents=resolver, store=store, now=around.now),
        surroundings=around,
        delivery_bell=delivery_bell,
        readers_bell=readers_bell,
        blocks_bell=blocks_bell,
        received_bell=Bell(),
        moves_bell=Bell(),
        heads_bell=heads_bell,
        receipts_bell=receipts_bell,
        pacts_bell=pacts_bell,
        metrics=Metrics(),
        probes=Probes(),
        heard_dates=heard_dates,
        publishing=_publishing(store, projector, server_clock, heads, around),
        server_clock=server_clock,
        store_trouble=Trouble(log, "requests and deliveries"),
    )


def _publishing(
    store: Store, projector: Projector, server_clock: ServerClock, heads: Heads, around: Surroundings
) -> Publishing:
    def may_begin() -> None:
        server_clock.refuse_known()
        heads.refuse_known()

    return Publishing(projector.catch_up, store, jitter=around.jitter, pause=around.pause, may_begin=may_begin)


def _resolver(
    wire: Wire,
    store: Store,
    signers: VaultSigners,
    schemes: SchemeTable,
    locations: Locations,
    around: Surroundings,
) -> Resolver:
    return Resolver(
        wire=wire,
        store=store,
        now=around.now,
        sign_get=partial(signers.sign_get, around.now),
        schemes=schemes,
        own_hosts=[locations.host],
        is_at_home=AtHome(names=around.names, count_as=share_of).has,
    )


def _cutter(
    store: Store, blocks: BlockBook, sender: Sender, fan_out: FanOut, readers_bell: Bell, around: Surroundings
) -> Cutter:
    return Cutter(
        store=store,
        book=blocks,
        sender=sender,
        now=around.now,
        new_serial=lambda: next_serial(around.now(), around.chance),
        at_rest=fan_out.at_rest,
        changed=readers_bell.ring,
    )


async def _open_store(config: Config) -> Store:
    """A database that is gone is not made anew: an empty one would look like a union that never spoke."""
    try:
        return await open_store(config.store, create=False)
    except StoreMissing as missing:
        raise StoreMissing(
            f"{missing} First see that the `store` setting in picketline.toml names the right one. If it does, put the "
            "store back from a copy (of the home folder, or of the MongoDB database); do not run `init` again, because "
            "the keys and the address belong to what was in it."
        ) from missing


async def _the_union(store: Store, config: Config) -> Union:
    if await store.list_copy_marks():
        raise StorageError(
            "The store is half copied: `picketline store copy` broke off before it was whole. Give that command again "
            "(with the settings that name the old store), or name the old store in picketline.toml."
        )
    union = await store.find_union()
    if union is None:
        raise StorageError(f"The store of {config.home} is empty: `picketline init` did not finish there.")
    if union.did != config.union:
        raise WrongStore(
            "The store belongs to another union than this home folder. Name the right store in picketline.toml."
        )
    if union.url != config.url:
        raise Refusal(
            f"This union was set up at {union.url}, and every id begins with it, but the settings say {config.url}. "
            "Put the old address back."
        )
    own = next((actor for actor in await store.list_actors() if actor.kind == "union"), None)
    if own is not None and own.handle != config.handle:
        raise Refusal(
            f"The union's own actor is @{own.handle}, and stays so, but the settings say @{config.handle}. "
            "Put the old handle back."
        )
    return union
