"""`boost`, `unboost`, `pin`, `unpin`: what is passed on, and what stands on top."""

from __future__ import annotations

import click

from node.cli.reading import one_line, text
from node.cli.session import Session, runs
from node.cli.updates import fresh_serial

_AS = click.option("--as", "handle", metavar="HANDLE", help="As this campaign instead of the union's own actor.")


@click.command(short_help="Pass on a post of anybody.")
@click.argument("url")
@_AS
@runs
def boost(session: Session, *, url: str, handle: str | None) -> None:
    """Pass on the post at URL (its page or its id) to everybody who follows."""
    document = session.ask("boost", {"url": url, "handle": handle, "serial": fresh_serial()})
    session.show(document, f"Boosted: {one_line(document, 'url')}\nId: {one_line(document, 'id')}")


@click.command()
@click.argument("url")
@_AS
@runs
def unboost(session: Session, *, url: str, handle: str | None) -> None:
    """Take the boost of the post at URL back, everywhere."""
    document = session.ask("unboost", {"url": url, "handle": handle, "serial": fresh_serial()})
    session.show(document, f"No longer boosted: {one_line(document, 'url')}")


@click.command(short_help="Put an update on top of its campaign's page.")
@click.argument("id")
@runs
def pin(session: Session, *, id: str) -> None:
    """Put the update ID on top of its campaign's page; at most five."""
    document = session.ask("pin", {"id": id, "serial": fresh_serial()})
    session.show(document, f"Pinned: {text(document, 'url')}")


@click.command()
@click.argument("id")
@runs
def unpin(session: Session, *, id: str) -> None:
    """Take the update ID off the top."""
    document = session.ask("unpin", {"id": id, "serial": fresh_serial()})
    session.show(document, f"No longer pinned: {text(document, 'url')}")
