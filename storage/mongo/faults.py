"""MongoDB's errors as ours: what is wrong, what it means, what to do; without the URL or a server's name."""

from __future__ import annotations

from typing import Final

from bson.errors import BSONError
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from storage.errors import StorageError, StoreAway, StoreFull, StoreShut

_AWAY: Final = (
    "The MongoDB server does not answer. This step was kept whole or not at all; what was stored before is "
    "safe. See that the server runs and can be reached; this node goes on by itself as soon as it answers."
)
_NO_ENTRY: Final = (
    "MongoDB does not let us in: the user or the password in the store's address is wrong, or that user may not read "
    "and write this database. Correct the `store` setting, or give the user the role readWrite; if the user was "
    "made in the database admin, the address ends with ?authSource=admin."
)
_FULL: Final = (
    "The disk of the MongoDB server is full, or it is out of its quota. Nothing of this step was kept; what was stored "
    "before is safe. Make room there, then try again."
)
_SICK: Final = (
    "The MongoDB server met a fault of its own (code {code}). This step was kept whole or not at all; what was stored "
    "before is safe. Look at the server's log and whether its disk is full; this node goes on by itself when it works."
)
_ADDRESS: Final = (
    "The store's address is not one MongoDB understands: look at its ports and at the names of its options. Write "
    "mongodb://USER:PASSWORD@HOST1,HOST2/DATABASE?replicaSet=NAME in the `store` setting."
)
_OTHER: Final = (
    "MongoDB refused a step (code {code}, {name}). Nothing of this step was kept. Please report this sentence; it is a "
    "mistake in the program, or the server is older than MongoDB 6."
)
_NO_ENTRY_CODES: Final = frozenset({13, 18, 8000})
"""Unauthorized, AuthenticationFailed, AtlasError."""
_FULL_CODES: Final = frozenset({14031, 12501})
"""OutOfDiskSpace, and quotas of hosted servers."""
_SICK_CODES: Final = frozenset({1, 8})
"""InternalError, UnknownError: what some servers say on a disk without room."""
_AWAY_CODES: Final = frozenset(
    {6, 7, 64, 89, 91, 112, 189, 202, 246, 251, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436}
)
"""Host unreachable, write concern or network timeouts, shutdowns, changes of primary, conflicts that outlast us."""


def storage_error(error: PyMongoError | BSONError | ValueError) -> StorageError:
    """The error of ours that says what the driver met."""
    fault = _meaning(error)
    fault.__cause__ = error
    return fault


def is_passing(error: PyMongoError) -> bool:
    """Whether the same transaction may succeed when it is run again at once."""
    return error.has_error_label("TransientTransactionError") and not error.timeout


def _meaning(error: PyMongoError | BSONError | ValueError) -> StorageError:
    if isinstance(error, InvalidURI | ConfigurationError | ValueError):  # the last for a port that is no number
        return StorageError(_ADDRESS)
    code = error.code if isinstance(error, OperationFailure) else None
    if code in _NO_ENTRY_CODES:
        return StoreShut(_NO_ENTRY)
    if code in _FULL_CODES:
        return StoreFull(_FULL)
    if isinstance(error, _NOT_NOW) or code in _AWAY_CODES or (isinstance(error, PyMongoError) and error.timeout):
        return StoreAway(_AWAY)
    if code in _SICK_CODES:
        return StoreAway(_SICK.format(code=code))
    return StorageError(_OTHER.format(code=code, name=type(error).__name__))


_NOT_NOW: Final = (AutoReconnect, ConnectionFailure, NotPrimaryError, ServerSelectionTimeoutError, WTimeoutError)
