"""`block`: whom the union wants nothing to do with, one at a time or as a list that other servers can read."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import click

from federation.blocks.lists import write_actors, write_hosts
from federation.strictjson import JsonValue
from node.cli.block_lists import import_file
from node.cli.reading import counted, member, one_line, rows, table, text
from node.cli.session import Session, runs
from node.refusal import Refusal
from storage.records import Block

_NOTHING_RETURNS: Final = (
    "Nothing comes back by itself: they may follow and write again, and you may follow them again. "
    "Comments that were hidden stay so until you approve them, and a pact that ended too: a host that was blocked "
    "was told nothing, so its organisers say `picketline peer remove` first, then both sides `picketline peer add`."
)


@click.group(short_help="Refuse actors, and hosts with their subdomains.")
def block() -> None:
    """Refuse actors (@who@host or their URL) and hosts with their subdomains.

    No server is sent the block. But an actor who follows us hears that the follow is refused, and one we follow hears
    that we stopped. A blocked host hears nothing at all.
    """


@block.command("add", short_help="Block somebody, and cut every tie at once.")
@click.argument("target")
@click.option("--reason", default="", help="For your own list; shown to nobody else.")
@runs
def block_add(session: Session, *, target: str, reason: str) -> None:
    """Block TARGET and cut everything that ties us to it: @who@host, an actor's URL, or a host."""
    document = session.ask("block add", {"target": target, "reason": reason})
    names = " and ".join([one_line(document, "target"), *map(str, rows(member(document, "also")))])
    lines = [f"Blocked: {names}" if member(document, "new") else f"Blocked already: {names}"]
    lines.append(cut_in_words(member(document, "cut")))
    if member(document, "asked") is not True:
        lines.append("Its server could not be asked who that is, so exactly this name is blocked. Is it spelt right?")
    session.show(document, "\n".join(lines))


@block.command("remove")
@click.argument("target")
@runs
def block_remove(session: Session, *, target: str) -> None:
    """End the block of TARGET. What it cut does not come back by itself."""
    document = session.ask("block remove", {"target": target})
    session.show(document, f"No longer blocked: {one_line(document, 'target')}\n{_NOTHING_RETURNS}")


@block.command("list")
@runs
def block_list(session: Session) -> None:
    """List who is blocked, since when and why."""
    found = list(_all(session))
    lines = [(text(row, "kind"), one_line(row, "target"), text(row, "since"), one_line(row, "reason")) for row in found]
    session.show(found, table(lines, empty="Nobody is blocked."))


@block.command("import", short_help="Block everybody in one of Mastodon's CSV lists.")
@click.argument("file", type=click.Path(path_type=Path))
@runs
def block_import(session: Session, *, file: Path) -> None:
    """Block everybody in FILE, a list in one of Mastodon's CSV formats: accounts, domains, or an admin's domain blocks.

    An import that was interrupted can be given again.
    """
    import_file(file, session)


@block.command("export", short_help="Write a list that Mastodon or a node imports.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--actors", "kind", flag_value="actors", help="Only accounts, as Mastodon's blocked accounts.")
@click.option("--hosts", "kind", flag_value="hosts", default=True, help="Only hosts, as Mastodon's admins (default).")
@runs
def block_export(session: Session, *, file: Path, kind: str) -> None:
    """Write a new FILE that Mastodon, or another node, imports. Your reasons are in it: mind who gets it."""
    write = write_actors if kind == "actors" else write_hosts
    count = -1  # the first row names the columns
    try:
        with _new_file(file) as out:
            for row in write(map(_as_block, _all(session))):
                csv.writer(out).writerow(row)
                count += 1
    except FileExistsError as problem:
        raise Refusal(
            f"{file} exists already and is not overwritten. Name a file that does not exist yet."
        ) from problem
    except OSError as problem:
        raise Refusal(
            f"{file} could not be written: {problem.strerror}. Name a file in a folder where you may write."
        ) from problem
    session.show({"file": str(file), "count": count}, f"Wrote {counted(count, kind.removesuffix('s'), kind)} to {file}")


@contextmanager
def _new_file(file: Path) -> Iterator[IO[str]]:
    """Readable by its owner alone: a list of blocks is nobody's business. Half a list is not left behind."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "w", encoding="utf-8", newline="") as out:
            yield out
    except BaseException:
        file.unlink()
        raise


def cut_in_words(cut: JsonValue) -> str:
    """What a block ended."""
    names = {
        "followers": ("follower", "followers"),
        "following": ("follow of ours", "follows of ours"),
        "comments": ("comment hidden", "comments hidden"),
        "reactions": ("like or boost", "likes and boosts"),
        "timeline": ("post in the timeline", "posts in the timeline"),
        "deliveries": ("waiting delivery", "waiting deliveries"),
        "pacts": ("pact with a peer", "pacts with peers"),
    }
    ended = [counted(text(cut, name), *words) for name, words in names.items() if text(cut, name) not in ("", "0")]
    return f"Cut off: {', '.join(ended)}." if ended else "There was nothing to cut off."


def _all(session: Session) -> Iterator[JsonValue]:
    after: str | None = ""
    while after is not None:
        page = session.ask("block list", {"after": after} if after else {})
        yield from rows(member(page, "blocks"))
        after = text(page, "next") or None


def _as_block(row: JsonValue) -> Block:
    kind = text(row, "kind")
    return Block(
        target=text(row, "target"),
        kind="host" if kind == "host" else "actor" if kind == "actor" else "address",
        reason=text(row, "reason"),
        blocked_at=datetime.fromisoformat(text(row, "since")),
    )
