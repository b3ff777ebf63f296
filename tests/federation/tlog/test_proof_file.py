"""A `.tlog-proof` gives back what was written, is read strictly, and proves its entry offline."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.tlog.checkpoints import Checkpoint, sign_checkpoint, write_checkpoint
from federation.tlog.cosignatures import add_lines, cosign, cosigned_at
from federation.tlog.errors import BadCheckpoint, BadProof, BadProofFile, ForgedCheckpoint
from federation.tlog.notes import read_note
from federation.tlog.proof_file import MAX_PROOF_FILE, TlogProof, read_proof, verify_proof, write_proof
from tests.federation.tlog.trees import entries, kept, leaves

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MIRROR = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "did:key:z6Mkunion/1"
SIZE = 300
TILES = kept(leaves(SIZE))
HEAD = Checkpoint(ORIGIN, SIZE, TILES.root(SIZE))
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECEIPT = cosign(write_checkpoint(HEAD), name="did:key:z6Mkmirror/mirror", key=MIRROR, at=AT)
NOTE = add_lines(sign_checkpoint(HEAD, key=KEY), [RECEIPT])


def proof_of(index: int, extra: bytes | None = None) -> TlogProof:
    return TlogProof(index, tuple(TILES.inclusion(index, SIZE)), NOTE, extra)


def test_the_file_has_the_published_layout() -> None:
    hashes = "".join(b64encode(hash).decode() + "\n" for hash in TILES.inclusion(5, SIZE))
    head = f"c2sp.org/tlog-proof@v1\nextra eyJhIjoxfQ==\nindex 5\n{hashes}\n"
    assert head.encode() + NOTE == write_proof(proof_of(5, b'{"a":1}'))


@pytest.mark.parametrize("extra", [None, b"", b"\n\n", b'{"entry":{}}', bytes(range(256))])
@pytest.mark.parametrize("index", [0, 1, 255, 256, 299])
def test_a_proof_is_read_as_it_was_written(index: int, extra: bytes | None) -> None:
    proof = proof_of(index, extra)
    assert proof == read_proof(write_proof(proof))


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    alone = TlogProof(0, (), sign_checkpoint(Checkpoint(ORIGIN, 1, leaves(1)[0]), key=KEY))
    assert alone == read_proof(write_proof(alone))
    assert 1 == verify_proof(alone, entry=b"entry-0", origin=ORIGIN, public=KEY.public_key()).size


@pytest.mark.parametrize("index", [0, 137, 299])
def test_a_proof_proves_its_entry_and_carries_the_receipts(index: int) -> None:
    proof = read_proof(write_proof(proof_of(index)))
    assert HEAD == verify_proof(proof, entry=entries(SIZE)[index], origin=ORIGIN, public=KEY.public_key())
    note = read_note(proof.checkpoint)
    assert AT == cosigned_at(note, name="did:key:z6Mkmirror/mirror", public=MIRROR.public_key())


def test_a_proof_proves_no_other_entry_place_log_or_key() -> None:
    public = KEY.public_key()
    with pytest.raises(BadProof):
        verify_proof(proof_of(5), entry=b"entry-6", origin=ORIGIN, public=public)
    moved = TlogProof(6, proof_of(5).inclusion, NOTE)
    with pytest.raises(BadProof):
        verify_proof(moved, entry=b"entry-5", origin=ORIGIN, public=public)
    with pytest.raises(BadCheckpoint):
        verify_proof(proof_of(5), entry=b"entry-5", origin="did:key:z6Mkunion/2", public=public)
    with pytest.raises(ForgedCheckpoint):
        verify_proof(proof_of(5), entry=b"entry-5", origin=ORIGIN, public=MIRROR.public_key())
    beyond = TlogProof(SIZE, proof_of(5).inclusion, NOTE)
    with pytest.raises(BadProof):
        verify_proof(beyond, entry=b"entry-5", origin=ORIGIN, public=public)


GOOD = write_proof(proof_of(5, b"more"))
HASH = b64encode(TILES.inclusion(5, SIZE)[0])


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"@v1", b"@v2"),
        (b"c2sp.org/", b" c2sp.org/"),
        (b"c2sp.org/tlog-proof@v1\n", b""),
        (b"c2sp.org/tlog-proof@v1\n", b"c2sp.org/tlog-proof@v1\r\n"),
        (b"index 5", b"index 05"),
        (b"index 5", b"index +5"),
        (b"index 5", b"index  5"),
        (b"index 5", b"index"),
        (b"index 5", b"Index 5"),
        (b"index 5\n", b""),
        (b"index 5", b"index 9223372036854775808"),
        (b"index 5", b"index 5\nindex 5"),
        (b"index 5", b"index 5\r"),
        (b"extra bW9yZQ==", b"extra bW9yZQ"),
        (b"extra bW9yZQ==", b"extra bW9yZR=="),
        (b"extra bW9yZQ==", b"extra"),
        (b"extra bW9yZQ==", b"extra bW9yZQ==\nextra bW9yZQ=="),
        (b"extra bW9yZQ==", b"other bW9yZQ=="),
        (b"extra bW9yZQ==", b"extra bW9y\xc3\xa9"),
        (HASH, HASH[:-4]),
        (HASH, b"AAAA" + HASH),
        (HASH, HASH + b" "),
        (HASH, b" " + HASH),
        (HASH + b"\n", HASH + b"\n" + (b64encode(bytes(32)) + b"\n") * 63),
        (b"\n\n" + NOTE, b""),
        (b"\n\n" + NOTE, b"\n\n"),
        (b"\n\n" + NOTE, b"\n" + NOTE),
        (NOTE, b"x" * (2**20 + 1)),
    ],
)
def test_what_is_no_proof_is_refused(was: bytes, becomes: bytes) -> None:
    assert was in GOOD
    with pytest.raises(BadProofFile):
        read_proof(GOOD.replace(was, becomes, 1))


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\n\n" + NOTE, NOTE, b"{}", b"\xff\n\n\n"])
def test_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(BadProofFile, match="not the proof of an update"):
        read_proof(raw)


def test_a_file_that_is_too_large_is_not_read() -> None:
    fits = write_proof(proof_of(5, b"x" * (5 * 2**20)))
    assert proof_of(5, b"x" * (5 * 2**20)) == read_proof(fits)
    with pytest.raises(BadProofFile, match="larger"):
        read_proof(fits.ljust(MAX_PROOF_FILE + 1, b"x"))
