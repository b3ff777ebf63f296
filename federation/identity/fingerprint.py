"""A union's fingerprint, for the phone: 88 bits of its root key as eight words or 27 digits (protocol §1)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from hashlib import sha256
from typing import Final

from mnemonic import Mnemonic

from federation.keys import public_of_did, raw_ed25519
from storage.ids import Did

_BITS: Final = 88
_WORD_BITS: Final = 11
_DIGITS: Final = 27


def words(did: Did) -> str:
    """Eight words of the BIP-39 English list, separated by spaces; raises BadKey."""
    bits = _bits(did)
    return " ".join(
        _word_list()[bits >> shift & (1 << _WORD_BITS) - 1] for shift in range(_BITS - _WORD_BITS, -1, -_WORD_BITS)
    )


def digits(did: Did) -> str:
    """The same 88 bits as 27 decimal digits, for readers of other scripts; raises BadKey."""
    return f"{_bits(did):0{_DIGITS}d}"


def is_fingerprint_of(text: str, did: Did) -> bool:
    """Whether somebody wrote this union's words or digits, however grouped and in whatever case."""
    parts = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    if all(part.isdecimal() for part in parts):
        return "".join(str(int(digit)) for digit in "".join(parts)) == digits(did)
    return " ".join(parts) == words(did)


def find_misspelling(text: str) -> str | None:
    """Why this cannot be any union's words or digits, as a clause; None when it may be."""
    parts = re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
    if parts and all(part.isdecimal() for part in parts):
        count = len("".join(parts))
        return None if count == _DIGITS else f"it has {count} digits instead of {_DIGITS}"
    if len(parts) != _BITS // _WORD_BITS:
        return "it is neither eight words nor 27 digits nor a did"
    strange = [part for part in parts if part not in _word_list()]
    return f"“{strange[0]}” is none of the words that fingerprints are made of" if strange else None


def _bits(did: Did) -> int:
    """The first 88 bits of SHA-256 of the 32-byte root key, big-endian."""
    return int.from_bytes(sha256(raw_ed25519(public_of_did(did))).digest()[: _BITS // 8], "big")


@cache
def _word_list() -> list[str]:
    return Mnemonic("english").wordlist
