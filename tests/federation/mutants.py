"""Documents with a few members turned into something else: arrays for types, objects for strings, null everywhere."""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Final

from federation.strictjson import JsonObject, JsonValue

ODD: Final[tuple[JsonValue, ...]] = (
    None,
    True,
    0,
    -1.5,
    2**53 - 1,
    "",
    " ",
    "x" * 3000,
    "\u0000\u202e<script>alert(1)</script>",
    "https://",
    "https://[::1]:99999/",
    "javascript:alert(1)",
    "as:Public",
    "0000-00-00T00:00:00Z",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"id": None},
    {"id": []},
    {"type": "Link", "href": {}},
    {"@value": "x"},
)


def mutant(document: JsonObject, chance: Random) -> JsonObject:
    """A copy with one to four members dropped, replaced, wrapped or doubled, at any depth."""
    changed = deepcopy(document)
    for _ in range(chance.randint(1, 4)):
        holder = _any_holder(changed, chance)
        name = chance.choice(sorted(holder)) if holder else "object"
        match chance.randrange(5):
            case 0:
                holder.pop(name, None)
            case 1:
                holder[name] = [holder.get(name)]
            case 2:
                holder[name] = {"id": holder.get(name), "type": chance.choice(["Note", "Person", "Create", None])}
            case 3:
                holder[name] = [holder.get(name), deepcopy(chance.choice(ODD))]
            case _:
                holder[name] = deepcopy(chance.choice(ODD))
    return changed


def _any_holder(document: JsonObject, chance: Random) -> JsonObject:
    found, holders = [document], []
    while found:
        holder = found.pop()
        holders.append(holder)
        for value in holder.values():
            found += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
    return chance.choice(holders)
