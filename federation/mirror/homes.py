"""Who lives at an address: the node's own actor and the union's charter, each fetched and held against the other.

An address is believed to be a union's home only after it answered with that union's charter itself, without a redirect,
and the charter names it (protocol §2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from federation.activitystreams.remote_actor import parse_actor
from federation.addresses import authority, check_url, origin_or_none, same_origin
from federation.budgets import NamedHomes
from federation.errors import BadAnswer, BadKey, FederationError, NoAnswer, NoNode, Refused, Unintelligible
from federation.identity.charter import CharterClaims, read_charter
from federation.keys import public_of_did
from federation.strictjson import JsonObject
from federation.wire import Wire
from storage.ids import Did, Host
from storage.records import Peer, RemoteActor
from storage.store import Remotes, Unions

_MOST_ASKED: Final = 16
"""Mirrors that are asked about one union."""
_OUR_FAULT: Final = 500


class Documents(Protocol):
    """Fetches what lies at an id, as `Resolver` does."""

    async def document(self, url: str, *, fresh: bool = False) -> JsonObject:
        """The document whose id is this URL."""


class HomeStore(Remotes, Unions, Protocol):
    """Where actors and charters are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A node that has proven whose home it is."""

    url: str
    actor: RemoteActor
    claims: CharterClaims
    charter: bytes
    unproven: tuple[str, ...] = ()
    """Homes that the charter names besides, and that did not show themselves to be this union's."""

    @property
    def did(self) -> Did:
        """The union that lives there."""
        return self.claims.union


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Asks nodes who they are; one for the whole node."""

    wire: Wire
    documents: Documents
    store: HomeStore
    now: Callable[[], datetime]
    _by_strangers: NamedHomes = field(default_factory=NamedHomes)
    _by_mirrors: NamedHomes = field(default_factory=NamedHomes)
    """Apart, or strangers could keep us from hearing where a union has moved to."""

    async def visit(self, url: str, *, for_stranger: bool = False) -> Home:
        """Who lives at this base URL; NoNode when nobody can be believed to, and the `Unreachable` family.

        Nobody of ours asks `for_stranger`: `TooMany` then, when its charter makes us ask more than we do.
        """
        document, actor = await self._actor(url)
        did = _did(document, url)
        raw = await self.charter(url, did)
        claims = _read(raw, url)
        if claims.union != did:
            raise NoNode(f"{url} says that the union {did} lives there, but shows the charter of another union.")
        if url not in {origin_or_none(home) for home in claims.homes}:
            raise NoNode(f"{url} shows the charter of {claims.name}, but that charter does not name {url} as a home.")
        await self.store.save_remote_actor(actor)
        known = {url, *await known_homes(self.store, did)}
        spend = self._spend_for(url, self._by_strangers) if for_stranger else None
        unproven = await find_unproven(claims, self.charter, known=known, silent_too=True, spend=spend)
        return Home(url=url, actor=actor, claims=claims, charter=raw, unproven=unproven)

    async def charter(self, url: str, did: Did) -> bytes:
        """What the node at this base URL serves as the charter of a union, not yet verified; BadAnswer without one."""
        target = f"{url}/log/{did}/charter"
        answer = await self.wire.get(target, accept="application/json", stays=True)
        if answer.url != check_url(target, dev=True).text:
            raise BadAnswer(f"{url} sends us elsewhere for a charter; a redirect proves nothing.", status=answer.status)
        if answer.status != 200:
            raise BadAnswer(f"{url} shows no charter of {did} (status {answer.status}).", status=answer.status)
        return answer.body

    async def ask_mirrors(self, mirrors: Sequence[Peer], did: Did) -> list[tuple[str, CharterClaims, bytes]]:
        """The charters of a union that these nodes know, each verified, with the node's base URL; silent ones apart."""
        asked = [self._ask_mirror(mirror.url, did) for mirror in mirrors[:_MOST_ASKED] if mirror.did != did]
        return [answer for answer in await asyncio.gather(*asked) if answer is not None]

    async def _ask_mirror(self, url: str, did: Did) -> tuple[str, CharterClaims, bytes] | None:
        with suppress(FederationError):
            raw = await self.charter(url, did)
            claims = read_charter(raw)
            known = {url, *await known_homes(self.store, did)}
            spend = self._spend_for(url, self._by_mirrors)
            if claims.union == did and not await find_unproven(
                claims, self.charter, known=known, silent_too=False, spend=spend
            ):
                return url, claims, raw
        return None

    def _spend_for(self, url: str, budget: NamedHomes) -> Callable[[list[Host]], None]:
        return lambda named: budget.spend(named, self.now(), by=authority(url))

    async def _actor(self, url: str) -> tuple[JsonObject, RemoteActor]:
        try:
            document = await self.documents.document(f"{url}/actor", fresh=True)
            actor = parse_actor(document, self.now())
        except BadAnswer as answer:
            if answer.status is not None and answer.status >= _OUR_FAULT:
                raise
            raise _no_node(url) from answer
        except Unintelligible as problem:
            raise _no_node(url) from problem
        if not is_node_actor(actor) or actor.id != f"{url}/actor":
            raise _no_node(url)
        return document, actor


