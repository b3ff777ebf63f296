"""A log's head is three lines and the signature of its key, and nothing else."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import BadKey
from federation.tlog.checkpoints import (
    Checkpoint,
    open_checkpoint,
    origin_of,
    read_checkpoint,
    sign_checkpoint,
    write_checkpoint,
)
from federation.tlog.errors import BadCheckpoint, ForgedCheckpoint
from federation.tlog.lines import read_hash
from federation.tlog.merkle import EMPTY_ROOT
from federation.tlog.notes import read_note, sign_note

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
ORIGIN = "did:key:z6MkunionExample/1"
HEAD = Checkpoint(ORIGIN, 7, bytes(range(32)))
RAW = sign_checkpoint(HEAD, key=KEY)
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
EXAMPLE = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n"


def signed(text: str, name: str = ORIGIN) -> bytes:
    return f"{text}\n{sign_note(text, name=name, key=KEY)}".encode()


def test_the_example_of_the_specification_is_read_and_written() -> None:
    head = Checkpoint("example.com/behind-the-sofa", 20_852_163, read_hash(ROOT))
    assert head == read_checkpoint(EXAMPLE)
    assert EXAMPLE == write_checkpoint(head)


def test_a_signed_head_is_opened() -> None:
    assert HEAD == open_checkpoint(RAW, origin=ORIGIN, public=PUBLIC)
    assert HEAD == open_checkpoint(RAW, origin=ORIGIN, public=PUBLIC.public_bytes_raw())
    assert ORIGIN == origin_of(RAW)


def test_the_key_signs_under_the_origin_as_its_name() -> None:
    assert [ORIGIN] == [signature.name for signature in read_note(RAW).signatures]


def test_signatures_of_others_are_ignored() -> None:
    text = write_checkpoint(HEAD)
    stranger = sign_note(text, name="witness.example", key=Ed25519PrivateKey.generate()).encode()
    assert HEAD == open_checkpoint(RAW + stranger, origin=ORIGIN, public=PUBLIC)


def test_an_empty_log_has_a_head_too() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert empty == open_checkpoint(sign_checkpoint(empty, key=KEY), origin=ORIGIN, public=PUBLIC)


@pytest.mark.parametrize("at", range(0, len(RAW), 3))
def test_a_head_with_a_changed_byte_is_refused(at: int) -> None:
    changed = RAW[:at] + bytes([RAW[at] ^ 1]) + RAW[at + 1 :]
    with pytest.raises(BadCheckpoint):
        open_checkpoint(changed, origin=ORIGIN, public=PUBLIC)


def test_a_head_by_another_key_is_a_forgery() -> None:
    with pytest.raises(ForgedCheckpoint):
        open_checkpoint(RAW, origin=ORIGIN, public=Ed25519PrivateKey.generate().public_key())
    with pytest.raises(ForgedCheckpoint):
        open_checkpoint(signed(write_checkpoint(HEAD), name="other.example"), origin=ORIGIN, public=PUBLIC)


def test_the_head_of_another_log_of_the_same_key_is_refused() -> None:
    other = sign_checkpoint(Checkpoint("did:key:z6MkunionExample/2", 7, HEAD.root), key=KEY)
    with pytest.raises(BadCheckpoint, match="another log"):
        open_checkpoint(other, origin=ORIGIN, public=PUBLIC)
    text = write_checkpoint(Checkpoint("elsewhere", 7, HEAD.root))
    with pytest.raises(BadCheckpoint, match="another log"):
        open_checkpoint(signed(text), origin=ORIGIN, public=PUBLIC)


WRONG = [
    "",
    "\n",
    f"{ORIGIN}\n",
    f"{ORIGIN}\n7\n",
    f"\n7\n{ROOT}\n",
    f"{ORIGIN}\n7\n{ROOT}",
    f"{ORIGIN}\n7\n{ROOT}\nan extension\n",
    f"{ORIGIN}\n7\n{ROOT}\n\n",
    f"{ORIGIN}\n07\n{ROOT}\n",
    f"{ORIGIN}\n00\n{ROOT}\n",
    f"{ORIGIN}\n+7\n{ROOT}\n",
    f"{ORIGIN}\n-7\n{ROOT}\n",
    f"{ORIGIN}\n 7\n{ROOT}\n",
    f"{ORIGIN}\n7 \n{ROOT}\n",
    f"{ORIGIN}\n7_0\n{ROOT}\n",
    f"{ORIGIN}\n٧\n{ROOT}\n",
    f"{ORIGIN}\n²\n{ROOT}\n",
    f"{ORIGIN}\n0x7\n{ROOT}\n",
    f"{ORIGIN}\n\n{ROOT}\n",
    f"{ORIGIN}\n{2**63}\n{ROOT}\n",
    f"{ORIGIN}\n{'9' * 5000}\n{ROOT}\n",
    f"{ORIGIN}\n7\n{ROOT[:-1]}\n",
    f"{ORIGIN}\n7\n{ROOT[:-4]}\n",
    f"{ORIGIN}\n7\n{ROOT.replace('I=', 'J=')}\n",
    f"{ORIGIN}\n7\n{ROOT} \n",
    f"{ORIGIN}\n7\n{ROOT.replace('/', '_')}\n",
    f"{ORIGIN}\n7\nAAAA{ROOT}\n",
    f"{ORIGIN}\n7\n\n",
    f"{ORIGIN}\n0\n{ROOT}\n",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_text_that_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        read_checkpoint(text)


@pytest.mark.parametrize("text", [text for text in WRONG if text.startswith(ORIGIN) and text.endswith("\n")])
def test_a_text_that_is_no_head_is_refused_when_it_is_signed_too(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        open_checkpoint(signed(text), origin=ORIGIN, public=PUBLIC)


def test_the_largest_size_is_read() -> None:
    assert 2**63 - 1 == read_checkpoint(f"{ORIGIN}\n{2**63 - 1}\n{ROOT}\n").size


@pytest.mark.parametrize("raw", [b"", b"old 5\n", RAW[:-1], b"<html>", b"\xff" * 40, b"{}" * 600_000])
def test_garbage_is_refused(raw: bytes) -> None:
    with pytest.raises(BadCheckpoint):
        open_checkpoint(raw, origin=ORIGIN, public=PUBLIC)
    with pytest.raises(BadCheckpoint):
        origin_of(raw)


def test_an_origin_that_no_key_can_be_named_for_is_not_signed() -> None:
    with pytest.raises(BadKey):
        sign_checkpoint(Checkpoint("a log", 0, EMPTY_ROOT), key=KEY)
