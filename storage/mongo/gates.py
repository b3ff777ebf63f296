"""Gates: documents that two transactions both write when they must not both happen unseen.

A transaction that looked for a document and did not find it conflicts with nobody who writes it. So whoever acts on
its absence, and whoever makes it, pass the same gate: then one of them is run again, and sees what the other did.
"""

from __future__ import annotations

from typing import Final

from storage.mongo.database import Scope
from storage.mongo.driver import Document

_GATES: Final = 256
"""So many that few meet by chance; a number of hexadecimal digits of an `_id`, two of them."""


def gate_documents() -> list[Document]:
    """All gates, to be made with the schema."""
    return [{"_id": f"gate {number:02x}", "last": 0} for number in range(_GATES)]


async def pass_gate(within: Scope, id: str | int) -> None:
    """Write the gate of an `_id` that is a SHA-256, in a transaction."""
    passed = await within["counters"].update({"_id": f"gate {str(id)[:2]}"}, {"$inc": {"last": 1}})
    assert passed  # noqa: S101  made with the schema
