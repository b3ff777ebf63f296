"""Has it the shape? The schema files are the reference; what it means is `parse`'s question."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

from jsonschema import Draft202012Validator

from federation.errors import NotActivity
from federation.strictjson import JsonObject


def _load(name: str) -> Draft202012Validator:
    schema = json.loads(files("federation.activitystreams.schemas").joinpath(name).read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


_MOST_ITEMS: Final = 100
"""As `maxItems` of `object` in the schema: a Flag may name many things."""
_ACTIVITY: Final = _load("activity.json")


def check_activity(document: JsonObject) -> None:
    """Raise `NotActivity`, naming the first field that has another shape than schemas/activity.json says."""
    _refuse_long_lists(document)
    problem = next(_ACTIVITY.iter_errors(document), None)
    if problem is not None:
        field = ".".join(str(step) for step in problem.absolute_path) or "the document"
        raise NotActivity(f"This is not an activity: {field} has another shape than ActivityStreams says.")


def _refuse_long_lists(document: JsonObject) -> None:
    """Before the schema looks at their items: it would look at each of ten thousand before it counted them."""
    things = document.get("object")
    for thing in [document, *(things if isinstance(things, list) else [things])][: _MOST_ITEMS + 2]:
        for field in ("type", "object"):
            listed = thing.get(field) if isinstance(thing, dict) else None
            if isinstance(listed, list) and len(listed) > _MOST_ITEMS:
                raise NotActivity(f"This is not an activity: {field} lists more than {_MOST_ITEMS} things.")
