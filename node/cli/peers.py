"""`peer`: unions that hold copies of each other's public record."""

from __future__ import annotations

import sys
from typing import Final

import click

from federation.strictjson import JsonValue
from node.cli.reading import counted, member, one_line, rows, table, text
from node.cli.session import Session, runs

_MEBIBYTE: Final = 1024 * 1024
_UNCONFIRMED: Final = (
    "no other peer of ours has shown its charter. Until one does, we show nothing of it and sign no receipts for it. "
    "A peer in common does it by itself."
)
PACT_WORDS: Final = {
    "asked": "asked by us",
    "waiting": "asks us",
    "mutual": "peer",
    "removed": "ended; what is held stays",
}


@click.group(short_help="Unions that hold copies of each other's public record.")
def peer() -> None:
    """Pacts with other unions' nodes: each holds, checks and serves a copy of the other's public record."""


@peer.command("add", short_help="Ask a union's node to be a peer, or accept the one that asked.")
@click.argument("url")
@click.option(
    "--unlisted", is_flag=True, help="Hold and sign for it, never naming it in public; our side's word alone."
)
@runs
def peer_add(session: Session, *, url: str, unlisted: bool) -> None:
    """Ask the node at URL to be a peer, or accept the one that asked; compare the words by phone."""
    document = session.ask("peer add", {"url": url, "unlisted": unlisted})
    session.show(document, compared_words(document))


@peer.command("accept", short_help="Accept a node that asked to be a peer.")
@click.argument("url")
@runs
def peer_accept(session: Session, *, url: str) -> None:
    """Accept the node at URL, which asked to be a peer; compare its words by phone first (`peer list` shows them)."""
    document = session.ask("peer accept", {"url": url})
    session.show(document, compared_words(document))


@peer.command("list", short_help="Who is a peer, who asks, and what is in dispute.")
@runs
def peer_list(session: Session) -> None:
    """List the peers: who asks, who was asked, whose pact stands, and what is in dispute."""
    found = rows(session.ask("peer list"))
    lines = [(text(row, "url"), one_line(row, "name"), _state(row), text(row, "fingerprint")) for row in found]
    alarms = [str(alarm) for row in found for alarm in rows(member(row, "alarms"))]
    new = [f"Unconfirmed: {_UNCONFIRMED}"] if any(_is_unconfirmed(row) for row in found) else []
    listed = table(lines, empty="No peers yet. To ask one: picketline peer add URL")
    session.show(found, "\n".join([listed, *new, *alarms]))


@peer.command("remove", short_help="End a pact, or refuse one that asks.")
@click.argument("url")
@click.option("--forget", is_flag=True, help="Drop everything held of that union too.")
@runs
def peer_remove(session: Session, *, url: str, forget: bool) -> None:
    """End the pact with the node at URL, or refuse one that asks. What is held of it stays, unless you say --forget."""
    if forget and not session.as_json and sys.stdin.isatty():
        held = session.ask("peer held", {"url": url})
        click.confirm(f"Drop {_held(member(held, 'held'))} of {one_line(held, 'name')} for good?", abort=True)
    document = session.ask("peer remove", {"url": url, "forget": forget})
    words = f"No longer a peer: {one_line(document, 'name')} ({text(document, 'url')})"
    dropped = f"\nForgotten: {_held(member(document, 'forgotten'))}." if forget else "\nWhat is held of it stays."
    session.show(document, words + dropped)


@peer.command("resolve", short_help="Say which of two charters of a peer counts.")
@click.argument("url")
@click.option("--charter", required=True, help="Digest of the charter that its organisers say is theirs.")
@runs
def peer_resolve(session: Session, *, url: str, charter: str) -> None:
    """Say which of two charters of one epoch counts, after a phone call with the organisers of the peer at URL."""
    document = session.ask("peer resolve", {"url": url, "charter": charter})
    alarms = [str(alarm) for alarm in rows(member(document, "alarms"))]
    session.show(document, "\n".join([f"{one_line(document, 'name')}: charter {charter} counts.", *alarms]))


def compared_words(document: JsonValue) -> str:
    """Where the pact stands, and the words to compare by phone."""
    name, url, ours = one_line(document, "name"), text(document, "url"), member(document, "ours")
    if text(document, "state") == "mutual":
        head = f"Peers now: {name} ({url})."
    elif member(document, "they_asked") is True:
        head = f"Accepted: {name} ({url}). It is a peer as soon as its node has heard so and answered."
    else:
        head = (
            f"Asked: {name} ({url}). It is a peer as soon as its organisers say so too:\n"
            f"    picketline peer add {text(ours, 'url')}"
        )
    lines = [
        head,
        "Compare by phone, word for word:",
        f"    theirs  {text(document, 'fingerprint')}",
        f"            {text(document, 'digits')}",
        f"    ours    {text(ours, 'fingerprint')}",
        f"            {text(ours, 'digits')}",
        f"If one word differs, it is somebody else: picketline peer remove {text(document, 'url')}, and tell them.",
    ]
    if member(document, "confirmed_at") is None:
        lines.append(f"Not confirmed yet: {_UNCONFIRMED}")
    return "\n".join([*lines, *map(str, rows(member(document, "alarms")))])


def _state(row: JsonValue) -> str:
    words = PACT_WORDS.get(text(row, "state"), text(row, "state"))
    if _is_unconfirmed(row):
        words += ", unconfirmed"
    return words + (", unlisted" if member(row, "unlisted") is True else "")


def _is_unconfirmed(row: JsonValue) -> bool:
    return text(row, "state") == "mutual" and member(row, "confirmed_at") is None


def _held(held: JsonValue) -> str:
    entries = counted(text(held, "entries"), "entry", "entries")
    media = counted(text(held, "media"), "media file", "media files")
    return f"{entries} ({_size(held, 'bytes')}) and {media} ({_size(held, 'media_bytes')})"


def _size(held: JsonValue, name: str) -> str:
    value = member(held, name)
    return f"{(value if isinstance(value, int) else 0) / _MEBIBYTE:.1f} MiB"
