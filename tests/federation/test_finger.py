"""From user@host to an actor, which both sides must confirm (refusals ORG-26)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from federation.errors import BadAnswer, FederationError, ForbiddenAddress
from federation.strictjson import JsonValue
from storage.ids import ActorId
from tests.federation.loopback import Site, open_site, outcome, url
from tests.federation.people import World, actor_at, open_world, show


@pytest.fixture
async def peer() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


def name(site: Site, user: str = "alice") -> str:
    return f"{user}@127.0.0.1:{site.port}"


def know(site: Site, subject: str | None, actor: str, content_type: str = "application/jrd+json") -> None:
    """Let WebFinger at a site link an actor for whatever it is asked."""
    links: list[JsonValue] = [{"rel": "self", "type": "application/activity+json", "href": actor}]
    show(site, "/.well-known/webfinger", {"subject": subject, "links": links}, content_type)


@pytest.mark.parametrize("spelling", ["{}", "@{}", "acct:{}", " {} "])
async def test_an_address_is_found_at_its_host(world: World, peer: Site, spelling: str) -> None:
    show(peer, "/alice", actor_at(peer))
    know(peer, f"acct:{name(peer)}", url(peer, "/alice"))
    actor = await world.resolver.find_actor_by_address(spelling.format(name(peer)))
    assert url(peer, "/alice") == actor.id
    assert f"acct:{name(peer)}" == peer.requests[0].query["resource"]
    assert peer.fetches == {"/.well-known/webfinger": 1, "/alice": 1}


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
    assert peer.fetches == {"/.well-known/webfinger": 1}


async def test_a_subject_on_a_third_host_is_refused_before_anyone_else_is_asked(world: World, peer: Site) -> None:
    async with open_site() as mal:
        know(mal, "acct:alice@third.example", url(peer, "/alice"))
        assert BadAnswer is await outcome(world.resolver.find_actor_by_address(name(mal)))
    assert peer.fetches == {}


async def test_webfinger_pointing_at_our_own_actor_is_refused(tmp_path: Path, peer: Site) -> None:
    async with open_site() as us, open_world(tmp_path, own_host=f"127.0.0.1:{us.port}") as world:
        know(peer, f"acct:{name(peer)}", url(us, "/actors/union"))
        assert ForbiddenAddress is await outcome(world.resolver.find_actor_by_address(name(peer)))
        assert us.fetches == {}


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
