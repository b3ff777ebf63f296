"""Structured fields (RFC 9651), read strictly: whatever does not parse is a bad signature."""

from __future__ import annotations

from typing import cast

import http_sf
from http_sf import DictionaryType

from federation.errors import BadSignature


def read_dictionary(values: tuple[str, ...]) -> DictionaryType:
    """The members of a dictionary field, in order; raises BadSignature, also for a key given twice."""
    try:
        raw = ", ".join(values).encode("ascii")
        parsed = http_sf.parse(raw, tltype="dictionary", on_duplicate_key=_refuse_twice)
    except (ValueError, ArithmeticError):
        raise BadSignature("A header of the signature is not a structured field; the sender must sign again.") from None
    return cast(DictionaryType, parsed)


def _refuse_twice(_key: str, where: str) -> None:
    raise BadSignature(f"The signature names a {where} key twice; the sender must sign again.")
