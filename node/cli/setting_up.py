"""`init`, `kit check`: making a union's home, and its kit."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import replace
from pathlib import Path

import click

from federation.strictjson import JsonObject
from federation.times import rfc3339
from node.actions.set_up import NewHome, Request, check_request, set_up
from node.cli.passphrases import KIT_FILE, new_passphrase, open_kit
from node.cli.session import Session, runs
from node.context import Surroundings
from node.kit import is_sealed


@click.command(short_help="Make a union's home folder and its recovery kit.")
@click.option("--name", required=True, help="The union's name, as readers see it.")
@click.option("--url", required=True, help="Public address, such as https://union.example; it stays for good.")
@click.option("--kit", required=True, type=KIT_FILE, help="Where to write the recovery kit.")
@click.option("--kit-passphrase-file", type=KIT_FILE, help="Its first line is the passphrase.")
@click.option("--no-kit-passphrase", is_flag=True, help="Leave the kit open; for tests only.")
@click.option("--handle", default="union", show_default=True, help="Handle of the union's own actor.")
@click.option("--store", help="Database address; default: an SQLite file in the home folder.")
@click.option("--dev", is_flag=True, help="Allow an http:// address and loopback peers, for trying out.")
@runs
def init(
    session: Session,
    *,
    name: str,
    url: str,
    kit: Path,
    kit_passphrase_file: Path | None,
    no_kit_passphrase: bool,
    handle: str,
    store: str | None,
    dev: bool,
) -> None:
    """Make a union's home folder: settings, database, keys; and the recovery kit."""
    asked = Request(
        home=session.get_home().absolute(),
        name=name,
        handle=handle,
        url=url,
        kit=kit.absolute(),
        passphrase=None,
        store=store,
        dev=dev,
    )
    check_request(asked)
    passphrase = new_passphrase(kit_passphrase_file, none=no_kit_passphrase)
    made = asyncio.run(set_up(replace(asked, passphrase=passphrase), Surroundings()))
    session.show(_document(made), _words(made, is_open=passphrase is None))


def _document(made: NewHome) -> JsonObject:
    return {
        "union": made.union,
        "fingerprint": made.fingerprint,
        "url": made.url,
        "home": str(made.home),
        "kit": str(made.kit),
    }


def _words(made: NewHome, *, is_open: bool) -> str:
    warning = "THIS KIT IS NOT SEALED: whoever finds it can speak as the union.\n" if is_open else ""
    home = shlex.quote(str(made.home))
    return (
        f"The home of your union is {made.home}\n"
        f"The recovery kit is {made.kit}\n{warning}\n"
        f"Fingerprint: {made.fingerprint}\n"
        "Peers compare these words with you by phone; they belong on your posters.\n\n"
        "Now: copy the kit to two USB sticks, keep them in two places, and delete it here.\n"
        f"Then: picketline --home {home} campaign add HANDLE --name NAME\n"
        f"and:  picketline --home {home} serve"
    )


@click.group()
def kit() -> None:
    """The recovery kit."""


@kit.command("check")
@click.argument("file", type=KIT_FILE)
@click.option("--kit-passphrase-file", type=KIT_FILE, help="Its first line is the passphrase.")
@runs
def kit_check(session: Session, *, file: Path, kit_passphrase_file: Path | None) -> None:
    """See that a kit opens and belongs to this home."""
    config = session.load_config()
    opened = open_kit(session, file, kit_passphrase_file)
    warning = "" if is_sealed(file) else "IT IS NOT SEALED: whoever finds it can speak as the union.\n"
    document: JsonObject = {
        "ok": True,
        "union": opened.union,
        "fingerprint": opened.fingerprint,
        "created": rfc3339(opened.created_at),
        "sealed": is_sealed(file),
    }
    session.show(
        document,
        f"The kit opens and belongs to {config.name}.\n{warning}"
        f"Fingerprint: {opened.fingerprint}\n"
        "Put it back where it is kept.",
    )
