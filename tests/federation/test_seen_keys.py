"""What is remembered of actors that have shown nothing yet: little, however much they show of themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from federation.strictjson import JsonObject
from storage.ids import ActorId, KeyId
from tests.federation.loopback import Site, open_site, url
from tests.federation.people import World, actor_at, open_world, rsa_pem, show
from tests.federation.test_key_lookup import key_id, key_of


@pytest.fixture
async def peer() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


@pytest.mark.parametrize(("padding", "kept"), [(0, 10), (1500, 1)])
async def test_of_an_actor_with_long_keys_only_the_one_asked_for_is_remembered(
    world: World, peer: Site, padding: int, kept: int
) -> None:
    owner = url(peer, "/alice")
    ids = [f"{owner}#{number}{'x' * padding}" for number in range(10)]
    keys: list[JsonObject] = [{"id": id, "owner": owner, "publicKeyPem": rsa_pem()} for id in ids]
    show(peer, "/alice", actor_at(peer, publicKey=[*keys]))
    key = await world.resolver.key(KeyId(ids[5]))
    (seen,) = (row for _, row in world.resolver._keys._seen._rows.values())
    assert seen
    assert (kept, key in seen.actor.keys) == (len(seen.actor.keys), True)
    await world.resolver.keep(key)
    stored = await world.store.find_remote_actor(ActorId(owner))
    assert stored is not None
    assert key in stored.keys


async def test_a_key_that_was_only_named_is_remembered_and_in_no_row(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    key = await world.resolver.key(key_id(peer))
    assert key == await world.resolver.refetch_key(key_id(peer))
    assert key == await world.resolver.key(key_id(peer))
    assert {"/alice": 1} == peer.fetches
    assert await world.store.find_remote_key(key_id(peer)) is None
    assert await world.store.find_remote_actor(ActorId(url(peer, "/alice"))) is None
    world.clock.move(minutes=5)
    await world.resolver.key(key_id(peer))
    assert {"/alice": 2} == peer.fetches


async def test_keys_that_were_only_named_fill_a_bounded_memory(
    world: World, peer: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.resolver._keys._seen, "_keep", 3)
    for number in range(10):
        show(peer, f"/{number}", {**actor_at(peer, f"/{number}"), "publicKey": key_of(peer, f"/{number}")})
        await world.resolver.key(key_id(peer, f"/{number}#main-key"))
        world.clock.move(seconds=1)
    assert [key_id(peer, f"/{number}#main-key") for number in (7, 8, 9)] == list(world.resolver._keys._seen._rows)
