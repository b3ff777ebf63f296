"""`mirror …`: what we hold of others, who holds what of ours, and whether it is right."""

from __future__ import annotations

import click

from federation.strictjson import JsonValue
from node.cli.peers import PACT_WORDS
from node.cli.reading import counted, member, one_line, rows, table, text
from node.cli.session import Session, runs


@click.group(short_help="What we hold of other unions, and who holds what of ours.")
def mirror() -> None:
    """Copies of records: `mirror status | sync | verify | withhold | freeze | confirm`."""


@mirror.command("status", short_help="What we hold of others, and who holds what of ours.")
@runs
def mirror_status(session: Session) -> None:
    """Tell how complete and how fresh each copy is, and what should worry organisers."""
    document = session.ask("mirror status")
    session.show(document, _status_words(document))


def _status_words(document: JsonValue) -> str:
    ours = member(document, "ours")
    kept = [
        (one_line(row, "mirror"), f"{text(row, 'size')} entries", text(row, "at"))
        for row in rows(member(ours, "receipts"))
    ]
    held = [held_words(row) for row in rows(member(document, "held"))]
    hidden = [
        (one_line(one, "object"), one_line(one, "reason"))
        for row in rows(member(document, "held"))
        for one in rows(member(row, "withheld"))
    ]
    withheld = [f"Not shown here (mirror withhold):\n\n{table(hidden, empty='')}"] if hidden else []
    warnings = [f"! {warning}" for warning in rows(member(document, "warnings"))]
    return "\n\n".join(
        [
            f"This union has published {counted(text(ours, 'size'), 'entry', 'entries')}. Mirrors that hold it:",
            table(kept, empty="No mirror holds anything of it yet."),
            "Held here of other unions:",
            table(held, empty="Nothing yet."),
            *withheld,
            *warnings,
        ]
    )


def held_words(row: JsonValue) -> tuple[str, ...]:
    """The row of one peer; without a pact that stands, nothing is complete, nobody is asked and nothing passed on."""
    entries, missing = f"{text(row, 'size')} entries", text(row, "media_missing")
    files = f"{missing} files missing" if missing != "0" else ""
    if text(row, "pact") != "mutual":
        return one_line(row, "url"), entries, files, "", "", _state(row)
    whole = "complete" if member(row, "complete") is True else f"of {text(row, 'pending')}"
    passed_on = f"passed on today: {text(member(row, 'wire'), 'said')} of {text(member(row, 'wire'), 'most')}"
    return one_line(row, "url"), f"{entries}, {whole}", files, _answers(row), passed_on, _state(row)


def _state(row: JsonValue) -> str:
    if member(row, "fork") is True:
        return "FORK"
    if text(row, "pact") != "mutual":
        return PACT_WORDS.get(text(row, "pact"), text(row, "pact"))
    return "unconfirmed, see: picketline peer list" if member(row, "unconfirmed") is True else text(row, "state")


def _answers(row: JsonValue) -> str:
    """Silent only when another mirror says so too."""
    if member(row, "confirmed") is True:
        return f"silent since {text(row, 'unheard_since')}"
    if member(row, "unheard_since") is not None:
        return f"does not answer us since {text(row, 'unheard_since')}"
    return f"answered at {text(row, 'since')}"


@mirror.command("sync", short_help="Ask peers and pull what is missing, now.")
@click.argument("peer", required=False)
@runs
def mirror_sync(session: Session, *, peer: str | None) -> None:
    """Ask all peers, or PEER (its address), and pull what is missing, now."""
    document = session.ask("mirror sync", {"peer": peer} if peer else {})
    lines = [
        (
            one_line(row, "url") or one_line(row, "union"),
            f"{counted(text(row, 'entries'), 'new entry', 'new entries')}",
            "complete" if member(row, "why") is None else one_line(row, "why"),
        )
        for row in rows(document)
    ]
    session.show(document, table(lines, empty="There is no pact yet."))


@mirror.command("verify", short_help="Check every byte, every hash, every signature.")
@click.argument("peer", required=False)
@runs
def mirror_verify(session: Session, *, peer: str | None) -> None:
    """Check the copy of PEER's record, or all copies and our own record; ends with 1 when something is wrong."""
    document = session.ask("mirror verify", {"peer": peer} if peer else {})
    session.show(document, verify_words(document))
    if rows(member(document, "problems")):
        click.get_current_context().exit(1)


def verify_words(document: JsonValue) -> str:
    """Whose each record is and what of it was checked, then what is wrong."""
    problems = [str(problem) for problem in rows(member(document, "problems"))]
    lines = [f"{_whose(row)}: {_counts(row)}" for row in rows(member(document, "logs"))]
    if not lines:
        return "Nothing is kept yet, so there was nothing to check."
    return "\n".join(["Checked:" if problems else "All is right:", *lines, *problems])


def _whose(row: JsonValue) -> str:
    epoch = text(row, "log").rpartition("/")[2]
    if member(row, "is_ours") is True:
        return f"Our own record, epoch {epoch}"
    return f"Copy of {one_line(row, 'name')} ({one_line(row, 'url') or one_line(row, 'union')}), epoch {epoch}"


def _counts(row: JsonValue) -> str:
    entries = counted(text(row, "size"), "entry", "entries")
    activities = counted(text(row, "activities"), "activity", "activities")
    return f"{entries}, {activities}, {counted(text(row, 'media'), 'file', 'files')}"


@mirror.command("withhold", short_help="Do not show something of a peer's, for a public reason.")
@click.argument("id")
@click.option("--reason", help="Why; everybody may read it.")
@click.option("--again", is_flag=True, help="Show it again.")
@runs
def mirror_withhold(session: Session, *, id: str, reason: str | None, again: bool) -> None:
    """Do not show a peer's update (its id, or its page here or there), nor give it out; the reason is public."""
    if not again and not reason:
        raise click.UsageError("Give --reason: everybody may read why it is not shown.")
    document = session.ask("mirror withhold", {"id": id, "again": True} if again else {"id": id, "reason": reason})
    session.show(document, f"{text(document, 'id')} is {'shown again' if again else 'not shown any more'}.")


@mirror.command("freeze", short_help="Take nothing more of a peer's record, after a phone call.")
@click.argument("peer")
@click.option("--at", type=click.IntRange(min=0), help="The size it should have at most.")
@click.option("--again", is_flag=True, help="Go on taking it.")
@runs
def mirror_freeze(session: Session, *, peer: str, at: int | None, again: bool) -> None:
    """Take nothing more of PEER's record (its address) until you say otherwise; nobody is told."""
    asked: dict[str, JsonValue] = {"peer": peer, "again": again}
    document = session.ask("mirror freeze", asked if at is None else {**asked, "at": at})
    session.show(document, f"The copy of {peer} {'goes on' if again else 'stays'} at {text(document, 'size')} entries.")


@mirror.command("confirm", short_help="Carry out what a peer takes back in great number.")
@click.argument("peer")
@runs
def mirror_confirm(session: Session, *, peer: str) -> None:
    """Carry out what PEER (its address) takes back at once, after asking its organisers by phone."""
    document = session.ask("mirror confirm", {"peer": peer})
    count = text(document, "withdrawn")
    words = f"{counted(count, 'update is', 'updates are')} taken back." if count != "0" else "Nothing waited for it."
    session.show(document, words)
