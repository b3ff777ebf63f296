"""One entry's proof in a file that can be checked offline (C2SP tlog-proof): `.tlog-proof`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from federation.tlog.checkpoints import Checkpoint, open_checkpoint
from federation.tlog.errors import BadProofFile
from federation.tlog.lines import read_base64, read_decimal, read_hash, write_base64
from federation.tlog.merkle import MAX_PROOF, leaf_hash, verify_inclusion
from federation.tlog.notes import MAX_NOTE, AnyPublic

MAX_PROOF_FILE: Final = 8 * 2**20
"""Bytes: an activity of 2 MiB in base64, charters and a checkpoint have room."""
_FIRST: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where an entry stands and the hashes from it to the root in the checkpoint; nothing is verified yet."""

    index: int
    inclusion: Sequence[bytes]
    """From the leaf's neighbour up."""
    checkpoint: bytes
    """The signed note as it was, with its receipts."""
    extra: bytes | None = None
    """What else a reader needs; nobody signed it."""


def write_proof(proof: TlogProof) -> bytes:
    """The file."""
    extra = [] if proof.extra is None else [_EXTRA + write_base64(proof.extra)]
    hashes = [write_base64(hash) for hash in proof.inclusion]
    lines = [_FIRST, *extra, f"{_INDEX}{proof.index}", *hashes, "", ""]
    return "\n".join(lines).encode() + proof.checkpoint


def read_proof(raw: bytes) -> TlogProof:
    """What the file says, 8 MiB at most; raises BadProofFile. The checkpoint is not opened."""
    if len(raw) > MAX_PROOF_FILE:
        raise BadProofFile(f"A proof has at most {MAX_PROOF_FILE} bytes; this file is larger and is not read.")
    if not raw.startswith(_FIRST.encode()):
        raise BadProofFile(
            "This file is not the proof of an update. The page of each update offers its own, a file whose name ends "
            "in .tlog-proof: download that one."
        )
    head, empty_line, checkpoint = raw.partition(b"\n\n")
    if not empty_line or not checkpoint or len(checkpoint) > MAX_NOTE:
        raise BadProofFile(
            "This proof breaks off before the signed head of the log, or it was changed. Download it again."
        )
    try:
        index, inclusion, extra = _read_head(head.decode("ascii").split("\n"))
    except ValueError as error:
        reason = "" if isinstance(error, UnicodeDecodeError) else f"{error} "
        raise BadProofFile(f"{reason}This proof was changed. Download it again.") from None
    return TlogProof(index, inclusion, checkpoint, extra)


def verify_proof(proof: TlogProof, *, entry: bytes, origin: str, public: AnyPublic) -> Checkpoint:
    """The head, signed by the log, under which this very entry stands; raises BadCheckpoint or BadProof.

    Receipts and `extra` are not looked at: `cosigned_at` tells about the first, and the second must lead to `entry`.
    """
    head = open_checkpoint(proof.checkpoint, origin=origin, public=public)
    leaf = leaf_hash(entry)
    verify_inclusion(leaf=leaf, index=proof.index, size=head.size, root=head.root, proof=proof.inclusion)
    return head


def _read_head(lines: list[str]) -> tuple[int, tuple[bytes, ...], bytes | None]:
    """The lines before the empty one; raises ValueError."""
    first, *rest = lines
    if first != _FIRST:
        raise ValueError("Its first line goes on where it should end.")
    extra = None
    if rest and rest[0].startswith(_EXTRA):
        extra = read_base64(rest.pop(0).removeprefix(_EXTRA))
    if not rest or not rest[0].startswith(_INDEX):
        raise ValueError("A proof says at which index its entry stands.")
    index, *hashes = rest
    if len(hashes) > MAX_PROOF:
        raise ValueError(f"A proof has at most {MAX_PROOF} hashes.")
    return read_decimal(index.removeprefix(_INDEX)), tuple(map(read_hash, hashes)), extra
