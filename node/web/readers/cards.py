"""What templates show of updates and actors: finished words and links, so that a template decides nothing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import quote

from markupsafe import Markup

from federation.activitystreams.html import plain_text
from federation.locations import media_name
from node.markdown import render
from node.web.readers.dates import Moment, moment
from node.web.readers.openings import opening_of
from node.web.readers.wording import ENGLISH, Wording
from storage.ids import ActorId, ObjectId
from storage.records import LocalActor, MediaFile, Picture, Post

_TITLE_LETTERS: Final = 70
_HANDLE: Final = re.compile(r"[^\s@/:?#]+")
_DESCRIPTION_LETTERS: Final = 200
_LEDE_LETTERS: Final = 280
"""Tags included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorCard:
    """The union or a campaign. `path` is its page here, `address` what a follower types."""

    id: ActorId
    name: str
    path: str
    address: str
    about: Markup
    about_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCard:
    """A picture on a page: paths on this host, and the widths a browser chooses by."""

    path: str
    media_type: str
    width: int
    height: int
    size: int
    alt: str
    shown: str
    """The small one where there is one."""
    choices: str | None
    """`srcset` where there are two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCard:
    """A campaign on the front page: how much it published, and the newest of it."""

    actor: ActorCard
    count: int
    newest: UpdateCard | None
    newest_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How much was answered to an update."""

    comments: int = 0
    likes: int = 0
    boosts: int = 0


UNANSWERED: Final = Answered()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCard:
    """An update with its author's name, in a list or alone."""

    id: ObjectId
    serial: str
    path: str
    author: str
    author_path: str
    html: Markup
    warning: str | None
    language: str
    published: Moment
    edited: Moment | None
    pictures: tuple[PictureCard, ...]
    pinned: bool = False
    answered: Answered = UNANSWERED
    is_cut: bool = False
    """Whether `html` is only how it begins."""

    @property
    def has_lede(self) -> bool:
        """Whether it opens with a short paragraph, which may be set large."""
        return self.html.startswith("<p>") and self.html.find("</p>") < _LEDE_LETTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostCard:
    """What one of our actors passes on. `booster` is ours; `author`, `address` and all below are whose it is."""

    serial: str
    booster: str
    booster_path: str
    boosted: Moment
    author: str
    address: str
    html: Markup
    warning: str | None
    language: str
    url: str
    host: str
    pictures: tuple[PictureCard, ...] = ()
    """Those of our own; others' are told in words."""
    changed: bool = False
    """Its author has changed it since: what it says now was read by no organiser, and is not shown."""


def actor_path(handle: str) -> str:
    """The page of an actor on this host."""
    return f"/@{quote(handle, safe='')}"


def tag_path(tag: str) -> str:
    """The page of a hashtag on this host."""
    return f"/tags/{quote(tag, safe='')}"


def media_path(file: MediaFile) -> str:
    """A file of ours on this host."""
    return f"/media/{media_name(file)}"


def actor_card(actor: LocalActor, *, url: str, host: str) -> ActorCard:
    """An actor; its summary is Markdown, its links those of a page at `url`."""
    about = _about(actor.summary, url, host)
    return ActorCard(
        id=actor.id,
        name=actor.name,
        path=actor_path(actor.handle),
        address=f"@{actor.handle}@{host}",
        about=about,
        about_text=in_short(about),
    )


@lru_cache(maxsize=64)
def _about(summary: str, url: str, host: str) -> Markup:
    """A summary's HTML; kept, because every page asks for the same few."""
    rendered = render(summary, mentions={}, tag_url=lambda tag: url + tag_path(tag), own_host=host)
    return Markup(rendered.html)  # noqa: S704  (sanitised by `render`)


def update_card(
    post: Post, author: LocalActor, *, language: str, wording: Wording = ENGLISH, answered: Answered = UNANSWERED
) -> UpdateCard:
    """An update not retracted, whole; `language` is assumed where the post names none."""
    return UpdateCard(
        id=post.id,
        serial=post.serial,
        path=f"{actor_path(author.handle)}/{post.serial}",
        author=author.name,
        author_path=actor_path(author.handle),
        html=Markup(post.html),  # noqa: S704  (sanitised when it was rendered)
        warning=post.warning,
        language=post.language or language,
        published=moment(post.published_at, wording),
        edited=moment(post.updated_at, wording) if post.updated_at else None,
        pictures=picture_cards(post),
        answered=answered,
    )


def picture_cards(post: Post) -> tuple[PictureCard, ...]:
    """The pictures of an update, in order."""
    return tuple(map(picture_card, post.pictures))


def picture_card(picture: Picture) -> PictureCard:
    """A picture whose files are here."""
    file, small = picture.file, picture.preview
    path = media_path(file)
    return PictureCard(
        path=path,
        media_type=file.media_type,
        width=file.width,
        height=file.height,
        size=file.size,
        alt=picture.alt,
        shown=path if small is None else media_path(small),
        choices=None if small is None else f"{media_path(small)} {small.width}w, {path} {file.width}w",
    )


def listed(card: UpdateCard) -> UpdateCard:
    """The same for a list: of a long one only how it begins."""
    opening = opening_of(card.html)
    return card if opening is None else replace(card, html=Markup(opening), is_cut=True)  # noqa: S704  (still sanitised)


def update_cards(
    posts: Sequence[Post],
    authors: Mapping[ActorId, LocalActor],
    answers: Mapping[ObjectId, Answered],
    *,
    language: str,
    wording: Wording = ENGLISH,
) -> list[UpdateCard]:
    """Cards for a list in the same order; an update whose author is no longer here is left out."""
    known = ((post, authors.get(post.actor)) for post in posts)
    return [
        listed(update_card(post, author, language=language, wording=wording, answered=answers.get(post.id, UNANSWERED)))
        for post, author in known
        if author
    ]


class Worded(Protocol):
    """An update, ours or a peer's."""

    @property
    def warning(self) -> str | None:
        """What its words are hidden behind."""

    @property
    def html(self) -> str:
        """Its words."""


def title_of(update: Worded) -> str:
    """The warning, or else the first words: what a browser's tab or a link preview shows."""
    return shortened(update.warning or plain_text(update.html), _TITLE_LETTERS)


def description_of(update: Worded) -> str:
    """What a link preview shows below the title; never what a warning hides."""
    return shortened(update.warning, _DESCRIPTION_LETTERS) if update.warning else in_short(update.html)


def in_short(html: str) -> str:
    """How a text begins, as plain text."""
    return shortened(plain_text(html), _DESCRIPTION_LETTERS)


def stranger_address(handle: str, host: str, letters: int) -> str:
    """`@who@host`; the host alone for a handle that is none, or that could be read as an address of somebody else."""
    plain = unicodedata.normalize("NFKC", handle)
    if not _HANDLE.fullmatch(plain) or not plain.isprintable():
        return host
    return f"@{shortened(handle, letters)}@{host}"


def shortened(text: str, letters: int) -> str:
    """One line of at most so many letters, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= letters:
        return line
    start = line[:letters]
    return (start.rpartition(" ")[0] or start).rstrip(" ,.;:–-") + "…"
