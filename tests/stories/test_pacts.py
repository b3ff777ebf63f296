"""Two and three unions become peers: asked, accepted, confirmed by a third, ended, and never by a stranger's will."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from federation.identity import fingerprint
from node.actions.doctor import check
from node.cli.reading import member, rows, text
from node.news import join_news
from node.refusal import Refusal
from storage.ids import Did
from storage.records import Peer
from tests.sharing import Shared
from tests.twins import a_twin
from tests.village import Village, Villager, no_pause


async def add(us: Villager, them: Villager, **more: Any) -> dict[str, Any]:
    done = await us.do("peer add", url=them.node.config.url, **more)
    assert isinstance(done, dict)
    return done


async def states(us: Villager) -> dict[str, str]:
    """Of each peer its state, by its address."""
    return {text(row, "url"): text(row, "state") for row in rows(await us.do("peer list"))}


async def kept(us: Villager, them: Villager) -> Peer:
    peer = await us.node.store.find_peer(them.node.union.did)
    assert peer is not None
    return peer


async def befriend(village: Village, one: Villager, other: Villager) -> None:
    await add(one, other)
    await add(other, one)
    await village.settle()


async def charter_shown(by: Villager, of: Did) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{by.node.config.url}/log/{of}/charter") as answer,
    ):
        return answer.status, await answer.read() if answer.status == 200 else b""


@pytest.fixture
async def two(village: Village) -> tuple[Villager, Villager]:
    return await village.add("koreno"), await village.add("harbour")


async def test_two_that_name_each_other_are_peers_by_themselves(village: Village, two: Any) -> None:
    one, other = two
    await befriend(village, one, other)
    assert {other.node.config.url: "mutual"} == await states(one)
    assert {one.node.config.url: "mutual"} == await states(other)
    assert await one.node.pacts.is_mutual(other.node.union.did)


async def test_who_is_asked_waits_for_its_organisers(village: Village, two: Any) -> None:
    one, other = two
    done = await add(one, other)
    await village.settle()
    assert ("asked", {other.node.config.url: "asked"}) == (done["state"], await states(one))
    assert {one.node.config.url: "waiting"} == await states(other)
    assert not await other.node.pacts.is_mutual(one.node.union.did)
    await other.do("peer accept", url=one.node.config.url)
    await village.settle()
    assert ({other.node.config.url: "mutual"}, {one.node.config.url: "mutual"}) == (
        await states(one),
        await states(other),
    )


async def test_adding_shows_both_sides_words_and_digits(two: Any) -> None:
    one, other = two
    done = await add(one, other)
    theirs, ours = other.node.union.did, one.node.union.did
    assert (theirs, fingerprint.words(theirs), fingerprint.digits(theirs)) == (
        done["union"],
        done["fingerprint"],
        done["digits"],
    )
    assert (fingerprint.words(ours), fingerprint.digits(ours)) == (done["ours"]["fingerprint"], done["ours"]["digits"])


@pytest.mark.parametrize("who_ends", [0, 1])
async def test_an_ended_pact_is_over_on_both_sides_and_deletes_nothing(
    village: Village, two: Any, who_ends: int
) -> None:
    await befriend(village, *two)
    ends, hears = two[who_ends], two[1 - who_ends]
    await ends.do("peer remove", url=hears.node.config.url)
    assert not await ends.node.pacts.is_mutual(hears.node.union.did)
    await village.settle()
    assert not await hears.node.pacts.is_mutual(ends.node.union.did)
    assert ["removed", "removed"] == [*(await states(ends)).values(), *(await states(hears)).values()]
    assert (200, 200) == tuple([(await charter_shown(side, two[0].node.union.did))[0] for side in two])


async def test_an_ended_pact_can_begin_again_when_both_want_it(village: Village, two: Any) -> None:
    one, other = two
    await befriend(village, one, other)
    await one.do("peer remove", url=other.node.config.url)
    await village.settle()
    await add(other, one)
    await village.settle()
    assert {other.node.config.url: "waiting"} == await states(one)
    await add(one, other)
    await village.settle()
    assert ["mutual", "mutual"] == [*(await states(one)).values(), *(await states(other)).values()]


async def test_forgetting_drops_the_peer_and_says_what_was_held(village: Village, two: Any) -> None:
    one, other = two
    await befriend(village, one, other)
    held = member(await one.do("peer held", url=other.node.config.url), "held")
    done = await one.do("peer remove", url=other.node.config.url, forget=True)
    await village.settle()
    assert isinstance(held, dict)
    assert held == member(done, "forgotten")
    assert (1, 0, 0) == (held["entries"], held["media"], held["media_bytes"])
    assert isinstance(held["bytes"], int)
    assert held["bytes"] > 0
    assert [] == await one.node.store.list_logs(other.node.union.did)
    assert ({}, {one.node.config.url: "removed"}) == (await states(one), await states(other))


async def test_two_alone_are_unconfirmed_until_a_third_shows_the_same_charters(village: Village, two: Any) -> None:
    one, other = two
    await befriend(village, one, other)
    assert ((await kept(one, other)).confirmed_at, (await kept(other, one)).confirmed_at) == (None, None)
    assert not await one.node.pacts.may_cosign(other.node.union.did)
    third = await village.add("archive")
    await befriend(village, one, third)
    await befriend(village, other, third)
    village.clock.move(minutes=6)
    await village.settle()
    everybody = [one, other, third]
    confirmed = [await a.node.pacts.may_cosign(b.node.union.did) for a in everybody for b in everybody if a is not b]
    assert [True] * 6 == confirmed


async def test_check_says_who_is_a_peer_who_asks_and_who_is_unconfirmed(village: Village, two: Any) -> None:
    one, other = two
    assert ("ok", "No peers yet.") == await finding(one)
    await add(other, one)
    await village.settle()
    assert f"Asked to be one by: Harbour ({other.node.config.url})" in (await finding(one))[1]
    await add(one, other)
    await village.settle()
    level, says = await finding(one)
    assert ("warn", True) == (level, "sign no receipts" in says)
    (pulled,) = rows(await one.do("mirror sync"))
    assert (False, True) == (member(pulled, "complete"), "unconfirmed" in text(pulled, "why"))
    third = await village.add("archive")
    await befriend(village, one, third)
    await befriend(village, other, third)
    village.clock.move(minutes=6)
    await village.settle()
    assert ("ok", "2 peers, all confirmed.") == await finding(one)


async def finding(us: Villager) -> tuple[str, str]:
    (found,) = [one for one in await check(us.node) if one.what == "peers"]
    return found.level, found.says


async def test_the_charter_of_every_listed_peer_is_served_and_of_nobody_else(village: Village, two: Any) -> None:
    one, other = two
    theirs = (await charter_shown(other, other.node.union.did))[1]
    assert 404 == (await charter_shown(one, other.node.union.did))[0]
    await befriend(village, one, other)
    assert (200, theirs) == await charter_shown(one, other.node.union.did)


async def test_an_unlisted_mirror_is_never_named_in_public(village: Village, two: Any) -> None:
    one, other = two
    assert (await add(one, other, unlisted=True))["unlisted"] is True
    await add(other, one)
    await village.settle()
    assert await one.node.pacts.is_mutual(other.node.union.did)
    assert 404 == (await charter_shown(one, other.node.union.did))[0]


async def test_peers_are_not_added_twice_nor_accepted_without_asking(village: Village, two: Any) -> None:
    one, other = two
    with pytest.raises(Refusal, match="no peer"):
        await one.do("peer accept", url=other.node.config.url)
    await add(one, other)
    with pytest.raises(Refusal, match="was asked by us"):
        await one.do("peer accept", url=other.node.config.url)
    await add(other, one)
    await village.settle()
    with pytest.raises(Refusal, match=f"are peers already.*peer remove {other.node.config.url}`"):
        await add(one, other)


async def test_a_pact_that_ends_in_one_process_is_over_in_the_others_with_the_news(village: Village, two: Any) -> None:
    one, other = two
    await befriend(village, one, other)
    did = other.node.union.did
    async with a_twin(one, Shared(one.node.store), no_pause) as twin:
        ours, theirs = join_news(one.node), join_news(twin.node)
        with ours.listening(), theirs.listening():
            await theirs.look()
            assert await twin.node.pacts.is_mutual(did)
            await one.do("peer remove", url=other.node.config.url)
            await ours.tell()
            await theirs.look()
            assert not await twin.node.pacts.is_mutual(did)


async def test_a_pact_that_ends_in_one_process_is_over_in_the_others_within_a_minute_without_news(
    village: Village, two: Any
) -> None:
    one, other = two
    await befriend(village, one, other)
    did = other.node.union.did
    async with a_twin(one, Shared(one.node.store), no_pause) as twin:
        assert await twin.node.pacts.is_mutual(did)
        await one.do("peer remove", url=other.node.config.url)
        village.clock.move(seconds=31)
        assert not await twin.node.pacts.is_mutual(did)


async def test_a_note_about_a_peer_does_not_bring_back_a_pact_that_another_process_ended(
    village: Village, two: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    await befriend(village, one, other)
    did, store = other.node.union.did, one.node.store
    async with a_twin(one, Shared(store), no_pause) as twin:
        find: Callable[[Did], Awaitable[Peer | None]] = store.find_peer

        async def find_and_lose(asked: Did) -> Peer | None:
            found = await find(asked)
            monkeypatch.undo()
            await one.do("peer remove", url=other.node.config.url)
            return found

        monkeypatch.setattr(store, "find_peer", find_and_lose)
        noted = await twin.node.pacts.note(did, failures=3)
    assert noted is not None
    assert ("removed", 3) == (noted.state, noted.failures)
