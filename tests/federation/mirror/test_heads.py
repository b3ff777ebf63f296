"""A peer's signed heads, compared with what is known of its log: extended, behind, or forked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.mirror.errors import BadSource, Forked
from federation.mirror.heads import compare
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from storage.backends import open_store
from storage.records import KeptLog
from storage.store import Store
from tests.federation.mirror.logs import MadeLog
from tests.federation.mirror.test_pulling import ServedWire, a_log, a_union, find, follow, pull, source


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    await opened.close()


@pytest.fixture
def log() -> MadeLog:
    return a_log(5)


@pytest.fixture
async def kept(store: Store, log: MadeLog) -> KeptLog:
    """Six entries, all of them held; then the log goes on."""
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    assert (await pull(store, union, [ServedWire(log)])).is_promised
    for number in range(3):
        log.post(10 + number)
    return await find(store, name)


async def compare_with(store: Store, kept: KeptLog, log: MadeLog, head: Checkpoint) -> bool:
    """What comes of this head, signed by the log's own key, while the source serves the log as it is."""
    return await compare(store, kept, head, sign_checkpoint(head, key=log.log_key), source(ServedWire(log)))


@pytest.mark.parametrize(("size", "goes_beyond"), [(0, False), (3, False), (6, False), (8, True), (9, True)])
async def test_a_head_of_the_same_history_goes_beyond_the_known_one_or_is_behind(
    store: Store, kept: KeptLog, log: MadeLog, size: int, *, goes_beyond: bool
) -> None:
    assert goes_beyond == await compare_with(store, kept, log, log.head(size))


@pytest.mark.parametrize("size", [1, 3, 5, 6])
async def test_mir_04_a_head_of_another_history_is_a_fork_also_when_it_is_older(
    store: Store, kept: KeptLog, log: MadeLog, size: int
) -> None:
    other = Checkpoint(log.name, size, bytes(32))
    with pytest.raises(Forked) as fork:
        await compare_with(store, kept, log, other)
    assert (kept.pending, sign_checkpoint(other, key=log.log_key)) == (fork.value.first, fork.value.second)


@pytest.mark.parametrize("size", [7, 8, 9])
async def test_mir_04_a_larger_head_is_not_taken_when_the_tiles_do_not_lead_to_it(
    store: Store, kept: KeptLog, log: MadeLog, size: int
) -> None:
    with pytest.raises(BadSource, match="do not lead to the head"):
        await compare_with(store, kept, log, Checkpoint(log.name, size, bytes(32)))


async def test_mir_04_a_larger_head_over_other_entries_is_a_fork(store: Store, kept: KeptLog, log: MadeLog) -> None:
    log.entries[2], log.entries[3] = log.entries[3], log.entries[2]
    with pytest.raises(Forked):
        await compare_with(store, kept, log, log.head(9))
