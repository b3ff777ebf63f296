"""Who an activity is addressed to, and every spelling of "everybody" that servers send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"
_SPELLINGS: Final = frozenset({PUBLIC, "as:Public", "Public"})


def is_public(*fields: Iterable[str]) -> bool:
    """Whether any of these address lists names the public collection (ActivityPub §5.6)."""
    return any(address in _SPELLINGS for field in fields for address in field)
