"""What a store's address says; its sentences never repeat it, for it may hold a password."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from storage.errors import StorageError

_MONGO: Final = ("mongodb://", "mongodb+srv://")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,63}")
"""What every server, file system and shell takes for a database's name."""
_THE_SERVERS_OWN: Final = frozenset({"admin", "config", "local"})
"""They know no transactions."""
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def is_mongo(url: str) -> bool:
    """Whether this address names a MongoDB database."""
    return url.startswith(_MONGO)


def database_in(url: str) -> str:
    """The database a MongoDB address names; `StorageError` when it names none, or one that cannot be."""
    try:
        parts = urlsplit(url.replace(",", "%2C"))
    except ValueError:
        raise _unreadable() from None
    name = parts.path.removeprefix("/")
    signed = parts.netloc.rpartition("@")[0]
    if "@" in name or parts.fragment or "@" in signed or _LONE_PERCENT.search(signed):
        raise _unreadable()
    if not name:
        raise StorageError(
            "The store's address names no database. Write mongodb://HOST/DATABASE, for example "
            "mongodb://db1,db2,db3/picketline?replicaSet=rs0"
        )
    if not _NAME.fullmatch(name):
        raise StorageError(
            "The store's address names a database with letters that not every MongoDB takes. Name it with up to 63 of "
            "a-z, A-Z, 0-9, _ and -, for example mongodb://db1,db2,db3/picketline?replicaSet=rs0"
        )
    if name in _THE_SERVERS_OWN:
        raise StorageError(
            f"MongoDB keeps the database {name} for itself. Name another in the store's address, for example "
            "mongodb://db1,db2,db3/picketline?replicaSet=rs0, and the user's own with &authSource=admin behind it."
        )
    return name


def _unreadable() -> StorageError:
    return StorageError(
        "The store's address cannot be read: its password or user holds letters that mean something else there. Write "
        "them percent-encoded (@ is %40, : is %3A, / is %2F, # is %23, ? is %3F, % is %25, [ is %5B)."
    )
