"""A note, or any object with text, as the row that is kept of it."""

from __future__ import annotations

import re
from typing import Final

from federation.activitystreams.html import plain_text, sanitise_readable
from federation.activitystreams.model import IncomingObject
from federation.activitystreams.readable import read_html, read_warning
from federation.addresses import is_address
from federation.errors import NothingToRead
from federation.inbox.reception import Reception
from federation.inbox.verified import Verified
from storage.ids import ActorId, ObjectId
from storage.records import RemotePost

_LINKS: Final = re.compile(r' href="([^"]*)"')


async def find_standing(verified: Verified, reception: Reception) -> RemotePost | None:
    """What we hold of the signer under this id."""
    note, signer = verified.activity.object, verified.activity.actor
    return None if note is None or note.id is None else await reception.store.find_remote_post(note.id, signer)


async def read_note(verified: Verified, reception: Reception, standing: RemotePost | None) -> RemotePost | None:
    """The note as a row; None when it concerns nobody here, `NothingToRead` when it does and cannot be shown."""
    note, signer = verified.activity.object, verified.activity.actor
    if note is None or not note.embedded:
        return None
    comment_on = await _find_our_update(note, reception)
    in_timeline = await reception.store.is_followed(signer)
    if comment_on is None and not in_timeline and standing is None:
        return None
    id, type, html = _judge(note, signer)
    return RemotePost(
        id=id,
        actor=signer,
        type=type,
        html=sanitise_readable(html),
        warning=read_warning(note.document, type),
        url=note.url if note.url is not None and is_address(note.url) else id,
        in_reply_to=note.in_reply_to if note.in_reply_to is not None and is_address(note.in_reply_to) else None,
        comment_on=comment_on,
        comment_state=None if comment_on is None else "held",
        in_timeline=in_timeline,
        is_public=note.is_public,
        published_at=min(note.published_at or verified.received_at, verified.received_at),
        updated_at=note.updated_at,
        received_at=verified.received_at,
    )


def _judge(note: IncomingObject, signer: ActorId) -> tuple[ObjectId, str, str]:
    """Its id, type and HTML, or why it cannot be shown."""
    if note.id is None or note.type is None:
        raise NothingToRead(f"{signer} sent an object without id or type, so nothing could ever refer to it.")
    if note.author != signer:
        raise NothingToRead(f"{note.id} names no author, or several, so it is not certain that {signer} said it.")
    html = read_html(note.document, note.type)
    if html is None:
        raise NothingToRead(
            f"{note.id} is a {note.type[:64]} without words for readers, or of a kind that is not shown."
        )
    return note.id, note.type, html


def says_the_same(one: RemotePost, other: RemotePost) -> bool:
    """Whether two versions show a reader the same words, links, page and warning, and are for the same readers."""
    return _said(one) == _said(other)


def _said(post: RemotePost) -> tuple[object, ...]:
    """Struck-out words are other words: to strike out a “not” is no mere markup."""
    words = plain_text(post.html.replace("<del>", " ~~").replace("</del>", "~~ ")).split()
    return post.actor, words, _LINKS.findall(post.html), post.url, post.warning, post.is_public


async def _find_our_update(note: IncomingObject, reception: Reception) -> ObjectId | None:
    """The standing update of ours that a note answers, itself or by answering a reply that is shown below it."""
    answered = note.in_reply_to
    if answered is None:
        return None
    if not reception.locations.is_ours(answered):
        parents = await reception.store.list_remote_posts([answered])
        answered = next((one.comment_on for one in parents if one.comment_state == "shown" and one.is_public), None)
    post = await reception.store.find_post(answered) if answered is not None else None
    return None if post is None or post.retracted_at is not None else post.id
