"""Whose turn it is: `in_turn` of each waiting delivery.

Deliveries of one object to one inbox share a `turn`; those of them that wait stand in line in the order of their
serials, and the head alone has `in_turn` 1. Two steps that see different moments must not strand a line, so:
* a unique index lets a line have one head only (`place_in_turn` is 0 for it): of two who find an empty line at the
  same moment, one is run again;
* whoever stands behind a head also writes that head: if it ends at the same moment, one of the two is run again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from storage.mongo.database import Scope
from storage.mongo.documents import Documents, id_of
from storage.mongo.driver import Change, Document, Filter
from storage.records import Delivery

Line = list[Document]
"""The waiting deliveries of one turn, earliest made first."""

_FIELDS: Final = ("turn", "serial", "type", "in_turn", "lease", "due_at")
_GIVE: Final = {"$set": {"in_turn": 1, "place_in_turn": 0}}


def turn_of(row: Mapping[str, Any]) -> str | int:
    """What deliveries of one object to one inbox have in common."""
    return id_of(row["object"], row["inbox"])


def _derive(row: Mapping[str, Any]) -> Document:
    return {"turn": turn_of(row), "place_in_turn": 0 if row["in_turn"] else row["serial"]}


DELIVERIES: Final = Documents("deliveries", Delivery, key=("activity", "inbox"), derive=_derive)


def named(delivery: Mapping[str, Any]) -> Filter:
    """The filter of one delivery; its turn is there for deployments that shard by it."""
    return {"_id": delivery["_id"], "turn": delivery["turn"]}


async def find_lines(within: Scope, turns: Collection[str | int]) -> dict[str | int, Line]:
    """What waits in each of these turns; empty lines are there too."""
    lines: dict[str | int, Line] = {turn: [] for turn in turns}
    waiting = {"turn": {"$in": list(lines)}, "state": "waiting"}
    for one in await within[DELIVERIES.name].find(waiting, only=_FIELDS):
        lines[one["turn"]].append(one)
    for line in lines.values():
        line.sort(key=lambda one: int(one["serial"]))
    return lines


async def give_turns(within: Scope, lines: Collection[Line]) -> None:
    """Where the head is gone, the next one is in turn; in the transaction in which the head went."""
    next_ones = [line[0] for line in lines if line and not line[0]["in_turn"]]
    changes: list[tuple[Filter, Change]] = [(named(one), _GIVE) for one in next_ones]
    await within[DELIVERIES.name].update_each(changes)
