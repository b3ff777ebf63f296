"""Around every handler: domain errors become answers in one place, and headers that every answer has."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from federation.errors import (
    BadSignature,
    FederationError,
    NotTheOwner,
    NotTheSigner,
    OutOfKeys,
    Refused,
    TooMany,
    Unintelligible,
    Unreachable,
)
from federation.httpsig.wishes import OUR_WISH
from node.app_keys import NODE, PAGES, SITE, STRANGERS
from node.web.admission import VARIES, admit
from node.web.answers import unless_known
from node.web.negotiation import wants_activity
from node.web.readers.refusals import refusal_sheet
from storage.errors import StorageError, StoreUnable

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STATUS: Final[Mapping[type[FederationError], int]] = {
    BadSignature: 401,
    NotTheSigner: 401,
    NotTheOwner: 403,
    TooMany: 429,
    Refused: 403,
    Unintelligible: 400,
    OutOfKeys: 503,
    Unreachable: 401,  # the key could not be had, so nobody proved anything
}
_WORDS: Final[Mapping[int, str]] = {
    400: "Bad request",
    401: "Signature needed",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    410: "Gone",
    413: "Too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Our mistake",
    503: "Try again later",
}
"""Bodies are short and fixed, and do not say which check failed."""
_LATER: Final = 503
_RETRY_SECONDS: Final = "120"


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every refusal into its answer, and what the client has already into 304; the unexpected is "our mistake"."""
    try:
        answer = await handler(request)
        await admit(request, answer)
        return unless_known(request, answer)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return await _refuse(request, answer.status, _kept(answer))
    except TooMany as refusal:
        return await _refuse(request, 429, {"Retry-After": str(refusal.retry_after)})
    except FederationError as refusal:
        status = _status(refusal)
        _tell(request, status, refusal)
        return await _refuse(request, status, {"Retry-After": _RETRY_SECONDS} if status == _LATER else None)
    except StoreUnable as problem:
        request.config_dict[NODE].store_trouble.halts(problem)  # one line, however many ask
        return await _refuse(request, _LATER, {"Retry-After": _RETRY_SECONDS})
    except StorageError as problem:
        log.error("the store refused", extra={"route": _route(request), "problem": str(problem)})  # noqa: TRY400
        return await _refuse(request, _LATER, {"Retry-After": _RETRY_SECONDS})
    except Exception:
        log.exception("a handler failed", extra={"route": _route(request)})
        return await _refuse(request, 500)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """`Vary: Accept` because one address has two readers; `nosniff` because only the type we say counts."""
    response.headers.setdefault("Vary", VARIES if request.config_dict[NODE].config.authorized_fetch else "Accept")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers["Server"] = "Picketline"


async def _refuse(request: web.Request, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    if status == HTTPStatus.UNAUTHORIZED:
        headers = {**(headers or {}), "Accept-Signature": OUR_WISH}
    is_page = request.method in {"GET", "HEAD"} and not wants_activity(
        request.headers.get("Accept", ""), otherwise=False
    )
    if is_page:
        shared = request.config_dict
        answer = (await refusal_sheet(shared[NODE].store, shared[PAGES], shared[SITE], status)).answer()
        answer.headers.update(headers or {})
        return answer
    answer = web.Response(status=status, text=_WORDS.get(status, "Refused"), headers=headers)
    if request.method in {"POST", "PUT"}:
        answer.force_close()  # whatever else was sent is not worth keeping
    return answer


def _tell(request: web.Request, status: int, refusal: FederationError) -> None:
    shared = request.config_dict
    more = shared[STRANGERS].lines.take(shared[NODE].now())
    if more is not None:
        facts = {"route": _route(request), "status": status, "why": type(refusal).__name__, **more}
        log.info("refused", extra=facts)


def _status(refusal: FederationError) -> int:
    return next(_STATUS[kind] for kind in type(refusal).__mro__ if kind in _STATUS)


def _kept(answer: web.HTTPException) -> dict[str, str]:
    """The headers of aiohttp's answer that mean something to the client."""
    return {name: answer.headers[name] for name in ("Allow", "Retry-After") if name in answer.headers}


def _route(request: web.Request) -> str | None:
    return request.match_info.route.name
