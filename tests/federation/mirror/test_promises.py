"""What is never promised, whatever the steps before it say: another tree than the one held, words beyond a quota."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.mirror.promise import is_whole, promise
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from storage.backends import open_store
from storage.ids import Did
from storage.store import Store
from tests.federation.mirror.logs import AT
from tests.federation.mirror.test_pulling import ServedWire, a_log, a_puller, a_union, find, follow, pull, source

US = Did("did:key:z6MkUs")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    yield opened
    await opened.close()


async def test_a_head_over_another_tree_than_the_one_held_is_never_cosigned(store: Store) -> None:
    log = a_log(5)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    await a_puller(store).pull(name, union, [source(ServedWire(log))], may_promise=False)
    kept = await find(store, name)
    assert await is_whole(store, kept)
    other = sign_checkpoint(Checkpoint(name, kept.size, bytes(32)), key=log.log_key)
    forged = replace(kept, pending=other)
    assert not await promise(store, forged, union, us=US, key=Ed25519PrivateKey.generate, at=AT)
    assert None is (await find(store, name)).checkpoint
    assert await promise(store, kept, union, us=US, key=Ed25519PrivateKey.generate, at=AT)


async def test_mir_07_words_beyond_the_quota_are_not_taken_though_their_entries_are(store: Store) -> None:
    log = a_log(300)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    entries = sum(map(len, log.entries))
    done = await pull(store, union, [ServedWire(log)], text=entries + 1000)
    assert (301, False) == (done.grown, done.is_promised)
    assert "all that one peer may have" in str(done.why)
    measure = await store.measure_log(name)
    assert (256, 45) == (measure.held, measure.wanted)
    assert (await pull(store, union, [ServedWire(log)])).is_promised
