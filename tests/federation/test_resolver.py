"""Documents and actors of others: what is believed, what is asked again (refusals rule 3, ORG-06, 07, 23)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.errors import (
    BadAnswer,
    ForbiddenAddress,
    NoAnswer,
    NotActivity,
    NotJson,
    TooMany,
)
from federation.flights import Flights
from federation.strictjson import JsonObject
from storage.ids import ActorId
from tests.federation.loopback import Site, open_site, outcome, url
from tests.federation.people import World, actor_at, multikey, open_world, show

LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


@pytest.fixture
async def peer() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


# Documents


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json",
        "Application/Activity+JSON; charset=utf-8",
        LD,
        "application/ld+json;profile=https://www.w3.org/ns/activitystreams",
        'application/ld+json; charset=utf-8; profile="https://example.org/x https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_a_document_that_says_its_own_url_is_believed(world: World, peer: Site, content_type: str) -> None:
    show(peer, "/note", {"id": url(peer, "/note")}, content_type)
    assert {"id": url(peer, "/note")} == await world.resolver.document(url(peer, "/note"))
    assert peer.requests[0].headers["Signature"] == f"cavage {url(peer, '/note')}"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "application/json",
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams-history"',
        'application/ld+json; x="profile=https://www.w3.org/ns/activitystreams"',
        "application/activity+json, text/html",
        "text/plain; application/activity+json",
        "",
    ],
)
async def test_a_document_of_another_type_is_refused(world: World, peer: Site, content_type: str) -> None:
    show(peer, "/note", {"id": url(peer, "/note")}, content_type)
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/note")))


async def test_two_content_types_are_refused(world: World, peer: Site) -> None:
    async def answer(_request: web.Request) -> web.Response:
        document = {"id": url(peer, "/note")}
        response = web.json_response(document, content_type="application/activity+json")
        response.headers.add("Content-Type", "text/html")
        return response

    peer.handlers["/note"] = answer
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/note")))


async def test_a_document_with_another_id_of_its_host_is_fetched_once_by_that_id(world: World, peer: Site) -> None:
    show(peer, "/@alice", {"id": url(peer, "/alice"), "short": True})
    show(peer, "/alice", {"id": url(peer, "/alice"), "whole": True})
    assert {"id": url(peer, "/alice"), "whole": True} == await world.resolver.document(url(peer, "/@alice"))
    assert peer.fetches == {"/@alice": 1, "/alice": 1}


async def test_a_document_that_is_not_at_its_id_either_is_refused(world: World, peer: Site) -> None:
    show(peer, "/a", {"id": url(peer, "/b")})
    show(peer, "/b", {"id": url(peer, "/c")})
    show(peer, "/c", {"id": url(peer, "/c")})
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/a")))
    assert peer.fetches == {"/a": 1, "/b": 1}


async def test_a_document_with_an_id_on_another_host_is_refused_without_asking_there(world: World, peer: Site) -> None:
    async with open_site() as mal:
        show(peer, "/note", {"id": url(peer, "/note")})
        show(mal, "/note", {"id": url(peer, "/note")})
        assert BadAnswer is await outcome(world.resolver.document(url(mal, "/note")))
    assert peer.fetches == {}


@pytest.mark.parametrize("id", [None, 7, "", "note", ["x"], "http://[", "https://user@peer.test/"])
async def test_a_document_without_a_usable_id_is_refused(world: World, peer: Site, id: str) -> None:
    show(peer, "/note", {"id": id})
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/note")))


async def test_an_id_with_a_fragment_is_no_documents_id(world: World, peer: Site) -> None:
    show(peer, "/note", {"id": url(peer, "/note#part")})
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/note")))


async def test_a_redirect_gives_no_identity(world: World, peer: Site) -> None:
    async with open_site() as mal:
        mal.answer("/actor", status=302, Location=url(peer, "/alice"))
        show(peer, "/alice", {**actor_at(peer), "id": url(mal, "/actor")})
        assert BadAnswer is await outcome(world.resolver.document(url(mal, "/actor")))
        assert BadAnswer is await outcome(world.resolver.actor(ActorId(url(mal, "/actor")), fresh=True))
        assert mal.fetches == {"/actor": 2}


async def test_a_redirect_leads_to_the_document_of_where_it_ends(world: World, peer: Site) -> None:
    peer.answer("/old", status=301, Location="/note")
    show(peer, "/note", {"id": url(peer, "/note")})
    assert {"id": url(peer, "/note")} == await world.resolver.document(url(peer, "/old"))


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id": 1, "id": 2}', b"{" * 5000, b'{"id": NaN}'])
async def test_a_document_that_is_no_strict_json_is_refused(world: World, peer: Site, body: bytes) -> None:
    peer.answer("/note", body, Content_Type="application/activity+json")
    assert NotJson is await outcome(world.resolver.document(url(peer, "/note")))


async def test_a_failure_is_remembered_for_five_minutes(world: World, peer: Site) -> None:
    for _ in range(100):
        with pytest.raises(BadAnswer) as failure:
            await world.resolver.document(url(peer, "/missing"))
        assert failure.value.status == 404
    assert peer.fetches == {"/missing": 1}
    world.clock.move(minutes=5)
    show(peer, "/missing", {"id": url(peer, "/missing")})
    assert {"id": url(peer, "/missing")} == await world.resolver.document(url(peer, "/missing"))
    assert peer.fetches == {"/missing": 2}


async def test_fresh_asks_again_in_spite_of_a_failure(world: World, peer: Site) -> None:
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/note")))
    show(peer, "/note", {"id": url(peer, "/note")})
    assert {"id": url(peer, "/note")} == await world.resolver.document(url(peer, "/note"), fresh=True)


async def test_those_who_ask_at_once_share_one_fetch(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    id = ActorId(url(peer, "/alice"))
    found = await asyncio.gather(*(world.resolver.actor(id) for _ in range(50)))
    assert len(set(found)) == 1
    assert peer.fetches == {"/alice": 1}


async def test_who_gives_up_does_not_end_the_fetch_of_the_others(world: World, peer: Site) -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def hold(_request: web.Request) -> web.Response:
        asked.set()
        await release.wait()
        return web.json_response({"id": url(peer, "/note")}, content_type="application/activity+json")

    peer.handlers["/note"] = hold
    first = asyncio.create_task(world.resolver.document(url(peer, "/note")))
    second = asyncio.create_task(world.resolver.document(url(peer, "/note")))
    await asked.wait()
    first.cancel()
    release.set()
    assert {"id": url(peer, "/note")} == await second
    assert peer.fetches == {"/note": 1}


async def test_our_own_documents_and_actors_are_never_fetched(tmp_path: Path, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    async with open_world(tmp_path, own_host=f"127.0.0.1:{peer.port}") as world:
        assert ForbiddenAddress is await outcome(world.resolver.document(url(peer, "/alice")))
        assert ForbiddenAddress is await outcome(world.resolver.actor(ActorId(url(peer, "/alice"))))
        assert ForbiddenAddress is await outcome(world.resolver.find_actor_by_address(f"alice@127.0.0.1:{peer.port}"))
    assert peer.fetches == {}


# Actors


async def test_an_actor_is_fetched_once_a_day(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    id = ActorId(url(peer, "/alice"))
    first = await world.resolver.actor(id)
    world.clock.move(hours=23)
    assert first == await world.resolver.actor(id)
    assert peer.fetches == {"/alice": 1}
    world.clock.move(hours=1)
    show(peer, "/alice", actor_at(peer, name="Alice B."))
    assert (await world.resolver.actor(id)).name == "Alice B."
    assert peer.fetches == {"/alice": 2}


async def test_fresh_asks_although_the_actor_is_stored(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    id = ActorId(url(peer, "/alice"))
    await world.resolver.actor(id)
    show(peer, "/alice", actor_at(peer, name="Alice B."))
    assert (await world.resolver.actor(id, fresh=True)).name == "Alice B."
    stored = await world.store.find_remote_actor(id)
    assert stored is not None
    assert stored.name == "Alice B."


async def test_an_actor_whose_host_fails_stays_as_stored_unless_it_must_be_fresh(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    id = ActorId(url(peer, "/alice"))
    first = await world.resolver.actor(id)
    world.clock.move(hours=25)
    peer.answer("/alice", status=410)
    assert first == await world.resolver.actor(id)
    assert BadAnswer is await outcome(world.resolver.actor(id, fresh=True))
    assert first == await world.store.find_remote_actor(id)


async def test_an_actor_at_another_id_is_not_the_one_asked_for(world: World, peer: Site) -> None:
    show(peer, "/@alice", actor_at(peer))
    show(peer, "/alice", actor_at(peer))
    assert BadAnswer is await outcome(world.resolver.actor(ActorId(url(peer, "/@alice"))))
    assert await world.store.find_remote_actor(ActorId(url(peer, "/alice"))) is None


async def test_a_document_that_is_no_actor_is_refused(world: World, peer: Site) -> None:
    show(peer, "/alice", {"id": url(peer, "/alice"), "type": "Note"})
    assert NotActivity is await outcome(world.resolver.actor(ActorId(url(peer, "/alice"))))


async def test_an_actor_is_kept_with_its_keys(world: World, peer: Site) -> None:
    id = url(peer, "/alice")
    proof_key: JsonObject = {"id": f"{id}#ed", "type": "Multikey", "controller": id, "publicKeyMultibase": multikey()}
    show(peer, "/alice", actor_at(peer, assertionMethod=[proof_key]))
    actor = await world.resolver.actor(ActorId(id))
    assert [f"{id}#main-key", f"{id}#ed"] == [key.id for key in actor.keys]
    assert actor == await world.store.find_remote_actor(ActorId(id))


async def test_a_silent_host_is_no_answer(tmp_path: Path, peer: Site) -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    peer.handlers["/alice"] = hang
    async with open_world(tmp_path, seconds=0.05) as world:
        assert NoAnswer is await outcome(world.resolver.actor(ActorId(url(peer, "/alice"))))


async def test_only_so_many_fetches_from_one_host_are_under_way_at_once(world: World, peer: Site) -> None:
    release = asyncio.Event()

    async def hold(_request: web.Request) -> web.Response:
        await release.wait()
        return web.Response(status=404)

    for number in range(200):
        peer.handlers[f"/{number}"] = hold
    asked = [asyncio.create_task(outcome(world.resolver.document(url(peer, f"/{n}")))) for n in range(200)]
    await asyncio.wait([asked[-1]])
    release.set()
    outcomes = await asyncio.gather(*asked)
    assert (outcomes.count(BadAnswer), outcomes.count(TooMany)) == (32, 168)


async def test_only_so_many_fetches_from_all_hosts_together_are_under_way() -> None:
    release = asyncio.Event()
    flights: Flights[tuple[str, int]] = Flights(most=10, group=lambda flight: flight[0], most_of_a_group=4)
    asked = [(host, number) for host in "abcd" for number in range(6)]
    joined = [asyncio.create_task(outcome(flights.join(flight, release.wait))) for flight in asked]
    await asyncio.wait([joined[-1]])
    release.set()
    outcomes = await asyncio.gather(*joined)
    assert (outcomes.count(True), outcomes.count(TooMany)) == (10, 14)
    assert await flights.join(("a", 1), release.wait)  # their places are free again


async def test_one_asker_takes_only_so_many_places_whatever_hosts_it_names() -> None:
    release = asyncio.Event()
    flights: Flights[int] = Flights(most=10, most_of_an_asker=4)
    joined = [asyncio.create_task(outcome(flights.join(n, release.wait, asker=n % 2))) for n in range(0, 20, 2)]
    joined += [asyncio.create_task(outcome(flights.join(n, release.wait, asker=1))) for n in (1, 3)]
    await asyncio.wait([joined[-3]])
    release.set()
    outcomes = await asyncio.gather(*joined)
    assert [True] * 4 + [TooMany] * 6 + [True] * 2 == outcomes
    assert await flights.join(20, release.wait, asker=0)  # its places are free again


async def test_a_refused_fetch_is_signed_otherwise_at_once_and_so_from_then_on(world: World, peer: Site) -> None:
    seen: list[str] = []

    async def only_rfc9421(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers["Signature"].split()[0])
        if seen[-1] == "cavage":
            return web.Response(status=401)
        return web.json_response({"id": url(peer, request.path), "type": "Note"}, content_type=ACTIVITY_JSON)

    peer.handlers["/one"] = peer.handlers["/two"] = only_rfc9421
    await world.resolver.document(url(peer, "/one"))
    await world.resolver.document(url(peer, "/two"))
    assert seen == ["cavage", "rfc9421", "rfc9421"]


async def test_a_refusal_behind_a_redirect_saw_no_signature_and_is_not_knocked_at(world: World, peer: Site) -> None:
    peer.answer("/moved", status=302, Location=url(peer, "/shut"))
    peer.answer("/shut", status=401)
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/moved")))
    assert peer.fetches["/moved"] == 1
