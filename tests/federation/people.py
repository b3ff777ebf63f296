"""Other people's actors on loopback sites, and a resolver that looks for them, with a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.httpsig.wishes import Wish
from federation.key_lookup import IsAtHome, nobody_is
from federation.keys import dump_public_pem, encode_multikey, new_ed25519, new_rsa
from federation.resolver import Resolver
from federation.schemes import SchemeTable
from federation.strictjson import JsonObject, JsonValue
from federation.wire import Limits
from storage.backends import open_store
from storage.ids import Host
from storage.records import Scheme
from storage.store import Store
from tests.federation.loopback import Site, new_wire, url


class Clock:
    """A time that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass: `seconds=`, `minutes=` or `hours=`."""
        self.now += timedelta(**by)


class World:
    """A resolver with a real store; `us` is its own host."""

    def __init__(self, store: Store, resolver: Resolver, clock: Clock) -> None:
        self.store = store
        self.resolver = resolver
        self.clock = clock


@asynccontextmanager
async def open_world(
    folder: Path, *, own_host: str = "union.example", seconds: float = 10, is_at_home: IsAtHome = nobody_is
) -> AsyncIterator[World]:
    """Store, wire and resolver; own host as given."""
    own_hosts, clock = [Host(own_host)], Clock()
    store = await open_store(f"sqlite:///{folder / 'picketline.db'}")
    try:
        async with new_wire(own_hosts=(own_host,), limits=Limits(seconds=seconds)) as wire:
            resolver = Resolver(
                wire=wire,
                store=store,
                now=clock,
                sign_get=sign_get,
                schemes=SchemeTable(store, now=clock),
                own_hosts=own_hosts,
                is_at_home=is_at_home,
            )
            yield World(store, resolver, clock)
    finally:
        await store.close()


def sign_get(target: str, scheme: Scheme, wish: Wish) -> Mapping[str, str]:
    return {"Signature": " ".join([scheme, target, *wish.components])}


@cache
def rsa_pem(number: int = 0) -> str:
    """The public PEM of one of several RSA keys."""
    return dump_public_pem(new_rsa().public_key())


@cache
def multikey(number: int = 0) -> str:
    """One of several Ed25519 keys."""
    return encode_multikey(new_ed25519().public_key())


def actor_at(site: Site, path: str = "/alice", **changes: JsonValue) -> JsonObject:
    """An actor document with one RSA key; None drops a property."""
    id = url(site, path)
    document: JsonObject = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": id,
        "type": "Person",
        "preferredUsername": "alice",
        "name": "Alice",
        "inbox": f"{id}/inbox",
        "publicKey": {"id": f"{id}#main-key", "owner": id, "publicKeyPem": rsa_pem()},
    }
    document.update(changes)
    return {name: value for name, value in document.items() if value is not None}


def show(site: Site, path: str, document: JsonValue, content_type: str = ACTIVITY_JSON) -> None:
    """Let a path answer a document."""
    site.answer(path, json.dumps(document).encode(), Content_Type=content_type)
