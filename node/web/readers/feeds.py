"""The newest updates of the union or a campaign as Atom (RFC 4287) and JSON Feed 1.1.

Feed readers fold nothing away, so an update under a warning is its warning and the way to its page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from markupsafe import Markup

from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.web.readers.cards import PictureCard, actor_card, actor_path, picture_cards, tag_path, title_of
from node.web.readers.pages import Sheet, draw_feed, sheet
from node.web.readers.said import PER_PAGE, Shelves
from node.web.readers.views import Site
from storage.ids import ActorId, ObjectId
from storage.records import LocalActor, Post

ATOM: Final = "application/atom+xml"
JSON_FEED: Final = "application/feed+json"
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 (§2.2) has no way to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An update; `html` is sanitised, everything else is text. Times are RFC 3339."""

    id: ObjectId
    page: str
    title: str
    html: str
    language: str
    author: str
    author_page: str
    tags: tuple[str, ...]
    pictures: tuple[PictureCard, ...]
    """With whole addresses for paths."""
    published: str
    updated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The newest updates, and whose they are; `page` is the page that shows the same."""

    id: str
    """Of the actor or, for a hashtag, of its page."""
    title: str
    about: str
    language: str
    page: str
    address: str
    """Where the feed lies, without its ending."""
    author: str
    author_page: str
    updated: str
    entries: tuple[FeedEntry, ...]


async def read_tag_feed(store: Shelves, site: Site, tag: str) -> Feed | None:
    """The newest updates under a hashtag, whoever of us wrote them; None when there are none."""
    posts = await store.list_posts(None, before=None, limit=PER_PAGE, tag=tag)
    if not posts:
        return None
    authors = {author.id: author for author in await store.list_actors()}
    page = site.url + tag_path(tag)
    return Feed(
        id=page,
        title=f"#{tag} – {site.name}",
        about="",
        language=site.language,
        page=page,
        address=f"{page}/feed",
        author=site.name,
        author_page=f"{site.url}/",
        updated=_newest(posts),
        entries=_entries(posts, authors, site),
    )


async def read_feed(store: Shelves, site: Site, actor: LocalActor) -> Feed:
    """What the actor's page shows: of the union everything, of a campaign its own."""
    is_union = actor.kind == "union"
    posts = await store.list_posts(None if is_union else actor.id, before=None, limit=PER_PAGE)
    authors = {author.id: author for author in (await store.list_actors() if is_union else [actor])}
    page = site.url + actor_path(actor.handle)
    return Feed(
        id=actor.id,
        title=site.name if is_union else actor.name,
        about=actor_card(actor, url=site.url, host=site.host).about_text,
        language=site.language,
        page=f"{site.url}/" if is_union else page,
        address=f"{page}/feed",
        author=site.name if is_union else actor.name,
        author_page=page,
        updated=max(rfc3339(actor.updated_at), _newest(posts)),
        entries=_entries(posts, authors, site),
    )


def atom(feed: Feed) -> Sheet:
    """As Atom; what XML cannot say becomes U+FFFD."""
    return sheet(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", draw_feed(feed=feed)), ATOM)


def json_feed(feed: Feed) -> Sheet:
    """As JSON Feed 1.1."""
    document: JsonObject = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": f"{feed.address}.json",
        "language": feed.language,
        "authors": [_author(feed.author, feed.author_page)],
        "items": [_item(entry) for entry in feed.entries],
    }
    return sheet(canonical({**document, **_description(feed)}).decode(), JSON_FEED)


def _newest(posts: Sequence[Post]) -> str:
    return max((rfc3339(post.updated_at or post.published_at) for post in posts), default="")


def _entries(posts: Sequence[Post], authors: Mapping[ActorId, LocalActor], site: Site) -> tuple[FeedEntry, ...]:
    return tuple(_entry(post, authors[post.actor], site) for post in posts if post.actor in authors)


def _entry(post: Post, author: LocalActor, site: Site) -> FeedEntry:
    author_page = site.url + actor_path(author.handle)
    page = f"{author_page}/{post.serial}"
    return FeedEntry(
        id=post.id,
        page=page,
        title=title_of(post),
        html=post.html if post.warning is None else only_the_warning(post.warning, page),
        language=post.language or site.language,
        author=author.name,
        author_page=author_page,
        tags=post.tags,
        pictures=() if post.warning is not None else _pictures(post, site),
        published=rfc3339(post.published_at),
        updated=rfc3339(post.updated_at or post.published_at),
    )


def _pictures(post: Post, site: Site) -> tuple[PictureCard, ...]:
    return tuple(replace(picture, path=site.url + picture.path) for picture in picture_cards(post))


def only_the_warning(warning: str, page: str) -> str:
    return str(Markup('<p><strong>{0}</strong></p><p><a href="{1}">{1}</a></p>').format(warning, page))


def _item(entry: FeedEntry) -> JsonValue:
    tags: list[JsonValue] = [*entry.tags]
    attachments: list[JsonValue] = [_attachment(picture) for picture in entry.pictures]
    return {
        **({"attachments": attachments, "image": entry.pictures[0].path} if attachments else {}),
        "id": entry.id,
        "url": entry.page,
        "title": entry.title,
        "content_html": entry.html,
        "language": entry.language,
        "date_published": entry.published,
        "date_modified": entry.updated,
        "authors": [_author(entry.author, entry.author_page)],
        "tags": tags,
    }


def _attachment(picture: PictureCard) -> JsonValue:
    named: JsonObject = {"title": picture.alt} if picture.alt else {}
    return {"url": picture.path, "mime_type": picture.media_type, "size_in_bytes": picture.size, **named}


def _author(name: str, page: str) -> JsonValue:
    return {"name": name, "url": page}


def _description(feed: Feed) -> Mapping[str, str]:
    return {"description": feed.about} if feed.about else {}
