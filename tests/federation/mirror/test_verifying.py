"""What `mirror verify` finds in a copy that was promised and is not whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.mirror.verifying import Verifier
from storage.backends import open_store
from storage.ids import Did
from tests.federation.mirror.test_pulling import ServedWire, a_log, a_union, find, follow, pull


async def test_an_activity_that_is_missing_and_that_none_took_back_is_named(tmp_path: Path) -> None:
    store: Any = await open_store(f"sqlite:///{tmp_path}/store.db")
    log = a_log(5)
    union = a_union(Ed25519PrivateKey.generate(), log)
    name = await follow(store, union, log)
    await pull(store, union, [ServedWire(replace(log, bodies=log.bodies[:4]))])
    promised = replace(await find(store, name), checkpoint=log.sign(), checkpoint_size=6)
    us = Did("did:key:z6MkUs")
    report = await Verifier(store=store, blobs=store, kept=promised, union=union, us=us, cosigners=()).verify()
    missing = [f"The activity of entry {place} of {name} is missing, and none took it back." for place in (4, 5)]
    assert (4, missing) == (report.activities, report.problems)
    await store.close()
