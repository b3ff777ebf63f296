"""Where the kit's passphrase comes from: a file, or a person asked twice; and opening a kit with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from node.cli.session import Session
from node.kit import Kit, is_sealed, read_kit
from node.refusal import Refusal

SHORTEST: Final = 12
KIT_FILE: Final = click.Path(path_type=Path, readable=False)
"""A kit or its passphrase; when this account may not read it, our own sentence says so and what to do."""


def new_passphrase(file: Path | None, *, none: bool) -> str | None:
    """The passphrase for a new kit; None only when `none` asks for an open one."""
    if none and file is not None:
        raise click.UsageError("Give --kit-passphrase-file or --no-kit-passphrase; one of the two.")
    if none:
        return None
    passphrase = read_passphrase(file) if file else _ask_twice()
    if len(passphrase) < SHORTEST:
        raise Refusal(
            f"The passphrase has fewer than {SHORTEST} characters; whoever finds the kit could guess it. "
            "Take four or five unrelated words."
        )
    return passphrase


def kit_passphrase(kit: Path, file: Path | None) -> str | None:
    """The passphrase of an existing kit; None when it is not sealed."""
    if file is not None:
        return read_passphrase(file)
    if not is_sealed(kit):
        return None
    _refuse_without_terminal()
    answer: str = click.prompt("Passphrase of the kit", hide_input=True, err=True)
    return answer.strip()


def open_kit(session: Session, kit: Path, file: Path | None) -> Kit:
    """The kit of this home's union, opened in this process alone; `Refusal` for another union's."""
    config = session.load_config()
    opened = read_kit(kit, kit_passphrase(kit, file))
    if opened.union != config.union:
        raise Refusal(
            f"The kit opens, but it belongs to another union: its words are “{opened.fingerprint}”. "
            "Look for the right one."
        )
    return opened


def read_passphrase(file: Path) -> str:
    """The first line of a file, without the blanks and the mark that some editors add."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise Refusal(f"The passphrase file {file} cannot be read. Name a text file with the passphrase.") from problem
    if not lines or not lines[0].strip():
        raise Refusal(f"The passphrase file {file} is empty. Its first line is the passphrase.")
    return lines[0].strip()


def _ask_twice() -> str:
    _refuse_without_terminal()
    click.echo(
        "If the server is lost, the kit and a copy of the home folder bring your union back. Choose a passphrase for "
        f"the kit, of at least {SHORTEST} characters: four or five unrelated words.",
        err=True,
    )
    answer: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return answer.strip()


def _refuse_without_terminal() -> None:
    if not sys.stdin.isatty():
        raise Refusal("There is no terminal to ask for the passphrase on. Put it into a file: --kit-passphrase-file.")