async def known_homes(store: Unions, did: Did) -> set[str]:
    """The homes that the charters we keep of a union name: each was believed when its charter was taken."""
    return {home for charter in await store.list_charters(did) for home in read_charter(charter.body).homes}


async def find_unproven(
    claims: CharterClaims,
    ask: Callable[[str, Did], Awaitable[bytes | None]],
    *,
    known: Collection[str],
    silent_too: bool,
    spend: Callable[[list[Host]], None] | None = None,
) -> tuple[str, ...]:
    """Homes that a charter names anew and that show no charter of its union themselves (protocol §2).

    Else a union could name anybody's address as its own, and its words would be shown here under that name. One that
    does not answer now counts only with `silent_too`. `spend` may raise `TooMany`, before any of them is asked.
    """
    new = [home for home in claims.homes if home not in known]
    if spend is not None:
        spend([authority(home) for home in new])
    shown = await asyncio.gather(*(_shows(home, claims.union, ask, otherwise=not silent_too) for home in new))
    return tuple(home for home, is_shown in zip(new, shown, strict=True) if not is_shown)


async def _shows(home: str, did: Did, ask: Callable[[str, Did], Awaitable[bytes | None]], *, otherwise: bool) -> bool:
    try:
        raw = await ask(home, did)
        return raw is not None and read_charter(raw).union == did
    except BadAnswer as answer:
        return otherwise and answer.status is not None and answer.status >= _OUR_FAULT
    except NoAnswer:
        return otherwise
    except FederationError:
        return False


def is_node_actor(actor: RemoteActor) -> bool:
    """Whether an actor has the id, type and inbox that the own actor of a node has."""
    home = origin_or_none(actor.id)
    return actor.type == "Application" and actor.id == f"{home}/actor" and same_origin(actor.inbox, actor.id)


def _did(document: JsonObject, url: str) -> Did:
    """The union that a node's actor names, with its log below the same address."""
    did = document.get("did")
    if not isinstance(did, str) or document.get("log") != f"{url}/log/{did}":
        raise _no_node(url)
    try:
        public_of_did(Did(did))
    except BadKey:
        raise _no_node(url) from None
    return Did(did)


def _read(raw: bytes, url: str) -> CharterClaims:
    try:
        return read_charter(raw)
    except (Refused, Unintelligible) as problem:
        raise NoNode(f"What {url} shows as its union's charter is none: {problem}") from problem


def _no_node(url: str) -> NoNode:
    return NoNode(
        f"{url} answers, but not as a Picketline node. Is it the address that its organisers use, without a path?"
    )
