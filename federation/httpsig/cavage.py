"""Read signatures by draft-cavage-http-signatures-12, as Mastodon and nearly all others send them."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import datetime
from typing import Final

from federation.errors import BadSignature
from federation.httpsig.claim import Claim, check_algorithm, check_distinct, joined, single_value
from federation.httpsig.digest import has_digest
from federation.httpsig.request import SignedRequest
from federation.httpsig.times import check_expires_at, check_signed_at, read_http_date
from storage.ids import KeyId

_PARAMETER: Final = re.compile(r'[ \t]*([A-Za-z]+)=(?:"([^"\\]*)"|([0-9]+))[ \t]*(?:,|\Z)')
_SECONDS: Final = re.compile(r"[0-9]{1,15}")
_MAX_HEADER: Final = 8192
_MOMENTS: Final = {"(created)", "(expires)"}


def read_cavage(request: SignedRequest, *, now: datetime) -> Claim:
    """Who claims to have signed this request; raises BadSignature unless all that we need is covered (§2).

    The digest and the host are the caller's to check.
    """
    parameters = _read_parameters(single_value(request, "signature"))
    algorithm = parameters.get("algorithm")
    check_algorithm("cavage", algorithm)
    covered = parameters.get("headers", "").lower().split(" ")
    check_distinct(covered)
    _check_coverage(request, covered)
    if algorithm == "rsa-sha256" and not _MOMENTS.isdisjoint(covered):
        raise BadSignature("(created) and (expires) do not go with rsa-sha256 (§2.3); the sender must sign a Date.")
    _check_times(request, parameters, covered, now)
    return Claim(
        key_id=KeyId(_parameter(parameters, "keyId")),
        algorithm=algorithm,
        message=joined(_line(request, parameters, name) for name in covered),
        signature=_read_signature(_parameter(parameters, "signature")),
        scheme="cavage",
    )


def _read_parameters(header: str) -> dict[str, str]:
    """The header's parameters, quoted or numeric (§2.1); unknown ones stay and have no power."""
    found: dict[str, str] = {}
    place = 0
    while place < len(header) <= _MAX_HEADER:
        match = _PARAMETER.match(header, place)
        if match is None or match[1] in found:
            break
        found[match[1]] = match[2] if match[2] is not None else match[3]
        place = match.end()
    if place != len(header):
        raise BadSignature("The Signature header cannot be read; the sender must sign again.")
    return found


def _parameter(parameters: dict[str, str], name: str) -> str:
    value = parameters.get(name)
    if not value:
        raise BadSignature(f"The signature does not say its {name}; the sender must sign again.")
    return value


def _check_coverage(request: SignedRequest, covered: list[str]) -> None:
    """Method, target, host and body must be bound, or the signature would fit other requests too."""
    needed = {"(request-target)", "host"}
    if request.body:
        needed.add("digest")
    missing = needed.difference(covered)
    if missing:
        raise BadSignature(f"The signature does not cover {', '.join(sorted(missing))}; the sender must sign it.")
    if request.body and not has_digest(request, "digest"):
        raise BadSignature("The signed Digest is not SHA-256, so the body is unprotected; the sender must use it.")


def _check_times(request: SignedRequest, parameters: dict[str, str], covered: list[str], now: datetime) -> None:
    if "date" not in covered and "(created)" not in covered:
        raise BadSignature("The signature covers no time, so it could be replayed; the sender must sign the Date.")
    if "date" in covered:
        check_signed_at(read_http_date(single_value(request, "date")).timestamp(), now)
    if "created" in parameters:
        check_signed_at(_read_seconds(parameters["created"]), now)
    if "expires" in parameters:
        check_expires_at(_read_seconds(parameters["expires"]), now)


def _read_seconds(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise BadSignature("A time in the signature is not in whole seconds; the sender must sign again.")
    return int(text)


def _line(request: SignedRequest, parameters: dict[str, str], name: str) -> str:
    """One line of the signing string (§2.3)."""
    if name == "(request-target)":
        return f"{name}: {request.method.lower()} {request.target}"
    if name in _MOMENTS:
        return f"{name}: {_parameter(parameters, name.strip('()'))}"
    return f"{name}: {single_value(request, name)}"


def _read_signature(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError:
        raise BadSignature("The signature is not base64; the sender must sign again.") from None
