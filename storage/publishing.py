"""What the union says: itself, its actors, its record, and the pages made of it.

Contracts as `storage.store` explains them; import them from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from storage.ids import ActivityId, ActorId, Did, Digest, ObjectId
from storage.records import (
    Activity,
    Boost,
    Charter,
    Entry,
    LocalActor,
    MediaFile,
    NewDelivery,
    PageChange,
    Pin,
    PlacedEntry,
    Post,
    Union,
)


class Unions(Protocol):
    """Whose store this is, and the charters it knows."""

    async def add_union(self, union: Union) -> bool:
        """Write the one row; False when it stands already; `WrongStore` when another union's stands there."""

    async def find_union(self) -> Union | None:
        """The union this store belongs to, or None in an empty store."""

    async def add_charter(self, charter: Charter) -> bool:
        """Keep a charter; False when the same (did, epoch, digest) is kept already."""

    async def list_charters(self, did: Did) -> list[Charter]:
        """All charters of a union, newest epoch first."""


class Actors(Protocol):
    """Our own actors."""

    async def add_actor(self, actor: LocalActor) -> bool:
        """Keep a new actor; False when its id or handle is taken."""

    async def save_actor(self, actor: LocalActor) -> None:
        """Replace an actor of ours; `NotFound` when there is none of this id."""

    async def find_actor(self, id: ActorId) -> LocalActor | None:
        """An actor of ours of any kind."""

    async def find_actor_by_handle(self, handle: str) -> LocalActor | None:
        """An actor of ours by its handle, as it is written."""

    async def list_actors(self) -> list[LocalActor]:
        """All, oldest first; of the same moment the instance's, then the union's own, then campaigns by id."""


class Log(Protocol):
    """The union's record: numbered entries, and the exact bytes of what they commit to."""

    async def append(self, entry: Entry, activity: Activity, *, expecting: int) -> int:
        """Put the entry at place `expecting` with its activity's bytes, durably; the size after it.

        `HeadMoved` when the size is not `expecting` (nothing is kept). Appending an activity id that stands
        in the log already is `HeadMoved` too: read again and see it.
        """

    async def size(self) -> int:
        """How many entries there are; the next one's place."""

    async def find_entry(self, activity: ActivityId) -> PlacedEntry | None:
        """Where an activity stands in the log; None for one outside of it."""

    async def list_entries(self, start: int, limit: int) -> list[PlacedEntry]:
        """Entries from place `start`, in order."""

    async def find_last_entry(self) -> PlacedEntry | None:
        """The newest entry, or None while the log is empty."""

    async def list_object_entries(self, object: ObjectId) -> list[PlacedEntry]:
        """Every entry about an object, in order."""

    async def get_cursor(self, name: str) -> int:
        """How many entries the reader `name` has read; 0 at first."""

    async def advance_cursor(self, name: str, *, expecting: int, to: int) -> bool:
        """Move a reader on; False when it does not stand at `expecting` (somebody else moved it)."""

    async def project(self, name: str, *, expecting: int, changes: Sequence[PageChange]) -> bool:
        """Move a reader from `expecting` to the place behind it, and write what that entry means for pages, in order.

        False, and nothing is written, when it does not stand there: another process was faster.
        """


class Activities(Protocol):
    """Bytes of every activity of ours, logged or private."""

    async def add_activity(self, activity: Activity, deliveries: Sequence[NewDelivery]) -> bool:
        """Keep a private activity (Accept, Follow…) with its deliveries, in one step; False when it is known.

        When it is known, deliveries that are missing are still added.
        """

    async def find_activity(self, id: ActivityId) -> Activity | None:
        """The activity with its exact bytes, whether or not it stands in the log."""

    async def list_activities(self, ids: Sequence[ActivityId]) -> list[Activity]:
        """Those of these ids that are kept, in the order of `ids`."""


class Posts(Protocol):
    """Updates as pages: derived from the log."""

    async def save_post(self, post: Post) -> None:
        """Add or replace the row of this post; its tags and pictures with it."""

    async def find_post(self, id: ObjectId) -> Post | None:
        """The post, retracted or not."""

    async def list_posts(
        self, actor: ActorId | None, *, before: str | None, limit: int, tag: str | None = None
    ) -> list[Post]:
        """Posts not retracted, newest first, with serials below `before`; of one actor, or of all with None."""

    async def find_next_post(self, actor: ActorId, *, after: str) -> Post | None:
        """The oldest post of an actor, not retracted, whose serial lies above `after`."""

    async def list_newest_posts(self, actors: Sequence[ActorId]) -> list[Post]:
        """For each of these actors its newest post not retracted, if it has any, in the order of `actors`."""

    async def list_named_posts(self, ids: Sequence[ObjectId]) -> list[Post]:
        """Those of these that are kept, retracted or not, ordered by id."""

    async def count_posts(self, actor: ActorId | None) -> int:
        """How many posts are not retracted."""

    async def count_posts_of_each(self) -> dict[ActorId, int]:
        """How many posts are not retracted, of each actor that has any."""

    async def drop_posts(self) -> None:
        """Forget all rows, boosts and pins too, to make them again from the log."""


class Boosts(Protocol):
    """What our actors pass on: derived from the log."""

    async def add_boost(self, boost: Boost) -> bool:
        """False when its activity is kept, or the actor passes the same thing on already."""

    async def find_boost(self, actor: ActorId, named: str) -> Boost | None:
        """The actor's boost of this thing, named by its id or by its page as its author gave it."""

    async def has_boost(self, activity: ActivityId) -> bool:
        """Whether this Announce still stands."""

    async def remove_boost(self, activity: ActivityId) -> bool:
        """False when there is none."""

    async def list_boosts(self, actor: ActorId | None, *, before: str | None, limit: int) -> list[Boost]:
        """Newest first, with serials below `before`; of one actor, or with None all that are not of our own updates."""

    async def count_boosts(self, actor: ActorId) -> int:
        """How many things this actor passes on."""


class Pins(Protocol):
    """Updates on top of their actor's page: derived from the log."""

    async def save_pin(self, pin: Pin) -> None:
        """Add or replace the pin of this update."""

    async def find_pin(self, object: ObjectId) -> Pin | None:
        """The pin of this update, if it stands on top."""

    async def remove_pin(self, object: ObjectId) -> bool:
        """False when it is not pinned."""

    async def list_pinned(self, actor: ActorId) -> list[Post]:
        """The updates of an actor that are pinned and not retracted, the one pinned last first."""


class Media(Protocol):
    """Which files the pictures of posts are; written with the posts."""

    async def find_media(self, digest: Digest) -> MediaFile | None:
        """The file of this digest, when a post that stands has it as a picture or preview."""

    async def list_media(self, *, after: Digest | None, limit: int) -> list[MediaFile]:
        """Files of posts that stand, each once, by digest from the one behind `after`."""
