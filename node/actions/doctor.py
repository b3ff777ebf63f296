"""`check`: what is well and what is not, each finding with its remedy."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from federation.errors import FederationError
from federation.inbox.handlers.flag import RECENT
from federation.keys import dump_public_pem, encode_multikey
from federation.strictjson import load_object
from federation.wire import Wire
from node.actions.pictures import count_media
from node.clock import refuse_wrong_clock
from node.context import Node
from node.errors import REFUSALS, ClockWrong
from node.vault import Vault, VaultError
from node.version import user_agent
from storage.records import LocalActor

log = logging.getLogger(__name__)

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


Look = Callable[[Node], Awaitable[Finding]]


async def check(node: Node) -> list[Finding]:
    """Look at everything; never raises for what it looks at."""
    return [await _look(what, look, node) for what, look in _LOOKS]


async def _look(what: str, look: Look, node: Node) -> Finding:
    """What cannot be looked at is a finding too."""
    try:
        return await look(node)
    except REFUSALS as problem:
        says = str(problem)
    except OSError as problem:
        says = f"This could not be looked at: {problem.strerror or type(problem).__name__}."
    except Exception as problem:
        log.exception("check could not look at a thing", extra={"what": what})
        says = f"This could not be looked at ({type(problem).__name__}); the log tells more."
    return Finding(what=what, level="fail", says=says, do="Mend what this sentence says, then run: picketline check")


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
    """The files as they are now, not as they were when the node started; and whose they are."""
    actors, vault = await node.store.list_actors(), Vault(node.config.home)
    problems = [*_key_problems(actors, vault), *_find_problem(vault.log_key), *_find_problem(vault.cosigner_key)]
    if problems:
        return Finding(
            what="keys",
            level="fail",
            says=" ".join(problems),
            do="Put the keys folder back from a backup; without its keys an actor cannot speak.",
        )
    return Finding(what="keys", level="ok", says=f"All keys of {len(actors)} actors are here, readable by you alone.")


def _key_problems(actors: Sequence[LocalActor], vault: Vault) -> list[str]:
    rsa = {actor.rsa_public_pem.strip(): actor.handle for actor in actors}
    ed25519 = {actor.ed25519_multibase: actor.handle for actor in actors}
    problems = []
    for actor in actors:
        try:
            keys = vault.actor_keys(actor.handle)
        except VaultError as problem:
            problems.append(str(problem))
            continue
        public = dump_public_pem(keys.rsa.public_key()).strip()
        if public != actor.rsa_public_pem.strip():
            problems.append(_strange_key(actor.handle, "rsa.pem", rsa.get(public)))
        multikey = encode_multikey(keys.ed25519.public_key())
        if multikey != actor.ed25519_multibase:
            problems.append(_strange_key(actor.handle, "ed25519.pem", ed25519.get(multikey)))
    return problems


def _strange_key(handle: str, name: str, owner: str | None) -> str:
    whose = f"is the key of @{owner}" if owner else "is not the one that was published for it"
    return f"keys/actors/{handle}/{name} {whose}, so other servers refuse what @{handle} says."


def _find_problem(key: Callable[[], object]) -> list[str]:
    try:
        key()
    except VaultError as problem:
        return [str(problem)]
    return []


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


async def _pictures(node: Node) -> Finding:
    named, wrong = await count_media(node)
    if wrong:
        says = f"{wrong} of {named} media files are missing or altered, so those pictures are not shown."
        return Finding(what="pictures", level="warn", says=says, do="Put the media folder back from a backup.")
    return Finding(what="pictures", level="ok", says=f"All {named} media files that updates name are here.")


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
        what="address", level="ok", says=f"@{node.config.handle}@{node.locations.host} answers at its address."
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


async def _reports(node: Node) -> Finding:
    count = await node.store.count_reports(since=node.now() - RECENT)
    if count == 0:
        return Finding(what="reports", level="ok", says=f"Nobody has reported anything in {RECENT.days} days.")
    says = f"{count} {'report' if count == 1 else 'reports'} came from other servers in {RECENT.days} days."
    return Finding(what="reports", level="warn", says=says, do="Read what it is about: picketline reports")


_LOOKS: Final[tuple[tuple[str, Look], ...]] = (
    ("settings", _settings),
    ("keys", _keys),
    ("store", _store),
    ("clock", _clock),
    ("disk", _disk),
    ("pictures", _pictures),
    ("address", _address),
    ("deliveries", _queue),
    ("reports", _reports),
)
