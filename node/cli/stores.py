"""`store copy`: from SQLite to MongoDB and back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

from node.actions.copy_store import Copied, copy_home
from node.cli.session import Session, runs
from node.clock import utc_now
from node.config import CONFIG_NAME

_PICTURES: Final = 100
"""So many between two words about them."""
_BROKEN_OFF: Final = (
    "The copy is not whole, and the home's own store is as it was. Give the same command again: it goes on where it "
    "broke off."
)


@click.group()
def store() -> None:
    """Where a home keeps what it remembers."""


@store.command("copy", short_help="Copy a home's store and media to a new store.")
@click.argument("places", metavar="HOME URL", nargs=-1)
@runs
def store_copy(session: Session, *, places: tuple[str, ...]) -> None:
    """Copy the store and the media of the home folder HOME to a new store at URL, and compare them.

    URL is mongodb://HOST/DATABASE or sqlite:///FILE; HOME may be left out where --home names it. Stop the node first. A
    copy that broke off is given again and goes on where it was. The home goes on using its old store until its settings
    name the new one.
    """
    home, url = _places(session, places)
    config = Session(home=home, as_json=session.as_json).load_config()
    try:
        copied = asyncio.run(copy_home(config, url, now=utc_now, told=_told))
    except KeyboardInterrupt:
        click.echo(_BROKEN_OFF, err=True)
        raise
    rows = sum(copied.rows.values())
    session.show({"rows": dict(copied.rows), "damaged_media": list(copied.damaged)}, _words(config.home, rows, copied))


def _places(session: Session, places: tuple[str, ...]) -> tuple[Path, str]:
    """The home folder and the address; neither is repeated when they are wrong: an address may hold a password."""
    if len(places) == 1 and "://" in places[0]:
        return session.get_home(), places[0]
    if len(places) != 2 or "://" in places[0]:
        raise click.UsageError("Give the home folder first and the address of the new store after it, and no more.")
    return Path(places[0]), places[1]


def _told(what: str, count: int) -> None:
    """Empty tables are nothing to tell, nor is each of many pictures."""
    if count and (what != "media" or count % _PICTURES == 0):
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
