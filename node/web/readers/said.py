"""What a list shows: updates and boosts by time, and on its first page what is pinned above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from markupsafe import Markup

from federation.addresses import authority
from node.web.readers.cards import (
    Answered,
    BoostCard,
    UpdateCard,
    actor_path,
    listed,
    picture_cards,
    shortened,
    stranger_address,
    update_card,
)
from node.web.readers.conversation import Answers, count_answers
from node.web.readers.dates import moment
from node.web.readers.openings import opening_of
from node.web.readers.wording import ENGLISH, Wording
from node.web.sayings import list_said
from storage.ids import ActorId, ObjectId
from storage.records import Boost, LocalActor, Post, RemoteActor, RemotePost
from storage.store import Actors, Boosts, Pins, Posts

PER_PAGE: Final = 20
_NAME_LETTERS: Final = 60


class Shelves(Actors, Answers, Boosts, Pins, Posts, Protocol):
    """What of a store readers see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One page of it; `older` is the serial below which the next page starts."""

    cards: list[UpdateCard | BoostCard]
    older: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What the boosts of a page pass on, and whose it is."""

    ours: dict[ObjectId, Post]
    theirs: dict[ObjectId, RemotePost]
    authors: dict[ActorId, LocalActor]
    strangers: dict[ActorId, RemoteActor]
    language: str
    wording: Wording


async def read_said(
    store: Shelves,
    of: ActorId | None,
    pinning: LocalActor | None,
    actors: Sequence[LocalActor],
    *,
    before: str | None,
    language: str,
    wording: Wording = ENGLISH,
) -> Said:
    """What one actor said, or all with None; on the first page the pins of `pinning` stand first, and only there."""
    said = await list_said(store, of, before=before, limit=PER_PAGE + 1)
    shown, authors = said[:PER_PAGE], {actor.id: actor for actor in actors}
    pinned = await store.list_pinned(pinning.id) if pinning is not None and before is None else []
    words = await _read_words(store, [one for one in shown if isinstance(one, Boost)], authors, language, wording)
    cards: list[UpdateCard | BoostCard | None] = [
        replace(update_card(post, authors[post.actor], language=language, wording=wording), pinned=True)
        for post in pinned
        if post.actor in authors
    ]
    on_top = {post.activity for post in pinned}
    cards += [_card(one, words) for one in shown if one.actor in authors and one.activity not in on_top]
    older = shown[-1].serial if len(said) > PER_PAGE else None
    answers = await count_answers(store, [one.id for one in (*pinned, *shown) if isinstance(one, Post)])
    return Said(cards=[_for_a_list(card, answers) for card in cards if card is not None], older=older)


def _for_a_list(card: UpdateCard | BoostCard, answers: Mapping[ObjectId, Answered]) -> UpdateCard | BoostCard:
    return card if isinstance(card, BoostCard) else listed(replace(card, answered=answers[card.id]))


async def _read_words(
    store: Shelves, boosts: Sequence[Boost], authors: dict[ActorId, LocalActor], language: str, wording: Wording
) -> _Words:
    """At most four questions to the store, however many boosts there are; none when there are none."""
    if not boosts:
        return _Words(ours={}, theirs={}, authors=authors, strangers={}, language=language, wording=wording)
    ids = [boost.object for boost in boosts]
    theirs = await store.list_remote_posts(ids)
    return _Words(
        ours={post.id: post for post in await store.list_named_posts(ids)},
        theirs={post.id: post for post in reversed(theirs) if post.is_public},  # who came first counts
        authors={actor.id: actor for actor in await store.list_actors()},
        strangers={actor.id: actor for actor in await store.list_remote_actors([post.actor for post in theirs])},
        language=language,
        wording=wording,
    )


def _card(one: Post | Boost, words: _Words) -> UpdateCard | BoostCard | None:
    """None for a boost of what its author took back; what came under its id since is not what was boosted."""
    author = words.authors[one.actor]
    if isinstance(one, Post):
        return update_card(one, author, language=words.language, wording=words.wording)
    post = words.theirs.get(one.object)
    if post is not None and post.received_at.replace(microsecond=0) <= one.boosted_at:
        return _of_another(one, author, post, words.strangers.get(post.actor), words)
    ours = words.ours.get(one.object)
    if ours is None or ours.retracted_at is not None or ours.actor not in words.authors:
        return None
    return _of_ours(one, author, ours, words)


def _of_ours(boost: Boost, booster: LocalActor, post: Post, words: _Words) -> BoostCard:
    author, host = words.authors[post.actor], authority(post.actor)
    return BoostCard(
        serial=boost.serial,
        booster=booster.name,
        booster_path=actor_path(booster.handle),
        boosted=moment(boost.boosted_at, words.wording),
        author=author.name,
        address=f"@{author.handle}@{host}",
        html=Markup(opening_of(post.html) or post.html),  # noqa: S704  (sanitised when it was rendered)
        warning=post.warning,
        language=post.language or words.language,
        url=f"{actor_path(author.handle)}/{post.serial}",
        host=host,
        pictures=picture_cards(post),
    )


def _of_another(
    boost: Boost, booster: LocalActor, post: RemotePost, author: RemoteActor | None, words: _Words
) -> BoostCard:
    """Its words as they were when it was boosted; changed since, it is only linked."""
    host, changed = authority(post.actor), post.changed_at is not None and post.changed_at >= boost.boosted_at
    url = post.id if changed else post.url
    return BoostCard(
        serial=boost.serial,
        booster=booster.name,
        booster_path=actor_path(booster.handle),
        boosted=moment(boost.boosted_at, words.wording),
        author=shortened(author.name or author.handle, _NAME_LETTERS) if author else host,
        address=stranger_address(author.handle if author else "", host, _NAME_LETTERS),
        html=Markup() if changed else Markup(opening_of(post.html) or post.html),  # noqa: S704  (sanitised when kept)
        warning=None if changed else post.warning,
        language="",
        url=url,
        host=authority(url),
        changed=changed,
    )
