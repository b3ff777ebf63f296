"""Edit an update: the same id and date, new words, sent to everybody who has the old ones."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from federation.activitystreams.render import NoteText, note
from federation.strictjson import JsonObject
from node.actions.compose import Draft, compose
from node.actions.find import get_author, get_update
from node.actions.pictures import drop_unnamed, in_place
from node.actions.publish import Published, append_signed, find_published, next_version_at
from node.actions.speak import speak
from node.clock import refuse_wrong_clock
from node.context import Node
from node.refusal import Refusal
from storage.errors import HeadMoved
from storage.records import LocalActor, Post


async def edit(named: str, draft: Draft, serial: str, node: Node, *, keep_text: bool = False) -> Published:
    """Replace the words of an update, unless they are kept; what else the draft does not name stays.

    `serial` numbers the Update: the same one is never sent twice.
    """
    return await node.publishing.win(partial(_edit, named, draft, serial, node, keep_text=keep_text))


async def _edit(named: str, draft: Draft, serial: str, node: Node, *, keep_text: bool) -> Published:
    standing = await find_published(serial, node)
    if standing is not None:
        return standing
    before = await get_update(named, node)
    draft = _keep(before, draft, keep_text=keep_text)
    composed = await compose(draft, node)
    async with node.publishing as head:
        post = await get_update(named, node)  # again: it may have been retracted meanwhile
        if post.activity != before.activity:
            raise HeadMoved(f"The update {post.id} was edited at the same moment. Give the command again.")
        is_same = (post.text, post.warning, post.language) == (
            draft.text,
            composed.text.warning,
            composed.text.language,
        )
        is_shown = post.pictures == draft.pictures
        if is_same and is_shown:
            raise Refusal(f"The update {post.id} says exactly that already. Nothing was changed.")
        await refuse_wrong_clock(node.store, node.now())
        document = _update(post, await get_author(post, node), composed.text, serial, node)
        async with in_place((draft.pictures or ()) if not is_shown else (), node):
            edited = await append_signed(document, head, node, composed.not_found)
        await drop_unnamed(post.pictures, node)
        return edited


def _keep(post: Post, draft: Draft, *, keep_text: bool) -> Draft:
    words = post.text if keep_text else draft.text
    warning = post.warning if draft.warning is None else draft.warning
    pictures = post.pictures if draft.pictures is None else draft.pictures
    return replace(draft, text=words, warning=warning, language=draft.language or post.language, pictures=pictures)


def _update(post: Post, actor: LocalActor, text: NoteText, serial: str, node: Node) -> JsonObject:
    now = next_version_at(post.updated_at or post.published_at, node)
    document = note(
        id=post.id,
        author=actor.id,
        page=node.locations.post_page(actor.handle, post.serial),
        text=text,
        published=post.published_at,
        updated=now,
    )
    mentioned = [mention.actor for mention in text.mentions]
    return speak("Update", actor=actor.id, object=document, serial=serial, at=now, mentioned=mentioned, node=node)
