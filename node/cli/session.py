"""What every command does: take --home and --json wherever they stand, run, print, and turn refusals into exit 1."""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import click

from federation.strictjson import JsonObject, JsonValue
from node.config import Config, load_config
from node.control import client
from node.errors import REFUSALS
from node.refusal import Refusal
from storage.errors import StoreAway, StoreBusy

P = ParamSpec("P")
R = TypeVar("R")

_EXIT_REFUSED: Final = 1
_EXIT_STOPPED: Final = 130
_TRIES: Final = 6
_BUSY_SECONDS: Final = 0.5
_TRIES_AWAY: Final = 3
"""How often a store is asked that does not answer; each time takes some seconds."""
_HEARD_LATER: Final = frozenset(
    {
        "post",
        "edit",
        "retract",
        "retract at once",
        "boost",
        "unboost",
        "pin",
        "unpin",
        "follow",
        "unfollow",
        "campaign add",
        "campaign edit",
        "campaign rotate-keys",
        "followers approve",
        "followers reject",
        "peer add",
        "peer accept",
        "peer remove",
        "charter renew",
    }
)
"""What others hear of only while the node runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One invocation: whose home, and for whom to print."""

    home: Path | None
    as_json: bool

    def get_home(self) -> Path:
        """The home folder; a usage error when none was named."""
        if self.home is None:
            raise click.UsageError("Name the union's home folder: --home DIR, or set PICKETLINE_HOME.")
        return self.home

    def load_config(self) -> Config:
        """The settings of the home folder."""
        return load_config(self.get_home(), os.environ)

    def ask(self, command: str, params: JsonObject | None = None) -> JsonValue:
        """Run a command: by the running node, or here when none runs."""
        given = params or {}
        if any(isinstance(value, str) and not _is_text(value) for value in given.values()):
            raise Refusal("The command holds bytes that are not UTF-8 text. Type it again, or save the file as UTF-8.")
        document, nobody_works = _ask(self.load_config(), command, given)
        if nobody_works and command in _HEARD_LATER and not self.as_json:
            click.echo("The node is not running: others get this when `picketline serve` runs.", err=True)
        return document

    def show(self, document: JsonValue, words: str) -> None:
        """Print the JSON document, or the words for people."""
        click.echo(_escaped(json.dumps(document, ensure_ascii=False)) if self.as_json else printable(words))


def printable(words: str) -> str:
    """Words without what could command a terminal: strangers choose their names and texts."""
    return "".join(letter if letter == "\n" or letter.isprintable() else "�" for letter in words)


def _escaped(document: str) -> str:
    """The same JSON, with letters that could command a terminal as \\u escapes."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in document)


def _ask(config: Config, command: str, params: JsonObject) -> tuple[JsonValue, bool]:
    """Through the socket of the running node, else on the store itself; and whether nobody delivers what it left there.

    When the node or its store goes away in the middle the command is given again: it carries its own serial, so it is
    never carried out twice.
    """
    away: list[Exception] = []
    while len(away) < (1 if command == "check" else _TRIES_AWAY):  # who looks for what is wrong wants no patience
        try:
            return _ask_once(config, command, params)
        except (client.Away, StoreAway) as problem:
            away.append(problem)
            time.sleep(_BUSY_SECONDS)
    if command not in _HEARD_LATER:
        raise away[-1]
    raise Refusal(
        f"{away[-1]} If you were publishing, see the campaign's page before you say it again: it may be there already."
    )


def _ask_once(config: Config, command: str, params: JsonObject) -> tuple[JsonValue, bool]:
    """The same, while the store answers."""
    for _ in range(_TRIES):
        try:
            return client.call(config.home, command, params), False
        except client.NotRunning:
            pass
        except client.Interrupted:
            continue
        try:
            return _run_here(config, command, params)
        except StoreBusy:
            time.sleep(_BUSY_SECONDS)  # a node is starting or ending at this very moment
    if not (config.home / client.SOCKET_NAME).exists():
        raise Refusal("The node runs, but its control socket is gone, so it cannot be asked. Restart the node.")
    raise Refusal(
        "The node did not answer and holds the store. It may be starting or ending: try again in a moment; "
        "if you were publishing, see the campaign's page first."
    )


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _run_here(config: Config, command: str, params: JsonObject) -> tuple[JsonValue, bool]:
    """Open the node in this process; what it is made of is loaded only now, because a running node needs none of it."""
    from node.commands import run_command
    from node.context import open_node
    from node.news import telling
    from node.presence import list_at_work

    async def run() -> tuple[JsonValue, bool]:
        async with open_node(config) as node, telling(node):
            await node.projector.catch_up()
            document = await run_command(command, params, node)
            return document, not await list_at_work(node)

    return asyncio.run(run())


def command_options(function: Callable[P, R]) -> Callable[P, R]:
    """`--home` and `--json` after the command's name too."""
    home = click.option("--home", "late_home", type=click.Path(path_type=Path), help="The union's home folder.")
    as_json = click.option("--json", "late_json", is_flag=True, help="Print one JSON document.")
    return as_json(home(function))


def _collect_from_now_on() -> None:
    """All is loaded: end the pause that `main` gave the garbage collector, and spare it what was loaded."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def runs(function: Callable[..., None]) -> Callable[..., None]:
    """A command's body gets a `Session`; what it refuses is one sentence on stderr and exit 1."""

    @command_options
    @click.pass_context
    @functools.wraps(function)
    def run(
        context: click.Context, /, *args: object, late_home: Path | None, late_json: bool, **options: object
    ) -> None:
        session: Session = context.obj
        session = replace(session, home=late_home or session.home, as_json=late_json or session.as_json)
        _collect_from_now_on()
        try:
            function(session, *args, **options)
        except REFUSALS as refusal:
            click.echo(printable(f"picketline: {refusal}"), err=True)
            sys.exit(_EXIT_REFUSED)
        except KeyboardInterrupt:
            click.echo("picketline: stopped", err=True)
            sys.exit(_EXIT_STOPPED)

    return run
