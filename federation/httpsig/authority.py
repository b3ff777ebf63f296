"""The host a request was made for, compared with our own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from federation.errors import BadSignature
from federation.httpsig.claim import single_value
from federation.httpsig.request import SignedRequest

_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}


def normal(authority: str, scheme: str) -> str:
    """An authority in lower case and without its scheme's own port (RFC 9421 §2.2.3)."""
    return authority.lower().removesuffix(_DEFAULT_PORTS[scheme])


def check_host(request: SignedRequest, *, hosts: Collection[str], scheme: str) -> None:
    """Refuse a request that was not made for one of our own authorities; raises BadSignature."""
    asked = normal(single_value(request, "host"), scheme)
    if asked not in {normal(host, scheme) for host in hosts}:
        raise BadSignature("The request was signed for another host than ours; the sender must address this one.")
