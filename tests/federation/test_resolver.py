"""Documents and actors of others: what is believed, what is asked again (refusals rule 3, ORG-06, 07, 23)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from federation.errors import (
    BadAnswer,
    FederationError,
    ForbiddenAddress,
    NoAnswer,
    NotActivity,
    NotJson,
    TooMany,
)
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
    assert peer.requests[0].headers["Signature"] == f"GET {url(peer, '/note')}"


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
        response = web.Response(text='{"id": "%s"}' % url(peer, "/note"), content_type="application/activity+json")
        response.headers.add("Content-Type", "text/html")
        return response

    peer.handlers["/note"] = answer
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/note")))


async def test_a_document_with_another_id_of_its_host_is_fetched_once_by_that_id(world: World, peer: Site) -> None:
    show(peer, "/@alice", {"id": url(peer, "/alice"), "short": True})
    show(peer, "/alice", {"id": url(peer, "/alice"), "whole": True})
    assert {"id": url(peer, "/alice"), "whole": True} == await world.resolver.document(url(peer, "/@alice"))
    assert {"/@alice": 1, "/alice": 1} == peer.fetches


async def test_a_document_that_is_not_at_its_id_either_is_refused(world: World, peer: Site) -> None:
    show(peer, "/a", {"id": url(peer, "/b")})
    show(peer, "/b", {"id": url(peer, "/c")})
    show(peer, "/c", {"id": url(peer, "/c")})
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/a")))
    assert {"/a": 1, "/b": 1} == peer.fetches


async def test_a_document_with_an_id_on_another_host_is_refused_without_asking_there(world: World, peer: Site) -> None:
    async with open_site() as mal:
        show(peer, "/note", {"id": url(peer, "/note")})
        show(mal, "/note", {"id": url(peer, "/note")})
        assert BadAnswer is await outcome(world.resolver.document(url(mal, "/note")))
    assert {} == peer.fetches


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
        assert {"/actor": 2} == mal.fetches


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
    assert {"/missing": 1} == peer.fetches
    world.clock.move(minutes=5)
    show(peer, "/missing", {"id": url(peer, "/missing")})
    assert {"id": url(peer, "/missing")} == await world.resolver.document(url(peer, "/missing"))
    assert {"/missing": 2} == peer.fetches


async def test_fresh_asks_again_in_spite_of_a_failure(world: World, peer: Site) -> None:
    assert BadAnswer is await outcome(world.resolver.document(url(peer, "/note")))
    show(peer, "/note", {"id": url(peer, "/note")})
    assert {"id": url(peer, "/note")} == await world.resolver.document(url(peer, "/note"), fresh=True)


async def test_those_who_ask_at_once_share_one_fetch(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    id = ActorId(url(peer, "/alice"))
    found = await asyncio.gather(*(world.resolver.actor(id) for _ in range(50)))
    assert 1 == len(set(found))
    assert {"/alice": 1} == peer.fetches


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
    assert {"/note": 1} == peer.fetches


async def test_our_own_documents_and_actors_are_never_fetched(tmp_path: Path, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    async with open_world(tmp_path, own_host=f"127.0.0.1:{peer.port}") as world:
        assert ForbiddenAddress is await outcome(world.resolver.document(url(peer, "/alice")))
        assert ForbiddenAddress is await outcome(world.resolver.actor(ActorId(url(peer, "/alice"))))
        assert ForbiddenAddress is await outcome(world.resolver.find_actor_by_address(f"alice@127.0.0.1:{peer.port}"))
    assert {} == peer.fetches


# Actors


async def test_an_actor_is_fetched_once_a_day(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    id = ActorId(url(peer, "/alice"))
    first = await world.resolver.actor(id)
    world.clock.move(hours=23)
    assert first == await world.resolver.actor(id)
    assert {"/alice": 1} == peer.fetches
    world.clock.move(hours=1)
    show(peer, "/alice", actor_at(peer, name="Alice B."))
    assert "Alice B." == (await world.resolver.actor(id)).name
    assert {"/alice": 2} == peer.fetches


async def test_fresh_asks_although_the_actor_is_stored(world: World, peer: Site) -> None:
    show(peer, "/alice", actor_at(peer))
    id = ActorId(url(peer, "/alice"))
    await world.resolver.actor(id)
    show(peer, "/alice", actor_at(peer, name="Alice B."))
    assert "Alice B." == (await world.resolver.actor(id, fresh=True)).name
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
    proof_key = {"id": f"{id}#ed", "type": "Multikey", "controller": id, "publicKeyMultibase": multikey()}
    show(peer, "/alice", actor_at(peer, assertionMethod=[proof_key]))
    actor = await world.resolver.actor(ActorId(id))
    assert [f"{id}#main-key", f"{id}#ed"] == [key.id for key in actor.keys]
    assert actor == await world.store.find_remote_actor(ActorId(id))


# Addresses


def name(site: Site, user: str = "alice") -> str:
    return f"{user}@127.0.0.1:{site.port}"


def know(site: Site, subject: str | None, actor: str, content_type: str = "application/jrd+json") -> None:
    """Let WebFinger at a site link an actor for whatever it is asked."""
    links = [{"rel": "self", "type": "application/activity+json", "href": actor}]
    show(site, "/.well-known/webfinger", {"subject": subject, "links": links}, content_type)


@pytest.mark.parametrize("spelling", ["{}", "@{}", "acct:{}", " {} "])
async def test_an_address_is_found_at_its_host(world: World, peer: Site, spelling: str) -> None:
    show(peer, "/alice", actor_at(peer))
    know(peer, f"acct:{name(peer)}", url(peer, "/alice"))
    actor = await world.resolver.find_actor_by_address(spelling.format(name(peer)))
    assert url(peer, "/alice") == actor.id
    assert f"acct:{name(peer)}" == peer.requests[0].query["resource"]
    assert {"/.well-known/webfinger": 1, "/alice": 1} == peer.fetches


async def test_an_address_on_a_second_domain_counts_when_the_actors_host_confirms_it(world: World, peer: Site) -> None:
    async with open_site() as domain:
        show(peer, "/alice", actor_at(peer))
        know(domain, f"acct:{name(domain)}", url(peer, "/alice"))
        know(peer, f"acct:{name(domain)}", url(peer, "/alice"))
        actor = await world.resolver.find_actor_by_address(name(domain))
    assert url(peer, "/alice") == actor.id
    assert f"acct:{name(domain)}" == peer.requests[0].query["resource"]


async def test_an_alias_that_names_the_actors_own_address_is_confirmed_there(world: World, peer: Site) -> None:
    async with open_site() as domain:
        show(peer, "/alice", actor_at(peer))
        know(domain, f"acct:{name(peer)}", url(peer, "/alice"))
        know(peer, f"acct:{name(peer)}", url(peer, "/alice"))
        assert url(peer, "/alice") == (await world.resolver.find_actor_by_address(name(domain))).id
    assert f"acct:{name(peer)}" == peer.requests[0].query["resource"]


@pytest.mark.parametrize(
    ("says", "links"),
    [("alice@{mal}", "/bob"), ("alice@{peer}", "/alice"), (None, "/alice")],
    ids=["another actor", "its own subject", "no subject"],
)
async def test_a_host_that_points_at_anothers_actor_needs_that_ones_word(
    world: World, peer: Site, says: str | None, links: str
) -> None:
    async with open_site() as mal:
        hosts = {"mal": f"127.0.0.1:{mal.port}", "peer": f"127.0.0.1:{peer.port}"}
        show(peer, "/alice", actor_at(peer))
        know(mal, f"acct:{name(mal)}", url(peer, "/alice"))
        know(peer, says and f"acct:{says.format(**hosts)}", url(peer, links))
        assert BadAnswer is await outcome(world.resolver.find_actor_by_address(name(mal)))
    assert await world.store.find_remote_actor(ActorId(url(peer, "/alice"))) is None


async def test_a_host_that_does_not_know_the_pointing_host_refuses_it(world: World, peer: Site) -> None:
    async with open_site() as mal:
        show(peer, "/alice", actor_at(peer))
        know(mal, f"acct:{name(mal)}", url(peer, "/alice"))
        assert BadAnswer is await outcome(world.resolver.find_actor_by_address(name(mal)))
    assert {"/.well-known/webfinger": 1} == peer.fetches


async def test_a_subject_on_a_third_host_is_refused_before_anyone_else_is_asked(world: World, peer: Site) -> None:
    async with open_site() as mal:
        know(mal, "acct:alice@third.example", url(peer, "/alice"))
        assert BadAnswer is await outcome(world.resolver.find_actor_by_address(name(mal)))
    assert {} == peer.fetches


async def test_webfinger_pointing_at_our_own_actor_is_refused(tmp_path: Path, peer: Site) -> None:
    async with open_site() as us, open_world(tmp_path, own_host=f"127.0.0.1:{us.port}") as world:
        know(peer, f"acct:{name(peer)}", url(us, "/actors/union"))
        assert ForbiddenAddress is await outcome(world.resolver.find_actor_by_address(name(peer)))
        assert {} == us.fetches


@pytest.mark.parametrize("content_type", ["text/html", "application/activity+json", ""])
async def test_webfinger_of_another_type_is_refused(world: World, peer: Site, content_type: str) -> None:
    know(peer, f"acct:{name(peer)}", url(peer, "/alice"), content_type)
    assert BadAnswer is await outcome(world.resolver.find_actor_by_address(name(peer)))


@pytest.mark.parametrize("body", [b"", b"{}", b'{"links": {}}', b'{"links": [null, {"rel": "self"}]}', b'{"links": 1}'])
async def test_webfinger_without_an_actor_is_a_bad_answer(world: World, peer: Site, body: bytes) -> None:
    peer.answer("/.well-known/webfinger", body, Content_Type="application/jrd+json")
    assert BadAnswer is await outcome(world.resolver.find_actor_by_address(name(peer)))


async def test_an_unknown_address_is_a_bad_answer(world: World, peer: Site) -> None:
    with pytest.raises(BadAnswer) as failure:
        await world.resolver.find_actor_by_address(name(peer))
    assert failure.value.status == 404


@pytest.mark.parametrize("href", ["", "mailto:a@b", "javascript:alert(1)", "https://user@peer.test/"])
async def test_webfinger_linking_no_address_of_an_actor_is_refused(world: World, peer: Site, href: str) -> None:
    know(peer, f"acct:{name(peer)}", href)
    assert issubclass(await _failure(world, name(peer)), FederationError)


async def _failure(world: World, address: str) -> type:
    failure = await outcome(world.resolver.find_actor_by_address(address))
    assert isinstance(failure, type)
    return failure


async def test_a_silent_host_is_no_answer(tmp_path: Path, peer: Site) -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    peer.handlers["/alice"] = hang
    async with open_world(tmp_path, seconds=0.05) as world:
        assert NoAnswer is await outcome(world.resolver.actor(ActorId(url(peer, "/alice"))))


async def test_only_so_many_fetches_are_under_way_at_once(world: World, peer: Site) -> None:
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
    assert {BadAnswer: 128, TooMany: 72} == {kind: outcomes.count(kind) for kind in (BadAnswer, TooMany)}
