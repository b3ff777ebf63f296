"""`check`: what is well and what is not, each finding with its remedy."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from federation.inbox.handlers.create import MOST_HELD_IN_ALL
from federation.inbox.handlers.flag import RECENT
from federation.keys import dump_public_pem, encode_multikey
from node.actions.findings import Finding, Level
from node.actions.look_around import look_at_processes
from node.actions.look_at_log import look_at_log
from node.actions.look_at_mirrors import look_at_mirrors
from node.actions.look_at_peers import look_at_peers
from node.actions.look_outside import look_at_address, look_at_certificate, look_at_clock, look_at_proxy
from node.actions.pictures import count_media
from node.context import Node
from node.errors import REFUSALS
from node.parts import find_old, find_parts
from node.settings import is_spoken
from node.vault import Vault, VaultError
from node.version import VERSION
from storage.addresses import is_mongo
from storage.errors import StoreAway
from storage.records import LocalActor, QueueSummary

__all__ = ["NO_DISK", "Finding", "check"]

log = logging.getLogger(__name__)

_MEBIBYTE: Final = 1024 * 1024
_LITTLE_DISK: Final = 500 * _MEBIBYTE
NO_DISK: Final = 50 * _MEBIBYTE


Look = Callable[[Node], Awaitable[Finding]]


async def check(node: Node) -> list[Finding]:
    """Look at everything; never raises for what it looks at. A store that is away is waited for and told of once."""
    found: list[Finding] = []
    away = False
    for what, look in _LOOKS:
        if away and what not in _WITHOUT_STORE:
            continue
        try:
            found.append(await _look(what, look, node))
        except StoreAway as problem:
            away = True
            found.append(Finding(what="store", level="fail", says=str(problem), do=_AGAIN))
    return found


_WITHOUT_STORE: Final = frozenset({"settings", "disk", "parts"})
_AGAIN: Final = "What else needs the store was not looked at. When it answers again, run: picketline check"


async def _look(what: str, look: Look, node: Node) -> Finding:
    """What cannot be looked at is a finding too; `StoreAway` is for the caller."""
    try:
        return await look(node)
    except StoreAway:
        raise
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
    says = "The settings are complete."
    if not is_spoken(node.config.language):
        says += f" The pages’ own words have no “{node.config.language}”, so they are English."
    return Finding(what="settings", level="ok", says=says)


_KEYS_BACK: Final = "Put the keys folder back from a backup; without its keys an actor cannot speak."
_KEYS_ELSEWHERE: Final = (
    "Copy the keys folder from the home folder of the machine that has them, where the campaign was opened or its keys "
    "were changed; until then what they must sign waits here."
)


async def _keys(node: Node) -> Finding:
    """The files as they are now, not as they were when the node started; and whose they are."""
    actors, vault = await node.store.list_actors(), Vault(node.config.home)
    problems = [*_key_problems(actors, vault), *_find_problem(vault.log_key), *_find_problem(vault.cosigner_key)]
    if problems:
        return Finding(
            what="keys",
            level="fail",
            says=" ".join(problems),
            do=_KEYS_ELSEWHERE if node.store.is_shared else _KEYS_BACK,
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
    entries = "1 entry" if size == 1 else f"{size} entries"
    where = " in MongoDB" if is_mongo(node.config.store) else ""
    return Finding(what="store", level="ok", says=f"The store{where} is sound and holds {entries} of the record.")


async def _disk(node: Node) -> Finding:
    free = shutil.disk_usage(node.config.home).free
    says = f"{free // _MEBIBYTE} MiB are free where the home folder lies."
    if free >= _LITTLE_DISK:
        return Finding(what="disk", level="ok", says=says)
    level: Level = "warn" if free >= NO_DISK else "fail"
    return Finding(what="disk", level=level, says=says, do="Free some space: publishing stops when the disk is full.")


async def _pictures(node: Node) -> Finding:
    named, wrong = await count_media(node)
    if wrong:
        says = f"{wrong} of {named} media files are missing or altered, so those pictures are not shown."
        return Finding(what="pictures", level="warn", says=says, do="Put the media folder back from a backup.")
    return Finding(what="pictures", level="ok", says=f"All {named} media files that updates name are here.")


async def _parts(_node: Node) -> Finding:
    parts = find_parts()
    if problems := find_old(parts):
        return Finding(what="parts", level="fail", says=" ".join(problems), do="Install what is named, then restart.")
    return Finding(what="parts", level="ok", says=f"Picketline {VERSION} with {parts}.")


async def _queue(node: Node) -> Finding:
    now = node.now()
    queue = await node.store.summarise_queue(now=now, made_since=now - _LATELY)
    due_at = await node.store.next_delivery_due(busy=())
    says = f"{_queue_words(queue, now)} Given up in the last {_LATELY.days} days: {queue.dead}."
    if due_at is not None and now - due_at > _LATE:
        says += f" One has been due for {words_for(now - due_at)}, and nobody brings it."
        do = "Start the node, or if it runs, restart it: picketline serve"
        return Finding(what="deliveries", level="warn", says=says, do=do)
    if queue.dead == 0:
        return Finding(what="deliveries", level="ok", says=says)
    return Finding(what="deliveries", level="warn", says=says, do="See which and why: picketline deliveries")


def _queue_words(queue: QueueSummary, now: datetime) -> str:
    if queue.oldest_made_at is None:
        return "No delivery waits."
    rest = f", {queue.resting} of them for {queue.resting_hosts} servers that rest" if queue.resting else ""
    waits = "delivery waits" if queue.waiting == 1 else "deliveries wait"
    return f"{queue.waiting} {waits}{rest}; the oldest was made {words_for(now - queue.oldest_made_at)} ago."


def words_for(time: timedelta) -> str:
    """A duration as people say it: `3 days`, `5 hours`, `10 minutes`."""
    seconds = max(0, int(time.total_seconds()))
    count, unit = next((seconds // size, unit) for size, unit in _UNITS if seconds >= size or size == 1)
    return f"{count} {unit}{'' if count == 1 else 's'}"


_LATE: Final = timedelta(minutes=10)
_LATELY: Final = timedelta(days=15)
"""A day more than a delivery is tried."""
_UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


async def _followers(node: Node) -> Finding:
    actors = await node.store.list_actors()
    people = [actor.id for actor in actors if actor.kind != "instance"]
    waiting = sum([await node.store.count_followers(actor, state="waiting") for actor in people])
    if not waiting:
        return Finding(what="followers", level="ok", says="No follower waits for approval.")
    who = "1 follower waits" if waiting == 1 else f"{waiting} followers wait"
    says = f"{who} for approval; see who: picketline followers, then: picketline followers approve WHO"
    return Finding(what="followers", level="ok", says=says)


async def _comments(node: Node) -> Finding:
    held = await node.store.count_held_comments()
    full = sorted(update for update, count in held.items() if count >= MOST_HELD_IN_ALL)
    if full:
        says = f"{MOST_HELD_IN_ALL} replies or more wait below {', '.join(full[:5])}; further ones are refused."
        return Finding(
            what="comments", level="warn", says=says, do=f"Approve or hide some: picketline comments {full[0]}"
        )
    waiting = sum(held.values())
    says = f"{waiting} {'reply waits' if waiting == 1 else 'replies wait'} for an organiser; read: picketline comments"
    return Finding(what="comments", level="ok", says=says if waiting else "No reply waits for an organiser.")


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
    ("log", look_at_log),
    ("processes", look_at_processes),
    ("clock", look_at_clock),
    ("disk", _disk),
    ("pictures", _pictures),
    ("parts", _parts),
    ("address", look_at_address),
    ("proxy", look_at_proxy),
    ("certificate", look_at_certificate),
    ("deliveries", _queue),
    ("followers", _followers),
    ("comments", _comments),
    ("reports", _reports),
    ("peers", look_at_peers),
    ("mirrors", look_at_mirrors),
)
