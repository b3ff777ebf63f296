"""`Store` in one MongoDB database."""

from __future__ import annotations

from storage.mongo.activities import MongoActivities
from storage.mongo.actors import MongoActors
from storage.mongo.blocks import MongoBlocks
from storage.mongo.boosts import MongoBoosts
from storage.mongo.database import Database
from storage.mongo.driver import Client
from storage.mongo.followers import MongoFollowers
from storage.mongo.following import MongoFollowing
from storage.mongo.log import MongoLog
from storage.mongo.media import MongoMedia
from storage.mongo.pins import MongoPins
from storage.mongo.posts import MongoPosts
from storage.mongo.reactions import MongoReactions
from storage.mongo.remotes import MongoRemotes
from storage.mongo.reports import MongoReports
from storage.mongo.unions import MongoUnions


class MongoStore(
    MongoUnions,
    MongoActors,
    MongoLog,
    MongoActivities,
    MongoPosts,
    MongoMedia,
    MongoBoosts,
    MongoPins,
    MongoFollowers,
    MongoFollowing,
    MongoReactions,
    MongoReports,
    MongoBlocks,
    MongoRemotes,
):
    """All nouns on one database."""

    def __init__(self, client: Client) -> None:
        super().__init__(Database(client))

    async def close(self) -> None:
        await self.database.stop()
