"""`post`, `edit`, `retract`: what organisers say."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, ParamSpec, TypedDict, TypeVar, Unpack

import click

from federation.identity.retraction import new_retraction
from federation.strictjson import JsonObject, JsonValue
from node.cli.passphrases import KIT_FILE, open_kit
from node.cli.pictures import PICTURE_OPTIONS, take_pictures
from node.cli.reading import member, rows, text
from node.cli.session import Session, runs
from node.clock import utc_now
from node.kit import Kit
from node.refusal import Refusal
from storage.ids import ObjectId, next_serial

P = ParamSpec("P")
R = TypeVar("R")

_LARGEST_FILE: Final = 1024 * 1024


def fresh_serial() -> str:
    """Made here and not by the node, so that a command given twice after a crash is carried out once."""
    return next_serial(utc_now(), secrets.randbits)


class _Wording(TypedDict):
    """What `post` and `edit` take alike."""

    words: str | None
    file: Path | None
    lang: str | None
    warning: str | None
    media: tuple[Path, ...]
    alt: tuple[str, ...]
    no_alt: bool


def _takes_wording(*, lang: str, warning: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The text, from the command line or a file, and what goes with it; `lang` and `warning` explain those options."""
    source = "Take the text from a Markdown file; - reads standard input."
    options = (
        click.argument("words", metavar="[TEXT]", required=False),
        click.option("--file", type=click.Path(path_type=Path), help=source),
        click.option("--lang", help=lang),
        click.option("--warning", help=warning),
        *PICTURE_OPTIONS,
    )

    def add(function: Callable[P, R]) -> Callable[P, R]:
        for option in reversed(options):  # the last one added is shown first
            function = option(function)
        return function

    return add


class _Saying(click.Command):
    """A command whose text may look like an option: lists begin with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Tell where a text goes that begins with a dash."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as problem:
            hint = 'A text that begins with - stands last, after --, as in: -- "- first", or comes from a --file.'
            raise click.UsageError(f"{problem.format_message()} {hint}", ctx) from problem


@click.command(cls=_Saying, short_help="Publish an update, with pictures if you like.")
@click.argument("handle")
@_takes_wording(lang="Language of the text, such as ko or pt-BR.", warning="Content warning: readers see this first.")
@runs
def post(session: Session, *, handle: str, **wording: Unpack[_Wording]) -> None:
    """Publish an update in a campaign: Markdown, #hashtags, @people@their.server, links."""
    words = _read_text(wording["words"], wording["file"])
    document = session.ask(
        "post", {"handle": handle, **_draft(wording, words), "pictures": _pictures(session, wording)}
    )
    session.show(document, _published("Published", document))


@click.command(cls=_Saying, short_help="Change the text of an update, its pictures or its warning.")
@click.argument("id")
@_takes_wording(
    lang="Language of the text; without it, as it was.",
    warning="Content warning; without it, as it was; empty removes it.",
)
@click.option("--drop-media", is_flag=True, help="Take the pictures away; without it and --media they stay.")
@runs
def edit(session: Session, *, id: str, drop_media: bool, **wording: Unpack[_Wording]) -> None:
    """Replace the text of the update ID (its id, page address or number), its pictures, warning or language.

    What you do not name stays as it was.
    """
    if drop_media and wording["media"]:
        raise click.UsageError("Give new pictures with --media, or take all away with --drop-media; one of the two.")
    keeps_text = wording["words"] is None and wording["file"] is None
    if keeps_text and not (drop_media or _names_more(wording)):
        raise click.UsageError("Say what to change: TEXT, --file, --media, --drop-media, --warning or --lang.")
    words = None if keeps_text else _read_text(wording["words"], wording["file"])
    pictures = [] if drop_media else _pictures(session, wording)
    document = session.ask("edit", {"id": id, **_draft(wording, words), "pictures": pictures})
    session.show(document, _published("Edited", document))


@click.command(short_help="Take an update back, everywhere.")
@click.argument("id")
@click.option("--kit", type=KIT_FILE, help="The recovery kit: mirrors then purge it at once.")
@click.option("--kit-passphrase-file", type=KIT_FILE, help="Its first line is the passphrase.")
@runs
def retract(session: Session, *, id: str, kit: Path | None, kit_passphrase_file: Path | None) -> None:
    """Take the update ID back: gone from our pages, and every follower's server is told.

    Mirrors hide it at once and purge it after seven days; with --kit they purge it at once.
    """
    if kit is not None:
        _retract_with_kit(session, id, open_kit(session, kit, kit_passphrase_file))
        return
    document = session.ask("retract", {"id": id, "serial": fresh_serial()})
    session.show(
        document,
        f"Retracted: {text(document, 'id')}\nServers that keep copies are being told to delete them.",
    )


def _retract_with_kit(session: Session, id: str, kit: Kit) -> None:
    """The root key is in this process alone, and never at the node."""
    draft = session.ask("retract draft", {"id": id})
    signed = new_retraction(
        union=kit.union,
        object=ObjectId(text(draft, "object")),
        published=datetime.fromisoformat(text(draft, "published")),
        root_key=kit.root_key,
    )
    document = session.ask("retract at once", {"retraction": signed.decode(), "serial": fresh_serial()})
    lines = [f"Retracted with the kit: {text(document, 'id')}", "Its bytes are gone from this node."]
    lines += [
        f"{text(row, 'mirror')}: " + ("gone" if member(row, "done") else "not reached now; it asks for it by itself")
        for row in rows(member(document, "mirrors"))
    ]
    session.show(document, "\n".join([*lines, "Put the kit back where it is kept."]))


def _names_more(wording: _Wording) -> bool:
    return bool(wording["media"]) or wording["warning"] is not None or wording["lang"] is not None


def _pictures(session: Session, wording: _Wording) -> JsonValue:
    return take_pictures(session.load_config(), wording["media"], wording["alt"], no_alt=wording["no_alt"])


def _draft(wording: _Wording, words: str | None) -> JsonObject:
    return {
        "text": words,
        "language": wording["lang"],
        "warning": wording["warning"],
        "serial": fresh_serial(),
    }


def _read_text(words: str | None, file: Path | None) -> str:
    if (words is None) == (file is None):
        raise click.UsageError("Give the text, or a file with --file; one of the two.")
    if words == "-":
        file = Path("-")
    elif words is not None:
        return words
    try:
        raw = sys.stdin.buffer.read(_LARGEST_FILE + 1) if str(file) == "-" else _read_file(file or Path())
        return raw.decode("utf-8")
    except OSError as problem:
        raise Refusal(f"{file} cannot be read: {problem.strerror}. Nothing was published.") from problem
    except UnicodeDecodeError as problem:
        raise Refusal(f"{file} is not UTF-8 text. Save it as UTF-8 and try again; nothing was published.") from problem


def _read_file(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_LARGEST_FILE + 1)


def _published(verb: str, document: JsonValue) -> str:
    lines = [f"{verb}: {text(document, 'url')}", f"Id: {text(document, 'id')}"]
    lines += [f"Not found, so left as plain text: @{address}" for address in rows(member(document, "not_found"))]
    return "\n".join(lines)
