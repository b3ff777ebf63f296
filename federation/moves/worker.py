"""Looks into Moves: a lane apart, so that no slow target holds up the inbox; a few at once, retried, then failed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.blocks.book import BlockBook
from federation.blocks.cut import Cutter
from federation.delivery.send import Sender
from federation.errors import FederationError, ForbiddenAddress, NotMoved, OutOfKeys, Refused, TooMany
from federation.following import ask_to_follow, end_following
from federation.moves.proof import prove_move
from federation.resolver import Resolver
from federation.troubles import Trouble, keep_at
from storage.errors import StorageError, StoreUnable
from storage.ids import ActorId
from storage.records import Block, Move, RemoteActor
from storage.store import Activities, Blocks, FollowingOf, Moves, Remotes

log = logging.getLogger(__name__)

AT_ONCE: Final = 4
_LEASE: Final = timedelta(minutes=2)
_IDLE: Final = timedelta(seconds=30)
_MOVED: Final = "(moved from"
RETRIES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)


class MoveStore(Activities, Blocks, FollowingOf, Moves, Remotes, Protocol):
    """What moves read and write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveWorker:
    """Claims Moves, asks their targets, and lets true ones have their effect; `wake` it when one was received."""

    store: MoveStore
    resolver: Resolver
    sender: Sender
    book: BlockBook
    cutter: Cutter
    now: Callable[[], datetime]
    new_serial: Callable[[], str]
    may_claim: Callable[[], bool] = lambda: True
    """While it says no, nothing new is begun."""
    _trouble: Trouble = field(default_factory=lambda: Trouble(log, "moves"))
    _awake: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """A Move was received."""
        self._awake.set()

    async def run_once(self) -> int:
        """Look into what is due now; how many Moves were tried."""
        tried = 0
        while self.may_claim() and (
            moves := await self.store.claim_moves(now=self.now(), until=self.now() + _LEASE, limit=AT_ONCE)
        ):
            await asyncio.gather(*map(self._look_into, moves))
            tried += len(moves)
        return tried

    async def run(self) -> None:
        """Work until cancelled; nothing else ends it."""
        await keep_at(self.run_once, self._awake, self._trouble, wait=lambda: _IDLE)

    async def _look_into(self, move: Move) -> None:
        await self.store.finish_move(await self._outcome(move))

    async def _outcome(self, move: Move) -> Move:
        """The move as it stands afterwards."""
        try:
            await self._carry_out(move)
        except TooMany as problem:
            return self._later(move, str(problem))
        except (OutOfKeys, StoreUnable) as problem:  # no fault of the move's: it counts for nothing
            return replace(move, due_at=self.now() + RETRIES[0], error=str(problem))
        except (Refused, ForbiddenAddress) as refusal:
            log.info("refused", extra={"type": "Move", "why": type(refusal).__name__})
            return replace(move, state="failed", attempts=move.attempts + 1, error=str(refusal))
        except (FederationError, StorageError) as problem:
            return self._later(move, str(problem))
        except Exception:
            log.exception("an effect failed", extra={"type": "Move"})
            return self._later(move, "An error of ours; see the log.")
        return replace(move, state="done", attempts=move.attempts + 1, error=None)

    def _later(self, move: Move, why: str) -> Move:
        if move.attempts >= len(RETRIES):
            return replace(move, state="failed", attempts=move.attempts + 1, error=why)
        return replace(move, attempts=move.attempts + 1, due_at=self.now() + RETRIES[move.attempts], error=why)

    async def _carry_out(self, move: Move) -> None:
        """Those of ours who follow the mover follow the target instead; whoever was blocked stays so.

        A mover who follows us keeps its place until its own server takes it back: there it may follow again.
        """
        if await self.book.find(move.target) is not None:
            raise NotMoved(f"{move.target} is blocked, so nobody follows there.")
        target = await prove_move(move, self.resolver, self.now())
        await self.store.save_remote_actor(target)
        block = await self.book.find(move.actor)
        if block is not None:
            await self._carry_block(block, target)
        elif await self.book.find(target.id, is_known=True) is not None:
            raise NotMoved(f"{move.target} is blocked, so nobody follows there.")
        else:
            await self._follow_on(move.actor, target)

    async def _carry_block(self, block: Block, target: RemoteActor) -> None:
        first = block.reason.partition(_MOVED)[0].strip()  # one note is enough, however often somebody moves
        reason = f"{first} {_MOVED} {block.target})".strip()
        carried = Block(target=target.id, kind="actor", reason=reason, blocked_at=self.now())
        await self.store.add_blocks([carried])
        self.book.forget()
        await self.cutter.cut_all()

    async def _follow_on(self, mover: ActorId, target: RemoteActor) -> None:
        """The new Follow before the Undo: a crash in between leaves two follows, never none."""
        for following in await self.store.list_following():
            if following.follows != mover or following.state == "refused":
                continue
            if await self.store.find_following(following.actor, target.id) is None:
                await ask_to_follow(
                    following.actor,
                    target,
                    serial=self.new_serial(),
                    at=self.now(),
                    store=self.store,
                    sender=self.sender,
                )
            await end_following(following, serial=self.new_serial(), store=self.store, sender=self.sender)
