"""Bodies in hand: read once, and never more than a few."""

from __future__ import annotations

from federation.delivery.parcels import Parcels
from federation.httpsig.digest import digest_header
from storage.ids import ObjectId
from storage.store import Store
from tests.federation.delivery.stage import NOTE, activity, queue


async def test_a_parcel_is_the_exact_bytes_with_their_digest(store: Store) -> None:
    await queue(store, activity(), [])
    parcel = await Parcels(store).find(activity().id)
    assert parcel is not None
    assert (parcel.body, parcel.digest) == (activity().body, digest_header(activity().body))


async def test_an_activity_that_is_not_kept_has_no_parcel(store: Store) -> None:
    assert await Parcels(store).find(activity().id) is None


async def test_only_the_parcels_used_last_are_kept(store: Store) -> None:
    parcels = Parcels(store, keep=3)
    for number in range(9):
        made = activity(about=ObjectId(f"{NOTE}{number}"))
        await queue(store, made, [])
        await parcels.find(made.id)
    assert len(parcels) == 3
