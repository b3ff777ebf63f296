"""Digests of a request's body: `Digest` (RFC 3230, as Mastodon uses it) and `Content-Digest` (RFC 9530)."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Final

from federation.errors import BadSignature
from federation.httpsig.fields import read_dictionary
from federation.httpsig.request import SignedRequest

_STRONG: Final[dict[str, Callable[[bytes], bytes]]] = {
    "sha-256": lambda body: hashlib.sha256(body).digest(),
    "sha-512": lambda body: hashlib.sha512(body).digest(),
}
"""All others (MD5, SHA-1, checksums) bind nothing and count as absent."""


def digest_header(body: bytes) -> str:
    """The `Digest` value of this body."""
    return f"SHA-256={b64encode(hashlib.sha256(body).digest()).decode('ascii')}"


def content_digest(body: bytes) -> str:
    """The `Content-Digest` value of this body."""
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def check_digest(request: SignedRequest) -> None:
    """Recompute every strong digest over the raw bytes; raises BadSignature.

    One must match where there is a body, and all that are given must match; no body counts as zero bytes.
    """
    body = request.body or b""
    given = {*_digests(request, "digest"), *_digests(request, "content-digest")}
    if body and not given:
        raise BadSignature("The body has no SHA-256 digest, so anybody could have changed it; the sender must add one.")
    if any(_STRONG[algorithm](body) != value for algorithm, value in given):
        raise BadSignature("The body is not the one that the digest was made for; the sender must send it again.")


def has_digest(request: SignedRequest, name: str) -> bool:
    """Whether this header, `digest` or `content-digest`, carries a strong digest; raises BadSignature."""
    return any(True for _ in _digests(request, name))


def _digests(request: SignedRequest, name: str) -> Iterator[tuple[str, bytes]]:
    """Each strong algorithm with its value, in lower case."""
    values = request.values(name)
    if not values:
        return iter(())
    return _read_digest(values) if name == "digest" else _read_content_digest(values)


def _read_digest(values: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for instance in ",".join(values).split(","):
        algorithm, _, encoded = instance.strip().partition("=")
        if algorithm.lower() in _STRONG:
            yield algorithm.lower(), _decode(encoded)


def _decode(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        raise BadSignature("The digest is not base64; the sender must send it again.") from None


def _read_content_digest(values: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for algorithm, member in read_dictionary(values).items():
        if algorithm not in _STRONG:
            continue
        value = member[0] if isinstance(member, tuple) else member
        if not isinstance(value, bytes):
            raise BadSignature("The Content-Digest is not made of bytes; the sender must send it again.")
        yield algorithm, value
