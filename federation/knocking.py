"""Double knocking: a request that is refused is sent once more at once, signed by the other scheme."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from federation.httpsig.wishes import PLAIN, Wish, read_wish
from federation.schemes import SchemeTable, is_refusal
from storage.ids import Host
from storage.records import Scheme

_OTHER: Final[dict[Scheme, Scheme]] = {"cavage": "rfc9421", "rfc9421": "cavage"}
_HOPELESS: Final = 400


class Knocked(Protocol):
    """What an answer says about the signature of its request."""

    @property
    def status(self) -> int: ...
    @property
    def accept_signature(self) -> str | None: ...


A = TypeVar("A", bound=Knocked)
Knock = Callable[[Scheme, Wish], Awaitable[A]]
"""Sends a request signed by a scheme, with what was asked for."""


async def knock(host: Host, send: Knock[A], *, schemes: SchemeTable) -> A:
    """The answer to a request that is signed as the host understands it, with at most one second try.

    Of two refusals the one that leaves hope. Raises what `send` raises, and `StorageError`.
    """
    scheme = await schemes.first(host)
    answer = await send(scheme, PLAIN)
    wish = read_wish(answer.accept_signature)
    if wish is not None and not is_refusal(answer.status):
        await schemes.heard(host, "rfc9421")
    if not schemes.may_knock(host, answer.status):
        return answer
    return await _knock_again(host, send, answer, _next(scheme, wish), schemes)


def _next(scheme: Scheme, wish: Wish | None) -> tuple[Scheme, Wish]:
    """How to sign the second request: the other way, or again by RFC 9421 with more when more is asked."""
    if scheme == "rfc9421" and wish is not None and wish.is_more:
        return "rfc9421", wish
    return _OTHER[scheme], wish or PLAIN


async def _knock_again(
    host: Host, send: Knock[A], refusal: A, otherwise: tuple[Scheme, Wish], schemes: SchemeTable
) -> A:
    scheme, wish = otherwise
    answer = await send(scheme, wish)
    if 200 <= answer.status < 300:
        await schemes.worked(host, scheme)
    if not is_refusal(answer.status):
        return answer
    last = refusal if answer.status == _HOPELESS else answer
    schemes.refused_both(host, last.status)
    return last
