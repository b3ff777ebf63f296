"""Stories here are told on both engines, as all are."""

from __future__ import annotations

from tests.stories.conftest import new_store, village

__all__ = ["new_store", "village"]
