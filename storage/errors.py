"""What can be wrong with what we remember.

    StorageError
    ├── StoreBusy        another process holds this store
    ├── StoreAway        its server does not answer now
    ├── StoreFull        the disk (or the quota) is full; nothing of the step was kept
    ├── StoreMissing     there is none at this address
    ├── StoreTooNew      a newer release wrote this store
    ├── StoreDamaged     the file is no store, or its pages do not check out
    ├── WrongStore       it belongs to another union
    ├── HeadMoved        somebody appended first; read the head again
    ├── NotFound         a `get_` found nothing
    └── LeaseLost        the work was given to another worker meanwhile

Each message is a sentence for people.
"""


class StorageError(Exception):
    """Anything the storage floor refuses; the text is for people."""


class StoreBusy(StorageError):
    """Another process holds this store."""


class StoreFull(StorageError):
    """The disk is full; nothing of the step was kept."""


class StoreMissing(StorageError):
    """There is no store at this address."""


class StoreTooNew(StorageError):
    """A newer release wrote this store."""


class StoreDamaged(StorageError):
    """The file is not a store, or it is damaged."""


class WrongStore(StorageError):
    """The store belongs to another union."""


class HeadMoved(StorageError):
    """Somebody appended first; read the head again."""


class NotFound(StorageError):
    """There is no such thing here."""


class LeaseLost(StorageError):
    """The work was given to another worker meanwhile."""


class StoreAway(StorageError):
    """The store's server does not answer now; the step was kept whole or not at all, and may be repeated."""
