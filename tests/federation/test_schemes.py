"""How each host wants our requests signed: what is learnt, what outranks what, and what survives a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from federation.schemes import QUIET, SchemeTable
from storage.backends import open_store
from storage.errors import StoreFull
from storage.ids import Host
from storage.records import HostScheme
from storage.store import Store
from tests.federation.people import Clock

PEER = Host("peer.example")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/schemes.db")
    yield opened
    await opened.close()


async def test_an_unknown_host_gets_what_everybody_understands_and_no_row(store: Store) -> None:
    schemes = SchemeTable(store, now=Clock())
    await schemes.heard(PEER, "cavage")
    assert await schemes.first(PEER) == "cavage"
    assert await store.list_host_schemes(limit=9) == []


async def test_a_host_that_signs_by_rfc9421_is_answered_so(store: Store) -> None:
    schemes = SchemeTable(store, now=Clock())
    await schemes.heard(PEER, "rfc9421")
    assert await schemes.first(PEER) == "rfc9421"


async def test_what_worked_outranks_what_a_host_signs_with(store: Store) -> None:
    schemes = SchemeTable(store, now=Clock())
    await schemes.heard(PEER, "rfc9421")
    await schemes.worked(PEER, "cavage")
    await schemes.heard(PEER, "rfc9421")
    assert await schemes.first(PEER) == "cavage"


async def test_what_was_learnt_survives_a_restart(store: Store) -> None:
    await SchemeTable(store, now=Clock()).worked(PEER, "rfc9421")
    assert await SchemeTable(store, now=Clock()).first(PEER) == "rfc9421"


async def test_what_was_learnt_before_the_store_was_read_stays(store: Store) -> None:
    await SchemeTable(store, now=Clock()).worked(PEER, "rfc9421")
    schemes = SchemeTable(store, now=Clock())
    await schemes.worked(PEER, "cavage")
    assert await schemes.first(PEER) == "cavage"


async def test_memory_and_store_are_bounded_and_forget_the_oldest(store: Store) -> None:
    clock = Clock()
    schemes = SchemeTable(store, now=clock, keep=2)
    for name in ("a", "b", "c"):
        clock.move(seconds=1)
        await schemes.worked(Host(name), "rfc9421")
    assert len(schemes) == 2
    assert [await schemes.first(Host(name)) for name in "abc"] == ["cavage", "rfc9421", "rfc9421"]
    assert [row.host for row in await store.list_host_schemes(limit=9)] == ["c", "b"]


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refusal_is_worth_a_second_knock(store: Store, status: int) -> None:
    assert SchemeTable(store, now=Clock()).may_knock(PEER, status)


@pytest.mark.parametrize("status", [200, 202, 301, 404, 405, 410, 413, 415, 429, 500, 503])
async def test_no_other_answer_is(store: Store, status: int) -> None:
    assert not SchemeTable(store, now=Clock()).may_knock(PEER, status)


async def test_a_host_that_refused_both_is_left_in_peace_for_a_while(store: Store) -> None:
    clock = Clock()
    schemes = SchemeTable(store, now=clock)
    schemes.refused_both(PEER, 401)
    assert [schemes.may_knock(PEER, status) for status in (400, 401, 403)] == [True, False, False]
    assert schemes.may_knock(Host("other.example"), 401)
    clock.move(seconds=QUIET.total_seconds())
    assert schemes.may_knock(PEER, 401)


async def test_a_full_store_costs_the_note_and_not_the_delivery(store: Store) -> None:
    class Full:
        async def save_host_scheme(self, learnt: HostScheme, *, keep: int) -> None:
            raise StoreFull("full")

        async def list_host_schemes(self, *, limit: int) -> list[HostScheme]:
            return []

    schemes = SchemeTable(Full(), now=Clock())
    await schemes.worked(PEER, "rfc9421")
    assert await schemes.first(PEER) == "rfc9421"
