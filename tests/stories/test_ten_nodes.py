"""Ten unions hold each other's whole record, whatever fell and whoever lost whom; one of them is enough to read all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from random import Random
from types import SimpleNamespace

import pytest

from federation.log.kept import head_in
from federation.log.purging import GRACE, purge
from node.cli.reading import member, rows
from storage.records import Leaf
from tests.outsider import check_log
from tests.stories.reading_logs import get, our_log
from tests.stories.ten import CHANGES, Story, kept, leaves, ten_peers
from tests.village import Village, Villager

MENDING = 12
"""Looks within which all is whole again: a poll of everybody by everybody, and the mirrors' receipts."""


@pytest.fixture
def new_store() -> Callable[[], str | None]:
    """Files: ten nodes are not told on a server whose play costs most of the time; the steps are, in other stories."""
    return lambda: None


@pytest.fixture
def checkers_clock(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever checks lives in the village's time, else receipts would be dated ahead."""
    monkeypatch.setattr(check_log, "time", SimpleNamespace(time=lambda: village.clock.at.timestamp()))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("checkers_clock")
async def test_all_hold_all_when_what_broke_is_mended(village: Village, seed: int) -> None:
    await tell(village, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3, 13))
@pytest.mark.usefixtures("checkers_clock")
async def test_all_hold_all_whatever_the_seed(village: Village, seed: int) -> None:
    await tell(village, seed)


async def tell(village: Village, seed: int) -> None:
    """The story, and how it must end."""
    story = Story(village, await ten_peers(village), Random(seed))
    while story.said < CHANGES:
        await story.go_on()
    await story.mend_all()
    await mend(story)
    for origin in story.people:
        for holder in story.people:
            await holds_all(holder, origin)
    await forget_what_was_taken_back(story)
    truth = {origin: await leaves(origin, origin) for origin in story.people}
    *others, last = story.people
    for other in others:
        await village.stop(other)
    for origin in story.people:
        await serves(last, origin, truth[origin])


async def mend(story: Story) -> None:
    """Polls and retries go on until everybody holds everybody."""
    for _ in range(MENDING):
        if await are_whole(story.people):
            return
        story.village.clock.move(minutes=6)
        await story.village.settle()
    assert await receipts(story.people) == await sizes(story.people)


async def are_whole(people: list[Villager]) -> bool:
    return await receipts(people) == await sizes(people)


async def receipts(people: list[Villager]) -> Mapping[str, list[int]]:
    """Of each union the sizes that its mirrors have signed."""
    return {
        one.node.config.name: [
            receipt.size for receipt in await one.node.store.list_receipts((await kept(one, one)).name)
        ]
        for one in people
    }


async def sizes(people: list[Villager]) -> Mapping[str, list[int]]:
    """What they should be: each record whole, at everybody else's."""
    return {one.node.config.name: [await one.node.store.size()] * (len(people) - 1) for one in people}


async def holds_all(holder: Villager, origin: Villager) -> None:
    """The same head, every entry, the bytes of what stands, and nothing shown of what was taken back."""
    theirs, copy = await kept(origin, origin), await kept(holder, origin)
    assert theirs.checkpoint is not None
    assert copy.checkpoint is not None
    assert head_in(theirs.checkpoint) == head_in(copy.checkpoint)
    assert theirs.size == copy.size == copy.withdrawn_to
    assert list(map(shown, await leaves(origin, origin))) == list(map(shown, await leaves(holder, origin)))


def shown(leaf: Leaf) -> tuple[int, bytes, bool, bytes | None]:
    """What anybody may read of an entry."""
    return leaf.place, leaf.entry, leaf.is_standing, leaf.body if leaf.state == "held" else None


async def forget_what_was_taken_back(story: Story) -> None:
    """A week later its bytes are nowhere, and every copy is found whole, by every byte and signature."""
    story.village.clock.move(seconds=GRACE.total_seconds() + 1)
    await story.village.settle()
    for holder in story.people:
        node = holder.node
        await purge(node.store, tree_size=await node.store.size(), now=node.now())
        for origin in story.people:
            rest = [leaf for leaf in await leaves(holder, origin) if leaf.state != "held"]
            assert {"gone"} >= {leaf.state for leaf in rest}
            assert not [leaf.place for leaf in rest if leaf.body is not None]
        report = await holder.do("mirror verify")
        assert (len(story.people), []) == (len(rows(member(report, "logs"))), member(report, "problems"))
    assert await are_whole(story.people)


async def serves(holder: Villager, origin: Villager, truth: list[Leaf]) -> None:
    """The whole record and its receipts, by the public addresses, checked by somebody who has none of our code."""
    checker = check_log.Checker(holder.node.config.url, origin.node.union.did, [])
    assert await asyncio.to_thread(checker.run)
    assert [leaf.entry for leaf in truth] == checker.entries
    assert await asyncio.to_thread(checker.count, checker.head) == (9 if holder is origin else 1)
    page = (await get(holder, f"{our_log(origin)}/activities?from=0&limit=1000")).body.splitlines()
    assert len(truth) == len(page)
    for leaf, line in zip(truth, page, strict=True):
        assert line == (leaf.body or b'{"withdrawn":%d}' % leaf.place)
