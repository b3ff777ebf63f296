"""Finished pages, kept until the union or a peer says something new: a crowd that reads one costs one drawing."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from node.web.readers.pages import Sheet

_MOST: Final = 16 * 1024 * 1024
_BESIDES: Final = 2 * 1024
"""Bytes that a sheet takes besides its body and its address: headers, objects, the table."""


@dataclass(slots=True)
class KeptPages:
    """Sheets by address, at most `most` bytes of them; the one read longest ago goes first.

    One process writes what readers see, so that it knows when all sheets are old: then it calls `forget`.
    """

    most: int = _MOST
    held: int = 0
    edition: int = 0
    """How often all was forgotten."""
    _sheets: OrderedDict[str, Sheet] = field(default_factory=OrderedDict)

    def find(self, address: str) -> Sheet | None:
        """The sheet of this address, if nothing has changed since it was drawn."""
        kept = self._sheets.get(address)
        if kept is not None:
            self._sheets.move_to_end(address)
        return kept

    def keep(self, address: str, sheet: Sheet, *, edition: int) -> None:
        """Keep a sheet whose drawing began in `edition`; not when all was forgotten meanwhile."""
        if edition != self.edition or address in self._sheets:
            return
        self._sheets[address] = sheet
        self.held += _weight(address, sheet)
        while self.held > self.most:
            self.held -= _weight(*self._sheets.popitem(last=False))

    def forget(self) -> None:
        """What readers see has changed: draw everything anew."""
        self._sheets.clear()
        self.held, self.edition = 0, self.edition + 1


def _weight(address: str, sheet: Sheet) -> int:
    return len(sheet.body) + 4 * len(address) + _BESIDES
