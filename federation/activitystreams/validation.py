"""Has it the shape? The schema files are the reference; what it means is `parse`'s question.

`jsonschema` is the judge and has the words. Where `jsonschema-rs` is installed, what it finds sound is accepted at
once, in a hundredth of the time; the tests prove that both draw the same line.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from federation.errors import NotActivity
from federation.strictjson import JsonObject

if TYPE_CHECKING:
    import jsonschema_rs
    from jsonschema import Draft202012Validator

_HAS_FAST: Final = find_spec("jsonschema_rs") is not None
"""Not where there is no wheel for the machine: slower there, not otherwise."""

_MOST_ITEMS: Final = 100
"""As `maxItems` of `object` in the schema: a Flag may name many things."""
_ACTIVITY: Final[JsonObject] = json.loads(
    files("federation.activitystreams.schemas").joinpath("activity.json").read_bytes()
)


def check_activity(document: JsonObject) -> None:
    """Raise `NotActivity`, naming the first field that has another shape than schemas/activity.json says."""
    _refuse_long_lists(document)
    if is_surely_sound(document):
        return
    problem = next(reference().iter_errors(document), None)
    if problem is not None:
        field = ".".join(str(step) for step in problem.absolute_path) or "the document"
        raise NotActivity(f"This is not an activity: {field} has another shape than ActivityStreams says.")


def is_surely_sound(document: JsonObject) -> bool:
    """Whether the fast validator accepts it; False, which settles nothing, where there is none."""
    return _HAS_FAST and _fast().is_valid(document)


@cache
def _fast() -> jsonschema_rs.Draft202012Validator:
    """Made with the first request: it takes 50 ms, for which no start need wait."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(_ACTIVITY)


@cache
def reference() -> Draft202012Validator:
    """The judge; loaded when somebody first sends what the fast validator does not accept."""
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(_ACTIVITY)
    return Draft202012Validator(_ACTIVITY)


def _refuse_long_lists(document: JsonObject) -> None:
    """Before the schema looks at their items: it would look at each of ten thousand before it counted them."""
    things = document.get("object")
    for thing in [document, *(things if isinstance(things, list) else [things])][: _MOST_ITEMS + 2]:
        for field in ("type", "object"):
            listed = thing.get(field) if isinstance(thing, dict) else None
            if isinstance(listed, list) and len(listed) > _MOST_ITEMS:
                raise NotActivity(f"This is not an activity: {field} lists more than {_MOST_ITEMS} things.")
