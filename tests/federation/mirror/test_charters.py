"""Which charter counts, on every engine: higher wins, lower is refused, what cannot be right is kept as evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from federation.errors import BadSignature, CharterConflict, CharterRefused, HomeTaken, OldCharter, UnknownUnion
from federation.identity.charter import charter_digest, read_charter
from federation.mirror.charters import (
    MOST_EVIDENCE,
    Conflict,
    admit_charter,
    choose_charter,
    confirm_pact,
    find_conflict,
    newest,
    take_charter,
)
from federation.mirror.held import find_held_by_did
from federation.mirror.unions import know_union
from storage.ids import ActivityId, ActorId
from storage.records import Peer, Union
from storage.store import Store
from tests.elsewhere import Elsewhere
from tests.federation.mirror.charters import NOON, UnionOf
from tests.federation.mirror.peers import a_peer

US, HARBOUR, ARCHIVE = UnionOf(1, "Koreno"), UnionOf(2, "Harbour"), UnionOf(3, "Archive")
HOME, OTHER_HOME, OUR_HOME = "https://harbour.example", "https://archive.example", "https://koreno.example"
FIRST = HARBOUR.charter(HOME)
SECOND = HARBOUR.charter(HOME, epoch=2, previous=[FIRST])
RIVAL = HARBOUR.charter(HOME, epoch=2, previous=[FIRST], name="Harbour again")


def a_pinned(union: UnionOf, home: str, **changes: Any) -> Peer:
    follow = ActivityId(f"{OUR_HOME}/activities/1")
    peer = a_peer(did=union.did, name=union.name, url=home, actor=ActorId(f"{home}/actor"), follow=follow)
    return replace(peer, **changes)


@pytest.fixture
async def known(store: Store) -> Store:
    """Our union, and the pinned one at its home with its first charter, by nobody else confirmed."""
    await store.add_union(Union(did=US.did, name=US.name, url=OUR_HOME, created_at=NOON))
    await store.add_peer(a_pinned(HARBOUR, HOME, confirmed_at=None))
    await store.add_peer(a_pinned(ARCHIVE, OTHER_HOME))
    await take(store, FIRST)
    return store


async def take(store: Store, raw: bytes, *, source: str = HOME) -> Any:
    return await take_charter(store, raw, from_url=source, at=NOON)


async def counts(store: Store) -> bytes:
    charter = await newest(store, HARBOUR.did)
    assert charter is not None
    return charter.body


async def kinds(store: Store, union: UnionOf = HARBOUR) -> list[str]:
    return [evidence.kind for evidence in await store.list_evidence(union.did)]


async def test_a_higher_epoch_wins(known: Store) -> None:
    taken = await take(known, SECOND)
    assert (True, read_charter(SECOND)) == (taken.is_new, taken.claims)
    assert SECOND == await counts(known)


async def test_the_same_charter_again_is_no_news(known: Store) -> None:
    assert (await take(known, FIRST)).is_new is False


async def test_a_lower_epoch_is_refused_and_is_no_evidence(known: Store) -> None:
    await take(known, SECOND)
    with pytest.raises(OldCharter, match="epoch 1"):
        await take(known, FIRST)
    assert (SECOND, []) == (await counts(known), await kinds(known))


async def test_a_charter_that_its_root_key_did_not_sign_is_refused(known: Store) -> None:
    with pytest.raises(BadSignature):
        await take(known, SECOND.replace(b"Harbour", b"Harbauer"))
    assert FIRST == await counts(known)


async def test_a_charter_of_a_union_nobody_named_is_refused(known: Store) -> None:
    with pytest.raises(UnknownUnion, match="none of our peers"):
        await take(known, UnionOf(9).charter("https://mal.example"))
    assert [] == await known.list_charters(UnionOf(9).did)


async def test_two_charters_of_one_epoch_are_an_alarm_and_the_first_goes_on_counting(known: Store) -> None:
    await take(known, SECOND)
    with pytest.raises(CharterConflict, match="resolve URL --charter"):
        await take(known, RIVAL)
    assert (SECOND, ["charter"]) == (await counts(known), await kinds(known))
    digests = tuple(sorted(map(charter_digest, (SECOND, RIVAL))))
    assert Conflict(epoch=2, digests=digests) == await find_conflict(known, HARBOUR.did)


async def test_the_same_rival_twice_is_kept_once(known: Store) -> None:
    await take(known, SECOND)
    for _ in range(2):
        with pytest.raises(CharterConflict):
            await take(known, RIVAL)
    assert ["charter"] == await kinds(known)


async def test_a_conflict_ends_with_a_higher_epoch_that_lists_both(known: Store) -> None:
    await take(known, SECOND)
    with pytest.raises(CharterConflict):
        await take(known, RIVAL)
    third = HARBOUR.charter(HOME, epoch=3, previous=[FIRST, SECOND, RIVAL])
    assert (await take(known, third)).is_new is True
    assert (third, None) == (await counts(known), await find_conflict(known, HARBOUR.did))


async def test_a_higher_epoch_that_lists_only_one_of_them_settles_nothing(known: Store) -> None:
    await take(known, SECOND)
    with pytest.raises(CharterConflict):
        await take(known, RIVAL)
    with pytest.raises(CharterConflict):
        await take(known, HARBOUR.charter(HOME, epoch=3, previous=[FIRST, RIVAL]))
    assert SECOND == await counts(known)


@pytest.mark.parametrize("chosen", [SECOND, RIVAL])
async def test_a_conflict_ends_when_an_organiser_chooses(known: Store, chosen: bytes) -> None:
    await take(known, SECOND)
    with pytest.raises(CharterConflict):
        await take(known, RIVAL)
    peer = await known.find_peer(HARBOUR.did)
    assert peer is not None
    await choose_charter(known, peer, charter_digest(chosen))
    assert (chosen, None) == (await counts(known), await find_conflict(known, HARBOUR.did))
    third = HARBOUR.charter(HOME, epoch=3, previous=[FIRST, chosen])
    await take(known, third)
    assert third == await counts(known)


async def test_of_a_charter_that_an_organiser_rejected_nothing_counts(store: Store) -> None:
    """Neither its keys nor its homes, in whatever order the store lists the two."""
    for chosen, rejected in ((0, 1), (1, 0)):
        union = Elsewhere(url=f"https://harbour-{chosen}.example")
        union.introduce()
        await union.hold(store)
        first, rival = union.charter(), union.charter(homes=["https://elsewhere.example"], name="Again")
        with pytest.raises(CharterConflict):
            await take(store, rival.body, source=union.url)
        peer = await store.find_peer(union.did)
        assert peer is not None
        await choose_charter(store, peer, (first, rival)[chosen].digest)
        held, known = await find_held_by_did(store, union.did), await know_union(store, union.did, own_url=OUR_HOME)
        assert held is not None
        assert known is not None
        assert {(first, rival)[chosen].digest} == {held.charter.digest, known.newest.digest}
        homes = (union.url, "https://elsewhere.example")
        assert [[homes[chosen]]] * 2 == [list(held.homes), list(known.origins)]
        assert homes[rejected] not in held.homes
        of_epoch = await know_union(store, union.did, own_url=OUR_HOME, epoch=1)
        assert of_epoch is not None
        assert (first, rival)[chosen].digest == of_epoch.newest.digest


async def test_only_a_charter_in_dispute_can_be_chosen(known: Store) -> None:
    peer = await known.find_peer(HARBOUR.did)
    assert peer is not None
    with pytest.raises(UnknownUnion, match="None of the charters"):
        await choose_charter(known, peer, charter_digest(SECOND))


async def test_two_of_one_epoch_that_two_processes_took_at_once_are_a_conflict_too(known: Store) -> None:
    for raw in (SECOND, RIVAL):
        claims = read_charter(raw)
        charter = await newest(known, HARBOUR.did)
        assert charter is not None
        await known.add_charter(replace(charter, epoch=2, digest=claims.digest, body=raw))
    assert await find_conflict(known, HARBOUR.did) is not None


@pytest.mark.parametrize("claimed", [OUR_HOME, "https://KORENO.example:443"])
async def test_a_charter_that_claims_our_own_host_is_refused(known: Store, claimed: str) -> None:
    claims = read_charter(HARBOUR.charter(HOME, epoch=2, previous=[FIRST]))
    with pytest.raises(HomeTaken, match="our own address"):
        await admit_charter(known, replace(claims, homes=(HOME, claimed)), SECOND, home=HOME, at=NOON)
    assert (FIRST, ["claim"]) == (await counts(known), await kinds(known, US))


async def test_a_charter_that_claims_the_home_of_another_pinned_union_is_refused(known: Store) -> None:
    with pytest.raises(HomeTaken, match="pinned to Archive"):
        await take(known, HARBOUR.charter(HOME, OTHER_HOME, epoch=2, previous=[FIRST]))
    assert (FIRST, ["claim"]) == (await counts(known), await kinds(known, ARCHIVE))


async def test_a_second_home_of_a_pinned_union_is_its_own_too(known: Store) -> None:
    await take(known, ARCHIVE.charter(OTHER_HOME, "https://attic.example"))
    with pytest.raises(HomeTaken):
        await take(known, HARBOUR.charter(HOME, "https://attic.example", epoch=2, previous=[FIRST]))


async def test_who_has_proven_a_home_is_not_kept_out_by_one_that_only_claims_it(known: Store) -> None:
    await take(known, ARCHIVE.charter(OTHER_HOME, "https://third.example"))
    third = UnionOf(4, "Third")
    raw = third.charter("https://third.example")
    assert await admit_charter(known, read_charter(raw), raw, home="https://third.example", at=NOON) is True


async def test_a_stranger_that_only_asked_pins_nothing(known: Store) -> None:
    stranger = UnionOf(5, "Stranger")
    await known.add_peer(a_pinned(stranger, "https://fifth.example", state="waiting", follow=None))
    assert (await take(known, HARBOUR.charter(HOME, "https://fifth.example", epoch=2, previous=[FIRST]))).is_new


async def test_evidence_is_bounded(known: Store) -> None:
    for number in range(MOST_EVIDENCE + 3):
        with pytest.raises(CharterConflict):
            await take(known, HARBOUR.charter(HOME, name=f"Harbour {number}"))
    assert MOST_EVIDENCE == len(await kinds(known))


async def test_a_charter_of_our_own_that_we_did_not_make_is_refused_and_kept(known: Store) -> None:
    ours = US.charter(OUR_HOME)
    claims = read_charter(ours)
    await known.add_charter(
        replace((await known.list_charters(HARBOUR.did))[0], did=US.did, digest=claims.digest, body=ours)
    )
    assert (await take(known, ours)).is_new is False
    with pytest.raises(CharterConflict, match="our own union"):
        await take(known, US.charter(OUR_HOME, epoch=2, previous=[ours]))
    assert ["charter"] == await kinds(known, US)


async def test_a_second_source_confirms(known: Store) -> None:
    taken = await take(known, FIRST, source=OTHER_HOME)
    peer = await known.find_peer(HARBOUR.did)
    assert peer is not None
    assert (True, NOON) == (taken.confirms, peer.confirmed_at)


@pytest.mark.parametrize("source", [HOME, "https://nobody.example"])
async def test_neither_its_own_home_nor_a_stranger_confirms(known: Store, source: str) -> None:
    assert (await take(known, FIRST, source=source)).confirms is False


async def test_another_home_of_the_same_union_does_not_confirm(known: Store) -> None:
    both = HARBOUR.charter(HOME, "https://second.example", epoch=2, previous=[FIRST])
    await take(known, both)
    assert await confirm_pact(known, read_charter(both), from_url="https://second.example", at=NOON) is False


async def test_who_shows_an_older_charter_does_not_confirm(known: Store) -> None:
    await take(known, SECOND)
    assert await confirm_pact(known, read_charter(FIRST), from_url=OTHER_HOME, at=NOON) is False


async def test_a_removed_peer_confirms_nobody(known: Store) -> None:
    await known.save_peer(a_pinned(ARCHIVE, OTHER_HOME, state="removed"))
    assert (await take(known, FIRST, source=OTHER_HOME)).confirms is False


async def test_a_union_that_makes_charters_without_end_fills_no_disk(
    known: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.mirror.charters.MOST_CHARTERS", 2)
    await take(known, SECOND)
    third = HARBOUR.charter(HOME, epoch=3, previous=[FIRST, SECOND])
    with pytest.raises(CharterRefused, match="more than anybody needs"):
        await take(known, third)
    with pytest.raises(CharterConflict):
        await take(known, RIVAL)
    assert SECOND == await counts(known)


async def test_a_charter_that_is_larger_than_any_is_not_kept(known: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("federation.mirror.charters.LARGEST_CHARTER", len(SECOND) - 1)
    with pytest.raises(CharterRefused, match="larger than any"):
        await take(known, SECOND)
    assert FIRST == await counts(known)
