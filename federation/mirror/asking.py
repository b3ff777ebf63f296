"""What one poll of a peer asks: the head of its log, at home or else at another mirror; and a charter, in turn."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from federation.addresses import authority
from federation.budgets import NamedHomes
from federation.errors import FederationError, Refused, TooMany, Unintelligible, Unreachable
from federation.identity.charter import read_charter
from federation.mirror.charters import CharterStore, take_charter
from federation.mirror.errors import BadSource, BrokenLog
from federation.mirror.heads import HeadStore, compare, keep_evidence, only_log_line, read_signed, stop
from federation.mirror.homes import find_unproven, known_homes
from federation.mirror.source import PlainWire, Source, fetch_charter
from federation.mirror.telling import failing, host_of
from federation.mirror.unions import KnownUnion
from federation.tlog.errors import BadCheckpoint
from storage.ids import Did
from storage.records import KeptLog, Peer

log = logging.getLogger(__name__)

_STALE: Final = timedelta(minutes=10)
"""A home may serve a head that caches kept for a while; longer than this it has gone back."""
_COMPARED_EACH: Final = 12
"""Answers of a home after each of which one mirror is asked too: a home can show each of us another record."""


class AskingStore(HeadStore, CharterStore, Protocol):
    """What is compared and kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking brought."""

    home_answered: bool
    is_ahead: bool
    """Whether the pending head moved."""


@dataclass(slots=True, kw_only=True)
class Asker:
    """Asks for heads and charters; one for the whole node."""

    store: AskingStore
    wire: PlainWire
    now: Callable[[], datetime]
    _named: dict[Did, NamedHomes] = field(default_factory=dict)
    """By union, of which organisers have chosen each: none may use up what the new home of another needs."""
    _turn: dict[Did, int] = field(default_factory=dict)
    _answers: dict[Did, int] = field(default_factory=dict)

    async def ask_head(self, union: KnownUnion, kept: KeptLog, homes: list[Source], mirrors: list[Source]) -> Asked:
        """Ask its homes; when none answers, and now and then, one other mirror. A head that is newer is pending."""
        did = kept.did
        for source in homes:
            try:
                is_ahead = await self._ask_one(source, union, kept, is_home=True)
                return Asked(True, is_ahead or await self._compare(union, kept, mirrors))
            except BadSource as problem:
                log.warning(
                    "a home serves no log of its union",
                    extra={"union": did, "host": host_of(source.home), "why": str(problem)},
                )
            except Unreachable as problem:
                log.info("a home does not answer", extra=failing(source.home, problem, union=did))
        return Asked(False, await self._ask_mirror(union, kept, mirrors))

    async def _compare(self, union: KnownUnion, kept: KeptLog, mirrors: list[Source]) -> bool:
        """What a mirror was shown, although the home answers: what cannot both be right is a fork."""
        answers = self._answers[kept.did] = self._answers.get(kept.did, 0) + 1
        is_time = answers % _COMPARED_EACH == 0 and kept.state == "following"
        return is_time and await self._ask_mirror(union, kept, mirrors)

    async def _ask_mirror(self, union: KnownUnion, kept: KeptLog, mirrors: list[Source]) -> bool:
        """Each time another."""
        turn = self._turn[kept.did] = self._turn.get(kept.did, -1) + 1
        for source in mirrors[turn % len(mirrors) :][:1] if mirrors else []:
            try:
                return await self._ask_one(source, union, kept, is_home=False)
            except Unreachable as problem:
                log.info("a mirror was asked in vain", extra=failing(source.home, problem, union=kept.did))
        return False

    async def _ask_one(self, source: Source, union: KnownUnion, kept: KeptLog, *, is_home: bool) -> bool:
        raw = await source.checkpoint()
        try:
            head = read_signed(raw, union)
        except BadCheckpoint as problem:
            raise BadSource(str(problem)) from None
        if kept.state != "following":
            return False  # stopped or frozen: it is only seen whether the home answers
        try:
            note = only_log_line(raw, union)
            if await compare(self.store, kept, head, note, source):
                return await self.store.set_pending(
                    kept.name, expecting=kept.pending_size, size=head.size, checkpoint=note
                )
        except BrokenLog as broken:
            await stop(self.store, kept, broken, at=self.now())
            return False
        if is_home and head.size < kept.checkpoint_size:
            await self._note_shrunk(kept, only_log_line(raw, union))
        return False

    async def _note_shrunk(self, kept: KeptLog, raw: bytes) -> None:
        """Its home goes on serving a smaller head than it signed: it was set back, or somebody hides the newest."""
        if kept.checkpoint_at is None or self.now() - kept.checkpoint_at < _STALE:
            return
        why = BrokenLog(
            "A log shrank: its home serves fewer entries than it signed.",
            first=kept.pending or b"",
            second=raw,
            kind="lapse",
        )
        if await keep_evidence(self.store, kept, why, at=self.now()):
            log.error("a log shrank", extra={"log": kept.name, "size": kept.checkpoint_size})

    async def ask_charter(self, peer: Peer, homes: list[str], mirrors: list[str], *, at_home: bool = False) -> bool:
        """Ask for the newest charter, its home and other mirrors in turn, or at home; whether it is new to us."""
        asked = [*homes[:1], *mirrors]
        turn = 0
        if not at_home:
            turn = self._turn[peer.did] = self._turn.get(peer.did, -1) + 1
        url = asked[turn % 2 * (1 + turn // 2 % len(mirrors))] if mirrors else asked[0]
        try:
            raw = await fetch_charter(self.wire, url, peer.did)
            if raw is None:
                return False
            await self._refuse_unproven(peer.did, raw, url, is_home=url in homes)
            taken = await take_charter(self.store, raw, from_url=url, at=self.now())
        except (Refused, Unintelligible, TooMany) as refusal:
            log.warning("a charter is not believed", extra={"union": peer.did, "why": str(refusal)})
            return False
        except FederationError:
            return False
        return taken.is_new or taken.confirms

    async def _refuse_unproven(self, did: Did, raw: bytes, url: str, *, is_home: bool) -> None:
        """A home that a charter names anew is believed once it shows that charter's union itself (protocol §2)."""
        claims = read_charter(raw)
        if claims.union != did:
            raise Refused(f"{url} shows the charter of another union, {claims.union}.")  # nobody it names is asked
        known = {url, *await known_homes(self.store, claims.union)}
        fetch = partial(fetch_charter, self.wire)
        if unproven := await find_unproven(
            claims, fetch, known=known, silent_too=is_home,
            spend=lambda named: self._named.setdefault(did, NamedHomes()).spend(named, self.now(), by=authority(url)),
        ):  # fmt: skip
            raise Refused(f"It names homes that do not show themselves to be this union's: {', '.join(unproven)}.")
