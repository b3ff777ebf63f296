"""Keys of others: whose they are, and how often we ask (refusals SIG-18, 19, 23, 25, 26, SSRF-15, 17)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from federation.errors import BadSignature, NotTheSigner, TooMany
from federation.strictjson import JsonObject
from storage.ids import ActorId, Host, KeyId
from storage.records import RemoteKey
from tests.federation.loopback import Site, open_site, outcome, url
from tests.federation.people import World, actor_at, open_world, rsa_pem, show


@pytest.fixture
async def peer() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.fixture
async def mal() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


def key_at(site: Site, path: str = "/key", owner: str = "/alice") -> JsonObject:
    """A key document of its own."""
    return {"id": url(site, path), "type": "Key", "owner": url(site, owner), "publicKeyPem": rsa_pem()}


def key_of(site: Site, owner: str) -> JsonObject:
    """The key in an actor's own document."""
    return {**key_at(site, owner=owner), "id": url(site, f"{owner}#main-key")}


def key_id(site: Site, path: str = "/alice#main-key") -> KeyId:
    return KeyId(url(site, path))


async def met(world: World, site: Site, path: str = "/alice#main-key") -> RemoteKey:
    """The key, as after a request that it signed."""
    key = await world.resolver.key(key_id(site, path))
    await world.resolver.keep(key)
    return key


