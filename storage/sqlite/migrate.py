"""Bring a file to this release's tables, in numbered steps and one transaction.

`application_id` says that the file is ours, `user_version` how many steps it has seen.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from storage.errors import StoreDamaged, StoreTooNew
from storage.sqlite.copying import copy_to

APPLICATION_ID: Final = 0x5069636B
"""The bytes "Pick"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One numbered change of the tables, as SQL."""

    number: int
    sql: str


def list_steps() -> tuple[Step, ...]:
    """The steps of this release in order: `migrations/NNNN_name.sql`."""
    found = [file for file in files("storage.sqlite.migrations").iterdir() if file.name.endswith(".sql")]
    steps = [Step(number=int(file.name[:4]), sql=file.read_text(encoding="utf-8")) for file in found]
    return tuple(sorted(steps, key=lambda step: step.number))


def migrate(connection: sqlite3.Connection, path: Path, steps: tuple[Step, ...]) -> None:
    """Run the steps this file has not seen; a store of an older release is copied beside the file first.

    `StoreDamaged` for another program's database, `StoreTooNew` for a newer release's; neither is changed.
    """
    version = _read_version(connection, path)
    newest = steps[-1].number
    if version > newest:
        raise StoreTooNew(
            f"The store {path} was written by a newer release (its tables are number {version}, this release "
            f"knows {newest}). Nothing was changed. Install the newer release again."
        )
    missing = [step for step in steps if step.number > version]
    if not missing:
        return
    if version:
        _keep_copy(connection, path, version)
    _run(connection, missing)


def _read_version(connection: sqlite3.Connection, path: Path) -> int:
    """How many steps the file has seen; 0 for an empty file."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    is_empty = (application, version, tables) == (0, 0, 0)
    if application != APPLICATION_ID and not is_empty:
        raise StoreDamaged(
            f"{path} is a database of another program, not a store of ours. Nothing was changed. "
            "Look at the `store` setting, or choose a file that does not exist yet."
        )
    return int(version)


def _keep_copy(connection: sqlite3.Connection, path: Path, version: int) -> None:
    copy = path.with_name(f"{path.name}.before-{version + 1:04}")
    copy.unlink(missing_ok=True)
    copy_to(connection, copy)


def _run(connection: sqlite3.Connection, steps: list[Step]) -> None:
    body = "\n".join(step.sql for step in steps)
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{body}\n"
            f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {steps[-1].number};\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
