"""Private keys at rest: PEM files in the home folder, readable by their owner alone (SEC-10).

keys/log.pem  keys/cosigner.pem  keys/actors/<handle>/rsa.pem  keys/actors/<handle>/ed25519.pem
While an actor changes its keys: keys/actors/<handle>.next/ with the new ones until the world was told, then
keys/actors/<handle>.old/rsa.pem until every follower's server was.
While a new epoch is prepared: keys/epoch.next/ with its log and cosigner keys, until a charter names them.

VaultError
├── KeyMissing    there is no such key file
├── KeyExists     a key is never overwritten
├── KeyExposed    other accounts of the machine may read it
├── KeyStrange    it is not the one that the record shows: it was changed on another machine
└── KeyDamaged    the file holds no key of the kind it should
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from filelock import FileLock

from federation.errors import BadKey
from federation.keys import (
    ActorKeys,
    dump_private_pem,
    encode_multikey,
    load_private_ed25519,
    load_private_rsa,
    new_ed25519,
)
from node.files import write_new
from storage.folders import sync_folder

_Mark: TypeAlias = tuple[int, int] | None
"""Which file it is, and when it was written: tells whether a file is still the one that was read."""
_LOCK: Final = ".lock"
_HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


_NEXT: Final = ".next"
_OLD: Final = ".old"
_EPOCH: Final = "epoch.next"
_OF_EPOCH: Final = ("cosigner.pem", "log.pem")
"""In the order in which they are put in place: whoever misses the last one finishes the rest."""


class VaultError(Exception):
    """Anything the vault refuses; the text is a sentence for the admin and names paths, never keys."""


class KeyMissing(VaultError):
    """There is no such key file."""


class KeyExists(VaultError):
    """A key is never overwritten."""


class KeyExposed(VaultError):
    """Other accounts of the machine may read the file."""


class KeyStrange(VaultError):
    """The record shows another key than the one that is here."""


class KeyDamaged(VaultError):
    """The file holds no key of the kind it should."""


class Vault:
    """The private keys of one home folder; actors' keys are read once and kept until their file is another one."""

    def __init__(self, home: Path) -> None:
        self._keys = home.absolute() / "keys"
        self._actors: dict[str, tuple[_Mark, ActorKeys]] = {}
        self._old: dict[str, RSAPrivateKey | None] = {}

    def add_log_key(self, key: Ed25519PrivateKey) -> None:
        """Keep the key that signs checkpoints; raises `KeyExists`."""
        self._add_key("log.pem", key)

    def log_key(self) -> Ed25519PrivateKey:
        """The key that signs checkpoints; raises `VaultError`."""
        return _load_ed25519(self._keys / "log.pem")

    def secret(self, purpose: str) -> bytes:
        """32 bytes that every copy of this home has, and nobody else; raises `VaultError`."""
        return hashlib.blake2b(self.log_key().private_bytes_raw(), person=purpose.encode(), digest_size=32).digest()

    def add_cosigner_key(self, key: Ed25519PrivateKey) -> None:
        """Keep the key that signs receipts for other unions; raises `KeyExists`."""
        self._add_key("cosigner.pem", key)

    def cosigner_key(self) -> Ed25519PrivateKey:
        """The key that signs receipts for other unions; raises `VaultError`."""
        return _load_ed25519(self._keys / "cosigner.pem")

    def stage_epoch(self) -> tuple[str, str]:
        """Make the log and the cosigner key of the next epoch, not used yet; their public sides as multibase.

        Always new ones: those of an attempt that was given up may be known to whoever made the attempt necessary.
        """
        folder, staged = self._keys / _EPOCH, self._keys / f".{_EPOCH}.new"
        keys = {name: new_ed25519() for name in _OF_EPOCH}
        with _writing(folder), FileLock(self._keys / _LOCK, mode=0o600):
            shutil.rmtree(staged, ignore_errors=True)
            _make_folder(staged)
            for name, key in keys.items():
                write_new(staged / name, dump_private_pem(key))
            shutil.rmtree(folder, ignore_errors=True)
            staged.rename(folder)
            sync_folder(self._keys)
        return encode_multikey(keys["log.pem"].public_key()), encode_multikey(keys["cosigner.pem"].public_key())

    def find_staged_epoch(self) -> tuple[str, str] | None:
        """The public sides of the keys that wait for a charter, the log's and the cosigner's; None when none do."""
        folder = self._keys / _EPOCH
        if not all((folder / name).exists() for name in _OF_EPOCH):
            return None
        cosigner, log = (encode_multikey(_load_ed25519(folder / name).public_key()) for name in _OF_EPOCH)
        return log, cosigner

    def promote_epoch(self, log: str, cosigner: str) -> None:
        """Put those of the waiting keys in place that have these public sides; the ones of the epoch before are gone.

        Nothing happens when none wait; after a crash in the middle it is finished by another call.
        """
        folder = self._keys / _EPOCH
        if not folder.exists():
            return
        with _writing(folder), FileLock(self._keys / _LOCK, mode=0o600):
            for name, named in zip(_OF_EPOCH, (cosigner, log), strict=True):
                waiting = folder / name
                if waiting.exists() and encode_multikey(_load_ed25519(waiting).public_key()) == named:
                    waiting.replace(self._keys / name)
            sync_folder(self._keys)
            if folder.exists() and not any(folder.iterdir()):
                folder.rmdir()
                sync_folder(self._keys)

    def add_actor(self, handle: str, keys: ActorKeys) -> None:
        """Keep both keys of an actor, or neither; raises `KeyExists`."""
        self._add_pair(self._actor_folder(handle), keys)

    def add_next(self, handle: str, keys: ActorKeys) -> None:
        """Keep the keys that an actor changes to, not used yet; raises `KeyExists`."""
        self._add_pair(self._actor_folder(handle, _NEXT), keys)

    def find_next(self, handle: str) -> ActorKeys | None:
        """The keys that an actor changes to; None when it changes none. Raises `VaultError`."""
        folder = self._actor_folder(handle, _NEXT)
        return _load_pair(folder) if folder.exists() else None

    def handles_with(self, stage: Literal[".next", ".old"]) -> list[str]:
        """The actors that have keys at this stage of a change."""
        found = (self._keys / "actors").glob(f"*{stage}")
        return sorted(handle for folder in found if _HANDLE.fullmatch(handle := folder.name.removesuffix(stage)))

    def promote_next(self, handle: str) -> None:
        """Use the next keys from now on; of the present ones only the RSA key stays, as the old one.

        Nothing happens when there are none; after a crash in the middle it is finished by another call.
        """
        folder, old, following = (self._actor_folder(handle, stage) for stage in ("", _OLD, _NEXT))
        if not following.exists():
            return
        with _writing(folder), FileLock(self._keys / _LOCK, mode=0o600):
            if not following.exists():
                return  # another process of this home was faster
            if folder.exists():
                self.destroy_old(handle)
                folder.rename(old)
                sync_folder(folder.parent)
            (old / "ed25519.pem").unlink(missing_ok=True)
            following.rename(folder)
            sync_folder(folder.parent)
        self._actors.pop(handle, None)
        self._old.pop(handle, None)

    def find_old_rsa(self, handle: str) -> RSAPrivateKey | None:
        """The RSA key from before an actor's last change, while somebody may know no other; raises `VaultError`."""
        if handle not in self._old:
            path = self._actor_folder(handle, _OLD) / "rsa.pem"
            self._old[handle] = _load_rsa(path) if path.exists() else None
        return self._old[handle]

    def destroy_old(self, handle: str) -> None:
        """Nobody needs the old key any more."""
        folder = self._actor_folder(handle, _OLD)
        with _writing(folder):
            shutil.rmtree(folder, ignore_errors=True)
            sync_folder(folder.parent)
        self._old.pop(handle, None)

    def _add_pair(self, folder: Path, keys: ActorKeys) -> None:
        if folder.exists():
            raise KeyExists(f"{folder} exists already, and a key is never overwritten.")
        staged = folder.with_name(f".{folder.name}.new")
        with _writing(folder):
            _make_folder(folder.parent)
            shutil.rmtree(staged, ignore_errors=True)  # left by a crash; nobody was told of it
            _make_folder(staged)
            write_new(staged / "rsa.pem", dump_private_pem(keys.rsa))
            write_new(staged / "ed25519.pem", dump_private_pem(keys.ed25519))
            staged.rename(folder)
            sync_folder(folder.parent)

    def actor_keys(self, handle: str) -> ActorKeys:
        """Both keys of an actor; raises `VaultError`. The first call for a handle takes some 30 ms.

        They are read again when another process changed them, or an admin copied others here.
        """
        folder = self._actor_folder(handle)
        mark, known = _mark(folder / "rsa.pem"), self._actors.get(handle)
        if known is None or (mark is not None and known[0] != mark):
            known = self._actors[handle] = (mark, _load_pair(folder))
            self._old.pop(handle, None)
        return known[1]

    def _actor_folder(self, handle: str, stage: str = "") -> Path:
        if not _HANDLE.fullmatch(handle):
            raise VaultError(f"“{handle}” is no handle: use up to 64 of a–z, 0–9 and _.")
        return self._keys / "actors" / f"{handle}{stage}"

    def _add_key(self, name: str, key: Ed25519PrivateKey) -> None:
        path, staged = self._keys / name, self._keys / f".{name}.new"
        if path.exists():
            raise KeyExists(f"{path} exists already, and a key is never overwritten.")
        with _writing(path):
            _make_folder(self._keys)
            staged.unlink(missing_ok=True)  # left by a crash; nobody was told of it
            write_new(staged, dump_private_pem(key))
            path.hardlink_to(staged)  # unlike a rename, it never replaces a key
            staged.unlink()
            sync_folder(self._keys)


