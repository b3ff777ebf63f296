"""The page in place of the one that was asked for: in plain words, with ways to what is here."""

from __future__ import annotations

from typing import Final

from node.web.readers.kept import KeptPages
from node.web.readers.pages import Sheet, page_sheet
from node.web.readers.views import Site, error_page
from storage.errors import StorageError
from storage.records import LocalActor
from storage.store import Actors

_HELPED: Final = frozenset({404, 410})
"""Whoever meets these looks for something: the campaigns are shown. The others may mean that the store is in need."""


async def refusal_sheet(store: Actors, pages: KeptPages, site: Site, status: int) -> Sheet:
    """The page for an error status; drawn once for each edition, so that wrong addresses cost next to nothing."""
    address = f"status {status}"  # no address a request can have
    drawn, edition = pages.find(address), pages.edition
    if drawn is None:
        actors = await _actors(store) if status in _HELPED else []
        drawn = page_sheet(error_page(site, status, actors))
        pages.keep(address, drawn, edition=edition)
    return drawn


async def _actors(store: Actors) -> list[LocalActor]:
    """None of them when the store fails: a refusal is answered all the same."""
    try:
        return await store.list_actors()
    except StorageError:
        return []
