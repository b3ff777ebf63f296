"""Telling mirrors of a new head of ours: each apart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from federation.mirror.worker import MirrorWorker
from storage.ids import Did, LogName
from storage.records import KeptLog, Peer, empty_log
from tests.federation.mirror.logs import AT
from tests.federation.mirror.peers import a_peer

FAR: Final = AT + timedelta(days=1)
SLOW: Final = a_peer(did=Did("did:key:z6MkSlow"), poll_at=FAR)
QUICK: Final = a_peer(did=Did("did:key:z6MkQuick"), poll_at=FAR)
OURS: Final = Did("did:key:z6MkOurs")


@dataclass
class Mirrors:
    """All that a worker works with, where one mirror is told for ever."""

    told: list[Did] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def retractor(self) -> Mirrors:
        return self

    async def list_mutual(self) -> list[Peer]:
        return [SLOW, QUICK]

    async def list_logs(self, did: Did) -> list[KeptLog]:
        kept = empty_log(LogName(f"{did}/1"), did=did, epoch=1, state="ours")
        return [replace(kept, size=1, checkpoint=b"x", checkpoint_size=1)]

    async def list_due(self, mirrors: list[Peer], _ours: KeptLog) -> list[tuple[Peer, None]]:
        return [(mirror, None) for mirror in mirrors]

    async def nudge(self, mirror: Peer, _ours: KeptLog, _receipt: None) -> None:
        self.told.append(mirror.did)
        if mirror == SLOW:
            await asyncio.Event().wait()
        elif self.told.count(QUICK.did) == 3:
            self.enough.set()

    async def audit_due(self, *_: object) -> int:
        return 0

    async def pass_on(self, *_: object) -> int:
        return 0

    def may_have_renewed(self, _peer: Peer) -> bool:
        return False


async def test_a_slow_mirror_holds_up_no_other() -> None:
    all: Any = (mirrors := Mirrors())
    worker = MirrorWorker(store=all, pacts=all, turns=all, visits=all, nudger=all, auditor=all, us=OURS, now=lambda: AT)
    running = asyncio.create_task(worker.run())
    while not mirrors.enough.is_set():
        worker.wake()
        await asyncio.sleep(0)
    running.cancel()
    assert (1, 3) == (mirrors.told.count(SLOW.did), mirrors.told.count(QUICK.did))
