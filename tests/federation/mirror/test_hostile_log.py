"""A log without end of a hostile peer: how much of it is kept, read at once, and what others wait for meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import Unreachable
from federation.mirror import bodies
from federation.mirror.errors import PactEnded
from federation.mirror.growing import STEP
from federation.mirror.pull import Pulled
from federation.mirror.receive import new_log
from federation.mirror.source import Source
from federation.mirror.unions import KnownUnion
from storage.backends import open_store
from storage.ids import LogName
from storage.records import Leaf
from storage.store import Store
from tests.federation.mirror.hostile import HostileLog, HostileWire, Kind
from tests.federation.mirror.logs import HOME, MadeLog
from tests.federation.mirror.test_pulling import a_puller, a_union, answer, find

BREATH = 16


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    await opened.close()


async def tell(store: Store, union: KnownUnion, log: HostileLog) -> None:
    """Let its newest head be pending."""
    await store.add_log(new_log(union))
    kept = await find(store, union.log)
    assert await store.set_pending(union.log, expecting=kept.pending_size, size=log.size, checkpoint=log.sign())


async def pull(store: Store, union: KnownUnion, wire: HostileWire, **quotas: int) -> Pulled:
    source = Source(wire=wire, home=HOME, log=LogName(wire.log.name))
    return await a_puller(store, **quotas).pull(union.log, union, [source], may_promise=True)


def a_log(kind: Kind, size: int) -> tuple[HostileLog, KnownUnion]:
    log = HostileLog(kind)
    union = a_union(Ed25519PrivateKey.generate(), cast(MadeLog, log))  # of which it takes the key, and gives the name
    log.grow(size)
    return log, union


@pytest.mark.parametrize(("kind", "standing"), [("versions", 1), ("creates", 699), ("deletes", 0)])
async def test_after_a_first_fill_of_any_length_a_day_brings_its_quota_and_says_so(
    store: Store, kind: Kind, standing: int
) -> None:
    log, union = a_log(kind, 700)
    wire = HostileWire(log)
    await tell(store, union, log)
    first = await pull(store, union, wire, entries_a_day=50)
    assert (700, True, None) == (first.grown, first.is_promised, first.why)
    assert standing == (await store.measure_log(union.log)).standing
    log.grow(1000)
    await tell(store, union, log)
    day, again = [await pull(store, union, wire, entries_a_day=50) for _ in range(2)]
    assert (50, 0) == (day.grown, again.grown)
    assert "in a day" in str(day.why)
    assert "in a day" in str(again.why)
    assert again.why == await a_puller(store, entries_a_day=50).find_quota(union.log)
    assert await a_puller(store).find_quota(union.log) is None
    assert (750, 700) == ((await find(store, union.log)).size, (await find(store, union.log)).checkpoint_size)


async def test_a_first_fill_ends_at_the_size_that_is_lent(store: Store) -> None:
    log, union = a_log("creates", 9000)
    await tell(store, union, log)
    pulled = await pull(store, union, HostileWire(log), text=600_000, entries_a_day=1)
    assert "all that one peer may have" in str(pulled.why)
    assert not pulled.is_promised
    most_at_once = 2 * STEP * 300 + 256 * 1000
    assert 600_000 <= (await store.measure_log(union.log)).bytes < 600_000 + most_at_once


@pytest.mark.parametrize("kind", ["versions", "creates", "deletes"])
async def test_nothing_is_read_in_larger_pieces_than_a_step(
    store: Store, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, union = a_log(kind, 700)
    monkeypatch.setattr("federation.mirror.growing.STEP", 256)
    monkeypatch.setattr("federation.log.withdrawals._STRETCH", 256)
    monkeypatch.setattr("federation.log.withdrawals._PAGE", 256)
    most = 0

    def watched(verb: str) -> None:
        ask = getattr(store, verb)

        async def asked(*given: Any, **more: Any) -> list[Leaf]:
            nonlocal most
            found: list[Leaf] = await ask(*given, **more)
            most = max(most, len(found))
            return found

        monkeypatch.setattr(store, verb, asked)

    for verb in ("list_leaves", "list_wanted", "list_takeable", "list_standing_versions", "list_object_leaves"):
        watched(verb)
    await tell(store, union, log)
    assert (await pull(store, union, HostileWire(log))).is_promised
    assert 0 < most <= 256


@pytest.mark.parametrize("kind", ["versions", "creates", "deletes"])
async def test_nothing_is_written_in_larger_pieces_than_one_may_wait_for_who_publishes(
    store: Store, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, union = a_log(kind, 1400)
    written: list[int] = []

    def watched(verb: str, rows: Callable[[dict[str, Any]], int]) -> None:
        write = getattr(store, verb)

        async def counted(*given: Any, **more: Any) -> Any:
            written.append(rows({"bodies": given[-1], **more}))
            return await write(*given, **more)

        monkeypatch.setattr(store, verb, counted)

    watched("grow_log", lambda given: len(given["leaves"]))
    watched("withdraw_leaves", lambda given: max(len(given["places"]), len(given["standing"])))
    watched("keep_bodies", lambda given: len(given["bodies"]))
    await tell(store, union, log)
    assert (await pull(store, union, HostileWire(log))).is_promised
    assert 512 == max(written)
    assert 1400 == (await find(store, union.log)).withdrawn_to


async def test_a_pull_that_is_broken_off_anywhere_goes_on_from_there(store: Store) -> None:
    log, union = a_log("creates", 600)
    await tell(store, union, log)
    stops, entries = 0, 0

    def told(path: str) -> None:
        nonlocal entries
        entries += path.startswith("tile/entries/")
        if wire.requests % 4 == 3:
            raise asyncio.CancelledError

    wire = HostileWire(log, told)
    while (await find(store, union.log)).checkpoint_size < 600:
        with suppress(asyncio.CancelledError, Unreachable):
            await pull(store, union, wire)
        stops += 1
        assert stops < 20
    assert 1 < stops
    assert 0 == (await store.measure_log(union.log)).wanted
    assert entries < 10


async def test_whoever_publishes_meanwhile_waits_for_a_few_proofs_and_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, union = a_log("creates", 600)
    await tell(store, union, log)
    waited, longest, is_over = 0, 0, asyncio.Event()
    judge = bodies.judge_body

    def counted(*given: Any) -> Any:
        nonlocal waited, longest
        waited += 1
        longest = max(longest, waited)
        return judge(*given)

    async def publish() -> int:
        nonlocal waited
        turns = 0
        while not is_over.is_set():
            waited, turns = 0, turns + 1
            await asyncio.sleep(0)
        return turns

    monkeypatch.setattr("federation.mirror.filling.judge_body", counted)
    publishing = asyncio.create_task(publish())
    assert (await pull(store, union, HostileWire(log))).is_promised
    is_over.set()
    assert 600 // BREATH < await publishing
    assert 0 < longest <= BREATH


@pytest.mark.parametrize("last", ["tile/entries/001", "tile/entries/002.p/88", "activities?from=256"])
async def test_once_a_pact_has_ended_nothing_more_is_fetched_and_nothing_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    log, union = a_log("creates", 600)
    await tell(store, union, log)
    ended_at: list[int] = []
    written: list[str] = []

    def told(path: str) -> None:
        if path.startswith(last) and not ended_at:
            ended_at.append(wire.requests)
            written.clear()

    for verb in ("grow_log", "keep_bodies", "save_held_media", "withdraw_leaves", "set_checkpoint"):
        monkeypatch.setattr(store, verb, noting(written, verb, getattr(store, verb)))
    wire = HostileWire(log, told)
    puller = replace(a_puller(store), is_mutual=lambda _did: answer(not ended_at))
    pulled = await puller.pull(union.log, union, [Source(wire=wire, home=HOME, log=union.log)], may_promise=True)
    assert (ended_at, []) == ([wire.requests], written)
    assert ("The pact has ended.", False) == (pulled.why, pulled.is_promised)
    assert (await pull(store, union, HostileWire(log))).is_promised


async def test_no_receipt_is_given_once_a_pact_has_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    log, union = a_log("creates", 20)
    await tell(store, union, log)
    is_over: list[str] = []
    monkeypatch.setattr(store, "withdraw_leaves", noting(is_over, "settled", store.withdraw_leaves))
    puller = replace(a_puller(store), is_mutual=lambda _did: answer(not is_over))
    source = Source(wire=HostileWire(log), home=HOME, log=union.log)
    pulled = await puller.pull(union.log, union, [source], may_promise=True)
    assert ("The pact has ended.", 20, False) == (pulled.why, pulled.filled, pulled.is_promised)
    assert 0 == (await find(store, union.log)).checkpoint_size


async def test_before_each_stretch_and_each_batch_it_is_seen_whether_the_pact_stands(store: Store) -> None:
    """Also where nothing is fetched over a wire that looks itself: what is brought goes the same way."""
    log, union = a_log("creates", 20)
    await tell(store, union, log)
    assert (await pull(store, union, HostileWire(log))).is_promised
    ended = replace(a_puller(store), is_mutual=lambda _did: answer(False))
    for ask in (ended.room_for(await find(store, union.log)), ended.check_room(union.log)):
        with pytest.raises(PactEnded, match="has ended"):
            await ask


def noting(written: list[str], verb: str, write: Callable[..., Any]) -> Callable[..., Any]:
    """The same verb, which notes that it was called."""

    async def noted(*given: Any, **more: Any) -> Any:
        written.append(verb)
        return await write(*given, **more)

    return noted
