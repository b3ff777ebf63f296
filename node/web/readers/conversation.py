"""What others answered to an update, as its page shows it: only what an organiser approved and all may read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from markupsafe import Markup

from federation.addresses import authority
from node.web.readers.cards import Answered, shortened, stranger_address
from node.web.readers.dates import Moment, moment
from node.web.readers.wording import ENGLISH, Wording
from storage.ids import ObjectId
from storage.records import RemoteActor, RemotePost
from storage.store import Reactions, Remotes

MOST_SHOWN: Final = 100
"""Comments on one page; old phones read it too."""
_NAME_LETTERS: Final = 60


class Answers(Reactions, Remotes, Protocol):
    """What of a store a conversation is read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentCard:
    """An approved reply. `address` is its author's, `host` where `url` leads."""

    author: str
    address: str
    html: Markup
    warning: str | None
    published: Moment
    edited: bool
    url: str
    host: str
    to: tuple[str, str] | None = None
    """Whose comment on this page it answers: its place there, and its author's name."""
    language: str = ""
    """Unknown: it is not the page's either."""
    pictures: tuple[()] = ()
    """Told in words; a reader's browser loads nothing from elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What stands below an update, oldest first, and how much there is in all; part 1 holds the newest."""

    comments: tuple[CommentCard, ...] = ()
    count: int = 0
    likes: int = 0
    shares: int = 0
    part: int = 1

    @property
    def parts(self) -> int:
        """How many pages the comments fill, at least one."""
        return max(1, -(-self.count // MOST_SHOWN))


SILENCE: Final = Conversation()
"""Nobody answered."""


async def read_conversation(
    store: Answers, update: ObjectId, part: int = 1, wording: Wording = ENGLISH
) -> Conversation | None:
    """Four questions to the store, however much was answered; None when there is no such part."""
    count = (await store.count_shown_comments([update]))[update]
    if part > Conversation(count=count).parts:
        return None
    newest = await store.list_shown_comments(update, skip=(part - 1) * MOST_SHOWN, limit=MOST_SHOWN)
    shown = [comment for comment in reversed(newest) if comment.is_public]
    reactions = await store.count_reactions(update)
    authors = {actor.id: actor for actor in await store.list_remote_actors([one.actor for one in shown])}
    return Conversation(
        comments=_threaded(shown, [_card(comment, authors.get(comment.actor), wording) for comment in shown]),
        count=count,
        likes=reactions["like"],
        shares=reactions["share"],
        part=part,
    )


async def count_answers(store: Answers, updates: Sequence[ObjectId]) -> dict[ObjectId, Answered]:
    """How much was answered to each update of a list: two questions to the store."""
    comments = await store.count_shown_comments(updates)
    reactions = await store.count_reactions_of_each(updates)
    return {
        one: Answered(comments=comments[one], likes=reactions[one]["like"], boosts=reactions[one]["share"])
        for one in updates
    }


def _threaded(shown: Sequence[RemotePost], cards: Sequence[CommentCard]) -> tuple[CommentCard, ...]:
    """In order of time, for a conversation is read as it went; each says whose it answers."""
    named = {comment.id: (str(place), cards[place - 1].author) for place, comment in enumerate(shown, start=1)}
    answered = [named.get(comment.in_reply_to) if comment.in_reply_to else None for comment in shown]
    return tuple(replace(card, to=to) for card, to in zip(cards, answered, strict=True))


def _card(comment: RemotePost, author: RemoteActor | None, wording: Wording) -> CommentCard:
    host = authority(comment.actor)
    return CommentCard(
        author=shortened(author.name or author.handle, _NAME_LETTERS) if author else host,
        address=stranger_address(author.handle if author else "", host, _NAME_LETTERS),
        html=Markup(comment.html),  # noqa: S704  (sanitised when it was received)
        warning=comment.warning,
        published=moment(comment.published_at, wording),
        edited=comment.updated_at is not None,
        url=comment.url,
        host=authority(comment.url),
    )
