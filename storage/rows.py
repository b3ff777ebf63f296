"""Records as plain rows, the same on every engine: columns carry the names of their record's fields.

Times are whole microseconds since 1970, booleans 0 or 1, lists of text JSON, bytes are bytes. So a store can be
copied from one engine to another row by row, and compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, get_type_hints

from storage.records import MediaFile, Picture

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")

_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
LARGEST: Final = 2**63 - 1
"""The largest integer an engine keeps."""


def ticks(time: datetime) -> int:
    """An aware time as whole microseconds since 1970 UTC."""
    return (time - _START) // _TICK


@lru_cache(maxsize=1024)
def time_at(ticks: int) -> datetime:
    """The UTC time of a number of microseconds since 1970; rows that were written together share theirs."""
    return _START + timedelta(microseconds=ticks)


def json_list(values: Collection[str] | Collection[int]) -> str:
    """Values as JSON, as SQL's `json_each` reads them."""
    return json.dumps(list(values))


def _strings(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


_TO_ROW: Final[Mapping[object, Callable[[Any], Any]]] = {
    datetime: ticks,
    datetime | None: ticks,
    tuple[str, ...]: json_list,
    bool: int,
}
_FROM_ROW: Final[Mapping[object, Callable[[Any], Any]]] = {
    datetime: time_at,
    datetime | None: time_at,
    tuple[str, ...]: _strings,
    bool: bool,
}


class Rows(Generic[R]):
    """How one kind of record becomes a row, and a row that record.

    Fields in `without` are kept elsewhere; text fields in `numerals` are decimal and kept as integers, so that they
    sort as numbers.
    """

    def __init__(self, record: type[R], *, without: tuple[str, ...] = (), numerals: tuple[str, ...] = ()) -> None:
        self._record: Final = record
        self.names: Final = tuple(field.name for field in fields(record) if field.name not in without)
        """The columns, in order."""
        hints = get_type_hints(record)
        self._to_row: Final = {n: _TO_ROW[hints[n]] for n in self.names if hints[n] in _TO_ROW}
        self._to_row.update(dict.fromkeys(numerals, int))
        self._from_row: Final = {n: _FROM_ROW[hints[n]] for n in self.names if hints[n] in _FROM_ROW}
        self._from_row.update(dict.fromkeys(numerals, str))

    def row(self, record: R) -> dict[str, Any]:
        """The record's fields as engines keep them."""
        row = {column: getattr(record, column) for column in self.names}
        for column, to_row in self._to_row.items():
            if row[column] is not None:
                row[column] = to_row(row[column])
        return row

    def record_of(self, row: Mapping[str, Any], **others: object) -> R:
        """The record of a row; `others` are fields that are kept elsewhere, or replace the row's."""
        return self._made({column: row[column] for column in self.names}, others)

    def record_of_values(self, row: Sequence[Any], **others: object) -> R:
        """The same, of the columns' values in their order."""
        return self._made(dict(zip(self.names, row, strict=True)), others)

    def _made(self, values: dict[str, Any], others: Mapping[str, object]) -> R:
        for column, from_row in self._from_row.items():
            if values[column] is not None:
                values[column] = from_row(values[column])
        values.update(others)
        return self._record(**values)


def pictures_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Picture, ...]:
    """Pictures from the rows of `picture_rows`."""
    return tuple(
        Picture(
            file=MediaFile(**one["file"]),
            preview=None if one["preview"] is None else MediaFile(**one["preview"]),
            blurhash=one["blurhash"],
            alt=one["alt"],
        )
        for one in rows
    )


def picture_rows(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """Pictures as plain rows in rows."""
    return [asdict(picture) for picture in pictures]
