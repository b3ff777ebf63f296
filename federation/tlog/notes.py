"""Signed notes and verifier keys (C2SP signed-note), of the two kinds that our logs use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from federation.errors import BadKey, BadSignature
from federation.keys import PublicKey, load_raw_ed25519, raw_ed25519
from federation.tlog.errors import BadNote, NotSigned
from federation.tlog.lines import read_base64, write_base64

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
"""Ed25519 over the time and a checkpoint (C2SP tlog-cosignature)."""
MAX_NOTE: Final = 2**20
"""Bytes."""
MAX_SIGNATURES: Final = 64
"""Of one note; the specification asks for 16 at least."""
_DASH: Final = "— "
_ID_SIZE: Final = 4
_CONTROLS: Final = frozenset(map(chr, range(0x20))) - {"\n"}
_HALF_A_LETTER: Final = re.compile("[\ud800-\udfff]")

AnyPublic = bytes | Ed25519PublicKey | PublicKey


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key with the name it signs under; as text `name+key id in hex+base64 of kind and key`."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that signatures begin with."""
        return sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:_ID_SIZE]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{write_base64(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands below the text, with its newline."""
        return f"{_DASH}{self.name} {write_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its final newline, and who says they signed it: nothing is verified yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def by(self, vkey: Vkey) -> list[NoteSignature]:
        """The signatures that claim to be of this key."""
        key_id = vkey.key_id
        return [signature for signature in self.signatures if (signature.name, signature.key_id) == (vkey.name, key_id)]


def make_vkey(name: str, kind: int, public: AnyPublic) -> Vkey:
    """The verifier key of this name; raises BadKey."""
    if not is_key_name(name):
        raise BadKey("A key's name must not be empty and has no spaces and no plus signs; this one has.")
    loaded = load_raw_ed25519(public) if isinstance(public, bytes) else public
    return Vkey(name, kind, raw_ed25519(loaded))


def read_vkey(text: str) -> Vkey:
    """A verifier key, Ed25519 for notes or for cosignatures; raises BadKey."""
    name, _, rest = text.partition("+")
    key_id, _, coded = rest.partition("+")
    try:
        raw = read_base64(coded)
    except ValueError:
        raise _bad_vkey() from None
    if raw[:1] not in (bytes([ED25519]), bytes([COSIGNATURE])):
        raise BadKey("This verifier key is of a kind that is not used here; Ed25519 keys are.")
    vkey = make_vkey(name, raw[0], raw[1:])
    if vkey.key_id.hex() != key_id:
        raise _bad_vkey()
    return vkey


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: something in UTF-8, without Unicode spaces, controls and plus signs."""
    if not name.isascii() and _HALF_A_LETTER.search(name):
        return False
    return name.split() == [name] and "+" not in name and not any(control in name for control in _CONTROLS)


def read_note(raw: bytes) -> Note:
    """Text and signatures of a note of at most 1 MiB; raises BadNote. It proves nothing before `verify_note`."""
    text, empty_line, lines = _readable(raw).rpartition("\n\n")
    if not empty_line or not lines.endswith("\n"):
        raise BadNote("A signed note ends in an empty line and then lines of signatures; this text does not.")
    signatures = lines[:-1].split("\n")
    if len(signatures) > MAX_SIGNATURES:
        raise BadNote(f"This note has {len(signatures)} signatures; {MAX_SIGNATURES} are read at most.")
    return Note(text + "\n", tuple(map(_read_line, signatures)))


def read_signature(line: str) -> NoteSignature:
    """One signature line with its newline; raises BadNote."""
    if not line.endswith("\n") or line.count("\n") > 1:
        raise BadNote("A signature is one line that ends in a newline; this is something else.")
    return _read_line(line[:-1])


def sign_note(text: str, *, name: str, key: Ed25519PrivateKey) -> str:
    """The signature line for this text, which ends in a newline; raises BadKey for a name that no key can have."""
    vkey = make_vkey(name, ED25519, key.public_key())
    return NoteSignature(name, vkey.key_id, key.sign(text.encode())).line


def verify_note(note: Note, vkey: Vkey) -> None:
    """Check the note's signature by this key; raises NotSigned when there is none, or when one of them is wrong."""
    if vkey.kind != ED25519:
        raise BadKey("Cosignatures are not made over a note's text alone; this key is one for cosignatures.")
    claimed = note.by(vkey)
    if not claimed:
        raise NotSigned(f"This note is not signed by {vkey.name}, so what it says counts for nothing.")
    for signature in claimed:
        verify_raw(signature, note.text.encode(), vkey)


def verify_raw(signature: NoteSignature, message: bytes, vkey: Vkey, *, skip: int = 0) -> None:
    """Check the Ed25519 signature behind the first `skip` bytes; raises NotSigned."""
    try:
        load_raw_ed25519(vkey.public).verify(signature.signature[skip:], message)
    except BadSignature:
        raise NotSigned(f"The signature of {vkey.name} does not fit this note; it was changed or forged.") from None


def _readable(raw: bytes) -> str:
    if len(raw) > MAX_NOTE:
        raise BadNote(f"A note has at most {MAX_NOTE} bytes; this one is larger and is not read.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadNote("A note is UTF-8; this is not.") from None
    if any(control in text for control in _CONTROLS):
        raise BadNote("A note has no control characters but newlines; this one has.")
    return text


def _read_line(line: str) -> NoteSignature:
    """A signature line without its newline."""
    name, _, coded = line.removeprefix(_DASH).partition(" ")
    try:
        raw = read_base64(coded)
    except ValueError:
        raise BadNote("A signature of this note is not base64 as it must be written.") from None
    if not line.startswith(_DASH) or not is_key_name(name) or len(raw) <= _ID_SIZE:
        raise BadNote("A line below this note is no signature: dash, name and base64 of key id and signature.")
    return NoteSignature(name, raw[:_ID_SIZE], raw[_ID_SIZE:])


def _bad_vkey() -> BadKey:
    return BadKey("This is not a verifier key (name+id+base64), or it was copied with a mistake.")
