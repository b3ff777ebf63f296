"""What the logs of one peer take: each epoch's, but what two of them share once."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.identity.charter import EMPTY_TREE, TreeHead
from federation.mirror.epochs import open_epoch
from federation.mirror.shares import Shares, find_common_size
from federation.mirror.unions import KnownUnion
from storage.store import Store
from tests.federation.mirror.logs import AT, MadeLog
from tests.federation.mirror.test_pulling import ServedWire, a_log, a_puller, a_union, find, follow, pull, store

__all__ = ["store"]


async def hold(store: Store, root: Ed25519PrivateKey, log: MadeLog, **more: int) -> KnownUnion:
    union = a_union(root, log)
    await follow(store, union, log)
    assert (await pull(store, union, [ServedWire(log)], **more)).is_promised
    return union


async def taken(store: Store, union: KnownUnion) -> int:
    logs = await store.list_logs(union.newest.union)
    bytes = {one.name: (await store.measure_log(one.name)).bytes for one in logs}
    return await Shares(store).measure(logs, bytes)


def size_of(*logs: MadeLog) -> int:
    return sum(len(raw) for log in logs for raw in (*log.entries, *log.bodies))


async def test_mir_07_epochs_that_share_nothing_take_twice_what_one_may_and_no_more(store: Store) -> None:
    root, (first, second, third) = Ed25519PrivateKey.generate(), (a_log(6), a_log(6), a_log(6))
    quota = max(map(size_of, (first, second, third))) + 1
    old = await hold(store, root, first, text=quota)
    new = a_union(root, second, epoch=2, after=EMPTY_TREE)
    await open_epoch(store, new, at=AT)
    await follow(store, new, second)
    assert (await pull(store, new, [ServedWire(second)], text=quota)).is_promised  # whoever filled the first
    last = a_union(root, third, epoch=3, after=EMPTY_TREE)
    await open_epoch(store, last, at=AT)
    await follow(store, last, third)
    pulled = await pull(store, last, [ServedWire(third)], text=quota)
    assert "all that one peer may have" in str(pulled.why)
    assert not pulled.is_promised
    again = await pull(store, last, [ServedWire(third)], text=quota)
    assert (0, 0) == (again.grown, again.filled)
    assert "all that one peer may have" in str(await a_puller(store, text=quota).find_quota(last.log))
    assert size_of(first, second) < await taken(store, old) < size_of(first, second, third)


@pytest.mark.parametrize("beyond", [0, 2, 5])
async def test_an_epoch_that_goes_on_is_not_charged_twice(store: Store, beyond: int) -> None:
    root, log = Ed25519PrivateKey.generate(), a_log(6)
    await hold(store, root, log)
    whole, cut = size_of(log), len(log.entries) - beyond
    log.entries, log.bodies, log.log_key = log.entries[:cut], log.bodies[:cut], Ed25519PrivateKey.generate()
    union = a_union(root, log, epoch=2, after=TreeHead(size=cut, root=log.head().root))
    await open_epoch(store, union, at=AT)
    assert whole == await taken(store, union)
    log.post(77)
    await follow(store, union, log)
    new = sum(len(raws[-1]) for raws in (log.entries, log.bodies))
    assert (await pull(store, union, [ServedWire(log)], text=whole + new)).is_promised
    assert whole + new == await taken(store, union)
    await open_epoch(store, union, at=AT)  # the activities of the older go after their grace
    assert whole + new == await taken(store, union)


async def test_entries_without_their_activities_excuse_no_activities(store: Store) -> None:
    root, log = Ed25519PrivateKey.generate(), a_log(6)
    await hold(store, root, log)
    whole, entries = size_of(log), sum(map(len, log.entries[:4]))
    log.entries, log.bodies = log.entries[:4], []
    union = a_union(root, log, epoch=2, after=EMPTY_TREE)
    await follow(store, union, log)
    assert not (await pull(store, union, [ServedWire(log)])).is_promised
    assert (4, 4) == ((await find(store, union.log)).size, await _common(store, union))
    assert whole == await taken(store, union)
    assert entries == (await store.measure_log(union.log)).bytes


async def _common(store: Store, union: KnownUnion) -> int:
    later, older = await store.list_logs(union.newest.union)
    return await find_common_size(store, older, later)


@pytest.mark.parametrize("alike", [0, 1, 5, 6, 7])
async def test_what_two_logs_begin_with_is_found_to_the_entry(store: Store, alike: int) -> None:
    root, log = Ed25519PrivateKey.generate(), a_log(6)
    await hold(store, root, log)
    other = a_log(8)
    other.entries[:alike], other.bodies[:alike] = log.entries[:alike], log.bodies[:alike]
    union = a_union(root, other, epoch=2, after=EMPTY_TREE)
    await follow(store, union, other)
    await pull(store, union, [ServedWire(other)])
    assert alike == await _common(store, union)
