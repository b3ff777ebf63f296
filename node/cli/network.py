"""`follow`, `unfollow`, `following`, `timeline`, `followers`, `deliveries`: who hears us, and whom we hear."""

from __future__ import annotations

from collections import Counter
from typing import Final

import click

from federation.activitystreams.html import plain_text
from federation.errors import Unintelligible
from federation.strictjson import JsonValue
from node.cli.listing import ListingGroup
from node.cli.reading import counted, member, one_line, quoted, rows, table, text
from node.cli.session import Session, runs


@click.command(short_help="Follow somebody as the union's own actor.")
@click.argument("address")
@runs
def follow(session: Session, *, address: str) -> None:
    """Follow ADDRESS (@user@host or an actor's URL) as the union's own actor."""
    document = session.ask("follow", {"address": address})
    session.show(document, f"{text(document, 'actor')}: {_ANSWERS.get(text(document, 'state'), '')}")


_ANSWERS: Final = {
    "asked": "asked. `picketline following` shows whether it accepts.",
    "accepted": "accepted already. What it publishes is in `picketline timeline`.",
    "refused": "refused.",
}


@click.command()
@click.argument("address")
@runs
def unfollow(session: Session, *, address: str) -> None:
    """Stop following ADDRESS."""
    document = session.ask("unfollow", {"address": address})
    session.show(document, f"No longer following {text(document, 'actor')}")


@click.command(short_help="Whom the union follows: asked, accepted, refused.")
@runs
def following(session: Session) -> None:
    """List whom the union follows: asked, accepted or refused."""
    document = session.ask("following")
    lines = [(one_line(row, "actor"), text(row, "state"), _whereto(row)) for row in rows(document)]
    session.show(document, table(lines, empty="The union follows nobody yet."))


@click.command(short_help="Read what those the union follows published.")
@runs
def timeline(session: Session) -> None:
    """Read what those the union follows have published, newest first."""
    document = session.ask("timeline")
    session.show(document, "\n\n".join(map(_read_aloud, rows(document))) or "Nothing yet.")


def _read_aloud(row: JsonValue) -> str:
    """A note in words; what stands under a warning is read on its own page."""
    try:
        words = plain_text(text(row, "content"))
    except Unintelligible:
        words = "(This note cannot be shown here.)"
    if text(row, "warning"):
        words = f"Warning: {one_line(row, 'warning')} (read it at {one_line(row, 'url')})"
    to_whom = "" if member(row, "public") is True else "  (not public)"
    return f"{text(row, 'published')}  {one_line(row, 'actor')}{to_whom}\n{quoted(words)}\n{one_line(row, 'id')}"


@click.group(cls=ListingGroup, invoke_without_command=True, short_help="Who follows us, and who waits for approval.")
@runs
def followers(session: Session) -> None:
    """Who follows us (organisers only): `followers [HANDLE]`, `followers approve | reject ACTOR`."""
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        _show_followers(session, None)
    else:
        context.obj = session


@followers.command("list", hidden=True)
@click.argument("handle")
@runs
def followers_list(session: Session, *, handle: str) -> None:
    """List the followers of one campaign."""
    _show_followers(session, handle)


@followers.command("approve", short_help="Accept somebody who waits.")
@click.argument("actor")
@runs
def followers_approve(session: Session, *, actor: str) -> None:
    """Accept the waiting follows of ACTOR (its URL or @who@host)."""
    document = session.ask("followers approve", {"actor": actor})
    session.show(document, f"{actor} now follows.")


@followers.command("reject", short_help="Refuse somebody who waits, or follows already.")
@click.argument("actor")
@runs
def followers_reject(session: Session, *, actor: str) -> None:
    """Refuse ACTOR (its URL or @who@host), waiting or accepted before; it may ask again unless you block it."""
    document = session.ask("followers reject", {"actor": actor})
    session.show(document, f"{actor} no longer follows.")


def _whereto(row: JsonValue) -> str:
    """What is known of a Move."""
    move = member(row, "moved")
    if move is None:
        return ""
    words = {"done": "moved to", "waiting": "says it moved (not confirmed yet) to", "failed": "not believed: moved to"}
    return f"{words.get(text(move, 'state'), '')} {one_line(move, 'to')}  {text(move, 'error')}".rstrip()


def _show_followers(session: Session, handle: str | None) -> None:
    document = session.ask("followers", {"handle": handle} if handle else {})
    lines = [
        (one_line(row, "actor"), text(row, "follows"), text(row, "state"), text(row, "since"), _whereto(row))
        for row in rows(document)
    ]
    session.show(document, table(lines, empty="Nobody follows yet."))


@click.command(short_help="Did it arrive, where not, and why.")
@click.argument("id", required=False)
@runs
def deliveries(session: Session, *, id: str | None) -> None:
    """Did it arrive? Deliveries of the update or activity ID, or of everything."""
    document = session.ask("deliveries", {"id": id} if id else {})
    session.show(document, _delivery_words(rows(document)))


def _delivery_words(found: list[JsonValue]) -> str:
    counts = Counter(text(row, "state") for row in found)
    summary = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "Nothing to deliver."
    lines = [
        (
            text(row, "state"),
            text(row, "inbox"),
            counted(text(row, "attempts"), "attempt", "attempts"),
            _when(row),
            text(row, "error"),
        )
        for row in found
        if text(row, "state") != "delivered"
    ]
    return f"{summary}\n{table(lines, empty='')}".rstrip()


def _when(row: JsonValue) -> str:
    return f"next {text(row, 'next_at')}" if text(row, "next_at") else ""
