"""Who signed a request: read its claim first, find the key, then verify.

`read_signature` does all that needs no key, so that a request which cannot be accepted costs no fetch.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from federation.errors import BadSignature
from federation.httpsig.authority import check_host
from federation.httpsig.cavage import read_cavage
from federation.httpsig.claim import ALGORITHMS, Claim
from federation.httpsig.digest import check_digest
from federation.httpsig.request import SignedRequest
from federation.httpsig.rfc9421 import UrlScheme, read_rfc9421
from federation.keys import PublicKey

__all__ = ["Claim", "read_signature", "verify"]

_PSS: Final = "rsa-pss-sha512"


def read_signature(
    request: SignedRequest, *, hosts: Collection[str], now: datetime, scheme: UrlScheme = "https"
) -> Claim:
    """Read the request's only signature, and check all but the key; raises BadSignature.

    `hosts` are our own authorities and `scheme` that of our public URL. A request with a Signature-Input is
    read by RFC 9421 alone, any other by draft-cavage-12; whoever sends both is refused, since one Signature
    header cannot be both.
    """
    if not request.values("signature"):
        raise BadSignature("The request is not signed, so nobody vouches for it; the sender must sign it.")
    _check_target(request.target)
    check_host(request, hosts=hosts, scheme=scheme)
    claim = _read(request, now=now, scheme=scheme)
    if not claim.key_id.isprintable():  # bytes that are no UTF-8 come as half characters, which nothing can store
        raise BadSignature("The key's id is no text, so the key cannot be had; the sender must sign again.")
    check_digest(request)
    return claim


def verify(claim: Claim, key: PublicKey) -> None:
    """Check that this key made the claim's signature, in the key's own way; raises BadSignature."""
    if key.kind not in ALGORITHMS.get((claim.scheme, claim.algorithm), ()):
        raise BadSignature("The signature names another algorithm than its key's; the sender must sign again.")
    if claim.algorithm == _PSS:
        key.verify_pss(claim.signature, claim.message)
    else:
        key.verify(claim.signature, claim.message)


def _read(request: SignedRequest, *, now: datetime, scheme: UrlScheme) -> Claim:
    if request.values("signature-input"):
        return read_rfc9421(request, now=now, scheme=scheme)
    return read_cavage(request, now=now)


def _check_target(target: str) -> None:
    """Only a path and query in visible ASCII: anything else is read differently by different programs."""
    if not target.startswith("/") or not target.isascii() or not target.isprintable() or " " in target:
        raise BadSignature("The request's target is not a path of ours; the sender must address the inbox.")
