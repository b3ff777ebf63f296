"""A receipt says who held what when, in the layout of tlog-cosignature, and nobody can change any of it."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.tlog.checkpoints import Checkpoint, open_checkpoint, sign_checkpoint, write_checkpoint
from federation.tlog.cosignatures import add_lines, cosign, cosigned_at, verify_cosignature
from federation.tlog.errors import BadNote, NotSigned
from federation.tlog.notes import COSIGNATURE, make_vkey, read_note, read_signature, sign_note

LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key()
NAME = "did:key:z6Mkmirror/mirror"
ORIGIN = "did:key:z6Mkunion/1"
HEAD = Checkpoint(ORIGIN, 7, bytes(range(32)))
TEXT = write_checkpoint(HEAD)
RAW = sign_checkpoint(HEAD, key=LOG_KEY)
AT = datetime(2023, 3, 20, 12, 25, 47, tzinfo=UTC)
LINE = cosign(TEXT, name=NAME, key=KEY, at=AT)

SPECIFIED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+"
    "mbIUBkBIfZ+qnA==\n",
)


def of(number: int, at: datetime = AT) -> str:
    return cosign(TEXT, name=f"mirror{number}", key=KEY, at=at)


def test_the_line_of_the_specification_has_the_time_that_it_tells() -> None:
    signature = read_signature(SPECIFIED[1])
    assert (signature.name, len(signature.signature)) == ("witness.example.com/w1", 8 + 64)
    assert int.from_bytes(signature.signature[:8], "big") == 1_679_315_147 == int(AT.timestamp())


def test_a_receipt_is_key_id_time_and_the_signature_of_the_specified_message() -> None:
    raw = b64decode(LINE.split(" ")[2])
    message = f"cosignature/v1\ntime 1679315147\n{TEXT}"
    assert LINE.startswith(f"— {NAME} ")
    assert raw[:4] == make_vkey(NAME, COSIGNATURE, PUBLIC).key_id
    assert raw[4:12] == (1_679_315_147).to_bytes(8, "big")
    PUBLIC.verify(raw[12:], message.encode())
    assert len(raw) == 4 + 8 + 64


def test_a_receipt_tells_when_it_was_given() -> None:
    assert AT == verify_cosignature(TEXT, LINE, name=NAME, public=PUBLIC)
    assert AT == verify_cosignature(
        TEXT, cosign(TEXT, name=NAME, key=KEY, at=AT + timedelta(milliseconds=900)), name=NAME, public=PUBLIC
    )


def test_a_receipt_is_for_one_head_alone() -> None:
    for other in (
        Checkpoint(ORIGIN, 8, HEAD.root),
        Checkpoint(ORIGIN, 7, bytes(32)),
        Checkpoint("other", 7, HEAD.root),
    ):
        with pytest.raises(NotSigned):
            verify_cosignature(write_checkpoint(other), LINE, name=NAME, public=PUBLIC)


def test_a_receipt_of_another_mirror_or_key_is_refused() -> None:
    with pytest.raises(NotSigned):
        verify_cosignature(TEXT, LINE, name="did:key:z6Mkother/mirror", public=PUBLIC)
    with pytest.raises(NotSigned):
        verify_cosignature(TEXT, LINE, name=NAME, public=LOG_KEY.public_key())


def test_a_signature_on_the_note_is_no_receipt() -> None:
    with pytest.raises(NotSigned):
        verify_cosignature(TEXT, sign_note(TEXT, name=NAME, key=KEY), name=NAME, public=PUBLIC)


@pytest.mark.parametrize("at", range(4, 76, 5))
def test_a_receipt_with_a_changed_bit_is_refused(at: int) -> None:
    signature = read_signature(LINE)
    raw = bytearray(signature.key_id + signature.signature)
    raw[at] ^= 1
    changed = type(signature)(NAME, bytes(raw[:4]), bytes(raw[4:])).line
    with pytest.raises(NotSigned):
        verify_cosignature(TEXT, changed, name=NAME, public=PUBLIC)


@pytest.mark.parametrize("length", [1, 7, 8, 64, 71, 73])
def test_a_receipt_of_another_length_is_refused(length: int) -> None:
    signature = read_signature(LINE)
    changed = type(signature)(NAME, signature.key_id, (signature.signature + b"x")[:length]).line
    with pytest.raises(NotSigned):
        verify_cosignature(TEXT, changed, name=NAME, public=PUBLIC)


@pytest.mark.parametrize("seconds", [253_402_300_800, 2**63 - 1, 2**63, 2**64 - 1])
def test_a_time_beyond_all_calendars_is_refused_though_it_is_signed(seconds: int) -> None:
    signed = KEY.sign(f"cosignature/v1\ntime {seconds}\n{TEXT}".encode())
    signature = read_signature(LINE)
    line = type(signature)(NAME, signature.key_id, seconds.to_bytes(8, "big") + signed).line
    with pytest.raises(NotSigned, match="calendars"):
        verify_cosignature(TEXT, line, name=NAME, public=PUBLIC)


def test_the_last_second_of_the_calendar_is_read() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert last == verify_cosignature(TEXT, cosign(TEXT, name=NAME, key=KEY, at=last), name=NAME, public=PUBLIC)


def test_receipts_stand_behind_the_signature_of_the_log() -> None:
    both = add_lines(RAW, [LINE])
    assert RAW + LINE.encode() == both
    assert HEAD == open_checkpoint(both, origin=ORIGIN, public=LOG_KEY.public_key())
    assert AT == cosigned_at(read_note(both), name=NAME, public=PUBLIC)


def test_a_note_carries_fifteen_receipts_at_most() -> None:
    lines = [of(number) for number in range(20)]
    assert RAW + "".join(lines[:15]).encode() == add_lines(RAW, lines)
    assert RAW + "".join(lines[:15]).encode() == add_lines(add_lines(RAW, lines[:9]), lines[9:])


def test_a_newer_receipt_of_a_mirror_takes_the_place_of_the_older_one() -> None:
    full = add_lines(RAW, [of(number) for number in range(15)])
    newer = of(3, AT + timedelta(hours=1))
    replaced = add_lines(full, [newer])
    assert len(read_note(full).signatures) == len(read_note(replaced).signatures)
    assert AT + timedelta(hours=1) == cosigned_at(read_note(replaced), name="mirror3", public=PUBLIC)


@pytest.mark.parametrize("line", ["", "x\n", LINE[:-1], LINE + LINE, "— a\n"])
def test_what_is_no_signature_line_is_not_added(line: str) -> None:
    with pytest.raises(BadNote):
        add_lines(RAW, [line])


def test_a_mirror_that_did_not_sign_has_no_time() -> None:
    assert cosigned_at(read_note(RAW), name=NAME, public=PUBLIC) is None


def test_of_two_receipts_in_one_note_the_newer_counts_and_a_wrong_one_spoils_both() -> None:
    newer = cosign(TEXT, name=NAME, key=KEY, at=AT + timedelta(minutes=1))
    both = read_note(RAW + newer.encode() + LINE.encode())
    assert AT + timedelta(minutes=1) == cosigned_at(both, name=NAME, public=PUBLIC)
    wrong = cosign(write_checkpoint(Checkpoint(ORIGIN, 9, HEAD.root)), name=NAME, key=KEY, at=AT)
    with pytest.raises(NotSigned):
        cosigned_at(read_note(RAW + newer.encode() + wrong.encode()), name=NAME, public=PUBLIC)
