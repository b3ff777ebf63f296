"""What real servers sent, from `tests/vectors`, to be broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from federation.strictjson import JsonObject

_VECTORS: Final = Path(__file__).parents[1] / "vectors"


def _lines(name: str) -> list[Any]:
    return [json.loads(line) for line in (_VECTORS / name).read_text("utf-8").splitlines()]


REQUESTS: Final = [*_lines("captured_requests.jsonl"), *_lines("fedify_requests.jsonl")]
"""Deliveries as they came: method, url, headers, body."""
BODIES: Final = tuple(request["body"].encode() for request in REQUESTS if request.get("body"))
ACTIVITIES: Final[tuple[JsonObject, ...]] = tuple(map(json.loads, BODIES))
ACTORS: Final[tuple[JsonObject, ...]] = tuple(
    json.loads((_VECTORS / "captured_actors.json").read_text("utf-8")).values()
)
NOTES: Final[tuple[JsonObject, ...]] = tuple(
    one["object"] for one in json.loads((_VECTORS / "odd_objects.json").read_text("utf-8"))
)
