"""What can be blocked, and by which names a block finds somebody; pure.

Three kinds of target: an actor's id, an address `who@host`, and a host, which stands for its subdomains too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from federation.addresses import authority, check_url
from federation.errors import ForbiddenAddress, Unintelligible
from federation.identity.webfinger import read_address
from storage.ids import ActorId, Host
from storage.records import BlockKind

_PLAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:xn--[a-z0-9-]{1,59}|[a-z]{2,63})")
"""What nearly every line of a list is, read without further ado."""
_NOT_IN_A_HOST: Final = re.compile(r"[/?#\\\s*]")
_PORT: Final = re.compile(r"(.+):[0-9]{1,5}")
_LONGEST_ID: Final = 2048


@dataclass(frozen=True, slots=True)
class Target:
    """What a block is kept under."""

    kind: BlockKind
    name: str


def read_target(text: str) -> Target:
    """The target in an actor's id, `@who@host`, `acct:who@host` or a host; `Unintelligible` says why it is none."""
    plain = text.strip().lower()
    if len(plain) < 254 and _PLAIN.fullmatch(plain):
        return Target("host", plain)
    if "*" in plain:
        raise Unintelligible("it is made unreadable by stars; ask whoever made the list for the whole name")
    if plain.startswith(("https://", "http://")):
        return _read_url(text.strip())
    if "@" in plain:
        return _read_address(plain)
    return Target("host", _read_host(plain))


def address_name(handle: str, host: Host) -> str:
    """An address as blocks name it; capitals beyond ASCII stay, as in the store."""
    return f"{handle}@{host}".encode().lower().decode()


def host_names(host: Host) -> list[str]:
    """A host and every name above it that a block may have: without its port, and its parent domains."""
    ported = _PORT.fullmatch(host)
    names: list[str] = [host] if ported is None else [host, ported[1]]
    bare = names[-1]
    if bare.startswith("[") or bare.rpartition(".")[2].isdigit():
        return names
    while (bare := bare.partition(".")[2]).find(".") > 0:
        names.append(bare)
    return names


def names_of(actor: ActorId) -> list[str]:
    """Everything by which this actor may be blocked but its address, which the store knows."""
    try:
        hosts = host_names(authority(actor))
    except ForbiddenAddress:
        hosts = []
    return [actor, *hosts]


def covers_host(target: Target, host: Host) -> bool:
    """Whether a host is blocked by this target."""
    return target.kind == "host" and target.name in host_names(host)


def host_of(target: Target) -> Host:
    """The host that a target is, or lies on."""
    if target.kind == "host":
        return Host(target.name)
    return authority(target.name) if target.kind == "actor" else Host(target.name.rpartition("@")[2])


def _read_url(url: str) -> Target:
    """An actor's id exactly as written; an address of a host alone stands for the host."""
    try:
        clean = check_url(url, dev=True)
    except ForbiddenAddress as problem:
        raise Unintelligible(f"it is no address that anybody can have: {problem}") from None
    if clean.text in (clean.origin, f"{clean.origin}/"):
        return Target("host", _read_host(clean.authority))
    if len(url) > _LONGEST_ID:
        raise Unintelligible("it is too long to be anybody's id")
    return Target("actor", url)


def _read_address(text: str) -> Target:
    try:
        address = read_address(text)
    except Unintelligible:
        raise Unintelligible("it is no address such as who@host.example") from None
    return Target("address", address_name(address.user, Host(_read_host(address.host))))


def _read_host(text: str) -> str:
    try:
        host = authority(f"https://{text}/") if not _NOT_IN_A_HOST.search(text) else None
    except ForbiddenAddress:
        host = None
    if host is None:
        raise Unintelligible("it is no host such as mal.example")
    if "." not in host and not host.startswith("["):
        raise Unintelligible("a single word would block a whole top-level domain; name a host such as mal.example")
    return host
