"""Whose key made a signature: for deliveries, and for reading where reading needs a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal, NoReturn

from federation.addresses import authority
from federation.blocks.book import BlockBook
from federation.errors import BadSignature, Blocked
from federation.httpsig.request import SignedRequest
from federation.httpsig.verify import Claim, read_signature, verify
from federation.keys import PublicKey, dump_public_pem, load_multikey, load_public_pem, new_rsa
from federation.resolver import Resolver
from federation.schemes import SchemeTable
from storage.ids import ActorId, Host
from storage.records import RemoteKey


async def find_signer(
    claim: Claim, resolver: Resolver, expected_owner: ActorId | None = None, *, asker: int | None = None
) -> ActorId:
    """The owner of the key that made the claim; a key that does not fit is asked for again, within its budget.

    Raises the `Refused` family, and `TooMany` over the budget of the key's host or of the `asker`.
    """
    key = await resolver.key(claim.key_id, expected_owner=expected_owner, asker=asker)
    try:
        verify(claim, load_key(key))
    except BadSignature:
        key = await resolver.refetch_key(claim.key_id, expected_owner=expected_owner, asker=asker)
        verify(claim, load_key(key))
    await resolver.keep(key, asker=asker)
    return key.owner


def load_key(key: RemoteKey) -> PublicKey:
    """The key object of a stored key; both loaders remember what they parsed."""
    return load_public_pem(key.public) if key.kind == "rsa" else load_multikey(key.public)


def tell_if_proven(claim: Claim, key: RemoteKey | None, blocked: Blocked) -> NoReturn:
    """Raise `blocked` when the key, which we hold already, made the claim; `BadSignature` otherwise.

    Whom a union blocks is nobody's business: without this, anybody could ask for anybody, with no key at all.
    """
    verify(claim, decoy() if key is None else load_key(key))
    raise blocked


@cache
def decoy() -> PublicKey:
    """A key that nobody has."""
    return load_public_pem(dump_public_pem(new_rsa().public_key()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Porter:
    """Asks who reads, where only those who say so may (authorised fetch)."""

    resolver: Resolver
    hosts: Collection[str]
    """Our own authorities; a request made for any other is refused."""
    scheme: Literal["https", "http"]
    now: Callable[[], datetime]
    blocks: BlockBook
    schemes: SchemeTable
    heard_from: Callable[[Host], Awaitable[None]]

    async def identify(self, request: SignedRequest) -> ActorId:
        """The actor whose key signed the request. `Blocked`, and a `FederationError` for everything else."""
        claim = read_signature(request, hosts=self.hosts, now=self.now(), scheme=self.scheme)
        try:
            await self._refuse_blocked(ActorId(claim.key_id.partition("#")[0]))  # before a key is fetched
        except Blocked as blocked:
            await self._refuse_as_blocked(claim, blocked, request.asker)
        reader = await find_signer(claim, self.resolver, asker=request.asker)
        await self._refuse_blocked(reader)
        host = authority(reader)
        await self.schemes.heard(host, claim.scheme)
        await self.heard_from(host)
        return reader

    async def _refuse_as_blocked(self, claim: Claim, blocked: Blocked, asker: int | None) -> NoReturn:
        try:
            tell_if_proven(claim, await self.resolver.held_key(claim.key_id), blocked)
        except BadSignature:
            await self.resolver.pretend_to_ask(claim.key_id, asker=asker)
            raise

    async def _refuse_blocked(self, reader: ActorId) -> None:
        """Most servers read as their own actor, so that a blocked host is kept out, and an actor only when it reads."""
        if await self.blocks.find(reader) is not None:
            raise Blocked(f"{reader} is blocked by an organiser.")
