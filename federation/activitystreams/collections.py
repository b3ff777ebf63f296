"""Collections we serve: counts, and pages of what is public (ActivityPub §5)."""

from __future__ import annotations

from collections.abc import Sequence

from federation.activitystreams.contexts import ACTIVITYSTREAMS
from federation.strictjson import JsonObject, JsonValue


def count_only(id: str, count: int) -> JsonObject:
    """A collection whose members are nobody's business: an employer reads it too."""
    return {"@context": ACTIVITYSTREAMS, "id": id, "type": "OrderedCollection", "totalItems": count}


def paged(id: str, count: int) -> JsonObject:
    """A collection to be read page by page, newest first."""
    return {**count_only(id, count), "first": f"{id}?page=true"}


def page(id: str, *, items: Sequence[JsonValue], before: str | None, older: str | None) -> JsonObject:
    """One page; `before` is the serial this page starts below, `older` the one the next page does."""
    document: JsonObject = {
        "@context": ACTIVITYSTREAMS,
        "id": f"{id}?page=true" + (f"&before={before}" if before else ""),
        "type": "OrderedCollectionPage",
        "partOf": id,
        "orderedItems": list(items),
    }
    if older is not None:
        document["next"] = f"{id}?page=true&before={older}"
    return document
