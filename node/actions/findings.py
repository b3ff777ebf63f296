"""What the doctor finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at. `do` is empty when there is nothing to do."""

    what: str
    level: Level
    says: str
    do: str = ""
