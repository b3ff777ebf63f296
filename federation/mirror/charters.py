"""Which charter of a union counts (protocol §2): the highest epoch, unless two of one epoch stand against each other.

Every charter that reaches us goes through here, wherever it comes from: one from its home, from a mirror, along with a
poll. What cannot be right beside what we know is kept as evidence, and never takes the place of what we know.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Protocol

from federation.addresses import origin_or_none, same_origin
from federation.errors import CharterConflict, CharterRefused, HomeTaken, OldCharter, UnknownUnion
from federation.identity.charter import CharterClaims, read_charter
from storage.ids import Did
from storage.records import Charter, Evidence, EvidenceKind, Peer
from storage.store import Holdings, Peers, Unions

MOST_EVIDENCE: Final = 50
"""Pieces of a kind kept about one union: who holds its root key could make charters without end, anybody claims."""


_reread = lru_cache(maxsize=256)(read_charter)
"""Of what was verified before it was kept; asked for at every poll."""

MOST_CHARTERS: Final = 256
"""Kept of one union: all of them are read at each look at its homes."""
LARGEST_CHARTER: Final = 64 * 1024
"""Bytes: a thousand digests and sixteen homes have room."""


class CharterStore(Holdings, Peers, Unions, Protocol):
    """What is read and written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A charter that is the newest we know of its union."""

    claims: CharterClaims
    is_new: bool
    """False when it was known."""
    confirms: bool
    """Whether by coming from a second source it made the pact a confirmed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Charters of one epoch that say different things, and nobody has said yet which counts."""

    epoch: int
    digests: tuple[str, ...]


async def take_charter(store: CharterStore, raw: bytes, *, from_url: str, at: datetime) -> Taken:
    """Take a charter that came from `from_url`, the base URL of a node: its own home's, or of a peer that passes it on.

    Raises BadSignature and Unintelligible for what is no charter, and CharterRefused: UnknownUnion, OldCharter,
    CharterConflict, HomeTaken. What was refused as a conflict or a claim is kept as evidence.
    """
    claims = read_charter(raw)
    peer = await store.find_peer(claims.union)
    if peer is None and not await _is_our_own(claims.union, store):
        raise UnknownUnion(f"A charter of {claims.union} came from {from_url}, but this union is none of our peers.")
    is_new = await admit_charter(store, claims, raw, home=None, at=at)
    confirms = peer is not None and await confirm_pact(store, claims, from_url=from_url, at=at)
    return Taken(claims=claims, is_new=is_new, confirms=confirms)


async def admit_charter(
    store: CharterStore,
    claims: CharterClaims,
    raw: bytes,
    *,
    home: str | None,
    at: datetime,
    unproven: Collection[str] = (),
) -> bool:
    """Keep a verified charter as the newest of its union; whether it is new to us. Raises CharterRefused.

    `home` is the base URL that has just answered with this charter itself, so that it is proven to be one; `unproven`
    are those that did not show themselves to be this union's.
    """
    if await _is_our_own(claims.union, store):
        return await _recognise(store, claims, raw, at)
    if len(raw) > LARGEST_CHARTER:
        raise CharterRefused(f"This charter of {claims.name} is larger than any charter has to be; it is not kept.")
    await _refuse_claims(store, claims, raw, home, at)
    if unproven:
        raise HomeTaken(
            f"The charter of {claims.name} names {', '.join(unproven)} as its home, but no charter of that "
            "union is shown there. Nobody may speak under an address that does not answer for them; it is looked at "
            "again later."
        )
    standing = await newest(store, claims.union)
    if standing is None or claims.digest == standing.digest:
        return await store.add_charter(_kept(claims, raw))
    if claims.epoch < standing.epoch:
        raise OldCharter(
            f"This charter of {claims.name} is of epoch {claims.epoch}, but we know one of epoch {standing.epoch}. "
            "Whoever serves it lags behind, or holds a home that was given up."
        )
    if claims.epoch == standing.epoch:
        await add_evidence(store, claims.union, "charter", standing.body, raw, at)
        raise _conflict(claims.name, claims.epoch, (standing.digest, claims.digest))
    conflict = await find_conflict(store, claims.union)
    if conflict is not None and not set(conflict.digests) <= set(claims.previous):
        raise _conflict(claims.name, conflict.epoch, conflict.digests)
    if len(await store.list_charters(claims.union)) >= MOST_CHARTERS:
        raise CharterRefused(
            f"{claims.name} has made {MOST_CHARTERS} charters, more than anybody needs; no further one is taken. "
            "Ask the union by phone what happened."
        )
    return await store.add_charter(_kept(claims, raw))


async def newest(store: CharterStore, did: Did) -> Charter | None:
    """The charter that counts, also while another stands against it; None when we know none."""
    charters = await store.list_charters(did)
    best = [charter for charter in charters if charter.epoch == charters[0].epoch]
    if len(best) < 2:
        return next(iter(best), None)
    peer = await store.find_peer(did)
    chosen = None if peer is None else peer.chosen
    late = {evidence.second for evidence in await store.list_evidence(did) if evidence.kind == "charter"}
    return min(best, key=lambda charter: (charter.digest != chosen, charter.body in late, charter.digest))


async def list_counting(store: CharterStore, did: Did) -> list[Charter]:
    """The charters that count and those before them: none that stands below another, or that an organiser rejected."""
    charters, standing, peer = await store.list_charters(did), await newest(store, did), await store.find_peer(did)
    chosen = {charter.epoch: charter.digest for charter in charters if peer and charter.digest == peer.chosen}
    if standing is not None:
        chosen[standing.epoch] = standing.digest
    return [charter for charter in charters if chosen.get(charter.epoch, charter.digest) == charter.digest]


async def known_claims(store: CharterStore, did: Did) -> list[CharterClaims]:
    """Every charter of this union that was ever seen here, those that are evidence too."""
    kept = [_reread(charter.body) for charter in await store.list_charters(did)]
    return [*kept, *[claims for claims in await _evident(store, did) if claims.union == did]]


async def list_strange(store: CharterStore, did: Did) -> list[str]:
    """Of our own union: digests of charters that this node did not make, and that no later one of ours has ended."""
    kept = [_reread(charter.body) for charter in await store.list_charters(did)]
    ended = {digest for claims in kept for digest in (claims.digest, *claims.previous)}
    return sorted({claims.digest for claims in await _evident(store, did) if claims.union == did} - ended)


async def find_conflict(store: CharterStore, did: Did) -> Conflict | None:
    """The charters that stand against each other, until a higher epoch lists all of them or an organiser chose one."""
    kept = {charter.digest: _reread(charter.body) for charter in await store.list_charters(did)}
    by_epoch: dict[int, set[str]] = {}
    for claims in await known_claims(store, did):
        by_epoch.setdefault(claims.epoch, set()).add(claims.digest)
    peer = await store.find_peer(did)
    chosen = None if peer is None else peer.chosen
    for epoch, digests in sorted(by_epoch.items(), reverse=True):
        if len(digests) > 1 and chosen not in digests and not _is_settled(epoch, digests, kept.values()):
            return Conflict(epoch=epoch, digests=tuple(sorted(digests)))
    return None


async def choose_charter(store: CharterStore, peer: Peer, digest: str) -> Peer:
    """An organiser says which of those that stand against each other counts; UnknownUnion when it is none of them."""
    for evidence in await store.list_evidence(peer.did):
        for raw in (evidence.first, evidence.second) if evidence.kind == "charter" else ():
            claims = read_charter(raw)
            if claims.digest == digest:
                await store.add_charter(_kept(claims, raw))
                return await change_peer(store, peer, lambda standing: replace(standing, chosen=digest))
    raise UnknownUnion(f"None of the charters of {peer.name} that stand against each other has the digest {digest}.")


async def confirm_pact(store: CharterStore, claims: CharterClaims, *, from_url: str, at: datetime) -> bool:
    """Note that a source other than its home answered with the newest charter; whether the pact was unconfirmed."""
    peer, standing = await store.find_peer(claims.union), await newest(store, claims.union)
    if peer is None or standing is None or standing.digest != claims.digest or peer.confirmed_at is not None:
        return False
    if any(same_origin(from_url, home) for home in (peer.url, *claims.homes)):
        return False
    sources = [one for one in await store.list_peers() if one.state == "mutual" and one.did != claims.union]
    if not any(same_origin(from_url, one.url) for one in sources):
        return False
    await change_peer(store, peer, lambda standing: replace(standing, confirmed_at=at))
    return True


async def change_peer(store: Peers, peer: Peer, change: Callable[[Peer], Peer]) -> Peer:
    """Change what is kept of a peer, and nothing that others change at the same time; what is kept then."""
    standing = await store.find_peer(peer.did)
    while standing is not None:
        changed = change(standing)
        if changed == standing or await store.save_peer(changed, instead_of=standing):
            return changed
        standing = await store.find_peer(peer.did)
    return change(peer)


async def add_evidence(
    store: CharterStore, did: Did, kind: EvidenceKind, first: bytes, second: bytes, at: datetime
) -> None:
    """Keep two things that cannot both be right, unless enough of that kind is kept about this union."""
    if sum(piece.kind == kind for piece in await store.list_evidence(did)) >= MOST_EVIDENCE:
        return
    digest = sha256(first + second).hexdigest()
    await store.add_evidence(Evidence(did=did, kind=kind, digest=digest, first=first, second=second, found_at=at))


async def _recognise(store: CharterStore, claims: CharterClaims, raw: bytes, at: datetime) -> bool:
    """A charter of our own that we did not make is nothing we take: somebody has our kit, or we are a copy."""
    ours = await store.list_charters(claims.union)
    if any(charter.digest == claims.digest for charter in ours):
        return False
    await add_evidence(store, claims.union, "charter", ours[0].body if ours else b"", raw, at)
    raise CharterConflict(
        f"A charter of our own union, of epoch {claims.epoch}, is about that this node did not make. Whoever made it "
        "has the recovery kit."
    )


async def _refuse_claims(
    store: CharterStore, claims: CharterClaims, raw: bytes, home: str | None, at: datetime
) -> None:
    """None of the homes may be our own host or a home of another union that our organisers named."""
    us = await store.find_union()
    if us is not None and any(same_origin(claimed, us.url) for claimed in claims.homes):
        await add_evidence(store, us.did, "claim", await _body(store, us.did), raw, at)
        raise HomeTaken(f"The charter of {claims.name} claims our own address as a home of its union.")
    claimed = _origins(claims.homes)
    for peer in await store.list_peers():
        if peer.did == claims.union or peer.follow is None:
            continue
        standing = await newest(store, peer.did)
        others = _origins((peer.url,)) | (set() if standing is None else _origins(_reread(standing.body).homes))
        others -= set() if home is None or same_origin(home, peer.url) else _origins((home,))
        if not claimed.isdisjoint(others):
            await add_evidence(store, peer.did, "claim", b"" if standing is None else standing.body, raw, at)
            raise HomeTaken(
                f"The charter of {claims.name} ({claims.union}) claims a home that is pinned to {peer.name} "
                f"({peer.did}). The pin counts, not the address. Ask both unions by phone; if {peer.name} gave that "
                f"home up: picketline peer remove {peer.url} --forget"
            )


def _is_settled(epoch: int, digests: Collection[str], kept: Collection[CharterClaims]) -> bool:
    return any(claims.epoch > epoch and set(digests) <= set(claims.previous) for claims in kept)


async def _evident(store: CharterStore, did: Did) -> list[CharterClaims]:
    pieces = [evidence for evidence in await store.list_evidence(did) if evidence.kind == "charter"]
    return [_reread(raw) for evidence in pieces for raw in (evidence.first, evidence.second) if raw]


async def _is_our_own(did: Did, store: CharterStore) -> bool:
    us = await store.find_union()
    return us is not None and us.did == did


async def _body(store: CharterStore, did: Did) -> bytes:
    charter = await newest(store, did)
    return b"" if charter is None else charter.body


def _origins(urls: Collection[str]) -> set[str]:
    return {origin for url in urls if (origin := origin_or_none(url)) is not None}


def _kept(claims: CharterClaims, raw: bytes) -> Charter:
    return Charter(did=claims.union, epoch=claims.epoch, digest=claims.digest, body=raw)


def _conflict(name: str, epoch: int, digests: Collection[str]) -> CharterConflict:
    return CharterConflict(
        f"Two charters of {name} of epoch {epoch} stand against each other: {' and '.join(sorted(digests))}. Nothing "
        "new of it is taken until a later charter names both, or you say after a phone call which one counts: "
        "picketline peer resolve URL --charter DIGEST"
    )
