"""Numbers and bytes as the lines of logs carry them, in their one spelling; ValueError, a sentence, for any other."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Final

from federation.tlog.merkle import HASH_SIZE
from federation.tlog.ranges import MAX_SIZE

_MAX_DIGITS: Final = len(str(MAX_SIZE))


def write_base64(raw: bytes) -> str:
    """RFC 4648 §4, with padding."""
    return b64encode(raw).decode("ascii")


def read_base64(text: str) -> bytes:
    """The bytes of canonical base64."""
    try:
        raw = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise ValueError("A line is not base64.") from None
    if write_base64(raw) != text:
        raise ValueError("A line is base64 in another spelling than the canonical one.")
    return raw


def read_hash(text: str) -> bytes:
    """The 32 bytes of a hash."""
    raw = read_base64(text)
    if len(raw) != HASH_SIZE:
        raise ValueError(f"A hash has {HASH_SIZE} bytes; one of these has {len(raw)}.")
    return raw


def read_decimal(text: str) -> int:
    """A size or place: ASCII digits without leading zeros, at most 2^63 - 1."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    if not is_number or (text[0] == "0" and text != "0") or int(text) > MAX_SIZE:
        raise ValueError("A number is not in decimal digits without leading zeros, or it is too large.")
    return int(text)
