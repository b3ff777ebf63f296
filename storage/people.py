"""Other people: who follows us, whom we follow, and what we keep of them.

Contracts as `storage.store` explains them; import them from there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from storage.ids import ActivityId, ActorId, InboxUrl, KeyId, ObjectId
from storage.records import (
    Block,
    CommentState,
    Cut,
    Follower,
    FollowerState,
    Following,
    FollowingState,
    Move,
    Person,
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

    async def find_follower(self, actor: ActorId, follows: ActorId) -> Follower | None:
        """The pair, if it is kept, in whatever state."""

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

    async def count_followers(self, follows: ActorId, *, state: FollowerState = "accepted") -> int:
        """How many follow one of our actors, or wait to."""

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

    async def find_following(self, actor: ActorId, follows: ActorId) -> Following | None:
        """The pair, if we asked, however it was answered."""

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

    async def remove_report(self, id: ActivityId) -> int:
        """Forget what was reported under this id; how many reports that were."""

    async def count_reports(self, *, since: datetime, actor: ActorId | None = None) -> int:
        """How many came at `since` or later, by one actor or by all with None."""


class Blocks(Protocol):
    """With whom we want nothing to do, and what we keep of them."""

    async def add_blocks(self, blocks: Sequence[Block]) -> list[bool]:
        """Keep them in one step; for each whether it is new. One that stands gets the new reason, if there is one."""

    async def remove_block(self, target: str) -> bool:
        """False when it is not blocked."""

    async def list_blocks(self, *, after: str | None, limit: int) -> list[Block]:
        """In order of target, above `after`."""

    async def find_block(self, names: Sequence[str], *, of: ActorId | None) -> Block | None:
        """A block of any of these names, or of the address under which the remote actor `of` is known.

        Of several a host's comes first, then an address's.
        """

    async def list_blocked(self, names: Collection[str]) -> set[str]:
        """Those of these names that are blocked themselves."""

    async def list_people(self, *, after: ActorId | None, limit: int) -> list[Person]:
        """Everybody of whom anything is kept, in order of id, above `after`."""

    async def list_actors_at(self, address: str) -> list[ActorId]:
        """Remote actors known by this address (`who@host`, lower case), in order."""

    async def list_own_inboxes(self, actors: Collection[ActorId]) -> list[InboxUrl]:
        """Inboxes of these actors, personal and shared, that nobody else we know uses; blocked ones are nobody."""

    async def list_blocked_inboxes(self, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
        """Those of these that are known to be used, but by nobody who is not blocked by id or address."""

    async def cut_off(self, actors: Collection[ActorId]) -> Cut:
        """Drop their follows, our follows of them, their reactions and notes, in one step; comments become hidden."""


class Moves(Protocol):
    """Who says it has moved; work that is lent until it is finished or its time lapses."""

    async def save_move(self, move: Move) -> None:
        """Add or replace the mover's row."""

    async def find_move(self, actor: ActorId) -> Move | None:
        """The mover's row, if it said it moved."""

    async def list_moves(self, *, after: ActorId | None, limit: int) -> list[Move]:
        """In order of mover, above `after`."""

    async def count_moves(self, *, origin: str | None = None) -> int:
        """How many wait; of movers below this origin (`https://host`), or of all with None."""

    async def claim_moves(self, *, now: datetime, until: datetime, limit: int) -> list[Move]:
        """Up to `limit` waiting ones due now, longest due first, as they stood; they are due again at `until`."""

    async def finish_move(self, move: Move) -> bool:
        """Write what became of it; False when the mover has named another target meanwhile, or is gone."""

    async def remove_move(self, actor: ActorId) -> bool:
        """False when there is none."""


class Remotes(Protocol):
    """Other people's actors and notes."""

    async def save_remote_actor(self, actor: RemoteActor) -> None:
        """Add or replace the actor and all its keys; its rows in followers and following get its present inboxes."""

    async def find_remote_actor(self, id: ActorId) -> RemoteActor | None:
        """The actor with its keys in order, if it is kept."""

    async def list_remote_actors(self, ids: Sequence[ActorId]) -> list[RemoteActor]:
        """Those of these that are kept, each once, ordered by id."""

    async def find_remote_key(self, id: KeyId, owner: ActorId | None = None) -> RemoteKey | None:
        """The key that `owner` shows under this id; with None anybody's, first of all one named after its owner."""

    async def remove_remote_actor(self, id: ActorId) -> bool:
        """Drop the actor, its keys and its notes; False when unknown."""

    async def save_remote_post(self, post: RemotePost) -> bool:
        """Add or replace by (id, actor); False when this actor deleted it before.

        What another actor of the same host says under this id, or deletes, stands in nobody's way.
        """

    async def find_remote_post(self, id: ObjectId, actor: ActorId | None = None) -> RemotePost | None:
        """What `actor` said under this id, with None whoever came first; None also for a deleted one."""

    async def list_remote_posts(self, ids: Sequence[ObjectId]) -> list[RemotePost]:
        """Those of these that are kept, ordered by id; of several actors who claim one id, who came first."""

    async def delete_remote_post(self, id: ObjectId, actor: ActorId, *, now: datetime) -> None:
        """Erase what `actor` said so, and remember (id, actor), so that a late Create stays refused.

        Also for an id never seen; what others said under this id stays.
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

    async def set_comment_state(self, read: RemotePost, state: CommentState) -> bool:
        """False when there is no such comment, when its words, page, warning or audience are no longer those
        that were read, or when it is to be shown and was not written to everybody."""

    async def count_comments(self, on: ObjectId, *, state: CommentState) -> dict[ActorId, int]:
        """Replies to one update in this state, by author; no author who has none."""

    async def count_shown_comments(self, on: Sequence[ObjectId]) -> dict[ObjectId, int]:
        """Approved replies to each of these updates, at most a page of them; 0 where there are none."""

    async def list_shown_comments(self, on: ObjectId, *, skip: int, limit: int) -> list[RemotePost]:
        """Approved replies to one update, newest first by (received_at, id), without the newest `skip`."""

    async def count_comments_of(self, actor: ActorId, *, since: datetime) -> int:
        """Replies to any update of ours, in every state, by one author, that came at `since` or later."""

    async def count_held_comments(self) -> dict[ObjectId, int]:
        """How many wait under each update that has any."""

    async def remove_leftovers(self, *, before: datetime, limit: int) -> int:
        """Forget what nobody refers to any more, at most `limit` rows of each kind; how many in all.

        Tombstones older than `before`; notes received before then that are in no timeline, answer nothing of ours and
        are no longer boosted; remote actors with their keys, fetched before then, who neither follow nor are
        followed, of whom no note is kept and who are not blocked themselves; activities of ours made before then
        that are not in the log, have no delivery left and are no Follow that still stands; reactions to updates
        retracted before then; moves received before then that no longer wait, of actors who neither follow nor are
        followed.
        """
