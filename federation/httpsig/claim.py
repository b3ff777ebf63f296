"""What a signed request claims, read and checked but for the key: who signed which bytes, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from federation.errors import BadSignature
from federation.httpsig.request import SignedRequest
from storage.ids import KeyId
from storage.records import KeyKind, Scheme

ALGORITHMS: Final[dict[tuple[Scheme, str | None], frozenset[KeyKind]]] = {
    ("cavage", None): frozenset({"rsa", "ed25519"}),
    ("cavage", "hs2019"): frozenset({"rsa", "ed25519"}),
    ("cavage", "rsa-sha256"): frozenset({"rsa"}),
    ("cavage", "ed25519"): frozenset({"ed25519"}),
    ("rfc9421", None): frozenset({"rsa", "ed25519"}),
    ("rfc9421", "rsa-v1_5-sha256"): frozenset({"rsa"}),
    ("rfc9421", "rsa-pss-sha512"): frozenset({"rsa"}),
    ("rfc9421", "ed25519"): frozenset({"ed25519"}),
}
"""The algorithms we take, and the keys each may be named with; nothing else exists for us, HMAC least."""


_SHOWN: Final = 40
"""Characters of a stranger's header name that an error repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """All of a request's signature is in order, if the key named here made it: `verify` says so.

    `message` is the exact bytes that were signed; `algorithm` is what the sender called it, None when unsaid.
    """

    key_id: KeyId
    algorithm: str | None
    message: bytes
    signature: bytes
    scheme: Scheme


def check_algorithm(scheme: Scheme, algorithm: str | None) -> None:
    """Refuse an algorithm we do not take, before anybody fetches its key; raises BadSignature."""
    if (scheme, algorithm) not in ALGORITHMS:
        raise BadSignature("The request is signed by an algorithm we do not take; use rsa-sha256 or ed25519.")


def single_value(request: SignedRequest, name: str) -> str:
    """The value of a header that must be there exactly once; raises BadSignature."""
    values = request.values(name)
    if len(values) != 1:
        raise BadSignature(f"The header {name[:_SHOWN]!r} is needed exactly once, and came {len(values)} times.")
    value = values[0].strip(" \t")
    if "\n" in value or "\r" in value:
        raise BadSignature(f"The header {name[:_SHOWN]!r} has a line break in it; the sender must sign again.")
    return value


def check_distinct(names: list[str]) -> None:
    """Refuse a signature that names nothing, or one part twice; raises BadSignature."""
    if not names or len(set(names)) != len(names):
        raise BadSignature("The signature covers nothing, or one part twice; the sender must sign again.")


def joined(lines: Iterable[str]) -> bytes:
    """The signed message, a line for each covered part; raises BadSignature for anything but ASCII."""
    try:
        return "\n".join(lines).encode("ascii")
    except UnicodeEncodeError:
        raise BadSignature("A signed part is not ASCII; the sender must sign again without it.") from None
