"""Tables of at most so many rows."""

from __future__ import annotations

from storage.mongo.driver import Collection, Order


async def forget_over(rows: Collection, keep: int, *, saved: str, first_to_go: Order) -> None:
    """Remove what is beyond `keep` rows, never the one just saved.

    Of processes that save at once each keeps its own row; they may remove one more than needed.
    """
    over = await rows.count({}) - keep
    if over > 0:
        going = await rows.find({"_id": {"$ne": saved}}, sort=first_to_go, limit=over, only=("_id",))
        await rows.delete({"_id": {"$in": [one["_id"] for one in going]}})
