"""Checkpoints: the signed head of a log (C2SP tlog-checkpoint); no extension lines, signed under the log's origin."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.tlog.errors import BadCheckpoint, BadNote, ForgedCheckpoint, NotSigned
from federation.tlog.lines import read_decimal, read_hash, write_base64
from federation.tlog.merkle import EMPTY_ROOT
from federation.tlog.notes import ED25519, AnyPublic, Note, make_vkey, read_note, sign_note, verify_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How many entries the log of this origin has, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes


def write_checkpoint(checkpoint: Checkpoint) -> str:
    """The text that is signed: three lines."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{write_base64(checkpoint.root)}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """What a note's text says about a log; raises BadCheckpoint. Extension lines are not accepted (protocol §3)."""
    lines = text.split("\n")
    if len(lines) != 4 or not lines[0] or lines[3]:
        raise BadCheckpoint("A log's head is three lines: its origin, its size and its root; this text is not.")
    try:
        checkpoint = Checkpoint(lines[0], read_decimal(lines[1]), read_hash(lines[2]))
    except ValueError as error:
        raise BadCheckpoint(f"{error} So this is no head of a log.") from None
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise BadCheckpoint("A log without entries has one root, the hash of nothing; this head has another.")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, *, key: Ed25519PrivateKey) -> bytes:
    """The whole note, signed under the log's origin as the key's name."""
    text = write_checkpoint(checkpoint)
    return f"{text}\n{sign_note(text, name=checkpoint.origin, key=key)}".encode()


def open_checkpoint(raw: bytes, *, origin: str, public: AnyPublic) -> Checkpoint:
    """The head in this note, of this origin and signed by its log key.

    Raises BadCheckpoint, and ForgedCheckpoint when the log's key did not sign it. Other signatures are ignored.
    """
    note = _read(raw)
    if _first_line(note) != origin:
        raise BadCheckpoint("This is the head of another log than the one it was asked for.")
    try:
        verify_note(note, make_vkey(origin, ED25519, public))
    except NotSigned as error:
        raise ForgedCheckpoint(str(error)) from None
    return read_checkpoint(note.text)


def origin_of(raw: bytes) -> str:
    """The origin that a note claims, to find out whose key must have signed it; raises BadCheckpoint."""
    return _first_line(_read(raw))


def _read(raw: bytes) -> Note:
    try:
        return read_note(raw)
    except BadNote as error:
        raise BadCheckpoint(str(error)) from None


def _first_line(note: Note) -> str:
    return note.text.partition("\n")[0]
