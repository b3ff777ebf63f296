"""`Store` in one MongoDB database."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from storage.mongo.activities import MongoActivities
from storage.mongo.actors import MongoActors
from storage.mongo.blocks import MongoBlocks
from storage.mongo.boosts import MongoBoosts
from storage.mongo.copies import MongoCopies
from storage.mongo.database import Database
from storage.mongo.deliveries import MongoDeliveries
from storage.mongo.driver import Client
from storage.mongo.followers import MongoFollowers
from storage.mongo.following import MongoFollowing
from storage.mongo.holdings import MongoHoldings
from storage.mongo.host_schemes import MongoHostSchemes
from storage.mongo.hosts import MongoHosts
from storage.mongo.inbox import MongoInbox
from storage.mongo.jobs import MongoJobs
from storage.mongo.kept_bodies import MongoKeptBodies
from storage.mongo.kept_leaves import MongoKeptLeaves
from storage.mongo.kept_logs import MongoKeptLogs
from storage.mongo.log import MongoLog
from storage.mongo.media import MongoMedia
from storage.mongo.moves import MongoMoves
from storage.mongo.news import MongoNews
from storage.mongo.peers import MongoPeers
from storage.mongo.pins import MongoPins
from storage.mongo.posts import MongoPosts
from storage.mongo.processes import MongoProcesses
from storage.mongo.reactions import MongoReactions
from storage.mongo.receipts import MongoReceipts
from storage.mongo.remotes import MongoRemotes
from storage.mongo.reports import MongoReports
from storage.mongo.retractions import MongoRetractions
from storage.mongo.soundness import find_problems
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
    MongoFollowers,
    MongoFollowing,
    MongoReactions,
    MongoReports,
    MongoBlocks,
    MongoRemotes,
    MongoJobs,
    MongoNews,
    MongoProcesses,
    MongoSpending,
    MongoCopies,
    MongoMoves,
    MongoDeliveries,
    MongoHosts,
    MongoHostSchemes,
    MongoInbox,
    MongoKeptLogs,
    MongoKeptLeaves,
    MongoKeptBodies,
    MongoReceipts,
    MongoPeers,
    MongoHoldings,
    MongoRetractions,
):
    """All nouns on one database, which other processes may have open too."""

    is_shared: Final = True

    def __init__(self, client: Client) -> None:
        super().__init__(Database(client))

    async def back_up(self, path: str) -> None:
        from storage.copying import copy_into_file

        await copy_into_file(self, Path(path))

    async def check(self) -> list[str]:
        return await find_problems(self.database)

    async def erase_removed(self) -> bool:
        """Its server alone knows when it writes over what was removed."""
        return True

    async def close(self) -> None:
        await self.database.stop()
