"""`charter show`, `charter renew`: which keys speak for the union, and new ones with the kit."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from federation.identity.charter import TreeHead, new_charter
from federation.identity.charter_fields import read_root
from federation.strictjson import JsonObject, JsonValue
from node.cli.passphrases import KIT_FILE, open_kit
from node.cli.reading import member, rows, text
from node.cli.session import Session, runs
from node.kit import Kit
from node.refusal import Refusal
from storage.ids import Did

_TRIES: Final = 10
"""Charters that are signed, when something is published each time meanwhile."""


@click.group()
def charter() -> None:
    """The root-signed statement of the union's keys."""


@charter.command("show")
@runs
def charter_show(session: Session) -> None:
    """Show the union's id, fingerprint and epochs."""
    document = session.ask("charter show")
    lines = [
        f"Union:       {text(document, 'union')}",
        f"Fingerprint: {text(document, 'fingerprint')}",
        f"In digits:   {text(document, 'digits')}",
    ]
    lines += [
        f"Epoch {member(row, 'epoch')}: {text(row, 'name')}, since {text(row, 'published')}, after "
        f"{member(row, 'after')} entries, charter {text(row, 'digest')}"
        for row in rows(member(document, "charters"))
    ]
    lines += [
        f"ALARM: charter {digest} has the proof of your kit, but this node did not make it. If none of you did, "
        "somebody has the kit. `picketline charter renew --kit KIT` makes one that ends both."
        for digest in rows(member(document, "against"))
    ]
    session.show(document, "\n".join(lines))


@charter.command("renew", short_help="New keys for the union's record and receipts, with the kit.")
@click.option("--kit", required=True, type=KIT_FILE, help="The recovery kit; it is only read.")
@click.option("--kit-passphrase-file", type=KIT_FILE, help="Its first line is the passphrase.")
@runs
def charter_renew(session: Session, *, kit: Path, kit_passphrase_file: Path | None) -> None:
    """Begin a new epoch: new keys sign the record from here on, and what an old one signs beyond it is void.

    Ids, followers and everything published stay. Peers learn of it by themselves.
    """
    opened = open_kit(session, kit, kit_passphrase_file)
    document = _renew(session, opened)
    session.show(
        document,
        f"Epoch {member(document, 'epoch')} has begun after {member(member(document, 'after'), 'size')} entries: new "
        "keys sign the record and the receipts from here on, the old ones are gone from this home.\n"
        "Peers learn it by themselves within minutes while `picketline serve` runs; `picketline mirror status` "
        "shows their receipts.\n"
        "Where more machines have copies of this home, copy keys/ to them now. Put the kit back where it is kept.",
    )


def _renew(session: Session, opened: Kit) -> JsonValue:
    for _ in range(_TRIES):
        signed = sign_draft(session.ask("charter draft"), opened)
        document = session.ask("charter renew", {"charter": signed.decode()})
        if not (isinstance(document, dict) and document.get("moved")):
            return document
    raise Refusal(
        "The union publishes so much at this moment that no charter is signed in time. Nothing was changed; try again."
    )


def sign_draft(draft: JsonValue, opened: Kit) -> bytes:
    """The root key is in this process alone, and never at the node."""
    after = member(draft, "after")
    if not isinstance(after, dict) or text(draft, "union") != opened.union:
        raise Refusal("The node asks for a charter of another union than the kit's. Nothing was signed.")
    return new_charter(
        union=Did(opened.union),
        epoch=_number(member(draft, "epoch")),
        name=text(draft, "name"),
        homes=[str(home) for home in rows(member(draft, "homes"))],
        log_key=text(draft, "logKey"),
        cosigner_key=text(draft, "cosignerKey"),
        after=_tree(after),
        recipient=opened.recipient,
        previous=[str(digest) for digest in rows(member(draft, "previous"))],
        published=datetime.fromisoformat(text(draft, "published")),
        root_key=opened.root_key,
    )


def _tree(after: JsonObject) -> TreeHead:
    return TreeHead(size=_number(after.get("size")), root=read_root(after))


def _number(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise Refusal("The node's answer cannot be understood: it may run another release. Restart it, then try again.")
    return value
