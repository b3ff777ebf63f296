"""Documents of our own actors: what the world reads of them, and how we read them back from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from federation.activitystreams.contexts import ACTOR, ACTOR_WITH_FIELDS
from federation.activitystreams.parse import read_time
from federation.errors import NotActivity
from federation.locations import Locations, actor_featured, actor_followers, actor_inbox
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from storage.ids import ActorId, Did
from storage.records import ActorKind, LocalActor

MOST_FIELDS: Final = 4


@dataclass(frozen=True, slots=True)
class MirrorField:
    """Where a listed mirror shows what we say."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What stands around an actor's own facts in its document."""

    locations: Locations
    did: Did
    summary_html: str
    mirrors: tuple[MirrorField, ...] = ()


def actor_document(actor: LocalActor, profile: Profile) -> JsonObject:
    """The public document of an actor of ours (ActivityPub §4, FEP-521a, FEP-2c59)."""
    page = _page(actor, profile.locations)
    return {
        "@context": list(ACTOR_WITH_FIELDS if profile.mirrors else ACTOR),
        "id": actor.id,
        "type": actor.type,
        "preferredUsername": actor.handle,
        "name": actor.name,
        "summary": profile.summary_html,
        "source": {"content": actor.summary, "mediaType": "text/markdown"},
        "url": page,
        "webfinger": f"{actor.handle}@{profile.locations.host}",
        "inbox": actor_inbox(actor.id),
        "outbox": f"{actor.id}/outbox",
        "followers": actor_followers(actor.id),
        "following": f"{actor.id}/following",
        "featured": actor_featured(actor.id),
        "endpoints": {"sharedInbox": profile.locations.shared_inbox},
        "manuallyApprovesFollowers": actor.approves_followers,
        "discoverable": actor.kind != "instance",
        "indexable": actor.kind != "instance",
        "published": rfc3339(actor.created_at),
        "updated": rfc3339(actor.updated_at),
        "did": profile.did,
        "log": f"{profile.locations.url}/log/{profile.did}",
        **_keys(actor),
        **({"attachment": mirror_fields(profile.mirrors)} if profile.mirrors else {}),
    }


def mirror_fields(mirrors: Sequence[MirrorField]) -> list[JsonValue]:
    """Mirrors as fields of a profile; Mastodon shows four."""
    return [
        {
            "type": "PropertyValue",
            "name": f"Mirror: {mirror.name}",
            "value": f'<a href="{escape(mirror.url)}" rel="nofollow noopener noreferrer">{escape(mirror.url)}</a>',
        }
        for mirror in mirrors[:MOST_FIELDS]
    ]


def read_actor(document: JsonObject, kind: ActorKind) -> LocalActor:
    """One of our own actors back from its logged document; `NotActivity` when the document is none of ours."""
    try:
        rsa, ed25519, source = document["publicKey"], document["assertionMethod"], document["source"]
        return LocalActor(
            id=ActorId(_text(document["id"])),
            handle=_text(document["preferredUsername"]),
            kind=kind,
            type=_text(document["type"]),
            name=_text(document["name"]),
            summary=_text(_member(source, "content")),
            rsa_public_pem=_text(_member(rsa, "publicKeyPem")),
            ed25519_multibase=_text(
                _member(ed25519[0] if isinstance(ed25519, list) else ed25519, "publicKeyMultibase")
            ),
            approves_followers=document["manuallyApprovesFollowers"] is True,
            created_at=_time(document["published"]),
            updated_at=_time(document["updated"]),
        )
    except (KeyError, IndexError, TypeError) as problem:
        raise NotActivity("An actor document in the log lacks what every one of ours has.") from problem


def _keys(actor: LocalActor) -> JsonObject:
    return {
        "publicKey": {
            "id": f"{actor.id}#main-key",
            "owner": actor.id,
            "publicKeyPem": actor.rsa_public_pem,
        },
        "assertionMethod": [
            {
                "id": f"{actor.id}#ed25519-key",
                "type": "Multikey",
                "controller": actor.id,
                "publicKeyMultibase": actor.ed25519_multibase,
            }
        ],
    }


def _page(actor: LocalActor, locations: Locations) -> str:
    return locations.url if actor.kind == "instance" else locations.actor_page(actor.handle)


def _member(value: JsonValue, name: str) -> JsonValue:
    if not isinstance(value, dict):
        raise TypeError(name)
    return value[name]


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _time(value: JsonValue) -> datetime:
    at = read_time(value)
    if at is None:
        raise TypeError
    return at
