"""What both engines ask of logs and leaves before they keep them, how they count them, and in what order they list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from storage.errors import NotFound, StorageError
from storage.ids import LogName
from storage.records import KeptLog, Leaf, LogMeasure, Receipt
from storage.rows import ticks

TILE_WIDTH: Final = 256
HASH_BYTES: Final = 32
_MEND: Final = "Restore the newest backup; a log of a peer can also be forgotten and fetched again."


def require_empty(log: KeptLog) -> None:
    """`StorageError` for a log that says it has something already: leaves come by `grow_log`."""
    if log.size or log.withdrawn_to or log.checkpoint_size:
        raise StorageError(
            f"The log {log.name} is to be kept from its first leaf on, but was given as one that has leaves or a head. "
            "Nothing was kept. Add it empty, then let it grow."
        )


def require_following(leaves: Sequence[Leaf], expecting: int) -> None:
    """`StorageError` unless these go on from `expecting` without a gap and have bodies as their states say."""
    for place, leaf in enumerate(leaves, expecting):
        if leaf.place != place:
            raise StorageError(f"A leaf at place {leaf.place} came where {place} is next. None of them was kept.")
        if (leaf.body is not None) != (leaf.state in ("held", "hidden")):
            raise StorageError(
                f"The leaf at place {place} is {leaf.state}, which does not go with "
                f"{'having no' if leaf.body is None else 'having a'} body. None of them was kept."
            )


def not_kept(name: LogName) -> NotFound:
    """The error for a log that is not here."""
    return NotFound(f"No log of the name {name} is kept here. It may have been forgotten with its peer meanwhile.")


def measure(leaves: Iterable[Leaf]) -> dict[str, int]:
    """What these leaves add to a log's measure."""
    counted = {"bytes": 0, "wanted": 0, "held": 0, "standing": 0}
    for leaf in leaves:
        counted["bytes"] += len(leaf.entry) + len(leaf.body or b"")
        counted["wanted"] += leaf.state == "wanted"
        counted["held"] += leaf.state == "held"
        counted["standing"] += leaf.is_standing
    return counted


def receipts_in_order(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Largest size first, then newest, then by mirror; a log has as many as it has mirrors, so few."""
    return sorted(receipts, key=lambda receipt: (-receipt.size, -ticks(receipt.at), receipt.mirror))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What stands of one kept log, for `check`."""

    leaves: int
    end: int
    """The place behind the last leaf."""
    tiles: Mapping[int, tuple[int, int, int]]
    """By level: how many, the number behind the last, bytes of all hashes."""
    bodiless: int
    """Leaves without the body that they should have, or with one that they should not."""
    told: LogMeasure
    found: LogMeasure


def say_problems(log: KeptLog, counted: Counted) -> list[str]:
    """What is wrong with a kept log, as sentences for people; empty when it is whole."""
    problems: list[str] = []
    if (counted.leaves, counted.end) != (log.size, log.size):
        problems.append(
            f"The kept log {log.name} should have {log.size} leaves without a gap, but has {counted.leaves} and ends "
            f"at {counted.end}. {_MEND}"
        )
    if counted.tiles != _tiles_over(log.size):
        problems.append(f"The tiles over the kept log {log.name} are not those of {log.size} leaves. {_MEND}")
    if counted.bodiless:
        problems.append(
            f"{counted.bodiless} leaves of the kept log {log.name} lack their bytes or should have none. {_MEND}"
        )
    if counted.told != counted.found:
        problems.append(
            f"The kept log {log.name} is counted wrong, so quotas are. Please report this sentence; it is a mistake in "
            "the program."
        )
    return problems


def _tiles_over(size: int) -> dict[int, tuple[int, int, int]]:
    """By level, each hash of which stands for 256 of the level below (tlog-tiles)."""
    tiles, level = {}, 0
    while size:
        count = -(-size // TILE_WIDTH)
        tiles[level] = (count, count, size * HASH_BYTES)
        size, level = size // TILE_WIDTH, level + 1
    return tiles
