"""Other people: who follows us, whom we follow, and what we keep of them.

Contracts as `storage.store` explains them; import them from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from storage.ids import ActivityId, ActorId, InboxUrl, KeyId, ObjectId
from storage.records import (
    CommentState,
    Follower,
    FollowerState,
    Following,
    FollowingState,
    Reaction,
    ReactionKind,
    RemoteActor,
    RemoteKey,
    RemotePost,
    Report,
)


class Followers(Protocol):
    """Who follows our actors."""

    async def save_follower(self, follower: Follower) -> bool:
        """Add or replace the pair (actor, follows); True when the pair is new."""

    async def find_follower(self, actor: ActorId, follows: ActorId) -> Follower | None: ...

    async def set_follower_state(self, actor: ActorId, follows: ActorId, state: FollowerState) -> bool:
        """False when there is no such pair."""

    async def remove_follower(self, actor: ActorId, follows: ActorId) -> bool:
        """False when there is no such pair."""

    async def remove_follow(self, activity: ActivityId, actor: ActorId) -> bool:
        """Drop the follow that `actor` named so; False when there is none."""

    async def remove_follower_everywhere(self, actor: ActorId) -> int:
        """A remote actor is gone: drop all its follows; how many there were."""

    async def list_follows_of(self, actor: ActorId) -> list[Follower]:
        """All follows by one remote actor, ordered by `follows`."""

    async def list_followers(self, follows: ActorId | None, *, after: ActorId | None, limit: int) -> list[Follower]:
        """In order of (actor, follows) with actor above `after`; of one of our actors, or of all with None."""

    async def count_followers(self, follows: ActorId) -> int:
        """Accepted ones."""

    async def list_delivery_inboxes(self, follows: ActorId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        """Distinct inboxes of accepted followers (shared inbox first), in order, above `after`."""

    async def list_foreign_inboxes(self, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
        """Those of these that no follower uses whose own id has the inbox's origin (scheme, host and port).

        A stranger may name an inbox on somebody else's host; its failures must not speak against that host.
        """


class FollowingOf(Protocol):
    """Whom our actors follow."""

    async def save_following(self, following: Following) -> bool:
        """Add or replace the pair (actor, follows); True when the pair is new."""

    async def find_following(self, actor: ActorId, follows: ActorId) -> Following | None: ...

    async def set_following_state(self, activity: ActivityId, follows: ActorId, state: FollowingState) -> bool:
        """Answer our Follow `activity` of `follows`; False when we asked no such thing."""

    async def remove_following(self, actor: ActorId, follows: ActorId) -> bool:
        """False when there is no such pair."""

    async def remove_following_everywhere(self, follows: ActorId) -> int:
        """The remote actor is gone: drop all our follows of it; how many there were."""

    async def list_following(self, actor: ActorId | None = None) -> list[Following]:
        """Oldest first."""

    async def is_followed(self, remote: ActorId) -> bool:
        """Whether any of our actors follows `remote`, accepted."""


class Reactions(Protocol):
    """Who likes our updates or passed them on: kept to count each actor once, shown to nobody."""

    async def add_reaction(self, reaction: Reaction) -> bool:
        """False when the actor's reaction of this kind stands already; it is then known by its new activity."""

    async def remove_reaction(self, object: ObjectId, kind: ReactionKind, actor: ActorId) -> bool:
        """False when there is none."""

    async def remove_reaction_named(self, activity: ActivityId, actor: ActorId) -> bool:
        """Drop the reaction that `actor` named so last; False when there is none."""

    async def remove_reactions_of(self, actor: ActorId) -> int:
        """A remote actor is gone: drop all its reactions; how many there were."""

    async def count_reactions(self, object: ObjectId) -> dict[ReactionKind, int]:
        """How many actors like an update and how many passed it on; always both numbers."""

    async def count_reactions_of_each(self, objects: Sequence[ObjectId]) -> dict[ObjectId, dict[ReactionKind, int]]:
        """The same for each of these, at most a page of them; always both numbers."""


class Reports(Protocol):
    """What others complain about."""

    async def add_report(self, report: Report) -> bool:
        """False when this actor's report of this id is kept already."""

    async def list_reports(self, *, limit: int) -> list[Report]:
        """Newest first by (received_at, id)."""

    async def count_reports(self, *, since: datetime, actor: ActorId | None = None) -> int:
        """How many came at `since` or later, by one actor or by all with None."""


class Remotes(Protocol):
    """Other people's actors and notes."""

    async def save_remote_actor(self, actor: RemoteActor) -> None:
        """Add or replace the actor and all its keys; its rows in followers and following get its present inboxes."""

    async def find_remote_actor(self, id: ActorId) -> RemoteActor | None: ...

    async def list_remote_actors(self, ids: Sequence[ActorId]) -> list[RemoteActor]:
        """Those of these that are kept, each once, ordered by id."""

    async def find_remote_key(self, id: KeyId) -> RemoteKey | None: ...

    async def remove_remote_actor(self, id: ActorId) -> bool:
        """Drop the actor, its keys and its notes; False when unknown."""

    async def save_remote_post(self, post: RemotePost) -> bool:
        """Add or replace by id; False when its own actor deleted it before, or when the note there is another's.

        A Delete of this id by somebody else, whose note it never was, stands in nobody's way.
        """

    async def find_remote_post(self, id: ObjectId) -> RemotePost | None:
        """None also for a deleted one."""

    async def list_remote_posts(self, ids: Sequence[ObjectId]) -> list[RemotePost]:
        """Those of these that are kept, ordered by id."""

    async def delete_remote_post(self, id: ObjectId, actor: ActorId, *, now: datetime) -> bool:
        """Erase its content and remember (id, actor), so that a late Create stays refused. Also for an id never seen.

        False when a note of this id stands and is another actor's (nothing changes).
        """

    async def list_timeline(self, *, before: tuple[datetime, ObjectId] | None, limit: int) -> list[RemotePost]:
        """Notes of those we follow, newest first by (published_at, id), with pairs below `before`."""

    async def list_comments(
        self,
        on: ObjectId | None,
        *,
        state: CommentState | None,
        before: tuple[datetime, ObjectId] | None,
        limit: int,
    ) -> list[RemotePost]:
        """Replies to our updates, newest first by (received_at, id), with pairs below `before`."""

    async def set_comment_state(self, id: ObjectId, state: CommentState) -> bool:
        """False when there is no such comment, or it is to be shown and was not written to everybody."""

    async def count_comments(self, on: ObjectId, *, state: CommentState, actor: ActorId | None = None) -> int:
        """Replies to one update in this state, by one author or by all with None."""

    async def count_shown_comments(self, on: Sequence[ObjectId]) -> dict[ObjectId, int]:
        """Approved replies to each of these updates, at most a page of them; 0 where there are none."""

    async def list_shown_comments(self, on: ObjectId, *, skip: int, limit: int) -> list[RemotePost]:
        """Approved replies to one update, newest first by (received_at, id), without the newest `skip`."""

    async def remove_leftovers(self, *, before: datetime, limit: int) -> int:
        """Forget what nobody refers to any more, at most `limit` rows of each kind; how many in all.

        Tombstones older than `before`; notes received before then that are in no timeline, answer nothing of ours and
        are no longer boosted; remote actors with their keys, fetched before then, who neither follow nor
        are followed and of whom no note is kept; activities of ours made before then that are not in the log,
        have no delivery left and are no Follow that still stands.
        """
