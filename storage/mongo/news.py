"""Numbers that grow when something changed."""

from __future__ import annotations

from typing import Final

from storage.mongo.noun import Noun

_NEWS: Final = "news"


class MongoNews(Noun):
    """`storage.store.News`."""

    async def ring(self, subject: str) -> None:
        grown = {"$inc": {"number": 1}, "$setOnInsert": {"subject": subject}}
        await self.database.write(lambda within: within[_NEWS].update({"_id": subject}, grown, upsert=True))

    async def list_news(self) -> dict[str, int]:
        found = await self.database.read(lambda within: within[_NEWS].find({}))
        return {one["subject"]: int(one["number"]) for one in found}
