"""Public keys as actor documents carry them: `publicKey` in PEM, `assertionMethod` as Multikey (FEP-521a)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from federation.activitystreams.parse import read_ids
from federation.addresses import same_origin
from federation.errors import BadKey
from federation.keys import PublicKey, dump_public_pem, encode_multikey, load_multikey, load_public_pem
from federation.strictjson import JsonObject, JsonValue
from storage.ids import ActorId, KeyId
from storage.records import RemoteKey

MOST_KEYS: Final = 10
_PROPERTIES: Final = ("publicKey", "assertionMethod")


def read_keys(document: JsonObject, owner: ActorId, fetched_at: datetime) -> tuple[RemoteKey, ...]:
    """The usable keys of an actor's document, of its first ten: those that name it as owner, on its host."""
    found: dict[KeyId, RemoteKey] = {}
    for embedded in list(_embedded(document))[:MOST_KEYS]:
        try:
            key = read_key(embedded, fetched_at)
        except BadKey:
            continue
        if key.owner == owner and same_origin(key.id, owner):
            found.setdefault(key.id, key)
    return tuple(found.values())


def listed_key_ids(document: JsonObject) -> tuple[str, ...]:
    """Ids of the keys an actor's document shows, embedded or only named, at most ten of each property."""
    return tuple(id for name in _PROPERTIES for id in read_ids(document.get(name))[:MOST_KEYS])


def read_key(document: JsonObject, fetched_at: datetime) -> RemoteKey:
    """A key object, embedded or a document of its own; `BadKey` when it is not whole or not usable."""
    id = document.get("id")
    owner = document.get("owner", document.get("controller"))
    if not isinstance(id, str) or not isinstance(owner, str):
        raise BadKey("The key names no id or no owner, so nobody can be said to hold it.")
    public = _load(document)
    return RemoteKey(
        id=KeyId(id),
        owner=ActorId(owner),
        kind=public.kind,
        public=_written(public),
        fetched_at=fetched_at,
    )


def _embedded(document: JsonObject) -> Iterator[JsonObject]:
    for name in _PROPERTIES:
        value: JsonValue = document.get(name)
        yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict))


def _load(document: JsonObject) -> PublicKey:
    match document:
        case {"publicKeyPem": str() as pem}:
            return load_public_pem(pem)
        case {"publicKeyMultibase": str() as multibase}:
            return load_multikey(multibase)
        case _:
            raise BadKey("The key object holds no key that we can read.")


def _written(public: PublicKey) -> str:
    """The key in the one form we store it in."""
    if isinstance(public.loaded, RSAPublicKey):
        return dump_public_pem(public.loaded)
    return encode_multikey(public.loaded)
