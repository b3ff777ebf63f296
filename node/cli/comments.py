"""`comments`, `reports`: what people answer to our updates, what of it readers see, and what others complain about."""

from __future__ import annotations

import re
from html import unescape
from typing import Final

import click

from federation.activitystreams.html import plain_text
from federation.strictjson import JsonObject, JsonValue
from node.cli.listing import ListingGroup
from node.cli.reading import member, one_line, quoted, rows, text
from node.cli.session import Session, runs

_LINKS: Final = re.compile(r' href="([^"]*)"')


@click.group(cls=ListingGroup, invoke_without_command=True, short_help="Replies to our updates: held, shown, hidden.")
@runs
def comments(session: Session) -> None:
    """Replies to our updates: `comments [ID]`, `comments approve ID [MARK]`, `comments hide ID [MARK]`."""
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        _show(session, None)
    else:
        context.obj = session


@comments.command("list", hidden=True)
@click.argument("id")
@runs
def comments_list(session: Session, *, id: str) -> None:
    """List the replies to the update ID (its id, page address or number)."""
    _show(session, id)


@comments.command("approve", short_help="Show a reply below its update.")
@click.argument("id")
@click.argument("mark", required=False)
@runs
def comments_approve(session: Session, *, id: str, mark: str | None) -> None:
    """Show the reply ID below its update, for everybody to read; with the MARK that was listed, only what you read."""
    document = session.ask("comments approve", _named(id, mark))
    session.show(document, f"Shown below {text(document, 'update')}")


@comments.command("hide", short_help="Keep a reply off our pages.")
@click.argument("id")
@click.argument("mark", required=False)
@runs
def comments_hide(session: Session, *, id: str, mark: str | None) -> None:
    """Keep the reply ID off our pages, or take it off again."""
    document = session.ask("comments hide", _named(id, mark))
    session.show(document, f"Hidden: {text(document, 'id')}")


@click.group(cls=ListingGroup, invoke_without_command=True, short_help="Read what others complain about.")
@runs
def reports(session: Session) -> None:
    """Read what others complain about, newest first (organisers only); `reports dismiss ID`."""
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        context.obj = session
        return
    document = session.ask("reports")
    session.show(document, "\n\n".join(map(_complaint, rows(document))) or "Nobody has reported anything.")


@reports.command("dismiss", short_help="Forget a report that was dealt with.")
@click.argument("id")
@runs
def reports_dismiss(session: Session, *, id: str) -> None:
    """Forget the report ID: it was read, and nothing more is to be done."""
    document = session.ask("reports dismiss", {"id": id})
    session.show(document, f"Dismissed: {text(document, 'id')}")


def _named(id: str, mark: str | None) -> JsonObject:
    return {"id": id} if mark is None else {"id": id, "mark": mark}


def _complaint(row: JsonValue) -> str:
    about = "\n".join(f"  about {' '.join(str(id).split())}" for id in rows(member(row, "objects")))
    reason = quoted(text(row, "text") or "(no reason given)")
    return f"{text(row, 'received')}  {one_line(row, 'actor')}\n{reason}\n{about}\n{one_line(row, 'id')}"


def _show(session: Session, id: str | None) -> None:
    document = session.ask("comments", {"id": id} if id else {})
    session.show(document, "\n\n".join(map(_in_words, rows(document))) or "Nobody has replied yet.")


def _in_words(row: JsonValue) -> str:
    """The whole reply, warning or not: whoever approves it must have read it."""
    to_whom = "" if member(row, "public") is True else ", not public"
    warning = f"Warning: {one_line(row, 'warning')}\n" if text(row, "warning") else ""
    head = f"{text(row, 'published')}  {one_line(row, 'actor')}  ({text(row, 'state')}{to_whom})"
    foot = f"{one_line(row, 'id')} {text(row, 'mark')}\n  in reply to {one_line(row, 'in_reply_to')}"
    words = quoted(warning + plain_text(text(row, "content")))
    return "\n".join([head, words, *_ways_out(row), foot])


def _ways_out(row: JsonValue) -> list[str]:
    """Where links in it lead, whatever their text says, and its own page when that is not its id."""
    found = [unescape(address) for address in _LINKS.findall(text(row, "content"))]
    found += [one_line(row, "url")] if text(row, "url") != text(row, "id") else []
    return [f"  leads to {address}" for address in dict.fromkeys(found)]
