"""Fetch a document by its URL and believe only what its own URL says (refusals, rule 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from federation.activitystreams.media_types import ACCEPT, is_activitystreams
from federation.addresses import check_url, same_origin
from federation.errors import BadAnswer, ForbiddenAddress
from federation.strictjson import JsonObject, load_object
from federation.wire import Wire

SignGet = Callable[[str, str], Mapping[str, str]]
"""From method and URL to the headers of a signed request."""


async def fetch_document(url: str, *, wire: Wire, sign: SignGet) -> JsonObject:
    """The ActivityStreams document at a URL, whose `id` is the URL it was got from in the end.

    A document with another id of the same origin is fetched once more by that id, which must then be its own
    (GoToSocial answers so for key ids). Raises `BadAnswer`, `NotJson` and what `Wire.get` raises.
    """
    document, came_from = await _fetch(url, wire, sign)
    id = document.get("id")
    if not isinstance(id, str) or not same_origin(id, came_from):
        raise BadAnswer("The document has no id, or one of another host than it came from; it is not believed.")
    if _is_at(id, came_from):
        return document
    document, came_from = await _fetch(id, wire, sign)
    if document.get("id") != id or not _is_at(id, came_from):
        raise BadAnswer("The document is not to be had at the id it claims; it is not believed.")
    return document


def _is_at(id: str, url: str) -> bool:
    """Whether an id is the URL of its document: no fragment, and equal but for spelling."""
    try:
        return "#" not in id and check_url(id, dev=True).text == url
    except ForbiddenAddress:
        return False


async def _fetch(url: str, wire: Wire, sign: SignGet) -> tuple[JsonObject, str]:
    answer = await wire.get(url, accept=ACCEPT, sign=sign)
    host = check_url(answer.url, dev=True).authority
    if not 200 <= answer.status < 300:
        raise BadAnswer(f"{host} answered with status {answer.status}.", status=answer.status)
    if not is_activitystreams(answer.content_type):
        raise BadAnswer(f"{host} answered with something other than ActivityStreams.", status=answer.status)
    return load_object(answer.body), answer.url
