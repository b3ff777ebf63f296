"""What can be wrong with what we remember.

    StorageError
    ├── StoreUnable      not now: nothing is known to be lost, and the step may be repeated
    │   ├── StoreBusy    another process holds this store
    │   ├── StoreAway    its server does not answer now
    │   ├── StoreFull    the disk (or the quota) is full; nothing of the step was kept
    │   └── StoreShut    its server does not let us in (any more)
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


class StoreUnable(StorageError):
    """The store cannot work now; the step was kept whole or not at all, and may be repeated."""


class StoreBusy(StoreUnable):
    """Another process holds this store."""


class StoreAway(StoreUnable):
    """The store's server does not answer now."""


class StoreFull(StoreUnable):
    """The disk is full; nothing of the step was kept."""


class StoreShut(StoreUnable):
    """The store's server does not let us in."""


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
