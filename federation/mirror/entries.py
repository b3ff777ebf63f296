"""Entries of another union's log, read and judged; pure (protocol §3)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.activitystreams.parse import read_time
from federation.addresses import LONGEST_URL, origin_or_none
from federation.errors import NotJson
from federation.mirror.errors import BrokenLog
from federation.proofs.jcs import load_canonical
from storage.ids import ActivityId, ObjectId
from storage.records import Leaf

LARGEST_ENTRY: Final = 4 * 1024
_FIELDS: Final = frozenset({"activity", "digest", "object", "published", "type"})
_MAY_BE_FOREIGN: Final = frozenset({"Announce", "Add", "Remove"})
"""What acts on things of others; of Add and Remove the activity has to say that it is about the mirrors' collection."""
_LONGEST_TYPE: Final = 64
_ACTORS: Final = "/actors/"
_PLAIN: Final = re.compile(
    rb"\{" + b",".join(b'"%s":"([ !#-\\[\\]-~]+)"' % name.encode() for name in sorted(_FIELDS)) + rb"\}"
)
"""An entry in whose texts nothing is escaped and all is ASCII: such bytes are their own canonical form."""
_PLAIN_PATH: Final = re.compile(r"/[!-\[\]-~]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """What an entry says."""

    activity: ActivityId
    digest: str
    object: ObjectId
    published: str
    published_at: datetime
    type: str


def read_entry(raw: bytes, origins: Collection[str]) -> Commitment:
    """The commitment in an entry of a union with these homes; `BrokenLog` when no log may hold it."""
    if len(raw) > LARGEST_ENTRY:
        raise _broken(raw[:LARGEST_ENTRY], f"has {len(raw)} bytes, more than an entry may have")
    commitment = _read(raw)
    _judge_homes(commitment, raw, origins)
    return commitment


def lies_home(id: str, origins: Collection[str]) -> bool:
    """Whether this id lies on one of the homes, which are origins as `federation.addresses` writes them."""
    for home in origins:
        if id.startswith(home) and len(id) <= LONGEST_URL and _PLAIN_PATH.fullmatch(id, len(home)):
            return True
    return origin_or_none(id) in origins


def is_actor_id(id: str) -> bool:
    """Whether an id of the network is an actor's (protocol §1): what is about one is never withdrawn."""
    path = "/" + id.partition("://")[2].partition("/")[2]
    return path == "/actor" or path.startswith(_ACTORS)


def about_actor(leaf: Leaf) -> bool:
    """Whether a leaf is about an actor's document, also before its activity is held."""
    return is_actor_id(leaf.object)


def _read(raw: bytes) -> Commitment:
    plain = _PLAIN.fullmatch(raw)
    texts = [text.decode() for text in plain.groups()] if plain else _read_texts(raw)
    activity, digest, object, published, type = texts
    published_at = read_time(published)
    if published_at is None:
        raise _broken(raw, "is not the five fields")
    if len(type) > _LONGEST_TYPE:
        raise _broken(raw, "has a field that is no text")
    return Commitment(
        activity=ActivityId(activity),
        digest=digest,
        object=ObjectId(object),
        published=published,
        published_at=published_at,
        type=type,
    )


def _read_texts(raw: bytes) -> list[str]:
    """The five texts of an entry that may hold any letters."""
    try:
        document = load_canonical(raw)
    except NotJson:
        raise _broken(raw, "is no JSON in its one form") from None
    if document.keys() != _FIELDS:
        raise _broken(raw, "is not the five fields")
    texts = [value for value in document.values() if isinstance(value, str) and value]
    if len(texts) != len(_FIELDS):
        raise _broken(raw, "has a field that is no text")
    return texts


def _judge_homes(commitment: Commitment, raw: bytes, origins: Collection[str]) -> None:
    is_home = lies_home(commitment.activity, origins) and (
        commitment.type in _MAY_BE_FOREIGN or lies_home(commitment.object, origins)
    )
    if not is_home:
        raise BrokenLog(
            "An entry names something on a host that is no home of its union, so the log is stopped: nobody may speak "
            "for others. Ask the union by phone what happened.",
            first=raw,
            second=b"",
            kind="home",
        )


def _broken(raw: bytes, why: str) -> BrokenLog:
    return BrokenLog(
        f"An entry of the log {why}, although the log's key signed it; the log is stopped. Ask the union by phone "
        "what happened.",
        first=raw,
        second=b"",
    )
