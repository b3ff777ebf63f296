"""Signed notes are read as C2SP writes them, strictly; only the key asked for makes one count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadKey
from federation.keys import load_raw_ed25519
from federation.tlog.errors import BadNote, NotSigned
from federation.tlog.lines import write_base64
from federation.tlog.notes import (
    COSIGNATURE,
    ED25519,
    MAX_NOTE,
    MAX_SIGNATURES,
    Note,
    NoteSignature,
    make_vkey,
    read_note,
    read_signature,
    read_vkey,
    sign_note,
    verify_note,
)

VECTOR = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "tlog.json").read_text())["signedNote"]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "union.example/log"
VKEY = make_vkey(NAME, ED25519, KEY.public_key())
TEXT = "A line.\n\nAnother, after an empty one.\n"
LINE = sign_note(TEXT, name=NAME, key=KEY)
STRANGER = sign_note(TEXT, name="peer.example", key=Ed25519PrivateKey.from_private_bytes(bytes(32)))


def note(*lines: str, text: str = TEXT) -> Note:
    return read_note(f"{text}\n{''.join(lines)}".encode())


def line(name: str = NAME, raw: bytes = VKEY.key_id + bytes(64)) -> str:
    return f"— {name} {write_base64(raw)}\n"


def test_the_note_of_the_specification_verifies_with_its_key() -> None:
    vkey = read_vkey(VECTOR["vkey"])
    read = read_note(VECTOR["note"].encode())
    verify_note(read, vkey)
    assert (vkey.name, vkey.kind, vkey.key_id.hex()) == ("example.com/foo", ED25519, "530d903a")
    assert read.text == "This is an example message.\n"
    assert str(vkey) == VECTOR["vkey"]


def test_the_note_of_the_specification_is_written_again_byte_by_byte() -> None:
    read = read_note(VECTOR["note"].encode())
    assert f"{read.text}\n{''.join(one.line for one in read.signatures)}" == VECTOR["note"]


def test_the_last_empty_line_parts_the_text_from_the_signatures() -> None:
    assert (TEXT, 1) == (note(LINE).text, len(note(LINE).signatures))
    verify_note(note(LINE), VKEY)


def test_signatures_of_unknown_keys_are_ignored() -> None:
    verify_note(note(STRANGER, LINE, line("third.example")), VKEY)


def test_a_name_or_an_id_alone_makes_no_known_key() -> None:
    verify_note(note(line(raw=b"abcd" + bytes(64)), line("other.example"), LINE), VKEY)
    for lines in [line(raw=b"abcd" + bytes(64))], [line("other.example")]:
        with pytest.raises(NotSigned, match="not signed by"):
            verify_note(note(*lines), VKEY)


def test_a_wrong_signature_of_the_known_key_spoils_the_note_even_beside_a_right_one() -> None:
    for lines in [line(), LINE], [LINE, line()]:
        with pytest.raises(NotSigned, match="changed or forged"):
            verify_note(note(*lines), VKEY)


@pytest.mark.parametrize("length", [1, 63, 65, 2420])
def test_a_signature_of_the_known_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(NotSigned):
        verify_note(note(line(raw=VKEY.key_id + bytes(length))), VKEY)


@pytest.mark.parametrize("changed", ["a line.\n\nAnother, after an empty one.\n", TEXT + "\n", TEXT[1:], "\n" + TEXT])
def test_a_note_whose_text_was_changed_is_refused(changed: str) -> None:
    with pytest.raises(NotSigned):
        verify_note(note(LINE, text=changed), VKEY)


def test_a_note_signed_by_another_key_under_the_same_name_is_refused() -> None:
    with pytest.raises(NotSigned):
        verify_note(note(sign_note(TEXT, name=NAME, key=Ed25519PrivateKey.generate())), VKEY)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\x01", "a\udcff"])
def test_what_no_key_can_be_called_is_refused(name: str) -> None:
    with pytest.raises(BadKey):
        make_vkey(name, ED25519, KEY.public_key())


def test_a_key_for_cosignatures_verifies_no_note() -> None:
    with pytest.raises(BadKey):
        verify_note(note(LINE), make_vkey(NAME, COSIGNATURE, KEY.public_key()))


BODY = LINE[:-1].split(" ")[2]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\n\n",
        TEXT.encode(),
        f"{TEXT}\n".encode(),
        f"text{LINE}".encode(),
        f"text\n{LINE}".encode(),
        f"\n{LINE}".encode(),
        f"{TEXT}\n{LINE}"[:-1].encode(),
        f"{TEXT}\n{LINE}\n".encode(),
        f"{TEXT}\n{LINE} ".encode(),
        f"{TEXT}\n{LINE}no signature\n".encode(),
        f"{TEXT}\n{LINE.replace('— ', '- ')}".encode(),
        f"{TEXT}\n{LINE.replace('— ', '—')}".encode(),
        f"{TEXT}\n{LINE.replace('— ', '—  ')}".encode(),
        f"{TEXT}\n— {BODY}\n".encode(),
        f"{TEXT}\n—  {BODY}\n".encode(),
        f"{TEXT}\n— a+b {BODY}\n".encode(),
        f"{TEXT}\n— a\u00a0b {BODY}\n".encode(),
        f"{TEXT}\n— a\u2003 {BODY}\n".encode(),
        f"{TEXT}\n— a b {BODY}\n".encode(),
        f"{TEXT}\n— a {BODY} \n".encode(),
        f"{TEXT}\n— a \n".encode(),
        f"{TEXT}\n— a AAAA\n".encode(),
        f"{TEXT}\n— a AAAAAA==\n".encode(),
        f"{TEXT}\n— a AAAAAAA\n".encode(),
        f"{TEXT}\n— a AAAAAAB=\n".encode(),
        f"{TEXT}\n— a AAAAAAA=====\n".encode(),
        f"{TEXT}\n— a AAAAAA-_\n".encode(),
        f"{TEXT}\n— a ＡAAAAAAA\n".encode(),
        f"{TEXT}\r\n{LINE}".encode(),
        f"A\ttab.\n\n{LINE}".encode(),
        f"A \x00.\n\n{LINE}".encode(),
        f"{TEXT}\n".encode() + LINE.encode().replace(b"\xe2\x80\x94", b"\xe2\x80"),
        b"\xff\n\n" + LINE.encode(),
        b"\xed\xa0\x80\n\n" + LINE.encode(),
        b"\xef\xbb\xbf" + b"x" * MAX_NOTE,
    ],
)
def test_what_is_no_signed_note_is_refused(raw: bytes) -> None:
    with pytest.raises(BadNote):
        read_note(raw)


def test_the_text_may_hold_what_is_no_ascii_control() -> None:
    text = "꽃 \x7f\u2028 \u0085\n— not a signature\n"
    assert text == note(sign_note(text, name=NAME, key=KEY), text=text).text


def test_a_note_holds_many_signatures_and_not_any_number() -> None:
    assert len(note(*[LINE] * MAX_SIGNATURES).signatures) == MAX_SIGNATURES >= 16
    with pytest.raises(BadNote, match="signatures"):
        note(*[LINE] * (MAX_SIGNATURES + 1))


def test_a_note_of_one_mebibyte_is_read_and_a_longer_one_is_not() -> None:
    room = MAX_NOTE - len(f"\n{LINE}".encode())
    fits = "x" * (room - 1) + "\n"
    assert fits == note(LINE, text=fits).text
    with pytest.raises(BadNote, match="larger"):
        note(LINE, text="x" + fits)


@pytest.mark.parametrize("other", ["", "\n", LINE[:-1], LINE + LINE, "\n" + LINE, LINE + "\n", "x" + LINE])
def test_a_signature_line_alone_is_one_line(other: str) -> None:
    assert LINE == read_signature(LINE).line
    with pytest.raises(BadNote):
        read_signature(other)


def test_names_that_no_key_may_have_are_refused() -> None:
    for name in ["", "a b", "a+b", "a\n", "\u2003", "a\u3000", "a\x01"]:
        with pytest.raises(BadKey):
            make_vkey(name, ED25519, KEY.public_key())


def test_a_key_may_be_given_in_any_of_its_forms() -> None:
    raw = KEY.public_key().public_bytes_raw()
    assert VKEY == make_vkey(NAME, ED25519, raw) == make_vkey(NAME, ED25519, load_raw_ed25519(raw))


def test_the_kind_of_a_key_is_part_of_its_id() -> None:
    assert make_vkey(NAME, COSIGNATURE, VKEY.public).key_id != VKEY.key_id


@pytest.mark.parametrize("kind", [ED25519, COSIGNATURE])
def test_verifier_keys_are_read_back(kind: int) -> None:
    vkey = make_vkey(NAME, kind, VKEY.public)
    assert vkey == read_vkey(str(vkey))


SPELLED = str(VKEY)
HASH = VKEY.key_id.hex()


@pytest.mark.parametrize(
    "other",
    [
        "",
        "++",
        NAME,
        SPELLED.replace(HASH, "00000000"),
        SPELLED.replace(HASH, HASH.upper()),
        SPELLED.replace(HASH, HASH[:6]),
        SPELLED.replace(NAME, ""),
        SPELLED.replace(NAME, "other.example"),
        SPELLED.replace(NAME, "a name"),
        SPELLED + "A",
        SPELLED[:-1],
        SPELLED + "\n",
        SPELLED.replace("+", " "),
        f"{NAME}+{HASH}+{write_base64(bytes([2]) + VKEY.public)}",
        f"{NAME}+{HASH}+{write_base64(bytes([1]) + VKEY.public[:31])}",
        f"{NAME}+{HASH}+{write_base64(bytes([1]) + bytes(32))}",
        f"{NAME}+{HASH}+",
    ],
)
def test_what_is_no_verifier_key_is_refused(other: str) -> None:
    with pytest.raises(BadKey):
        read_vkey(other)


def test_a_key_of_small_order_signs_nothing() -> None:
    with pytest.raises(BadKey):
        make_vkey(NAME, ED25519, (1).to_bytes(32, "little"))


def test_the_signature_line_has_the_published_layout() -> None:
    assert "— a AQIDBAU=\n" == NoteSignature("a", b"\1\2\3\4", b"\5").line
