"""`verify`: is this proof genuine? Offline, and without a home."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from federation.activitystreams.html import plain_text
from federation.activitystreams.readable import read_html, read_warning
from federation.errors import Unintelligible
from federation.identity.fingerprint import words
from federation.log.check_proof import LARGEST_PROOF, Proved, check_proof
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.cli.reading import counted, quoted
from node.cli.session import Session, runs
from node.refusal import Refusal

_SAYING: Final = ("Create", "Update")
"""What carries a union's own words; what an Announce carries beside an id nobody has proved."""


@click.command(short_help="Check the proof of an update, offline.")
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--union", required=True, help="Whose it must be: the eight words of a poster (in quotes), its digits, or the did."
)
@runs
def verify(session: Session, *, file: Path, union: str) -> None:
    """Check a `.tlog-proof`: that exactly this stands in the union's signed record, and who signed that they hold it.

    It needs no home, no connection and trusts nothing in the file. Take the union's words from elsewhere than the file.
    """
    proved = check_proof(_read(file), union, now=datetime.now(UTC))
    session.show(_document(proved), _words(proved))


def _read(file: Path) -> bytes:
    if file.parts[:1] in (("http:",), ("https:",)):  # a path has lost the second slash
        raise Refusal("That is a web address. Download the file first, then name it.")
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_PROOF + 1)
    except OSError as problem:
        raise Refusal(f"The file {file} cannot be read: {problem.strerror}.") from None
    if len(raw) > LARGEST_PROOF:
        raise Refusal(f"The file {file} is larger than any proof. It is something else, and nothing of it was checked.")
    return raw


def _document(proved: Proved) -> JsonObject:
    signers: list[JsonValue] = [
        {"union": signer.union, "fingerprint": words(signer.union), "name": signer.name, "at": rfc3339(signer.at)}
        for signer in proved.signers
    ]
    return {
        "ok": True,
        "union": proved.charter.union,
        "fingerprint": words(proved.charter.union),
        "name": proved.charter.name,
        "epoch": proved.charter.epoch,
        "as_of": rfc3339(proved.as_of),
        "index": proved.index,
        "size": proved.head.size,
        "type": proved.type,
        "activity": proved.activity,
        "object": proved.object,
        "actor": proved.actor,
        "published": rfc3339(proved.published_at),
        "signers": signers,
        "unchecked": list(proved.unchecked),
        "ahead": list(proved.ahead),
        "actor_proof": "checked" if proved.has_actor_proof else "not checked",
        "at_home": proved.is_at_home,
        "document": proved.document,
    }


def _words(proved: Proved) -> str:
    charter, said = proved.charter, _said(proved.document)
    lines = [
        f"Genuine: true in epoch {charter.epoch} as of {rfc3339(proved.as_of)}.",
        "Ask a mirror whether that epoch was ended earlier: open the copy of this update at another union (its page "
        "/mirrors/) and see whether it stands there.",
        "",
        f"Union:     {_line(charter.name)}",
        f"           {words(charter.union)}",
        f"Said by:   {_line(proved.actor)}",
        f"Said at:   {rfc3339(proved.published_at)} ({_line(proved.type)})",
        f"About:     {_line(proved.object)}",
        f"Place:     {proved.index} of a record of {counted(proved.head.size, 'entry', 'entries')}",
        "",
        *([quoted(said), ""] if said else []),
        *_signed(proved),
        "",
        "Not proved: that it was not taken back or changed by a later entry, nor that what it says is true.",
        *_doubts(proved),
    ]
    return "\n".join(lines)


def _signed(proved: Proved) -> list[str]:
    if not proved.signers:
        return ["Signed by the union alone: no mirror's receipt is in the file, and the time is the union's own word."]
    return [
        "These unions signed that they hold it:",
        *(f"    {rfc3339(one.at)}  {_line(one.name)}  ({words(one.union)})" for one in proved.signers),
        "A mirror is only as real as its charter: anybody can make up ten unions. Compare the words of one you know.",
    ]


def _doubts(proved: Proved) -> list[str]:
    doubts = []
    if not proved.has_actor_proof:
        doubts.append(
            "Not checked: the actor's own signature, because its key is not in the file. The union's log key vouches "
            "for the words all the same."
        )
    if proved.unchecked:
        names = ", ".join(map(_line, proved.unchecked))
        doubts.append(f"Not checked: signatures of {names}, because their charters are not in the file.")
    if proved.ahead:
        names = ", ".join(map(_line, proved.ahead))
        doubts.append(f"Not counted: receipts of {names}, because they are dated in the future. Is this clock right?")
    if proved.type not in _SAYING:
        doubts.append(f"Look closely: this proves a {_line(proved.type)} and no words of the union's own.")
    if not proved.is_at_home:
        doubts.append(
            f"Look closely: {_line(proved.actor)} is not at a home that this charter names "
            f"({', '.join(proved.charter.homes)}). The union may have moved since, or have quoted somebody."
        )
    return doubts


def _said(activity: JsonObject) -> str:
    """The words of the update, as text; empty when it has none, or carries those of others."""
    note = activity.get("object")
    if not isinstance(note, dict) or activity.get("type") not in _SAYING:
        return ""
    try:
        said = plain_text(read_html(note, str(note.get("type"))) or "")
    except Unintelligible:
        return ""
    warning = read_warning(note, str(note.get("type")))
    return f"{warning}\n\n{said}" if warning else said


def _line(text: str) -> str:
    return " ".join(text.split())
