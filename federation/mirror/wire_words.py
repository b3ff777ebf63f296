"""What the wire says: documents of this node's own actor about what peers publish (protocol §4). Pure.

Their ids follow from what they are about, so that nothing is said twice and nothing need be remembered: the upper
half of the numbers, which no serial made of a time reaches.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from html import escape
from typing import Final, Literal

from federation.activitystreams.contexts import ACTIVITY, WITH_PICTURES
from federation.activitystreams.pictures import attachment
from federation.activitystreams.render import NoteText, note, public_activity, tombstone
from federation.locations import Locations
from federation.mirror.held import HeldUnion
from federation.mirror.notes import HeldActor, HeldNote
from federation.strictjson import JsonObject, JsonValue
from storage.ids import ActivityId, ActorId, ObjectId
from storage.records import Picture

WIRE_HANDLE: Final = "wire"
ORIGINAL: Final = "original"
"""The member of a wire's note that names what it is a copy of, under `urn:picketline:ns#`."""
Said = Literal["copy", "change", "end", "boost", "unboost"]
_ABOVE: Final = 2**62
_TERM: Final[JsonValue] = {ORIGINAL: {"@id": "urn:picketline:ns#original", "@type": "@id"}}


def wire_serial(said: Said, original: ObjectId, place: int = 0) -> str:
    """The number of what the wire says about an update of a peer's; of changes each has its place in the log."""
    digest = sha256(f"{said} {place} {original}".encode()).digest()
    return str(_ABOVE | int.from_bytes(digest[:8]) % _ABOVE)


def is_wire_serial(serial: str) -> bool:
    """Whether this number is one of the wire's."""
    return int(serial) >= _ABOVE


def copy_note(
    held: HeldUnion,
    author: HeldActor | None,
    original: HeldNote,
    pictures: tuple[Picture, ...],
    *,
    locations: Locations,
    updated: datetime | None,
) -> JsonObject:
    """A verified copy as a note of the wire's own: whose words, the words, the way to the copy, the original id."""
    page = f"{locations.url}/mirrors/{held.domain}/{original.serial}"
    text = NoteText(
        html=_framed(held, author, original, page),
        source="",
        warning=original.warning,
        language=original.language,
        mentions=(),
        hashtags=(),
        pictures=tuple(attachment(picture, locations.media) for picture in pictures),
    )
    wire = locations.actor(WIRE_HANDLE)
    document = note(
        id=locations.post(wire_serial("copy", original.id)),
        author=wire,
        page=page,
        text=text,
        published=original.published_at,
        updated=updated,
    )
    del document["source"]
    return {**document, "@context": [*(WITH_PICTURES if pictures else ACTIVITY), _TERM], ORIGINAL: original.id}


def create(document: JsonObject, *, locations: Locations, original: ObjectId, at: datetime) -> JsonObject:
    """The Create of a copy."""
    return _say("Create", document, wire_serial("copy", original), locations, at)


def update(document: JsonObject, *, locations: Locations, original: ObjectId, place: int, at: datetime) -> JsonObject:
    """The Update of a copy to the version that stands at this place of the origin's log."""
    return _say("Update", document, wire_serial("change", original, place), locations, at)


def delete(*, locations: Locations, original: ObjectId, at: datetime) -> JsonObject:
    """The Delete of a copy whose original was taken back."""
    gone = tombstone(id=locations.post(wire_serial("copy", original)), deleted=at)
    return _say("Delete", gone, wire_serial("end", original), locations, at)


def announce(original: ObjectId, *, locations: Locations, at: datetime) -> JsonObject:
    """The boost of what a peer published."""
    return _say("Announce", original, wire_serial("boost", original), locations, at)


def undo(original: ObjectId, *, locations: Locations, at: datetime) -> JsonObject:
    """The end of a boost."""
    boost: JsonValue = {
        "id": activity_id("boost", original, locations),
        "type": "Announce",
        "actor": locations.actor(WIRE_HANDLE),
        "object": original,
    }
    return _say("Undo", boost, wire_serial("unboost", original), locations, at)


def activity_id(said: Said, original: ObjectId, locations: Locations, place: int = 0) -> ActivityId:
    """The id of what the wire says."""
    return locations.activity(wire_serial(said, original, place))


def boost_subject(original: ObjectId, wire: ActorId) -> ObjectId:
    """What a boost and its Undo are both about, so that they reach an inbox in order."""
    return ObjectId(f"{wire}#boost={original}")


def read_original(document: JsonObject) -> ObjectId | None:
    """What a note says it is a copy of."""
    original = document.get(ORIGINAL)
    return ObjectId(original) if isinstance(original, str) and original.startswith(("https://", "http://")) else None


def _framed(held: HeldUnion, author: HeldActor | None, original: HeldNote, page: str) -> str:
    """In no language but the union's own: names, words, addresses."""
    handle = author.handle if author else original.actor.rsplit("/", 1)[-1]
    name = author.name if author else handle
    address, union = f"@{handle}@{held.domain}", held.charter.name
    whose = f"<p><strong>{escape(name)}</strong> ({escape(address)}), {escape(union)}:</p>"
    return f"{whose}{original.html}<p>{_link(page)}<br>{_link(original.url)}</p>"


def _link(url: str) -> str:
    return f'<a href="{escape(url)}" rel="nofollow noopener noreferrer">{escape(url)}</a>'


def _say(type: str, object: JsonValue, serial: str, locations: Locations, at: datetime) -> JsonObject:
    wire = locations.actor(WIRE_HANDLE)
    return public_activity(type, id=locations.activity(serial), actor=wire, object=object, published=at)
