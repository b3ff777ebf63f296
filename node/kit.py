"""The recovery kit: the union's root key and a key for sealed backups, in a file kept off every server.

An armoured age file sealed with a passphrase; inside, a JSON document of the format `picketline-kit/1`.
Members a reader does not know are passed over.

    KitError
    └── WrongPassphrase    the passphrase does not open the kit, or none was given
"""

from __future__ import annotations

import json
import logging
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import NotJson, Unintelligible
from federation.identity.fingerprint import words
from federation.keys import decode_multibase, did_key, encode_multibase
from federation.strictjson import JsonObject, load_object
from federation.times import read_rfc3339, rfc3339
from node.age_scrypt import ARMOUR_BEGIN, open_armour, seal
from node.files import FolderNotSynced, write_new
from storage.ids import Did

log = logging.getLogger(__name__)

FORMAT: Final = "picketline-kit/1"
_README: Final = (
    "This is the recovery kit of the union named below. Whoever has it can speak as the union. Keep it off "
    "every server and out of e-mail: on paper in an envelope, or on two USB sticks in two locked places. It is "
    "no copy of what the union published. If the site is lost, put your newest copy of the home folder on "
    "another machine, start `picketline --home FOLDER serve` there, then run: picketline --home FOLDER charter "
    "renew --kit THIS-FILE. `rootKey` signs for the union; `ageIdentity` is a key for sealed backups, which "
    "Picketline did not make yet when this kit was written. The fingerprint is what other unions compare by phone."
)
_MOST_BYTES: Final = 64 * 1024
_ED25519_PRIVATE: Final = b"\x80\x26"
"""Multicodec 0x1300 as a varint (FEP-521a `secretKeyMultibase`)."""


class KitError(Exception):
    """A kit that cannot be written or used; the text is a sentence for people, without secrets."""


class WrongPassphrase(KitError):
    """The passphrase does not open the kit, or none was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What the kit holds. Its two secrets are never shown by `repr`."""

    name: str
    url: str
    created_at: datetime
    root_key: Ed25519PrivateKey = field(repr=False)
    age_identity: str = field(repr=False)
    """`AGE-SECRET-KEY-1…`."""

    @property
    def union(self) -> Did:
        """The did that the root key stands for."""
        return did_key(self.root_key.public_key())

    @property
    def fingerprint(self) -> str:
        """Eight words."""
        return words(self.union)

    @property
    def recipient(self) -> str:
        """`age1…`, the public side of the age identity; raises KitError."""
        try:
            return str(pyrage.x25519.Identity.from_str(self.age_identity).to_public())
        except pyrage.IdentityError:
            raise KitError("The age identity of this kit is damaged. Take another copy of the kit.") from None


def write_kit(path: Path, kit: Kit, passphrase: str | None, *, chance: Callable[[int], bytes] = os.urandom) -> None:
    """Write a new kit file, readable by its owner alone, safe on the disk when this returns.

    Without a passphrase (tests only) the file is plain JSON. Raises KitError; a half-written file is removed, and
    a whole one stays even when its disk does not confirm the folder: the two keys stand nowhere else.
    """
    if passphrase is not None and not passphrase.strip():
        raise KitError("The passphrase is empty. Whoever found the kit could use it; choose several words.")
    body = _render(kit)
    if passphrase is not None:
        body = seal(body, _normal(passphrase), chance=chance)
    try:
        write_new(path, body)
    except FileExistsError:
        raise KitError(f"{path} exists already, and a kit is never overwritten. Name another file.") from None
    except FolderNotSynced:
        log.warning("The kit is written, but its disk did not confirm it. See that it opens: picketline kit check FILE")
    except OSError as error:
        raise KitError(f"The kit cannot be written to {path} ({error.strerror}). Nothing was kept.") from error


def read_kit(path: Path, passphrase: str | None) -> Kit:
    """Open a kit and check that its keys belong to its union; raises KitError, with one clear sentence."""
    raw = _read(path)
    if not _looks_sealed(raw):
        return _parse(raw, path)
    if passphrase is None:
        raise WrongPassphrase(f"The kit {path} is sealed. Give its passphrase.")
    return _parse(_open_sealed(raw, passphrase, path), path)


