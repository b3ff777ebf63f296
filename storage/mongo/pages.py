"""Reading and changing very many documents a page at a time, each page by an index.

A value that a million documents share costs one page, not a million: the next page begins above it.
"""

from __future__ import annotations

from collections.abc import Collection as Several
from typing import Final

from storage.mongo.database import Scope
from storage.mongo.driver import Change, Filter

PAGE: Final = 1000
_LOOK: Final = 250
"""Documents read at once where only their distinct values count."""


async def list_distinct(within: Scope, name: str, field: str, *, above: str, limit: int, where: Filter) -> list[str]:
    """The first `limit` values of a field above one, in order."""
    values: list[str] = []
    while len(values) < limit:
        most = min(limit - len(values), _LOOK)
        page = await within[name].find({**where, field: {"$gt": above}}, sort=((field, 1),), limit=most, only=(field,))
        values += dict.fromkeys(document[field] for document in page)
        if len(page) < most:
            break
        above = values[-1]
    return values


async def list_present(within: Scope, name: str, field: str, values: Several[str], where: Filter) -> set[str]:
    """Those of these values that the field has anywhere."""
    present: set[str] = set()
    asked = sorted(set(values))
    while asked:
        match = {**where, field: {"$in": asked}}
        page = await within[name].find(match, sort=((field, 1),), limit=_LOOK, only=(field,))
        present.update(document[field] for document in page)
        if len(page) < _LOOK:
            break
        asked = [value for value in asked if value > page[-1][field]]
    return present


async def delete_by_pages(within: Scope, name: str, filter: Filter) -> int:
    """Delete all that match; how many. Broken off, it is repeated."""
    deleted = 0
    while page := await within[name].find(filter, limit=PAGE, only=("_id",)):
        deleted += await within[name].delete({**filter, "_id": {"$in": [document["_id"] for document in page]}})
        if len(page) < PAGE:
            break
    return deleted


async def change_by_pages(within: Scope, name: str, filter: Filter, change: Change) -> int:
    """Change all that match, and then match no more; how many. Broken off, it is repeated."""
    changed = 0
    while page := await within[name].find(filter, limit=PAGE, only=("_id",)):
        ids = [document["_id"] for document in page]
        changed += await within[name].update_all({**filter, "_id": {"$in": ids}}, change)
        if len(page) < PAGE:
            break
    return changed
