"""`store copy`: from SQLite to MongoDB and back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from node.actions.copy_store import Copied, copy_home
from node.cli.session import Session, runs
from node.clock import utc_now
from node.config import CONFIG_NAME


@click.group()
def store() -> None:
    """Where a home keeps what it remembers."""


@store.command("copy", short_help="Copy a home's store and media to a new store.")
@click.argument("home", metavar="HOME", type=click.Path(path_type=Path))
@click.argument("url", metavar="URL")
@runs
def store_copy(session: Session, *, home: Path, url: str) -> None:
    """Copy the store and the media of the home folder HOME to a new store at URL, and compare them.

    URL is mongodb://HOST/DATABASE or sqlite:///FILE. Stop the node first. A copy that broke off is given again and goes
    on where it was. The home goes on using its old store until its settings name the new one.
    """
    config = Session(home=home, as_json=session.as_json).load_config()
    copied = asyncio.run(copy_home(config, url, now=utc_now, told=_told))
    rows = sum(copied.rows.values())
    session.show({"rows": dict(copied.rows), "damaged_media": list(copied.damaged)}, _words(config.home, rows, copied))


def _told(what: str, count: int) -> None:
    click.echo(f"{what}: {count}", err=True)


def _words(home: Path, rows: int, copied: Copied) -> str:
    lines = [f"Everything is there: {rows} rows and all media, compared one by one."]
    if copied.damaged:
        lines[0] = f"{rows} rows are there, compared one by one."
        lines.append(f"{len(copied.damaged)} media files are damaged in the old store and were left out: see `check`.")
    lines += [
        f"Now write this line into {home / CONFIG_NAME}, with the address you gave in the place of URL:",
        '    store = "URL"',
        "Then start the node, run: picketline check, and when all is well put the old store away.",
    ]
    return "\n".join(lines)
