"""What a command or an organiser is told when something cannot be done.

    Refusal                  a sentence: what is wrong, what it means, what to do
    ├── ClockWrong           this machine's clock cannot be right
    └── MissingPart          a command came without a part it needs

Settings, keys, kit, store and network have error trees of their own; `REFUSALS` names them all, so that every
door shows a sentence for each and a stack trace for nothing expected.
"""

from __future__ import annotations

from typing import Final

from federation.errors import FederationError
from node.kit import KitError
from node.refusal import Refusal
from node.settings import ConfigError
from node.vault import VaultError
from storage.errors import StorageError


class ClockWrong(Refusal):
    """This machine's clock cannot be right."""


class MissingPart(Refusal):
    """A command came without a part it needs, or that part is no text; `part` is its name."""

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(f"The command lacks its {part!r}. Is it another release's?")


REFUSALS: Final = (Refusal, ConfigError, KitError, VaultError, StorageError, FederationError)
