"""What goes along with held logs: evidence, what is withheld, media; and what is purged of our own record."""

from dataclasses import replace
from typing import get_args

from storage.ids import Digest
from storage.records import EvidenceKind
from storage.store import Store
from tests.storage.keeping import OTHER_PEER, PEER, a_held_file, a_withheld, some_evidence
from tests.storage.making import NOON, a_delivery, a_result, after, an_activity, an_entry
from tests.storage.queueing import claim


async def test_evidence_is_kept_once_and_listed_oldest_first(store: Store) -> None:
    old, new = some_evidence("aa"), some_evidence("00", found_at=after(hours=1), kind="home")
    others = some_evidence("aa", did=OTHER_PEER, found_at=after(minutes=1))
    assert [await store.add_evidence(one) for one in (new, others, old)] == [True, True, True]
    assert await store.add_evidence(replace(old, found_at=after(days=1))) is False
    assert [old, others, new] == await store.list_evidence()
    assert [old, new] == await store.list_evidence(PEER)


async def test_evidence_is_of_any_kind_there_is(store: Store) -> None:
    every = [some_evidence(kind, kind=kind) for kind in sorted(get_args(EvidenceKind))]
    assert all([await store.add_evidence(one) for one in every])
    assert every == await store.list_evidence(PEER)


async def test_what_is_withheld_has_a_reason_that_can_change(store: Store) -> None:
    await store.withhold(a_withheld(2))
    await store.withhold(a_withheld(1))
    await store.withhold(a_withheld(2, reason="Urteil", since=after(hours=1)))
    await store.withhold(a_withheld(1, did=OTHER_PEER))
    assert [a_withheld(1), a_withheld(2, reason="Urteil", since=after(hours=1))] == await store.list_withheld(PEER)


async def test_what_was_withheld_is_shown_again(store: Store) -> None:
    await store.withhold(a_withheld())
    await store.withhold(a_withheld(did=OTHER_PEER))
    assert await store.show_again(PEER, a_withheld().object) is True
    assert await store.show_again(PEER, a_withheld().object) is False
    assert await store.list_withheld(PEER) == []
    assert [a_withheld(did=OTHER_PEER)] == await store.list_withheld(OTHER_PEER)


async def test_media_rows_are_added_and_replaced(store: Store) -> None:
    await store.save_held_media([a_held_file(1, is_held=False), a_held_file(2), a_held_file(2, is_named=False)])
    await store.save_held_media([a_held_file(1, changed_at=after(hours=1))])
    await store.save_held_media([])
    expected = [a_held_file(1, changed_at=after(hours=1)), a_held_file(2, is_named=False)]
    assert expected == await store.list_held_media(PEER, is_held=None, after=None, limit=9)


async def test_media_are_listed_by_digest_and_by_what_is_held(store: Store) -> None:
    held, missing, others = a_held_file(1), a_held_file(2, is_held=False), a_held_file(3, did=OTHER_PEER)
    await store.save_held_media([others, missing, held])
    assert [held, missing, others] == await store.list_held_media(None, is_held=None, after=None, limit=9)
    assert [missing] == await store.list_held_media(None, is_held=False, after=None, limit=9)
    assert [held, others] == await store.list_held_media(None, is_held=True, after=None, limit=9)
    assert [held] == await store.list_held_media(PEER, is_held=True, after=None, limit=9)
    assert [missing] == await store.list_held_media(PEER, is_held=None, after=held.digest, limit=9)
    assert [held] == await store.list_held_media(PEER, is_held=None, after=None, limit=1)


async def test_no_page_ends_between_two_that_hold_the_same_file(store: Store) -> None:
    dids = (PEER, OTHER_PEER)
    await store.save_held_media([a_held_file(number, did=did) for number in (1, 2) for did in dids])
    first = await store.list_held_media(None, is_held=True, after=None, limit=1)
    assert [a_held_file(1, did=did) for did in dids] == first
    rest = await store.list_held_media(None, is_held=True, after=Digest(first[-1].digest), limit=9)
    assert [a_held_file(2, did=did) for did in dids] == rest


async def test_media_are_measured(store: Store) -> None:
    files = [
        a_held_file(1, size=10),
        a_held_file(2, size=5, is_named=False),
        a_held_file(3, is_held=False),
        a_held_file(4, is_held=False, is_named=False),
        a_held_file(5, did=OTHER_PEER),
    ]
    await store.save_held_media(files)
    assert await store.measure_held_media(PEER) == (15, 1)
    assert await store.measure_held_media(OTHER_PEER) == (105, 0)


async def test_a_purged_activity_leaves_its_place_in_the_record(store: Store) -> None:
    for number in (1, 2):
        await store.append(an_entry(number), an_activity(number), expecting=number - 1)
    assert await store.purge_activities([an_activity(1).id, an_activity(9).id]) == 1
    assert await store.purge_activities([an_activity(1).id]) == 0
    assert an_activity(1, body=b"") == await store.find_activity(an_activity(1).id)
    assert an_activity(2) == await store.find_activity(an_activity(2).id)
    assert [an_entry(1), an_entry(2)] == [placed.entry for placed in await store.list_entries(0, 9)]
    assert await store.check() == []


async def test_what_a_delivery_waits_for_is_not_purged(store: Store) -> None:
    await store.add_activity(an_activity(), [a_delivery(), a_delivery(host="b.example")])
    assert await store.purge_activities([an_activity().id]) == 0
    lent = await claim(store)
    await store.finish_deliveries([a_result(lent[0])])
    assert await store.purge_activities([an_activity().id]) == 0
    await store.finish_deliveries([a_result(lent[1])])
    assert await store.purge_activities([an_activity().id]) == 1
    assert NOON == an_activity().created_at


async def test_what_is_queued_again_is_not_purged_either(store: Store) -> None:
    await store.add_activity(an_activity(), [])
    await store.add_deliveries([a_delivery()], now=NOON)
    assert await store.purge_activities([an_activity().id]) == 0
    assert an_activity() == await store.find_activity(an_activity().id)
