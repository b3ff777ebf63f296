"""Charters and retractions: nothing that a union's root key did not sign is read as its word."""

from __future__ import annotations

import json
from typing import Final

from federation.errors import BadSignature, Unintelligible
from federation.identity.charter import read_charter
from federation.identity.retraction import read_raw_retraction
from federation.strictjson import load_object
from tests.federation.identity.test_charter import RECIPIENT, UNION, make, make_later
from tests.federation.test_retraction import a_retraction
from tests.fuzz.driving import tried, within
from tests.fuzz.tape import Tape
from tests.fuzz.wild import broken, changed, written

NAMES: Final = (
    *("@context", "type", "union", "epoch", "name", "homes", "logKey", "cosignerKey", "after", "size", "root"),
    *("recipient",),
    *("previous", "published", "proof", "proofValue", "verificationMethod", "created", "expires", "cryptosuite"),
    *("object",),
)  # fmt: skip
WORDS: Final = (
    UNION,
    RECIPIENT,
    "Charter",
    "Retraction",
    "https://koreno.example",
    "2026-11-22T10:30:15Z",
    "z6Mk",
    "eddsa-jcs-2022",
)
PIECES: Final = tuple(
    word.encode() for word in (*NAMES, *WORDS, '","', "\\u0061", "\\ud800", "[", "{", "9", "1e3", " ")
)
CHARTERS: Final = (make(), make_later())
RETRACTION: Final = a_retraction()


def altered(tape: Tape, raw: bytes) -> bytes:
    """In its bytes or in what they say."""
    if tape.randrange(2):
        return broken(tape, raw, pieces=PIECES)
    return written(tape, changed(tape, json.loads(raw), NAMES, WORDS))


@tried
def test_mir_09_a_charter_that_was_changed_is_refused(tape: Tape) -> None:
    sound = tape.choice(CHARTERS)
    raw = altered(tape, sound)
    try:
        claims = within(3_000 + 30 * len(raw), read_charter, raw)
    except (BadSignature, Unintelligible):
        return
    assert load_object(raw) == load_object(sound)
    assert claims == read_charter(sound)


@tried
def test_mir_06_a_retraction_that_was_changed_is_refused(tape: Tape) -> None:
    raw = altered(tape, RETRACTION)
    try:
        taken = within(3_000 + 30 * len(raw), read_raw_retraction, raw)
    except (BadSignature, Unintelligible):
        return
    assert load_object(raw) == load_object(RETRACTION)
    assert taken == read_raw_retraction(RETRACTION)
