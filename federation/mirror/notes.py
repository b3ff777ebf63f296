"""Held activities read for readers: what a peer's union says, made harmless again here, whoever checked it before."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.activitystreams.html import plain_text, sanitise_foreign
from federation.activitystreams.parse import first_url, read_text, read_time
from federation.activitystreams.pictures import read_pictures
from federation.activitystreams.readable import read_html, read_warning
from federation.addresses import check_url
from federation.errors import FederationError, ForbiddenAddress, Unintelligible
from federation.locations import MEDIA_ENDINGS
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue, load_object
from storage.ids import ActorId, ObjectId
from storage.records import Leaf, Picture

_LONGEST_NAME: Final = 200
_LONGEST_LANGUAGE: Final = 35
_MOST_TAGS: Final = 50
_UNREADABLE: Final = "<p>…</p>"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNote:
    """An update of a peer's; `html` is sanitised as a stranger's, everything else is text."""

    id: ObjectId
    place: int
    """Where its present version stands in the log."""
    actor: ActorId
    html: str
    warning: str | None
    language: str | None
    tags: tuple[str, ...]
    published_at: datetime
    updated_at: datetime | None
    url: str
    """Its page at its home."""
    pictures: tuple[Picture, ...]

    @property
    def serial(self) -> str:
        """The decimal number that ends its id."""
        return self.id.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldActor:
    """The union or a campaign of a peer's, as its newest document has it."""

    id: ActorId
    handle: str
    name: str
    about: str
    """Sanitised HTML."""
    url: str


def object_bytes(body: bytes) -> bytes:
    """The object of an activity, as its exact bytes: RFC 8785 writes a part as it writes it alone."""
    return canonical(_object(body))


def read_note(leaf: Leaf) -> HeldNote:
    """The update in a held leaf; words that cannot be made harmless are left out."""
    note, body = _object(leaf.body or b"{}"), leaf.body or b"{}"
    pictures = _pictures(note)
    return HeldNote(
        id=leaf.object,
        place=leaf.place,
        actor=leaf.actor or ActorId(str(load_object(body).get("actor"))),
        html=_html({name: value for name, value in note.items() if name != "attachment" or not pictures}),
        warning=read_warning(note, "Note"),
        language=_language(note),
        tags=_tags(note),
        published_at=read_time(note.get("published")) or leaf.published_at,
        updated_at=read_time(note.get("updated")),
        url=_page(note.get("url")) or leaf.object,
        pictures=pictures,
    )


def read_profile(leaf: Leaf) -> HeldActor:
    """The actor in a held leaf about itself."""
    document = _object(leaf.body or b"{}")
    id = ActorId(leaf.object)
    handle = _line(read_text(document, "preferredUsername")) or id.rsplit("/", 1)[-1]
    return HeldActor(
        id=id,
        handle=handle,
        name=_line(read_text(document, "name")) or handle,
        about=_harmless(read_text(document, "summary") or "", ""),
        url=_page(document.get("url")) or id,
    )


def _object(body: bytes) -> JsonObject:
    embedded = load_object(body).get("object")
    if not isinstance(embedded, dict):
        raise Unintelligible("The activity carries no object, only the name of one.")
    return embedded


def _html(note: JsonObject) -> str:
    return _harmless(read_html(note, "Note") or "", _UNREADABLE)


def _harmless(html: str, otherwise: str) -> str:
    """Sanitised, and short and flat enough that it can be read again for titles and feeds."""
    with suppress(Unintelligible):
        clean = sanitise_foreign(html)
        plain_text(clean)
        return clean
    return otherwise


def _pictures(note: JsonObject) -> tuple[Picture, ...]:
    """Those that are as we write them; else none, and the words for them stand in the text."""
    try:
        pictures = read_pictures(note)
    except (FederationError, ValueError):
        return ()
    files = [file for one in pictures for file in (one.file, one.preview) if file is not None]
    usable = all(file.media_type in MEDIA_ENDINGS and min(file.width, file.height, file.size) > 0 for file in files)
    return pictures if usable else ()


def _language(note: JsonObject) -> str | None:
    languages = note.get("contentMap")
    named = next(iter(languages), None) if isinstance(languages, dict) else None
    return named if named is not None and named.isprintable() and len(named) <= _LONGEST_LANGUAGE else None


def _tags(note: JsonObject) -> tuple[str, ...]:
    listed = note.get("tag")
    tags = [tag for tag in (listed if isinstance(listed, list) else [])[:_MOST_TAGS] if isinstance(tag, dict)]
    names = [tag.get("name") for tag in tags if tag.get("type") == "Hashtag"]
    return tuple(name.removeprefix("#").lower() for name in names if isinstance(name, str))


def _page(value: JsonValue) -> str | None:
    """An http or https address, and nothing else: it becomes a link."""
    url = first_url(value)
    try:
        return url if url is not None and check_url(url, dev=True) else None
    except ForbiddenAddress:
        return None


def _line(text: str | None) -> str:
    return " ".join("".join(letter for letter in text or "" if letter.isprintable()).split())[:_LONGEST_NAME]
