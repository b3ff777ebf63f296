"""The readers' pages, one function each: from what the store holds to finished HTML.

Each asks the store a fixed number of questions, however many updates it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from node.web.readers.cards import (
    CampaignCard,
    UpdateCard,
    actor_card,
    actor_path,
    description_of,
    tag_path,
    title_of,
    update_card,
    update_cards,
)
from node.web.readers.conversation import SILENCE, Conversation, count_answers
from node.web.readers.notices import notice_for
from node.web.readers.pages import Page, draw
from node.web.readers.said import PER_PAGE, Shelves, read_said
from node.web.readers.wording import Wording, wording_for
from storage.records import LocalActor, Post
from storage.store import Posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Whose pages these are."""

    url: str
    """Base URL without a trailing slash."""
    host: str
    name: str
    union_handle: str
    language: str
    """What the pages say in their own name, and what an update is assumed to be written in when it does not say."""
    fingerprint: tuple[str, ...]
    """Eight words of English by which people compare the union's key."""
    digits: str
    """The same in digits."""

    @property
    def wording(self) -> Wording:
        """The words of its language."""
        return wording_for(self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Ways to the other pages of a list; None where there is none."""

    newest: str | None
    older: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The updates of the same author before and after one; None at the ends."""

    previous: Post | None = None
    next: Post | None = None


ALONE: Final = Neighbours()
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


async def union_page(store: Shelves, site: Site, before: str | None = None) -> Page:
    """The front page: what this is, its campaigns, how to follow, the newest updates of all of them."""
    actors = await store.list_actors()
    union = next((actor for actor in actors if actor.kind == "union"), None)
    said = await read_said(store, None, union, actors, before=before, language=site.language, wording=site.wording)
    return draw(
        "union",
        site=site,
        w=site.wording,
        canonical=_canonical(site, "/" if before is None else actor_path(site.union_handle), before),
        union=actor_card(union, url=site.url, host=site.host) if union else None,
        campaigns=await _campaigns(store, site, actors) if before is None else [],
        updates=said.cards,
        pager=_pager(actor_path(site.union_handle), "/", said.older, before),
    )


async def campaign_page(store: Shelves, site: Site, actor: LocalActor, before: str | None) -> Page:
    """A campaign's updates by the page; the union's own actor has the front page."""
    if actor.kind == "union":
        return await union_page(store, site, before)
    said = await read_said(store, actor.id, actor, [actor], before=before, language=site.language, wording=site.wording)
    path = actor_path(actor.handle)
    return draw(
        "campaign",
        site=site,
        w=site.wording,
        canonical=_canonical(site, path, before),
        campaign=actor_card(actor, url=site.url, host=site.host),
        updates=said.cards,
        pager=_pager(path, path, said.older, before),
    )


async def find_neighbours(store: Posts, post: Post) -> Neighbours:
    """What its author published just before and after this."""
    older = await store.list_posts(post.actor, before=post.serial, limit=1)
    return Neighbours(
        previous=older[0] if older else None, next=await store.find_next_post(post.actor, after=post.serial)
    )


def post_page(
    site: Site,
    actor: LocalActor,
    post: Post,
    conversation: Conversation = SILENCE,
    neighbours: Neighbours = ALONE,
) -> Page:
    """One update, alone on its page, with what was answered below it."""
    update = update_card(post, actor, language=site.language, wording=site.wording)
    permalink = site.url + update.path
    return draw(
        "update",
        site=site,
        w=site.wording,
        canonical=permalink if conversation.part == 1 else f"{permalink}?comments={conversation.part}",
        permalink=permalink,
        alternate=post.id,
        title=title_of(post),
        description=description_of(post),
        campaign=actor_card(actor, url=site.url, host=site.host),
        is_union=actor.kind == "union",
        update=update,
        conversation=conversation,
        previous=_title_and_path(neighbours.previous, actor),
        next=_title_and_path(neighbours.next, actor),
    )


async def tag_page(store: Shelves, site: Site, tag: str, before: str | None) -> Page:
    """Updates under a hashtag (lower case, without `#`), of the union and all its campaigns; 404 without any."""
    actors = await store.list_actors()
    posts = await store.list_posts(None, before=before, limit=PER_PAGE + 1, tag=tag)
    path = tag_path(tag)
    return draw(
        "tag",
        200 if posts else 404,
        site=site,
        w=site.wording,
        canonical=_canonical(site, path, before),
        tag=tag,
        path=path,
        updates=await _cards(store, posts, actors, site),
        pager=_pager(path, path, posts[PER_PAGE - 1].serial if len(posts) > PER_PAGE else None, before),
    )


def error_page(site: Site, status: int, actors: Sequence[LocalActor] = ()) -> Page:
    """The page for an HTTP error status, with ways to these campaigns; it says nothing about request or machine."""
    return draw(
        "notice",
        status,
        site=site,
        w=site.wording,
        notice=notice_for(status, site.wording),
        campaigns=[actor_card(actor, url=site.url, host=site.host) for actor in actors if actor.kind == "campaign"],
    )


async def _campaigns(store: Shelves, site: Site, actors: Sequence[LocalActor]) -> list[CampaignCard]:
    """Whichever spoke last stands first: that is the strike people come for."""
    campaigns = [actor for actor in actors if actor.kind == "campaign"]
    newest = {post.actor: post for post in await store.list_newest_posts([actor.id for actor in campaigns])}
    counts = await store.count_posts_of_each()
    campaigns.sort(key=lambda actor: newest[actor.id].published_at if actor.id in newest else _NEVER, reverse=True)
    return [_campaign(actor, newest.get(actor.id), counts.get(actor.id, 0), site) for actor in campaigns]


def _campaign(actor: LocalActor, newest: Post | None, count: int, site: Site) -> CampaignCard:
    return CampaignCard(
        actor=actor_card(actor, url=site.url, host=site.host),
        count=count,
        newest=update_card(newest, actor, language=site.language, wording=site.wording) if newest else None,
        newest_title=title_of(newest) if newest else "",
    )


async def _cards(store: Shelves, posts: Sequence[Post], actors: Sequence[LocalActor], site: Site) -> list[UpdateCard]:
    shown = posts[:PER_PAGE]
    answers = await count_answers(store, [post.id for post in shown])
    authors = {actor.id: actor for actor in actors}
    return update_cards(shown, authors, answers, language=site.language, wording=site.wording)


def _title_and_path(post: Post | None, actor: LocalActor) -> tuple[str, str] | None:
    return (title_of(post), f"{actor_path(actor.handle)}/{post.serial}") if post else None


def _pager(path: str, start: str, older: str | None, before: str | None) -> Pager:
    """`older` is the serial below which the next page starts, if there is one."""
    return Pager(
        newest=start if before is not None else None,
        older=f"{path}?before={older}" if older is not None else None,
    )


def _canonical(site: Site, path: str, before: str | None) -> str:
    return f"{site.url}{path}" if before is None else f"{site.url}{path}?before={before}"
