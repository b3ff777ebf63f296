"""`serve` and `check`: running the node."""

from __future__ import annotations

import asyncio
import sys

import click

from node.cli.reading import member, rows, text
from node.cli.session import Session, runs
from node.logs import start_logging
from node.serve import serve as run_server

_MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


@click.command()
@click.option("--listen", help="HOST:PORT instead of the setting.")
@runs
def serve(session: Session, *, listen: str | None) -> None:
    """Run the node: web server and workers in one process, until Ctrl-C."""
    config = session.load_config()
    start_logging()

    def ready(address: str) -> None:
        session.show(
            {"url": config.url, "listen": address},
            f"{config.name} is at {config.url} (listening on {address}). Ctrl-C ends it.",
        )
        sys.stdout.flush()

    asyncio.run(run_server(config, listen=listen, ready=ready))


@click.command()
@runs
def check(session: Session) -> None:
    """The doctor: settings, keys, store, clock, disk, address, deliveries; a remedy for each problem."""
    document = session.ask("check")
    lines = []
    for row in rows(member(document, "findings")):
        lines.append(f"{_MARKS[text(row, 'level')]} {text(row, 'what')}: {text(row, 'says')}")
        if text(row, "do"):
            lines.append(f"    → {text(row, 'do')}")
    session.show(document, "\n".join(lines))
    if member(document, "ok") is not True:
        sys.exit(1)
