"""`campaign add | list | edit`."""

from __future__ import annotations

import click

from node.cli.reading import counted, rows, table, text
from node.cli.session import Session, runs
from node.cli.updates import fresh_serial


@click.group()
def campaign() -> None:
    """Campaigns: what people follow."""


@campaign.command("add")
@click.argument("handle")
@click.option("--name", required=True, help="The campaign's name, as followers see it.")
@click.option("--summary", default="", help="What it is about, in Markdown.")
@click.option("--approve-followers", is_flag=True, help="Followers wait until an organiser approves them.")
@runs
def campaign_add(session: Session, *, handle: str, name: str, summary: str, approve_followers: bool) -> None:
    """Open a campaign that people can follow as @HANDLE."""
    document = session.ask(
        "campaign add",
        {"handle": handle, "name": name, "summary": summary, "approves_followers": approve_followers},
    )
    session.show(document, f"@{text(document, 'handle')} is open: {text(document, 'url')}")


@campaign.command("list")
@runs
def campaign_list(session: Session) -> None:
    """List the union and its campaigns."""
    document = session.ask("campaign list")
    lines = [
        (f"@{text(row, 'handle')}", text(row, "name"), counted(text(row, "followers"), "follower", "followers"))
        for row in rows(document)
    ]
    session.show(document, table(lines, empty="There is no campaign yet."))


@campaign.command("edit", short_help="Another name, another summary, followers by hand or not.")
@click.argument("handle")
@click.option("--name", help="A new name.")
@click.option("--summary", help="A new summary, in Markdown.")
@click.option("--approve-followers/--accept-followers", default=None, help="Whether followers wait for approval.")
@runs
def campaign_edit(
    session: Session, *, handle: str, name: str | None, summary: str | None, approve_followers: bool | None
) -> None:
    """Describe a campaign (or the union's own actor) anew; its followers' servers are told."""
    if name is None and summary is None and approve_followers is None:
        raise click.UsageError("Say what to change: --name, --summary, --approve-followers or --accept-followers.")
    document = session.ask(
        "campaign edit",
        {"handle": handle, "name": name, "summary": summary, "approves_followers": approve_followers},
    )
    session.show(document, f"@{text(document, 'handle')} is changed: {text(document, 'url')}")


@campaign.command("rotate-keys", short_help="New keys, announced with the old one.")
@click.argument("handle")
@runs
def campaign_rotate_keys(session: Session, *, handle: str) -> None:
    """Give a campaign (or the union's own actor) new keys, and tell its followers' servers with the old one."""
    document = session.ask("campaign rotate-keys", {"handle": handle, "serial": fresh_serial()})
    session.show(document, f"@{text(document, 'handle')} has new keys. {_WHAT_FOLLOWS}")


_WHAT_FOLLOWS = (
    "Its followers' servers are being told; the old key is destroyed when all were, after 14 days at the latest.\n"
    "Mastodon and Fedify take the new key at once. GoToSocial refuses it until its admin expires the old one "
    "(Settings, Admin, Actions, Keys). Write to the admins whose servers refuse: `picketline deliveries` shows them."
)
