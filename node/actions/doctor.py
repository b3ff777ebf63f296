"""`check`: what is well and what is not, each finding with its remedy."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from federation.errors import FederationError
from federation.strictjson import load_object
from federation.wire import Wire
from node.clock import refuse_wrong_clock
from node.context import Node
from node.errors import ClockWrong
from node.signers import INSTANCE_HANDLE
from node.vault import VaultError
from node.version import user_agent

Level = Literal["ok", "warn", "fail"]
_MEBIBYTE: Final = 1024 * 1024
_LITTLE_DISK: Final = 500 * _MEBIBYTE
_NO_DISK: Final = 50 * _MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `do` is empty when there is nothing to do."""

    what: str
    level: Level
    says: str
    do: str = ""


async def check(node: Node) -> list[Finding]:
    """Look at everything; never raises for what it looks at."""
    return [await look(node) for look in _LOOKS]


async def _settings(node: Node) -> Finding:
    """They were read before this could run, so they are sound; `dev` is worth a word."""
    if node.config.dev:
        return Finding(
            what="settings",
            level="warn",
            says="This node is set up for trying out: http and loopback addresses are allowed.",
            do="For real use, make a home with an https:// address and without --dev.",
        )
    return Finding(what="settings", level="ok", says="The settings are complete.")


async def _keys(node: Node) -> Finding:
    handles = [actor.handle for actor in await node.store.list_actors()]
    try:
        for handle in {*handles, INSTANCE_HANDLE}:
            node.vault.actor_keys(handle)
        node.vault.log_key()
        node.vault.cosigner_key()
    except VaultError as problem:
        return Finding(
            what="keys",
            level="fail",
            says=str(problem),
            do="Put the keys folder back from a backup; without its keys an actor cannot speak.",
        )
    return Finding(what="keys", level="ok", says=f"All keys of {len(handles)} actors are here, readable by you alone.")


async def _store(node: Node) -> Finding:
    problems = await node.store.check()
    if problems:
        return Finding(
            what="store",
            level="fail",
            says=" ".join(problems),
            do="Stop the node and put a backup of the store back.",
        )
    size = await node.store.size()
    return Finding(what="store", level="ok", says=f"The store is sound and holds {size} entries of the record.")


async def _clock(node: Node) -> Finding:
    try:
        await refuse_wrong_clock(node.store, node.now())
    except ClockWrong as problem:
        return Finding(what="clock", level="fail", says=str(problem), do="Set the clock: timedatectl set-ntp true")
    return Finding(what="clock", level="ok", says="The clock is later than everything published.")


async def _disk(node: Node) -> Finding:
    free = shutil.disk_usage(node.config.home).free
    says = f"{free // _MEBIBYTE} MiB are free where the home folder lies."
    if free >= _LITTLE_DISK:
        return Finding(what="disk", level="ok", says=says)
    level: Level = "warn" if free >= _NO_DISK else "fail"
    return Finding(what="disk", level=level, says=says, do="Free some space: publishing stops when the disk is full.")


async def _address(node: Node) -> Finding:
    """From outside in: our own WebFinger, asked the way other servers ask it."""
    account = f"acct:{node.config.handle}@{node.locations.host}"
    url = f"{node.config.url}/.well-known/webfinger?resource={account}"
    wire = Wire(
        dev=node.config.dev,
        own_hosts=[],
        user_agent=user_agent(node.config.url),
        resolver=node.surroundings.names,
    )
    try:
        async with wire:
            answer = await wire.get(url, accept="application/jrd+json")
        subject = load_object(answer.body).get("subject") if answer.status == 200 else None
    except FederationError as problem:
        return Finding(
            what="address",
            level="fail",
            says=f"{node.config.url} does not answer: {problem}",
            do=_ADDRESS_CURE,
        )
    if subject != account:
        says = f"{node.config.url} answers, but it is not this node that answers."
        return Finding(what="address", level="fail", says=says, do=_ADDRESS_CURE)
    return Finding(
        what="address", level="ok", says=f"@{node.config.handle}@{node.locations.host} is found from outside."
    )


_ADDRESS_CURE: Final = (
    "Start the node (`picketline serve`), and see that the name leads here and the web server in front passes "
    "requests on with their Host."
)


async def _queue(node: Node) -> Finding:
    counts = await node.store.count_deliveries()
    waiting, dead = counts.get("waiting", 0), counts.get("dead", 0)
    says = f"{counts.get('delivered', 0)} deliveries arrived, {waiting} wait, {dead} were given up."
    if dead == 0:
        return Finding(what="deliveries", level="ok", says=says)
    return Finding(what="deliveries", level="warn", says=says, do="See which and why: picketline deliveries")


_LOOKS: Final[tuple[Callable[[Node], Awaitable[Finding]], ...]] = (
    _settings,
    _keys,
    _store,
    _clock,
    _disk,
    _address,
    _queue,
)
