"""The pages of copies, one function each: from what the store holds of a peer's record to finished HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from federation.mirror.held import Hear, HeldUnion, Shelves, list_held
from federation.mirror.notes import HeldActor, HeldNote
from federation.times import rfc3339
from node.web.readers.cards import UpdateCard, description_of, title_of
from node.web.readers.copies import (
    CopyCard,
    are_kept_back,
    copied_actor_card,
    copied_actor_path,
    copy_path,
    find_withheld,
    list_actors,
    note_cards,
    read_copied,
    read_copy,
    with_whole_paths,
)
from node.web.readers.dates import moment
from node.web.readers.feeds import Feed, FeedEntry, only_the_warning
from node.web.readers.pages import Page, draw
from node.web.readers.views import Pager, Site
from storage.ids import ActorId
from storage.records import Withheld

_NEVER: Final = "1970-01-01T00:00:00Z"


async def copies_page(store: Shelves, site: Site, hear: Hear) -> Page:
    """Every union of which a copy is kept here."""
    copies = [await read_copy(store, held, site.wording) for held in await list_held(store, hear)]
    return draw("copies", site=site, w=site.wording, canonical=f"{site.url}/mirrors/", copies=copies)


async def copied_union_page(store: Shelves, site: Site, held: HeldUnion, before: int | None) -> Page:
    """A union's campaigns and newest updates, as they stand in its record."""
    actors = await list_actors(store, held)
    said = await read_copied(store, held, actors, of=None, before=before, wording=site.wording)
    path = copy_path(held.domain)
    return draw(
        "copied_union",
        site=site,
        w=site.wording,
        canonical=_canonical(site, held, held.charter.homes[0] + "/", path),
        path=path.removesuffix("/"),
        copy=await _copy_of(store, site, held, said.notes),
        campaigns=[copied_actor_card(held, actor) for actor in actors.values()] if before is None else [],
        updates=said.cards,
        pager=_pager(path, said.older, before),
    )


async def copied_campaign_page(
    store: Shelves, site: Site, held: HeldUnion, actor: HeldActor, before: int | None
) -> Page:
    """One campaign of a union, as it stands in its record."""
    said = await read_copied(store, held, {actor.id: actor}, of=actor.id, before=before, wording=site.wording)
    path = copied_actor_path(held.domain, actor.handle)
    return draw(
        "copied_campaign",
        site=site,
        w=site.wording,
        canonical=_canonical(site, held, actor.url, path),
        copy=await _copy_of(store, site, held, said.notes),
        campaign=copied_actor_card(held, actor),
        updates=said.cards,
        pager=_pager(path, said.older, before),
    )


async def copied_update_page(store: Shelves, site: Site, held: HeldUnion, note: HeldNote) -> Page:
    """One update, with where it comes from and how to check it."""
    actors = await list_actors(store, held)
    [update] = await note_cards(store, held, actors, [note], site.wording)
    author = actors.get(note.actor)
    return draw(
        "copied_update",
        site=site,
        w=site.wording,
        canonical=_canonical(site, held, note.url, update.path),
        copy=await _copy_of(store, site, held, [note]),
        campaign=copied_actor_card(held, author) if author else None,
        update=update,
        original=note.url,
        title=title_of(note),
        description=description_of(note),
        proof=f"{update.path}.tlog-proof" if note.place < held.log.checkpoint_size else None,
    )


async def withheld_page(store: Shelves, site: Site, held: HeldUnion, withheld: Withheld) -> Page:
    """The public reason in place of an update."""
    return draw(
        "withheld",
        451,
        site=site,
        w=site.wording,
        copy=await read_copy(store, held, site.wording),
        reason=withheld.reason,
        since=moment(withheld.since, site.wording),
        original=withheld.object,
    )


async def copied_feed(store: Shelves, site: Site, held: HeldUnion, actor: HeldActor | None) -> Feed:
    """What a copied page shows, for feed readers; of the whole union with None."""
    actors = await list_actors(store, held)
    of = None if actor is None else actor.id
    said = await read_copied(store, held, actors, of=of, before=None, wording=site.wording)
    cards = await note_cards(store, held, actors, said.notes, site.wording)
    path = copy_path(held.domain) if actor is None else copied_actor_path(held.domain, actor.handle)
    entries = tuple(_entry(site, note, card) for note, card in zip(said.notes, cards, strict=True))
    return Feed(
        id=f"{site.url}{path}",
        title=f"{held.charter.name if actor is None else actor.name} – {site.wording.network.copy}",
        about=f"{site.wording.network.kept_by}: {site.name}. {site.wording.network.original}: {held.domain}",
        language=site.language,
        page=f"{site.url}{path}",
        address=f"{site.url}{path.removesuffix('/')}/feed",
        author=held.charter.name if actor is None else actor.name,
        author_page=f"{site.url}{path}",
        updated=max((entry.updated for entry in entries), default=_NEVER),
        entries=entries,
    )


def _entry(site: Site, note: HeldNote, card: UpdateCard) -> FeedEntry:
    page = site.url + card.path
    return FeedEntry(
        id=note.id,
        page=page,
        title=title_of(note),
        html=str(card.html) if note.warning is None else only_the_warning(note.warning, page),
        language=note.language or "",
        author=card.author,
        author_page=site.url + card.author_path,
        tags=note.tags,
        pictures=() if note.warning is not None else with_whole_paths(card, site.url).pictures,
        published=rfc3339(note.published_at),
        updated=rfc3339(note.updated_at or note.published_at),
    )


async def find_copied_actor(store: Shelves, held: HeldUnion, handle: str) -> HeldActor | None:
    """One of a union's actors by its handle."""
    actors: Mapping[ActorId, HeldActor] = await list_actors(store, held)
    return next((actor for actor in actors.values() if actor.handle == handle), None)


async def find_withheld_reason(store: Shelves, held: HeldUnion, serial: str) -> Withheld | None:
    """Why an object with this number is not shown here."""
    hidden = await find_withheld(store, held)
    return next((hidden[id] for id in held.objects(serial) if id in hidden), None)


async def _copy_of(store: Shelves, site: Site, held: HeldUnion, notes: Sequence[HeldNote]) -> CopyCard:
    """The banner above these; it says so when some of them were taken back and are kept for the time being."""
    copy = await read_copy(store, held, site.wording)
    if not await are_kept_back(store, held, notes):
        return copy
    return replace(copy, alarms=(*copy.alarms, site.wording.network.holding_back))


def _canonical(site: Site, held: HeldUnion, original: str, path: str) -> str:
    """The original while it answers; else search engines should find the copy."""
    return original if held.spoken_for_since is None else site.url + path


def _pager(path: str, older: int | None, before: int | None) -> Pager:
    return Pager(
        newest=path if before is not None else None,
        older=f"{path}?before={older}" if older is not None else None,
    )