def is_sealed(path: Path) -> bool:
    """Whether opening this file takes a passphrase; raises KitError when it cannot be read."""
    return _looks_sealed(_read(path))


def _looks_sealed(raw: bytes) -> bool:
    return ARMOUR_BEGIN in raw or raw.startswith(b"age-encryption.org/")


def _open_sealed(raw: bytes, passphrase: str, path: Path) -> bytes:
    body = open_armour(raw) if ARMOUR_BEGIN in raw else raw
    if body is None:
        raise KitError(f"{path} is a kit, but cut short or changed on its way. Take another copy of the kit.")
    if b"\n-> scrypt " not in body[:100]:
        raise KitError(f"{path} is an age file that no passphrase opens, so it is no kit. Name the kit's file.")
    try:
        return bytes(pyrage.passphrase.decrypt(body, _normal(passphrase)))
    except pyrage.DecryptError:
        raise WrongPassphrase(
            f"This passphrase does not open {path}. Try again; if it is surely right, the file is damaged: "
            "take another copy of the kit."
        ) from None


def _normal(passphrase: str) -> str:
    """One spelling of letters that machines write in two ways (NFC), so that a kit opens on each of them."""
    return unicodedata.normalize("NFC", passphrase)


def _render(kit: Kit) -> bytes:
    document = {
        "format": FORMAT,
        "readme": _README,
        "union": kit.union,
        "name": kit.name,
        "url": kit.url,
        "created": rfc3339(kit.created_at),
        "fingerprint": kit.fingerprint,
        "rootKey": encode_multibase(_ED25519_PRIVATE + kit.root_key.private_bytes_raw()),
        "ageIdentity": kit.age_identity,
        "ageRecipient": kit.recipient,
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _parse(body: bytes, path: Path) -> Kit:
    try:
        document = load_object(body)
    except NotJson:
        raise KitError(f"{path} is no recovery kit. Name the file that `picketline init` wrote.") from None
    _check_format(document, path)
    try:
        kit = _read_members(document)
    except (KeyError, TypeError, ValueError, Unintelligible, KitError):
        raise KitError(f"The kit {path} is damaged: a part is missing or unreadable. Take another copy.") from None
    if document["union"] != kit.union or document.get("fingerprint") != kit.fingerprint:
        raise KitError(f"The kit {path} is mixed up: its root key is not that of its union. Take another copy.")
    if document.get("ageRecipient") != kit.recipient:
        raise KitError(f"The kit {path} is mixed up: its age identity and recipient differ. Take another copy.")
    return kit


def _check_format(document: JsonObject, path: Path) -> None:
    kind = document.get("format")
    if not isinstance(kind, str) or not kind.startswith("picketline-kit/"):
        raise KitError(f"{path} is no recovery kit. Name the file that `picketline init` wrote.")
    if kind != FORMAT:
        raise KitError(f"{path} is a kit of a newer release. Install the newest release to open it.")


def _read_members(document: JsonObject) -> Kit:
    kit = Kit(
        name=_text(document, "name"),
        url=_text(document, "url"),
        created_at=read_rfc3339(_text(document, "created")),
        root_key=_read_root_key(_text(document, "rootKey")),
        age_identity=_text(document, "ageIdentity"),
    )
    kit.recipient  # noqa: B018  # an identity that cannot be read is found here
    _text(document, "union")
    return kit


def _text(document: JsonObject, name: str) -> str:
    value = document[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _read_root_key(text: str) -> Ed25519PrivateKey:
    coded = decode_multibase(text)
    if not coded.startswith(_ED25519_PRIVATE):
        raise ValueError
    return Ed25519PrivateKey.from_private_bytes(coded[len(_ED25519_PRIVATE) :])


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise KitError(f"There is no file {path}. Name the file that `picketline init` wrote.") from None
    except PermissionError:
        raise KitError(
            f"The kit {path} cannot be read by the account that runs this command. Mount the stick, or copy the kit, "
            "so that this account may read it."
        ) from None
    except OSError as error:
        raise KitError(f"The kit {path} cannot be read ({error.strerror}).") from error
    if not raw.strip():
        raise KitError(f"{path} is empty, so it is no kit. Take another copy of the kit.")
    if len(raw) > _MOST_BYTES:
        raise KitError(f"{path} is far too large for a kit. Name the file that `picketline init` wrote.")
    return raw
