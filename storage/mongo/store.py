"""`Store` in one MongoDB database."""

from __future__ import annotations

from typing import Final

from storage.mongo.activities import MongoActivities
from storage.mongo.actors import MongoActors
from storage.mongo.boosts import MongoBoosts
from storage.mongo.database import Database
from storage.mongo.driver import Client
from storage.mongo.jobs import MongoJobs
from storage.mongo.log import MongoLog
from storage.mongo.media import MongoMedia
from storage.mongo.news import MongoNews
from storage.mongo.pins import MongoPins
from storage.mongo.posts import MongoPosts
from storage.mongo.processes import MongoProcesses
from storage.mongo.spending import MongoSpending
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
    MongoJobs,
    MongoNews,
    MongoProcesses,
    MongoSpending,
):
    """All nouns on one database, which other processes may have open too."""

    is_shared: Final = True

    def __init__(self, client: Client) -> None:
        super().__init__(Database(client))

    async def close(self) -> None:
        await self.database.stop()
