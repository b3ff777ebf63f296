"""`serve`, `worker`, `check` and `rebuild`: running the node."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from federation.strictjson import JsonObject
from node.cli.reading import counted, member, rows, text
from node.cli.session import Session, runs
from node.config import CONFIG_NAME
from node.errors import REFUSALS
from node.logs import start_logging
from node.loops import run
from node.running import end_soon
from node.serve import serve as run_server
from node.settings import ConfigError, NoHome
from storage.errors import StorageError

_MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


@click.command(short_help="Run the node, until Ctrl-C.")
@click.option("--listen", help="HOST:PORT instead of the setting.")
@runs
def serve(session: Session, *, listen: str | None) -> None:
    """Run the node: web server and workers in one process, until Ctrl-C."""
    config = session.load_config()
    start_logging(config.log_format, config.log_level)

    def ready(address: str) -> None:
        session.show(
            {"url": config.url, "listen": address},
            f"{config.name} is at {config.url} (listening on {address}). Ctrl-C ends it.",
        )
        sys.stdout.flush()

    run(run_server(config, listen=listen, ready=ready, stopping=end_soon))


@click.command(short_help="Run only the workers, beside a node on a store of several machines.")
@runs
def worker(session: Session) -> None:
    """Run only the workers: deliveries, effects, moves, housekeeping; beside a node, on any machine with its home."""
    from node.work import work

    config = session.load_config()
    start_logging(config.log_format, config.log_level)

    def ready() -> None:
        session.show({"url": config.url}, f"A worker of {config.name} is at work. Ctrl-C ends it.")
        sys.stdout.flush()

    run(work(config, ready=ready, stopping=end_soon))


def _cannot_look(problem: Exception) -> JsonObject:
    """What keeps the node from being opened is all that is found then."""
    if isinstance(problem, ConfigError) and not isinstance(problem, NoHome):
        do = f"Mend {CONFIG_NAME} in the home folder, or the variable; the README lists every setting."
        return {"ok": False, "findings": [_failure("settings", says, do) for says in problem.problems]}
    what = "store" if isinstance(problem, StorageError) else "home"
    return {"ok": False, "findings": [_failure(what, str(problem), "")]}


def _failure(what: str, says: str, do: str) -> JsonObject:
    return {"what": what, "level": "fail", "says": says, "do": do}


@click.command(short_help="The doctor: each problem with its remedy.")
@runs
def check(session: Session) -> None:
    """The doctor: settings, keys, store, clock, disk, parts, address, certificate, queue; a remedy for each."""
    try:
        document = session.ask("check")
    except REFUSALS as problem:
        document = _cannot_look(problem)
    lines = []
    for row in rows(member(document, "findings")):
        lines.append(f"{_MARKS[text(row, 'level')]} {text(row, 'what')}: {text(row, 'says')}")
        if text(row, "do"):
            lines.append(f"    → {text(row, 'do')}")
    session.show(document, "\n".join(lines))
    if member(document, "ok") is not True:
        sys.exit(1)


@click.command(short_help="Make again, from the union's record, all that is made of it, and compare.")
@runs
def rebuild(session: Session) -> None:
    """Drop what is made from the union's record, make it again and compare: updates, boosts, pins, actors, the tree."""
    document = session.ask("rebuild")
    counts = {name: text(document, name) for name in ("entries", "posts", "boosts", "pins", "actors")}
    session.show(document, _rebuilt(counts, text(document, "root")))


def _rebuilt(counts: Mapping[str, str], root: str) -> str:
    made = ", ".join(
        counted(counts[name], one, more)
        for name, one, more in (
            ("posts", "update", "updates"),
            ("boosts", "boost", "boosts"),
            ("pins", "pin", "pins"),
            ("actors", "actor", "actors"),
        )
    )
    entries = counted(counts["entries"], "entry", "entries")
    return (
        f"Made again from {entries} of the record and compared, all equal: {made}, and the tree with its root {root}."
    )
