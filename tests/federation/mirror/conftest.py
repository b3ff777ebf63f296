"""What the rules of charters are tried on: a store of each engine."""

from tests.storage.conftest import engine, store, url

__all__ = ["engine", "store", "url"]
