"""One URL, two readers: which representation does this request want (RFC 9110 §12.5.1)?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from federation.activitystreams.media_types import ACTIVITY_JSON

_ACTIVITY: Final = frozenset({ACTIVITY_JSON, "application/ld+json", "application/json"})
_PAGE: Final = frozenset({"text/html", "application/xhtml+xml"})


@lru_cache(maxsize=256)
def wants_activity(accept: str, *, otherwise: bool) -> bool:
    """Whether ActivityStreams is preferred to a page; `otherwise` decides when both please equally.

    Browsers and servers send the same few headers again and again, so answers are kept.
    """
    activity = page = 0.0
    for media_type, quality in _read(accept):
        if media_type in _ACTIVITY:
            activity = max(activity, quality)
        elif media_type in _PAGE:
            page = max(page, quality)
    return otherwise if activity == page else activity > page


def _read(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(",")[:32]:
        media_type, *parameters = [piece.strip().lower() for piece in part.split(";")]
        yield media_type, _quality(parameters)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
