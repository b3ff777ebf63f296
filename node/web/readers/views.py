"""The readers' pages, one function each: from what the store holds to finished HTML.

Each asks the store a fixed number of questions, however many updates it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.web.readers.cards import (
    UpdateCard,
    actor_card,
    actor_path,
    description_of,
    tag_path,
    title_of,
    update_card,
    update_cards,
)
from node.web.readers.conversation import SILENCE, Conversation
from node.web.readers.notices import RETRACTED, Notice, notice_for
from node.web.readers.pages import Page, draw
from node.web.readers.said import PER_PAGE, Shelves, read_said
from storage.records import LocalActor, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Whose pages these are."""

    url: str
    """Base URL without a trailing slash."""
    host: str
    name: str
    union_handle: str
    language: str
    """What an update is assumed to be written in when it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Ways to the other pages of a list; None where there is none."""

    newest: str | None
    older: str | None


async def union_page(store: Shelves, site: Site, before: str | None = None) -> Page:
    """The front page: what this is, its campaigns, how to follow, the newest updates of all of them."""
    actors = await store.list_actors()
    union = next((actor for actor in actors if actor.kind == "union"), None)
    said = await read_said(store, None, union, actors, before=before, language=site.language)
    return draw(
        "union",
        site=site,
        canonical=_canonical(site, "/" if before is None else actor_path(site.union_handle), before),
        union=actor_card(union, url=site.url, host=site.host) if union else None,
        campaigns=[actor_card(a, url=site.url, host=site.host) for a in actors if a.kind == "campaign"],
        updates=said.cards,
        pager=_pager(actor_path(site.union_handle), "/", said.older, before),
    )


async def campaign_page(store: Shelves, site: Site, actor: LocalActor, before: str | None) -> Page:
    """A campaign's updates by the page; the union's own actor has the front page."""
    if actor.kind == "union":
        return await union_page(store, site, before)
    said = await read_said(store, actor.id, actor, [actor], before=before, language=site.language)
    path = actor_path(actor.handle)
    return draw(
        "campaign",
        site=site,
        canonical=_canonical(site, path, before),
        campaign=actor_card(actor, url=site.url, host=site.host),
        updates=said.cards,
        pager=_pager(path, path, said.older, before),
    )


def post_page(site: Site, actor: LocalActor, post: Post, conversation: Conversation = SILENCE) -> Page:
    """One update, alone on its page, with what was answered below it."""
    update = update_card(post, actor, language=site.language)
    return draw(
        "update",
        site=site,
        canonical=site.url + update.path,
        alternate=post.id,
        title=title_of(post),
        description=description_of(post),
        campaign=actor_card(actor, url=site.url, host=site.host),
        whom="the union" if actor.kind == "union" else "this campaign",
        update=update,
        conversation=conversation,
    )


async def tag_page(store: Shelves, site: Site, tag: str, before: str | None) -> Page:
    """Updates under a hashtag (lower case, without `#`), of the union and all its campaigns."""
    actors = await store.list_actors()
    posts = await store.list_posts(None, before=before, limit=PER_PAGE + 1, tag=tag)
    path = tag_path(tag)
    return draw(
        "tag",
        site=site,
        canonical=_canonical(site, path, before),
        tag=tag,
        updates=_cards(posts, actors, site),
        pager=_pager(path, path, posts[PER_PAGE - 1].serial if len(posts) > PER_PAGE else None, before),
    )


def gone_page(site: Site) -> Page:
    """In place of an update that was retracted: 410 in plain words."""
    return _notice(site, 410, RETRACTED)


def error_page(site: Site, status: int) -> Page:
    """The page for an HTTP error status; it says nothing about the request or the machine."""
    return _notice(site, status, notice_for(status))


def _notice(site: Site, status: int, notice: Notice) -> Page:
    return draw("notice", status, site=site, notice=notice)


def _cards(posts: Sequence[Post], actors: Sequence[LocalActor], site: Site) -> list[UpdateCard]:
    authors = {actor.id: actor for actor in actors}
    return update_cards(posts[:PER_PAGE], authors, language=site.language)


def _pager(path: str, start: str, older: str | None, before: str | None) -> Pager:
    """`older` is the serial below which the next page starts, if there is one."""
    return Pager(
        newest=start if before is not None else None,
        older=f"{path}?before={older}" if older is not None else None,
    )


def _canonical(site: Site, path: str, before: str | None) -> str:
    return f"{site.url}{path}" if before is None else f"{site.url}{path}?before={before}"
