"""The loader of JSON: any bytes are strict JSON or NotJson, and cost no more than their length allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import rfc8785

from federation.errors import NotJson
from federation.proofs.jcs import canonical, load_canonical
from federation.strictjson import MAX_DEPTH, MAX_INTEGER, JsonValue, load_object, loads
from tests.fuzz.driving import tried, within
from tests.fuzz.seeds import BODIES
from tests.fuzz.tape import Tape
from tests.fuzz.wild import NUMBERS, broken, changed, value, written

NAMES: Final = ("id", "type", "actor", "object", "content", "@context", "", "__proto__", "\ud800", "😀", "é", "\uffff")
WORDS: Final = ("https://a.example/1", "Note", "", "\\ud800", "\\\\ud800", "[" * 40, "]")
PIECES: Final = (
    *(b'{"a":', b"[", b"]", b"}", b'"', b",", b":", b"\\ud800", b"\\uDc00\\ud83d", b"\\u0000", b"\xed\xa0\x80"),
    *(b"\xc0\xaf",),
    *(b"\xef\xbb\xbf", b"\xff", b"//", b"'", b"true", b"null", b"[" * 33, b'{"a":' * 33, b"]" * 33, b"}" * 33),
    *(b'"a":1,' * 2,),
    *(number.encode() for number in NUMBERS),
)  # fmt: skip
PROTOTYPES: Final = tuple(json.loads(body) for body in BODIES)


def raw_json(tape: Tape) -> bytes:
    """Bytes that are JSON, nearly so, or not at all."""
    match tape.randrange(4):
        case 0:
            return b"".join(tape.choices(PIECES, k=tape.randrange(12)))
        case 1:
            return broken(tape, tape.choice(BODIES), pieces=PIECES)
        case 2:
            return broken(tape, written(tape, value(tape, NAMES, WORDS)), pieces=PIECES)
        case _:
            return written(tape, changed(tape, tape.choice(PROTOTYPES), NAMES, WORDS))


def is_text(said: str) -> bool:
    """Whether it is all of whole characters."""
    return not any("\ud800" <= letter <= "\udfff" for letter in said)


def parts(found: JsonValue, depth: int = 0) -> Iterator[tuple[JsonValue, int]]:
    """Everything in a value, keys too, and how deep it stands."""
    yield found, depth
    if isinstance(found, dict):
        found = [*found.keys(), *found.values()]
    for inner in found if isinstance(found, list) else []:
        yield from parts(inner, depth + 1)


@tried
def test_jsn_01_any_bytes_are_read_as_everybody_reads_them_or_refused(tape: Tape) -> None:
    raw = tape.raw if tape.rarely() else raw_json(tape)
    try:
        found = within(200 + 8 * len(raw), loads, raw)
    except NotJson:
        return
    assert json.loads(raw) == found
    for part, depth in parts(found):
        assert depth <= MAX_DEPTH
        assert not isinstance(part, int | float) or abs(part) <= MAX_INTEGER
        assert not isinstance(part, str) or is_text(part)


@tried
def test_whatever_is_written_is_read_back_and_has_one_canonical_form(tape: Tape) -> None:
    sound = changed(tape, tape.choice(PROTOTYPES), NAMES, WORDS)
    try:
        found = load_object(written(tape, sound))
    except NotJson:
        assert not is_text(json.dumps(sound, ensure_ascii=False))
        return
    if not is_text(json.dumps(sound, ensure_ascii=False)):
        return  # two halves beside each other are a whole character, once escaped
    assert sound == found
    form = within(200 + len(str(sound)), canonical, found)
    assert found == loads(form) == load_canonical(form)
    assert canonical(loads(form)) == form == rfc8785.dumps(found)


@tried
def test_bytes_that_are_taken_for_canonical_are(tape: Tape) -> None:
    raw = broken(tape, canonical(tape.choice(PROTOTYPES)), pieces=PIECES)
    try:
        found = load_canonical(raw)
    except NotJson:
        return
    assert raw == rfc8785.dumps(found)
    assert found == loads(raw)
