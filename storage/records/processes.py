"""Who works on a store, where several processes do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ProcessKind = Literal["serve", "worker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process of ours that works on this store, on whatever machine."""

    id: str
    kind: ProcessKind
    version: str
    """Of our release."""
    started_at: datetime
    seen_at: datetime
    """When it last said that it is there."""