def _mark(path: Path) -> _Mark:
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VaultError(
            f"{path} cannot be written ({error.strerror}). Make room or check who owns the folder; try again."
        ) from error


def _make_folder(folder: Path) -> None:
    """Make it and its parents, closed to other accounts."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise KeyExposed(f"Other accounts of this machine may open {path}. If none did, run: chmod 600 {path}")
            return file.read()
    except FileNotFoundError:
        raise KeyMissing(
            f"The key file {path} is missing. Copy it back from the machine that has it, or restore a backup."
        ) from None
    except OSError as error:
        raise VaultError(f"{path} cannot be read ({error.strerror}). Check who owns it.") from error


def _load_pair(folder: Path) -> ActorKeys:
    return ActorKeys(rsa=_load_rsa(folder / "rsa.pem"), ed25519=_load_ed25519(folder / "ed25519.pem"))


def _load_ed25519(path: Path) -> Ed25519PrivateKey:
    try:
        return load_private_ed25519(_read(path))
    except BadKey:
        raise _damaged(path) from None


def _load_rsa(path: Path) -> RSAPrivateKey:
    try:
        return load_private_rsa(_read(path))
    except BadKey:
        raise _damaged(path) from None


def _damaged(path: Path) -> KeyDamaged:
    return KeyDamaged(f"{path} holds no private key of its kind. Put the right file back.")
