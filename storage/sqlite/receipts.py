"""What mirrors have promised about logs."""

from __future__ import annotations

from typing import Final

from storage.ids import LogName
from storage.leaves import receipts_in_order
from storage.records import Receipt
from storage.sqlite.noun import Noun
from storage.sqlite.table import Table

_RECEIPTS: Final = Table("receipts", Receipt, key=("log", "mirror"))
_SAVE: Final = """
    INSERT INTO receipts (log, mirror, size, at, line) VALUES (:log, :mirror, :size, :at, :line)
    ON CONFLICT (log, mirror) DO UPDATE SET size = excluded.size, at = excluded.at, line = excluded.line
    WHERE (excluded.size, excluded.at) >= (receipts.size, receipts.at)
"""


class SqliteReceipts(Noun):
    """`storage.store.Receipts`."""

    async def save_receipt(self, receipt: Receipt) -> bool:
        row = _RECEIPTS.row(receipt)
        return await self.database.write(lambda connection: connection.execute(_SAVE, row).rowcount == 1)

    async def list_receipts(self, log: LogName) -> list[Receipt]:
        rest = "WHERE log = :log"
        return receipts_in_order(
            await self.database.read(lambda connection: _RECEIPTS.select(connection, rest, log=log))
        )
