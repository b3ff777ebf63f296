"""Fetch a document by its URL and believe only what its own URL says (refusals, rule 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from federation.activitystreams.media_types import ACCEPT, is_activitystreams
from federation.addresses import authority, check_url, same_origin
from federation.errors import BadAnswer, ForbiddenAddress
from federation.httpsig.wishes import Wish
from federation.knocking import knock
from federation.schemes import SchemeTable
from federation.strictjson import JsonObject, load_object
from federation.wire import Answer, Wire
from storage.records import Scheme

SignGet = Callable[[str, Scheme, Wish], Mapping[str, str]]
"""From a URL to the headers of a signed GET."""


async def fetch_document(
    url: str, *, wire: Wire, sign: SignGet, schemes: SchemeTable, stays: bool = False
) -> JsonObject:
    """The ActivityStreams document at a URL, whose `id` is the URL it was got from in the end.

    A document with another id of the same origin is fetched once more by that id, which must then be its own
    (GoToSocial answers so for key ids). One that `stays` follows no redirect to another host.
    Raises `BadAnswer`, `NotJson` and what `Wire.get` raises.
    """
    document, came_from = await _fetch(url, wire, sign, schemes, stays=stays)
    id = document.get("id")
    if not isinstance(id, str) or not same_origin(id, came_from):
        raise BadAnswer("The document has no id, or one of another host than it came from; it is not believed.")
    if _is_at(id, came_from):
        return document
    document, came_from = await _fetch(id, wire, sign, schemes, stays=stays)
    if document.get("id") != id or not _is_at(id, came_from):
        raise BadAnswer("The document is not to be had at the id it claims; it is not believed.")
    return document


def _is_at(id: str, url: str) -> bool:
    """Whether an id is the URL of its document: no fragment, and equal but for spelling."""
    try:
        return "#" not in id and check_url(id, dev=True).text == url
    except ForbiddenAddress:
        return False


async def _fetch(url: str, wire: Wire, sign: SignGet, schemes: SchemeTable, *, stays: bool) -> tuple[JsonObject, str]:
    async def get(scheme: Scheme, wish: Wish) -> Answer:
        answer = await wire.get(
            url, accept=ACCEPT, sign=lambda _method, target: sign(target, scheme, wish), stays=stays
        )
        if answer.url != check_url(url, dev=True).text:
            _check_status(answer)  # we were redirected, and what refused us saw no signature
        return answer

    answer = await knock(authority(url), get, schemes=schemes)
    _check_status(answer)
    if not is_activitystreams(answer.content_type):
        host = authority(answer.url)
        raise BadAnswer(f"{host} answered with something other than ActivityStreams.", status=answer.status)
    return load_object(answer.body), answer.url


def _check_status(answer: Answer) -> None:
    if not 200 <= answer.status < 300:
        raise BadAnswer(f"{authority(answer.url)} answered with status {answer.status}.", status=answer.status)