async def test_a_key_in_its_owners_document_is_fetched_once_and_kept(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    key = await world.resolver.key(key_id(peer), expected_owner=ActorId(url(peer, "/alice")))
    await world.resolver.keep(key)
    assert (url(peer, "/alice"), "rsa", rsa_pem()) == (key.owner, key.kind, key.public)
    world.clock.move(hours=23)
    assert key == await world.resolver.key(key_id(peer))
    assert peer.fetches == {"/alice": 1}


async def test_a_key_older_than_a_day_is_looked_at_again(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    await met(world, peer)
    world.clock.move(hours=25)
    renewed = await world.resolver.key(key_id(peer))
    assert renewed.fetched_at == world.clock()
    assert peer.fetches == {"/alice": 2}
    peer.handlers.clear()
    world.clock.move(hours=25)
    assert await world.resolver.key(key_id(peer)) == renewed  # its host is silent: what we know will do


async def test_a_key_url_that_answers_with_its_actor_is_understood(world: World, peer: Site) -> None:
    id = url(peer, "/alice/main-key")
    key: JsonObject = {"id": id, "owner": url(peer, "/alice"), "publicKeyPem": rsa_pem()}
    show(peer, "/alice/main-key", {"id": url(peer, "/alice"), "type": "Person", "publicKey": key})
    show(peer, "/alice", actor_at(peer, publicKey=key))
    assert url(peer, "/alice") == (await world.resolver.key(KeyId(id))).owner
    assert peer.fetches == {"/alice/main-key": 1, "/alice": 1}


@pytest.mark.parametrize("listed", ["embedded", "named"])
async def test_a_key_document_of_its_own_needs_its_owners_list(world: World, peer: Site, listed: str) -> None:
    show(peer, "/key", key_at(peer))
    show(peer, "/alice", actor_at(peer, publicKey=key_at(peer) if listed == "embedded" else url(peer, "/key")))
    key = await met(world, peer, "/key")
    assert (url(peer, "/alice"), rsa_pem()) == (key.owner, key.public)
    assert key == await world.store.find_remote_key(key_id(peer, "/key"))


async def test_a_key_its_owner_does_not_list_is_refused(world: World, peer: Site) -> None:
    show(peer, "/key", key_at(peer))
    show(peer, "/alice", actor_at(peer))
    assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/key")))
    assert await world.store.find_remote_actor(ActorId(url(peer, "/alice"))) is None


async def test_a_key_document_that_claims_an_owner_elsewhere_is_refused_without_asking(
    world: World, peer: Site, mal: Site
) -> None:
    show(mal, "/key", {**key_at(mal), "owner": url(peer, "/alice")})
    show(peer, "/alice", actor_at(peer, publicKey=[url(mal, "/key")]))
    assert BadSignature is await outcome(world.resolver.key(key_id(mal, "/key")))
    assert peer.fetches == {}


async def test_an_actor_may_not_list_a_key_of_another_host(world: World, peer: Site, mal: Site) -> None:
    stolen: JsonObject = {"id": key_id(peer), "owner": url(mal, "/alice"), "publicKeyPem": rsa_pem(1)}
    show(mal, "/alice", actor_at(mal, publicKey=[stolen, actor_at(mal)["publicKey"]]))
    await world.resolver.actor(ActorId(url(mal, "/alice")))
    assert await world.store.find_remote_key(key_id(peer)) is None


async def test_a_key_that_names_another_owner_is_not_its_actors(world: World, peer: Site) -> None:
    key: JsonObject = {"id": key_id(peer), "owner": url(peer, "/bob"), "publicKeyPem": rsa_pem()}
    show(peer, "/alice", actor_at(peer, publicKey=key))
    assert BadSignature is await outcome(world.resolver.key(key_id(peer)))


async def test_a_stand_alone_key_whose_id_is_not_its_url_is_refused_and_not_kept(world: World, peer: Site) -> None:
    show(peer, "/key", {**key_at(peer), "id": url(peer, "/other")})
    show(peer, "/other", key_at(peer, "/other"))
    show(peer, "/alice", actor_at(peer, publicKey=[url(peer, "/key"), url(peer, "/other")]))
    assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/key")))
    assert await world.store.find_remote_key(key_id(peer, "/key")) is None
    assert await world.store.find_remote_key(key_id(peer, "/other")) is None


async def test_a_key_document_whose_owner_answers_as_another_is_refused(world: World, peer: Site) -> None:
    show(peer, "/key", key_at(peer, owner="/@alice"))
    show(peer, "/@alice", actor_at(peer, publicKey=url(peer, "/key")))
    show(peer, "/alice", actor_at(peer, publicKey=url(peer, "/key")))
    assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/key")))


async def test_a_key_on_another_host_than_the_expected_owner_costs_no_fetch(
    world: World, peer: Site, mal: Site
) -> None:
    show(mal, "/alice", actor_at(mal))
    asked = world.resolver.key(key_id(mal), expected_owner=ActorId(url(peer, "/alice")))
    assert NotTheSigner is await outcome(asked)
    assert mal.fetches == {}


async def test_a_known_key_is_only_its_owners(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    await world.resolver.key(key_id(peer))
    asked = world.resolver.key(key_id(peer), expected_owner=ActorId(url(peer, "/bob")))
    assert NotTheSigner is await outcome(asked)


@pytest.mark.parametrize(
    "pem", ["", "noise" * 300_000, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", 7]
)
async def test_an_unusable_key_is_refused(world: World, peer: Site, pem: str) -> None:
    show(peer, "/alice", actor_at(peer, publicKey={**key_at(peer), "id": key_id(peer), "publicKeyPem": pem}))
    show(peer, "/key", {**key_at(peer), "publicKeyPem": pem})
    assert BadSignature is await outcome(world.resolver.key(key_id(peer)))
    world.clock.move(seconds=10)
    assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/key")))


async def test_a_key_on_our_own_host_is_never_asked_for(tmp_path: Path, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    async with open_world(tmp_path, own_host=f"127.0.0.1:{peer.port}") as world:
        assert BadSignature is await outcome(world.resolver.key(key_id(peer)))
        assert BadSignature is await outcome(world.resolver.refetch_key(key_id(peer)))
    assert peer.fetches == {}


@pytest.mark.parametrize("id", ["", "key", "https://10.0.0.1/key", "https://user@peer.test/key", "acct:a@b", "\ud800"])
async def test_a_key_id_that_is_no_address_or_a_private_one_is_a_bad_signature(world: World, id: str) -> None:
    assert BadSignature is await outcome(world.resolver.key(KeyId(id)))


# Budgets


async def test_a_key_that_is_not_there_is_asked_for_once_in_five_minutes(world: World, peer: Site) -> None:
    for _ in range(100):
        assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/missing")))
    assert peer.fetches == {"/missing": 1}
    world.clock.move(minutes=5)
    assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/missing")))
    assert peer.fetches == {"/missing": 2}


async def test_a_key_url_that_hangs_is_asked_once_for_a_hundred_callers(tmp_path: Path, peer: Site) -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    peer.handlers["/hang"] = hang
    async with open_world(tmp_path, seconds=0.1) as world:
        outcomes = await asyncio.gather(*(outcome(world.resolver.key(key_id(peer, "/hang"))) for _ in range(100)))
        outcomes.append(await outcome(world.resolver.key(key_id(peer, "/hang"))))
    assert {BadSignature: 101} == Counter(outcomes)
    assert peer.fetches == {"/hang": 1}


async def test_fifty_key_ids_on_one_victim_cost_one_fetch_in_ten_seconds(world: World, peer: Site) -> None:
    asked = [world.resolver.key(key_id(peer, f"/{number}")) for number in range(50)]
    assert {BadSignature: 1, TooMany: 49} == Counter(await asyncio.gather(*map(outcome, asked)))
    assert len(peer.requests) == 1
    world.clock.move(seconds=9.9)
    with pytest.raises(TooMany) as refusal:
        await world.resolver.key(key_id(peer, "/next"))
    assert refusal.value.retry_after == 1
    assert len(peer.requests) == 1
    world.clock.move(seconds=0.1)
    assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/next")))
    assert len(peer.requests) == 2


async def test_fragments_do_not_multiply_the_budget(world: World, peer: Site) -> None:
    asked = [world.resolver.key(key_id(peer, f"/alice#{number}")) for number in range(50)]
    await asyncio.gather(*map(outcome, asked))
    assert peer.fetches == {"/alice": 1}


async def test_a_host_that_gave_a_valid_key_is_asked_twenty_times_a_second(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    await world.resolver.key(key_id(peer))
    asked = [world.resolver.key(key_id(peer, f"/{number}")) for number in range(50)]
    assert {BadSignature: 20, TooMany: 30} == Counter(await asyncio.gather(*map(outcome, asked)))
    assert len(peer.requests) == 21
    world.clock.move(seconds=1)
    asked = [world.resolver.key(key_id(peer, f"/later/{number}")) for number in range(50)]
    await asyncio.gather(*map(outcome, asked))
    assert len(peer.requests) == 41


async def test_one_host_that_fails_costs_others_nothing(world: World, peer: Site, mal: Site) -> None:
    for number in range(5):
        await outcome(world.resolver.key(key_id(mal, f"/{number}")))
    show(peer, "/alice", actor_at(peer))
    assert url(peer, "/alice") == (await world.resolver.key(key_id(peer))).owner


async def test_many_askers_cost_a_victim_no_more_than_one(world: World, peer: Site) -> None:
    asked = [world.resolver.key(key_id(peer, f"/{number}"), asker=number) for number in range(50)]
    assert {BadSignature: 1, TooMany: 49} == Counter(await asyncio.gather(*map(outcome, asked)))
    assert len(peer.requests) == 1


async def test_who_asks_from_the_hosts_own_address_is_heard_while_others_use_up_its_turns(
    tmp_path: Path, peer: Site
) -> None:
    asked: list[tuple[Host, int]] = []

    async def is_at_home(host: Host, asker: int) -> bool:
        asked.append((host, asker))
        return asker == 7

    show(peer, "/alice", actor_at(peer))
    async with open_world(tmp_path, is_at_home=is_at_home) as world:
        assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/nobody"), asker=1))
        assert TooMany is await outcome(world.resolver.key(key_id(peer), asker=2))
        assert url(peer, "/alice") == (await world.resolver.key(key_id(peer), asker=7)).owner
    assert [(f"127.0.0.1:{peer.port}", asker) for asker in (2, 7)] == asked
    assert peer.fetches == {"/nobody": 1, "/alice": 1}


async def test_a_redirect_of_a_key_leads_to_no_other_host(world: World, peer: Site, mal: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    mal.answer("/alice", status=302, Location=url(peer, "/alice"))
    assert BadSignature is await outcome(world.resolver.key(key_id(mal)))
    assert {} == peer.fetches


async def test_a_redirect_of_a_key_on_its_own_host_is_followed(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    peer.answer("/old", status=302, Location=url(peer, "/alice"))
    assert BadSignature is await outcome(world.resolver.key(key_id(peer, "/old")))
    assert {"/old": 1, "/alice": 1} == peer.fetches


# A key that does not fit any more


async def test_a_changed_key_is_fetched_again_and_kept(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    await met(world, peer)
    show(peer, "/alice", actor_at(peer, publicKey={**key_at(peer), "id": key_id(peer), "publicKeyPem": rsa_pem(1)}))
    assert rsa_pem(1) == (await world.resolver.refetch_key(key_id(peer))).public
    assert rsa_pem(1) == (await world.resolver.key(key_id(peer))).public


async def test_a_thousand_bad_signatures_refetch_a_key_once_in_five_minutes(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    key = await met(world, peer)
    for _ in range(1000):
        assert key.public == (await world.resolver.refetch_key(key_id(peer))).public
    assert peer.fetches == {"/alice": 2}
    world.clock.move(minutes=5)
    await world.resolver.refetch_key(key_id(peer))
    assert peer.fetches == {"/alice": 3}


async def test_those_who_refetch_at_once_all_get_the_new_key(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    await met(world, peer)
    show(peer, "/alice", actor_at(peer, publicKey={**key_at(peer), "id": key_id(peer), "publicKeyPem": rsa_pem(1)}))
    keys = await asyncio.gather(*(world.resolver.refetch_key(key_id(peer)) for _ in range(20)))
    assert {rsa_pem(1)} == {key.public for key in keys}
    assert peer.fetches == {"/alice": 2}


async def test_a_silent_host_leaves_the_stored_key(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    key = await met(world, peer)
    peer.answer("/alice", status=503)
    assert key == await world.resolver.refetch_key(key_id(peer))
    assert key == await world.store.find_remote_key(key_id(peer))


async def test_a_key_its_owner_withdrew_is_dropped(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    await met(world, peer)
    show(peer, "/alice", actor_at(peer, publicKey=None))
    assert BadSignature is await outcome(world.resolver.refetch_key(key_id(peer)))
    assert await world.store.find_remote_key(key_id(peer)) is None
    assert BadSignature is await outcome(world.resolver.refetch_key(key_id(peer)))


async def test_refetching_an_unknown_key_that_is_not_there_is_a_bad_signature(world: World, peer: Site) -> None:
    assert BadSignature is await outcome(world.resolver.refetch_key(key_id(peer, "/missing")))
