"""The signed head of our own log: it follows each append, by one process at a time, before anything is delivered."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import FederationError, HeadRefused, OutOfKeys
from federation.log.kept import find_tiles, head_in
from federation.log.tree import GrowingStore, Tree
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.tlog.merkle import verify_consistency
from federation.tlog.tiles import needed_for_consistency, needed_for_root
from federation.turns import JobStore, Turns
from storage.records import KeptLog

log = logging.getLogger(__name__)

JOB: Final = "head"


class HeadStore(GrowingStore, JobStore, Protocol):
    """What signing reads and writes."""


class Heads:
    """Signs each head of our log that extends the last one, and no other; one for the whole node."""

    def __init__(
        self,
        store: HeadStore,
        tree: Tree,
        turns: Turns,
        *,
        key: Callable[[], Awaitable[Ed25519PrivateKey]],
        now: Callable[[], datetime],
        signed: Callable[[], None] = lambda: None,
    ) -> None:
        """`key` gives the log key of the newest charter or raises `OutOfKeys`; `signed` is called after each head."""
        self._store, self._tree, self._turns = store, tree, turns
        self._key, self._now, self._signed = key, now, signed
        self._refused: HeadRefused | None = None
        self._is_told = False

    def refuse_known(self) -> None:
        """Raise `HeadRefused` when a head could not be signed because it does not extend the last one."""
        if self._refused is not None:
            raise HeadRefused(str(self._refused))

    async def bring_up(self) -> bool:
        """Copy what was published into the tree and sign its head; False when another process is at it, or was.

        A process without the log key leaves that to those that have it. Raises `HeadRefused`, from then on at every
        attempt to publish too.
        """
        try:
            self.refuse_known()
            return await self._bring_up(await self._tree.catch_up())
        except HeadRefused as refused:
            self._refused = refused
            raise

    async def _bring_up(self, ours: KeptLog) -> bool:
        if is_signed(ours):
            return True
        try:
            key = await self._key()
        except OutOfKeys as problem:
            self._tell(problem)
            return True
        async with self._turns.try_for(JOB) as turn:
            if turn is None or await self._tree.name() != ours.name:
                return False  # or a new epoch has begun meanwhile: the key of the old one signs nothing any more
            while not is_signed(ours):
                if await self._sign(ours, key):
                    break
                ours = await self._tree.catch_up()
        self._signed()
        return True

    async def _sign(self, ours: KeptLog, key: Ed25519PrivateKey) -> bool:
        """False, and nothing is kept, when another process was faster."""
        before = None if ours.checkpoint is None else head_in(ours.checkpoint)
        head = await self._head(ours, before)
        note = sign_checkpoint(head, key=key)
        return await self._store.set_checkpoint(
            ours.name, expecting=ours.checkpoint_size, size=head.size, checkpoint=note, at=self._now()
        )

    async def _head(self, ours: KeptLog, before: Checkpoint | None) -> Checkpoint:
        """The head over all leaves, proved to extend the one before."""
        wanted = needed_for_root(ours.size)
        if before is not None:
            wanted |= needed_for_consistency(before.size, ours.size)
        try:
            tiles = await find_tiles(self._store, ours.name, wanted)
            head = Checkpoint(origin=ours.name, size=ours.size, root=tiles.root(ours.size))
            if before is not None:
                proof = tiles.consistency(before.size, head.size)
                verify_consistency(
                    old_size=before.size, old_root=before.root, new_size=head.size, new_root=head.root, proof=proof
                )
        except (FederationError, ValueError) as problem:
            raise HeadRefused(
                f"The tree of this union's log does not extend the {ours.checkpoint_size} entries whose head was "
                "signed: the store is damaged, or somebody changed it. Nothing more is signed or published. "
                "Put the newest copy of the store back, then run: picketline rebuild"
            ) from problem
        return head

    def _tell(self, problem: OutOfKeys) -> None:
        if not self._is_told:
            self._is_told = True
            log.error("the log key is missing, so another process must sign", extra={"problem": str(problem)})


def is_signed(ours: KeptLog) -> bool:
    """Whether the head over all leaves is signed."""
    return ours.checkpoint is not None and ours.checkpoint_size == ours.size
