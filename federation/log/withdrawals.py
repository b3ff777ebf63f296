"""What a log's own later entries take back (protocol §4): the one rule for our log and for those we hold.

A Delete withdraws every earlier activity on its object, an Update every earlier version of it; actors' documents are
never withdrawn. What stands is the newest version of a note that nobody took back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from storage.ids import LogName, ObjectId
from storage.records import KeptLog, Leaf
from storage.store import KeptLogs

_BATCH: Final = 256
_NEVER: Final = -1
VERSIONS: Final = frozenset({"Create", "Update"})
"""Activities that carry a note's words."""
_TELLING: Final = frozenset({"Create", "Update", "Delete"})
"""Entries after which something else stands."""


class WithdrawingStore(KeptLogs, Protocol):
    """What withdrawing reads and writes."""


@dataclass(slots=True)
class Judgement:
    """What some entries of a log mean for it."""

    places: set[int] = field(default_factory=set)
    """Whose activities are taken back."""
    standing: dict[int, bool] = field(default_factory=dict)
    """What stands from now on, and what no longer does."""


def is_profile(leaf: Leaf) -> bool:
    """Whether it is about an actor's own document."""
    return leaf.actor is not None and str(leaf.actor) == str(leaf.object)


def judge(
    leaves: Iterable[Leaf], *, start: int, end: int, about_actor: Callable[[Leaf], bool] = is_profile
) -> Judgement:
    """What the leaves [start, end) mean, given in order every leaf below `end` about the objects they act on."""
    histories: dict[ObjectId, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.place < end and not about_actor(leaf):
            histories.setdefault(leaf.object, []).append(leaf)
    judged = Judgement()
    for history in histories.values():
        _judge_history(history, start, judged)
    return judged


def _judge_history(history: Sequence[Leaf], start: int, judged: Judgement) -> None:
    """In one pass, however long it is: a peer may act on one object a million times."""
    newest = {leaf.type: leaf.place for leaf in history if leaf.place >= start}
    deleted, updated = newest.get("Delete", _NEVER), newest.get("Update", _NEVER)
    stands = _standing(history)
    for leaf in history:
        if _is_taken_back(leaf, deleted, updated):
            judged.places.add(leaf.place)
        if leaf.is_standing != (leaf.place == stands):
            judged.standing[leaf.place] = leaf.place == stands


def _is_taken_back(leaf: Leaf, deleted: int, updated: int) -> bool:
    """Whether the newest Delete or Update, at these places, comes after it and takes it back."""
    if leaf.state not in {"held", "wanted"} or leaf.type == "Delete":
        return False
    return leaf.place < deleted or (leaf.type in VERSIONS and leaf.place < updated)


def _standing(history: Sequence[Leaf]) -> int | None:
    """The place of the newest version; a note that was deleted never stands again."""
    stands = None
    for leaf in history:
        if leaf.type == "Delete":
            return None
        if leaf.type in VERSIONS:
            stands = leaf.place
    return stands


async def withdraw(
    store: WithdrawingStore,
    log: KeptLog,
    *,
    to: int,
    at: datetime,
    about_actor: Callable[[Leaf], bool] = is_profile,
) -> bool:
    """Withdraw by each entry below `to` that was not looked at; False when another process was at it."""
    start = log.withdrawn_to
    while start < to:
        end = min(start + _BATCH, to)
        judged = await _judge_stretch(store, log.name, start, end, about_actor)
        moved = await store.withdraw_leaves(
            log.name, expecting=start, to=end, places=judged.places, standing=judged.standing, at=at
        )
        if not moved:
            return False
        start = end
    return True


async def _judge_stretch(
    store: WithdrawingStore, name: LogName, start: int, end: int, about_actor: Callable[[Leaf], bool]
) -> Judgement:
    leaves = await store.list_leaves(name, start, end - start, with_bodies=False)
    objects = {leaf.object for leaf in leaves if leaf.type in _TELLING and not about_actor(leaf)}
    if not objects:
        return Judgement()
    about = await store.list_object_leaves(name, objects)
    return judge(about, start=start, end=end, about_actor=about_actor)
