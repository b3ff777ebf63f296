"""Words, bytes and documents as nobody should send them: odd ones from a list, and sound ones broken in places."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final

from federation.strictjson import MAX_INTEGER, JsonObject, JsonValue
from tests.federation.mutants import ODD, mutant
from tests.fuzz.tape import Tape

LETTERS: Final = (
    *"aZ0 .-_/:;,=\"'\\<>&%@#?+*()[]{}",
    "\0",
    "\t",
    "\r\n",
    "\x1f",
    "\x7f",
    "\x85",
    "\xa0",
    "\xad",  # a soft hyphen
    "é",
    "ß",
    "İ",
    "ſ",
    "ǅ",
    "٣",  # a digit, but no ASCII one
    "²",
    "½",
    "\u200b",
    "\u200d",
    "\u202e",
    "\u2028",
    "\u3000",
    "。",
    "．",
    "／",
    "＠",
    "e\u0301",
    "\u0345",
    "한",
    "😀",
    "\ud800",
    "\udfff",
    "\ufeff",
    "\uffff",
    "\U0010ffff",
)
"""Each is one for some reader and another for the next."""
NUMBERS: Final = (
    "0",
    "-0",
    "-1",
    "00",
    "1e999",
    "-1E-400",
    "0.1",
    "1.",
    "9007199254740991",
    "9007199254740992",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "999999999999999",
    "1000000000000000",
    "9" * 400,
    "1" * 5000,
    "0." + "1" * 900,
    "NaN",
    "-Infinity",
    "1_0",
    "0x10",
    "+1",
    "٣",
)
"""Numbers, as texts, at the edges of what readers agree on."""


def text(tape: Tape, *, pieces: Sequence[str] = (), most: int = 12) -> str:
    """A short text of odd letters and of pieces that mean something where it goes."""
    alphabet = (*pieces, *LETTERS)
    return "".join(tape.choice(alphabet) for _ in range(tape.randrange(most + 1)))


def broken(tape: Tape, sound: bytes, *, pieces: Sequence[bytes] = ()) -> bytes:
    """Sound bytes with one to four places changed, dropped, doubled, moved or filled with something else."""
    raw = bytearray(sound)
    for _ in range(tape.randrange(4) + 1):
        at = tape.randrange(len(raw) + 1)
        until = min(len(raw), at + tape.choice((0, 1, 1, 2, 4, 16, 64, 300)))
        raw[at:until] = _CHANGES[tape.randrange(len(_CHANGES))](tape, bytes(raw[at:until]), bytes(raw), pieces)
    return bytes(raw)


def broken_text(tape: Tape, sound: str, *, pieces: Sequence[str] = ()) -> str:
    """The same of a text, which may come to hold half characters."""
    given = [piece.encode("utf-8", "surrogatepass") for piece in (*pieces, *LETTERS)]
    raw = broken(tape, sound.encode("utf-8", "surrogatepass"), pieces=given)
    return raw.decode("utf-8", "surrogateescape")


Change = Callable[[Tape, bytes, bytes, Sequence[bytes]], bytes]
_CHANGES: Final[Sequence[Change]] = (
    lambda _tape, _cut, _all, _pieces: b"",
    lambda tape, _cut, _all, _pieces: tape.cut(8),
    lambda _tape, cut, _all, _pieces: cut * 2,
    lambda tape, cut, _all, _pieces: bytes(byte ^ 1 << tape.randrange(8) for byte in cut),
    lambda tape, _cut, _all, pieces: b"".join(tape.choices(pieces, k=tape.randrange(4) + 1)) if pieces else b"\xff",
    lambda tape, cut, _all, _pieces: tape.choice(NUMBERS).encode() or cut,
    lambda tape, cut, whole, _pieces: whole[(start := tape.randrange(len(whole) + 1)) : start + 64] or cut,
    lambda tape, cut, _all, _pieces: (cut or b"[") * tape.choice((1, 33, 300)),
)


def value(tape: Tape, names: Sequence[str], words: Sequence[str], *, depth: int = 4) -> JsonValue:
    """Any JSON value; most members have the names that are asked for, and most texts are words that mean something."""
    match tape.randrange(8):
        case 0:
            return tape.choice(words)
        case 1:
            return text(tape, pieces=words, most=4)
        case 2:
            return tape.choice((None, True, False, 0, -1, 0.5, -0.0, 1e15, MAX_INTEGER, -MAX_INTEGER))
        case 3:
            return tape.choice(ODD)
        case 4 | 5 if depth > 0:
            return [value(tape, names, words, depth=depth - 1) for _ in range(tape.randrange(4))]
        case _ if depth > 0:
            return document(tape, names, words, depth=depth)
        case _:
            return tape.choice(words)


def document(tape: Tape, names: Sequence[str], words: Sequence[str], *, depth: int = 4) -> JsonObject:
    """An object with up to seven members."""
    chosen = [text(tape) if tape.rarely() else tape.choice(names) for _ in range(tape.randrange(8))]
    return {name: value(tape, names, words, depth=depth - 1) for name in chosen}


def changed(tape: Tape, sound: JsonObject, names: Sequence[str], words: Sequence[str]) -> JsonObject:
    """A sound document that is whole, with odd members, with new members, or nothing but invention."""
    match tape.randrange(8):
        case 0:
            return sound
        case 1:
            return document(tape, names, words)
        case 2 | 3:
            return {**sound, **document(tape, names, words)}
        case _:
            return mutant(sound, tape)


def written(tape: Tape, found: JsonValue) -> bytes:
    """A value as some program would write it: escaped or not, spaced or not."""
    dense = (",", ":") if tape.randrange(2) else None
    said = json.dumps(found, ensure_ascii=bool(tape.randrange(2)), separators=dense)
    return said.encode("utf-8", "surrogatepass")
