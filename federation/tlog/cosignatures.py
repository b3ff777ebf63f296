"""Receipts: a mirror's cosignature on a checkpoint, Ed25519 with its time (C2SP tlog-cosignature, type 0x04)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.tlog.errors import NotSigned
from federation.tlog.notes import (
    COSIGNATURE,
    AnyPublic,
    Note,
    NoteSignature,
    Vkey,
    make_vkey,
    read_note,
    read_signature,
    verify_raw,
)

MAX_RECEIPTS: Final = 15
"""In a checkpoint beside the log's own signature: the 16 signatures that every reader of notes must accept."""
MAX_AHEAD: Final = timedelta(minutes=5)
"""Cosignatures dated later than this are ignored (protocol §4)."""
_TIME_SIZE: Final = 8
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = int((datetime.max.replace(tzinfo=UTC, microsecond=0) - _EPOCH).total_seconds())
"""The latest time that can be said here; the specification's own limit, 2^63 - 1, lies beyond."""


def cosign(text: str, *, name: str, key: Ed25519PrivateKey, at: datetime) -> str:
    """The signature line by which this cosigner says, at this time, what its receipts promise about the checkpoint."""
    vkey = make_vkey(name, COSIGNATURE, key.public_key())
    seconds = int((at - _EPOCH).total_seconds())
    signed = key.sign(_message(text, seconds))
    return NoteSignature(name, vkey.key_id, seconds.to_bytes(_TIME_SIZE, "big") + signed).line


def verify_cosignature(text: str, line: str, *, name: str, public: AnyPublic) -> datetime:
    """When this cosigner signed the checkpoint, if it did; raises BadNote, or NotSigned for a line that is not its."""
    signature = read_signature(line)
    vkey = make_vkey(name, COSIGNATURE, public)
    if (signature.name, signature.key_id) != (vkey.name, vkey.key_id):
        raise NotSigned(f"This receipt is not of {name}, so it proves nothing about what {name} holds.")
    return _verify(text, signature, vkey)


def cosigned_at(note: Note, *, name: str, public: AnyPublic) -> datetime | None:
    """When this cosigner last signed the note, None when it did not; raises NotSigned when it seems so and is wrong."""
    vkey = make_vkey(name, COSIGNATURE, public)
    return max((_verify(note.text, signature, vkey) for signature in note.by(vkey)), default=None)


def add_lines(note: bytes, lines: Iterable[str]) -> bytes:
    """The note with these receipts behind its own signatures, the first 15 in their order; raises BadNote.

    A line of a key that the note has already replaces that one: a newer receipt of the same mirror.
    """
    read = read_note(note)
    signatures = {(one.name, one.key_id): one for one in read.signatures}
    for line in lines:
        added = read_signature(line)
        key = added.name, added.key_id
        if key in signatures or len(signatures) <= MAX_RECEIPTS:
            signatures[key] = added
    return f"{read.text}\n{''.join(signature.line for signature in signatures.values())}".encode()


def _verify(text: str, signature: NoteSignature, vkey: Vkey) -> datetime:
    seconds = int.from_bytes(signature.signature[:_TIME_SIZE], "big")
    verify_raw(signature, _message(text, seconds), vkey, skip=_TIME_SIZE)
    if seconds > _LAST:
        raise NotSigned(f"The receipt of {vkey.name} is dated beyond all calendars; it is not believed.")
    return _EPOCH + timedelta(seconds=seconds)


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
