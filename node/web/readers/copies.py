"""What templates show of copies: whose, kept by whom, how fresh; and a peer's updates as cards like our own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from federation.identity import fingerprint
from federation.mirror.held import HeldUnion, Shelves
from federation.mirror.held_media import held_pictures, list_held_digests
from federation.mirror.notes import HeldActor, HeldNote, read_note, read_profile
from node.web.readers.cards import ActorCard, UpdateCard, in_short, listed, picture_card
from node.web.readers.dates import Moment, moment
from node.web.readers.said import PER_PAGE
from node.web.readers.wording import Wording
from storage.ids import ActorId, Digest, ObjectId
from storage.records import MediaFile, Picture, Taking, Withheld
from storage.store import Holdings, KeptLogs

_TAKINGS: Final[tuple[Taking, ...]] = ("Delete", "Update")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyCard:
    """A held record: the plain facts of the banner."""

    name: str
    domain: str
    path: str
    home: str
    entries: int
    newest: Moment
    """Of the last of them."""
    checked: Moment | None
    silent_since: Moment | None
    unheard_since: Moment | None
    alarms: tuple[str, ...]
    """Sentences that a reader must see."""
    fingerprint: tuple[str, ...]
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedSaid:
    """One page of a held record; `older` is the place below which the next page starts."""

    notes: tuple[HeldNote, ...]
    cards: list[UpdateCard]
    older: int | None


def copy_path(domain: str) -> str:
    """The page of a union that is copied here."""
    return f"/mirrors/{quote(domain, safe=':[]')}/"


def copied_actor_path(domain: str, handle: str) -> str:
    """The page of one of its campaigns."""
    return f"{copy_path(domain)}@{quote(handle, safe='')}"


async def read_copy(store: Shelves, held: HeldUnion, wording: Wording) -> CopyCard:
    """The facts about a copy, alarms told in words."""
    log = held.log
    [last] = await store.list_leaves(log.name, log.checkpoint_size - 1, 1, with_bodies=False)
    is_forked = any(one.kind == "fork" for one in await store.list_evidence(held.did))
    return CopyCard(
        name=held.charter.name,
        domain=held.domain,
        path=copy_path(held.domain),
        home=held.charter.homes[0],
        entries=log.checkpoint_size,
        newest=moment(last.published_at, wording),
        checked=moment(log.checkpoint_at, wording) if log.checkpoint_at else None,
        silent_since=moment(held.silent_since, wording) if held.silent_since else None,
        unheard_since=moment(held.unheard_since, wording) if held.unheard_since else None,
        alarms=tuple(_alarms(held, wording, is_forked=is_forked)),
        fingerprint=tuple(fingerprint.words(held.did).split()),
        digits=fingerprint.digits(held.did),
    )


def _alarms(held: HeldUnion, wording: Wording, *, is_forked: bool) -> Iterator[str]:
    peer, log, words = held.peer, held.log, wording.network
    if log.state == "stopped":
        yield words.forked if is_forked else words.frozen
    elif peer.state == "removed":
        yield words.ended
    elif log.pending_size > log.checkpoint_size:
        yield words.behind
    if peer.confirmed_at is None:
        yield words.unconfirmed


async def are_kept_back(store: KeptLogs, held: HeldUnion, notes: Sequence[HeldNote]) -> bool:
    """Whether one of these was taken back and stands all the same, until somebody confirms so many at once."""
    shown = {note.id: note.place for note in notes}
    for taking in _TAKINGS if shown else ():
        newest = await store.find_newest_takings(held.log.name, [*shown], taking, below=held.log.size)
        if any(place > shown[object] for object, place in newest.items()):
            return True
    return False


async def find_withheld(store: Holdings, held: HeldUnion) -> dict[ObjectId, Withheld]:
    """What our organisers do not show, and why."""
    return {one.object: one for one in await store.list_withheld(held.did)}


async def list_actors(store: KeptLogs, held: HeldUnion) -> dict[ActorId, HeldActor]:
    """The union and its campaigns, as they last described themselves."""
    profiles = [read_profile(leaf) for leaf in await store.list_profiles(held.log.name) if leaf.body is not None]
    return {profile.id: profile for profile in profiles}


async def read_copied(
    store: Shelves,
    held: HeldUnion,
    actors: Mapping[ActorId, HeldActor],
    *,
    of: ActorId | None,
    before: int | None,
    wording: Wording,
) -> CopiedSaid:
    """Standing updates of one actor or of all, newest first, below a place; without those that are withheld."""
    top = held.log.checkpoint_size if before is None else min(before, held.log.checkpoint_size)
    leaves = await store.list_standing(held.log.name, of, before=top, limit=PER_PAGE + 1)
    hidden = await find_withheld(store, held)
    notes = tuple(read_note(leaf) for leaf in leaves[:PER_PAGE] if leaf.object not in hidden)
    cards = [listed(card) for card in await note_cards(store, held, actors, notes, wording)]
    return CopiedSaid(notes=notes, cards=cards, older=leaves[PER_PAGE - 1].place if len(leaves) > PER_PAGE else None)


async def note_cards(
    store: Holdings,
    held: HeldUnion,
    actors: Mapping[ActorId, HeldActor],
    notes: Sequence[HeldNote],
    wording: Wording,
) -> list[UpdateCard]:
    """A peer's updates as cards, whole, in the same order."""
    files = [file.digest for note in notes for one in note.pictures for file in _files(one)]
    here = await list_held_digests(store, held.did, files)
    return [_card(held, note, actors.get(note.actor), here, wording) for note in notes]


def _card(
    held: HeldUnion, note: HeldNote, author: HeldActor | None, here: Collection[Digest], wording: Wording
) -> UpdateCard:
    handle = author.handle if author else note.actor.rsplit("/", 1)[-1]
    return UpdateCard(
        id=note.id,
        serial=note.serial,
        path=f"{copy_path(held.domain)}{note.serial}",
        author=author.name if author else handle,
        author_path=copied_actor_path(held.domain, handle),
        html=Markup(note.html + _missing(note, here)),  # noqa: S704  (sanitised by `read_note`)
        warning=note.warning,
        language=note.language or "",
        published=moment(note.published_at, wording),
        edited=moment(note.updated_at, wording) if note.updated_at else None,
        pictures=tuple(map(picture_card, held_pictures(note, here))),
    )


def _files(picture: Picture) -> list[MediaFile]:
    return [picture.file] if picture.preview is None else [picture.file, picture.preview]


def _missing(note: HeldNote, here: Collection[Digest]) -> str:
    """Pictures that are not here, in words."""
    absent = [one for one in note.pictures if one.file.digest not in here]
    return "".join(f"<p>[{escape(one.alt)}]</p>" if one.alt else "<p>[…]</p>" for one in absent)


def copied_actor_card(held: HeldUnion, actor: HeldActor) -> ActorCard:
    """One of its campaigns; the address is that at its home."""
    return ActorCard(
        id=actor.id,
        name=actor.name,
        path=copied_actor_path(held.domain, actor.handle),
        address=f"@{actor.handle}@{held.domain}",
        about=Markup(actor.about),  # noqa: S704  (sanitised by `read_profile`)
        about_text=in_short(actor.about),
    )


def with_whole_paths(card: UpdateCard, url: str) -> UpdateCard:
    """The same with pictures as a feed names them."""
    return replace(card, pictures=tuple(replace(one, path=url + one.path) for one in card.pictures))
