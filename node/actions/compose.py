"""From what an organiser wrote to what a Note says: Markdown, people mentioned, hashtags."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from federation.activitystreams.pictures import attachment
from federation.activitystreams.render import Hashtag, Mention, NoteText
from federation.errors import FederationError
from node.actions.pictures import LONGEST_ALT, MOST_PICTURES
from node.context import Node
from node.markdown import Mention as Link
from node.markdown import find_mentions, render
from node.refusal import Refusal
from node.settings import is_language_tag
from storage.records import Picture

LONGEST_TEXT: Final = 20_000
"""Characters of Markdown; what they become must fit other servers' inboxes too, which `append` checks."""
_PATIENCE_SECONDS: Final = 5.0
"""How long an update waits for the servers of those it mentions."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONGEST_WARNING: Final = 500
_MOST_MENTIONS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an organiser wants to say."""

    text: str
    warning: str | None = None
    language: str | None = None
    pictures: tuple[Picture, ...] | None = None
    """None says nothing of pictures: a new update has none, an edited one keeps its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What it became, and who was named but not found."""

    text: NoteText
    not_found: tuple[str, ...]


async def compose(draft: Draft, node: Node) -> Composed:
    """Render a draft; raises `Refusal` for an empty, overlong or unreadable one.

    Somebody mentioned who cannot be found within 5 s stays plain text: an update is never held up by another server.
    """
    _check(draft)
    addresses = find_mentions(draft.text)[:_MOST_MENTIONS]
    found = await asyncio.gather(*(_find(address, node) for address in addresses))
    people = {address: link for address, link in zip(addresses, found, strict=True) if link is not None}
    rendered = render(draft.text, mentions=people, tag_url=node.locations.tag_page, own_host=node.locations.host)
    if not rendered.html.strip():
        raise Refusal("The update is empty once rendered. Write something that can be read.")
    text = NoteText(
        html=rendered.html,
        source=draft.text,
        warning=draft.warning or None,
        language=draft.language or node.config.language,
        mentions=tuple(Mention(actor=link.id, address=f"@{address}") for address, link in people.items()),
        hashtags=tuple(Hashtag(name=tag, page=node.locations.tag_page(tag)) for tag in rendered.tags),
        pictures=tuple(attachment(picture, node.locations.media) for picture in draft.pictures or ()),
    )
    return Composed(text=text, not_found=tuple(address for address in addresses if address not in people))


def _check(draft: Draft) -> None:
    if not draft.text.strip():
        raise Refusal("The update is empty. Give a text, or a file with --file.")
    if len(draft.text) > LONGEST_TEXT:
        raise Refusal(
            f"The update has {len(draft.text)} characters, and {LONGEST_TEXT} is the most an update may have. "
            "Shorten it, or split it in two."
        )
    if not _is_text(draft.text):
        raise Refusal("The update holds bytes that are no text. Save it as UTF-8 text and try again.")
    _check_pictures(draft.pictures or ())
    if draft.warning is not None and len(draft.warning) > _LONGEST_WARNING:
        raise Refusal(f"The content warning is longer than {_LONGEST_WARNING} characters. Say it shorter.")
    if draft.language is not None and not is_language_tag(draft.language):
        raise Refusal(f"“{draft.language}” is no language tag. Give one such as en, ko or pt-BR.")


def _check_pictures(pictures: tuple[Picture, ...]) -> None:
    if len(pictures) > MOST_PICTURES:
        raise Refusal(
            f"An update shows at most {MOST_PICTURES} pictures, because many apps show no more; these are "
            f"{len(pictures)}. Publish the others in an update of their own."
        )
    for picture in pictures:
        if len(picture.alt) > LONGEST_ALT:
            raise Refusal(f"A picture's description has {len(picture.alt)} letters; say it in {LONGEST_ALT} or fewer.")
        if not _is_text(picture.alt):
            raise Refusal("A picture's description holds bytes that are no text. Type it again.")


def _is_text(text: str) -> bool:
    return not _CONTROLS.search(text) and not any("\ud800" <= letter <= "\udfff" for letter in text)


async def _find(address: str, node: Node) -> Link | None:
    """Who is meant, and their page: one of our own actors, or one that another server confirms in time."""
    user, _, host = address.rpartition("@")
    if host.lower() == node.locations.host:
        ours = await node.store.find_actor_by_handle(user.lower())
        return None if ours is None else Link(id=ours.id, url=node.locations.actor_page(ours.handle))
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            actor = await node.resolver.find_actor_by_address(address)
    except (FederationError, TimeoutError):
        return None
    return Link(id=actor.id, url=actor.url or actor.id)
