"""Who follows our actors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from storage.ids import ActivityId, ActorId, InboxUrl
from storage.mongo.database import LONG, Scope
from storage.mongo.documents import Documents, id_of
from storage.mongo.driver import Document, Filter
from storage.mongo.noun import Noun
from storage.mongo.pages import delete_by_pages, list_distinct, list_present
from storage.records import Follower, FollowerState

_BEHIND_SCHEME: Final = 8
"""Whether an id begins with `https://` or `http://`, its host's end lies behind these letters."""


def derive_inboxes(row: Mapping[str, Any]) -> Document:
    """Where deliveries go, and whether that inbox lies at its follower's own origin."""
    inbox = str(row["shared_inbox"] or row["inbox"])
    origin = origin_of(row["actor"])
    return {"delivery_inbox": inbox, "at_home": int(bool(origin) and inbox.startswith(origin))}


def origin_of(id: str) -> str:
    """Scheme, host and port, with the slash behind them; empty when there is no slash."""
    slash = id.find("/", _BEHIND_SCHEME)
    return id[: slash + 1]


FOLLOWERS: Final = Documents("followers", Follower, key=("actor", "follows"), derive=derive_inboxes)
_IN_ORDER: Final = (("actor", 1), ("follows", 1))


class MongoFollowers(Noun):
    """`storage.store.Followers`."""

    async def save_follower(self, follower: Follower) -> bool:
        return await self.database.write(lambda within: FOLLOWERS.save(within, follower))

    async def find_follower(self, actor: ActorId, follows: ActorId) -> Follower | None:
        return await self.database.read(lambda within: FOLLOWERS.find(within, {"_id": id_of(actor, follows)}))

    async def set_follower_state(self, actor: ActorId, follows: ActorId, state: FollowerState) -> bool:
        change = {"$set": {"state": state}}
        return (
            await self.database.write(
                lambda within: within[FOLLOWERS.name].update({"_id": id_of(actor, follows)}, change)
            )
            > 0
        )

    async def remove_follower(self, actor: ActorId, follows: ActorId) -> bool:
        return await self._delete_followers({"_id": id_of(actor, follows)}) == 1

    async def remove_follow(self, activity: ActivityId, actor: ActorId) -> bool:
        return await self._delete_followers({"actor": actor, "activity": activity}) > 0

    async def remove_follower_everywhere(self, actor: ActorId) -> int:
        return await self._delete_followers({"actor": actor})

    async def list_follows_of(self, actor: ActorId) -> list[Follower]:
        return await self.database.read(lambda within: FOLLOWERS.select(within, {"actor": actor}, sort=_IN_ORDER))

    async def list_followers(self, follows: ActorId | None, *, after: ActorId | None, limit: int) -> list[Follower]:
        """A page never ends between two follows of one actor, so it may be a little longer than `limit`."""
        return await self.database.read(lambda within: _list_followers(within, follows, after or "", limit))

    async def count_followers(self, follows: ActorId, *, state: FollowerState = "accepted") -> int:
        filter = {"follows": follows, "state": state}
        return await self.database.read(lambda within: within[FOLLOWERS.name].count(filter))

    async def list_delivery_inboxes(self, follows: ActorId, *, after: InboxUrl | None, limit: int) -> list[InboxUrl]:
        where = {"follows": follows, "state": "accepted"}
        found = await self.database.read(
            lambda within: list_distinct(
                within, FOLLOWERS.name, "delivery_inbox", above=after or "", limit=limit, where=where
            )
        )
        return [InboxUrl(inbox) for inbox in found]

    async def list_foreign_inboxes(self, inboxes: Sequence[InboxUrl]) -> set[InboxUrl]:
        used = await self.database.read(
            lambda within: list_present(within, FOLLOWERS.name, "delivery_inbox", inboxes, {"at_home": 1})
        )
        return {inbox for inbox in inboxes if inbox not in used}

    async def _delete_followers(self, filter: Filter) -> int:
        return await self.database.write(lambda within: delete_by_pages(within, FOLLOWERS.name, filter), seconds=LONG)


async def _list_followers(within: Scope, follows: ActorId | None, after: str, limit: int) -> list[Follower]:
    of_one = {} if follows is None else {"follows": follows}
    page = await FOLLOWERS.select(within, {"actor": {"$gt": after}, **of_one}, sort=_IN_ORDER, limit=limit)
    if follows is not None or len(page) < limit or not page:
        return page
    last = page[-1]
    rest = {"actor": last.actor, "follows": {"$gt": last.follows}}
    return page + await FOLLOWERS.select(within, rest, sort=_IN_ORDER)
