"""Small readers that the network reaches: keys, addresses, dates, media types, lists of blocks, heads of pictures."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from federation.activitystreams.media_types import ACCEPT, ACTIVITY_JSON, LD_JSON, is_activitystreams, media_type
from federation.activitystreams.pictures import read_digest
from federation.blocks.lists import read_list
from federation.errors import BadKey, BadSignature, Unintelligible
from federation.httpsig.times import http_date, read_http_date
from federation.identity.webfinger import Address, read_address, read_resource
from federation.keys import (
    decode_multibase,
    did_key,
    dump_public_pem,
    encode_multibase,
    load_public_pem,
    public_of_did,
)
from federation.times import read_rfc3339, rfc3339
from node.pictures.headers import LONGEST_SIDE, MOST_FRAMES, examine
from node.pictures.refusals import NotTaken
from node.web.negotiation import wants_activity
from storage.ids import Did
from tests.federation.httpsig.signing import ED25519, RSA
from tests.fuzz.driving import tried, within
from tests.fuzz.tape import Tape
from tests.fuzz.wild import LETTERS, NUMBERS, broken, broken_text
from tests.node.pictures.making import FORMATS, MOVING, a_moving_picture, a_photo, encoded

DID: Final = did_key(ED25519.public_key())
PEM: Final = dump_public_pem(RSA.public_key())
KEY_PIECES: Final = (
    "z6Mk",
    "did:key:",
    "did:web:",
    "0",
    "O",
    "l",
    "1111",
    "z" * 257,
    "-----BEGIN ",
    "-----END PUBLIC KEY-----",
    "\n",
)
ADDRESSES: Final = (
    "acct:strike@union.example",
    "@strike@Union.Example",
    "https://union.example/@strike",
    "노조@한국.example",
)
DATES: Final = ("Sun, 22 Nov 2026 09:30:00 GMT", "2026-11-22T09:30:00Z")
DATE_PIECES: Final = (
    "Mon",
    "Feb",
    "31",
    "24:00:00",
    ":60",
    "0001",
    "9999",
    "00",
    "+14:00",
    "Z",
    " ",
    "GMT",
    "٣٠",
    *NUMBERS,
)
TYPES: Final = (
    ACCEPT,
    LD_JSON,
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "application/json;q=0.5",
)
TYPE_PIECES: Final = (
    ";q=",
    "q=nan",
    "q=inf",
    "q=-1",
    ",",
    ";",
    "profile=",
    '"',
    ACTIVITY_JSON,
    "*/*",
    "application/ld+json",
    *NUMBERS,
)
LISTS: Final = (
    "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\nbad.example,suspend,true,true,why,false\n",
    "Account address\neve@bad.example\n",
    "bad.example\nworse.example\n",
)
PHOTO: Final = a_photo()
PICTURES: Final = (*map(a_moving_picture, MOVING), *[encoded(PHOTO.resize((9, 7)), kind) for kind in FORMATS])


@tried
def test_jsn_10_any_text_is_multibase_in_its_one_spelling_or_refused(tape: Tape) -> None:
    raw = tape.cut(64)
    assert raw == decode_multibase(encode_multibase(raw))
    text = broken_text(tape, encode_multibase(raw), pieces=KEY_PIECES)
    digest = within(60, read_digest, text)
    assert digest is None or len(digest) == 64
    try:
        found = within(60, decode_multibase, text)
    except Unintelligible:
        return
    assert text == encode_multibase(found)


@tried
def test_sig_30_any_text_is_a_key_that_can_be_used_or_refused(tape: Tape) -> None:
    did, pem = Did(broken_text(tape, DID, pieces=KEY_PIECES)), broken_text(tape, PEM, pieces=KEY_PIECES)
    with suppress(BadKey):
        assert did == did_key(within(100, public_of_did, did))
    try:
        key = within(150, load_public_pem, pem)
    except BadKey:
        return
    assert key.kind in {"rsa", "ed25519"}


@tried
def test_org_26_any_text_is_an_address_with_a_user_and_a_host_or_refused(tape: Tape) -> None:
    text = broken_text(tape, tape.choice(ADDRESSES), pieces=("@", "acct:", "https://", ":443", "%40", *LETTERS))
    try:
        found = within(3_000 + 60 * len(text), read_resource, text)
    except Unintelligible:
        return
    if not isinstance(found, Address):
        assert found == text
        return
    assert found.user in text
    assert found.host.isascii()
    assert found.is_same_as(read_address(found.acct))


@tried
def test_sig_11_any_text_is_a_moment_or_refused(tape: Tape) -> None:
    text = broken_text(tape, tape.choice(DATES), pieces=DATE_PIECES)
    try:
        moment = within(100, read_http_date, text)
        assert read_http_date(http_date(moment)) == moment if moment.year >= 1970 else moment.tzinfo is UTC
    except BadSignature:
        pass
    try:
        at = within(200, read_rfc3339, text)
    except ValueError:
        return
    assert at.tzinfo is UTC
    assert read_rfc3339(rfc3339(at)) == at if at.year >= 1000 else at < datetime(1000, 1, 1, tzinfo=UTC)


@tried
def test_http_01_whatever_a_client_accepts_it_gets_one_of_two_documents(tape: Tape) -> None:
    text = broken_text(tape, tape.choice(TYPES), pieces=TYPE_PIECES)
    either = tuple(within(500 + 4 * len(text), wants_activity, text, otherwise=one) for one in (True, False))
    assert either in {(True, True), (False, False), (True, False)}
    assert within(60, media_type, text) in text.lower()
    if within(100, is_activitystreams, text):
        assert media_type(text) in {ACTIVITY_JSON, "application/ld+json"}


@tried
def test_any_list_of_blocks_is_read_line_by_line_and_no_line_spoils_another(tape: Tape) -> None:
    text = broken_text(
        tape, tape.choice(LISTS), pieces=(",", '"', '""', "\n", "suspend", "silence", "#", "=cmd", *LETTERS)
    )
    rows = within(3_000 + 200 * len(text), lambda: list(read_list(text.split("\n"))))
    assert len(rows) <= text.count("\n") + 1
    lines = [*text.replace('"', "").split("\n"), "sure.example"]
    assert len(lines) == list(read_list(lines))[-1].line


@tried
def test_med_05_to_08_any_bytes_are_a_picture_of_bounded_size_or_refused(tape: Tape) -> None:
    raw = broken(tape, tape.choice(PICTURES), pieces=(b"\xff\xd8\xff", b"RIFF", b"WEBP", b"VP8X", b"GIF89a", b"<svg"))
    try:
        header = within(200 + 12 * len(raw), examine, raw)
    except NotTaken:
        return
    assert 0 < max(header.width, header.height) <= LONGEST_SIDE
    assert 1 <= header.frames <= MOST_FRAMES
