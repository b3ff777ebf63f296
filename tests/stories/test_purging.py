"""Seven days after something was taken back its words are nowhere any more, ours or held; but never too early."""

from __future__ import annotations

import pytest

from federation.log.purging import GRACE
from node.cli.reading import text
from node.housekeeping import _LATER
from storage.ids import ActivityId
from tests.stories.reading_logs import our_name
from tests.village import Village, Villager


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    return us


async def purge(us: Villager) -> None:
    """As each hour."""
    await _LATER["purge"](us.node)


async def bodies(us: Villager) -> list[tuple[str, bool, bool]]:
    """Of each leaf its state, and whether the bytes are in the log, and in our own store."""
    found: list[tuple[str, bool, bool]] = []
    for leaf in await us.node.store.list_leaves(our_name(us), 0, 100):
        activity = await us.node.store.find_activity(leaf.activity)
        found.append((leaf.state, leaf.body is not None, activity is not None and activity.body != b""))
    return found[2:]


async def test_the_words_stay_for_seven_days_and_go_then(us: Villager, village: Village) -> None:
    update = await us.do("post", handle="strike", text="We walked out")
    await us.do("edit", id=text(update, "id"), text="We walked out at six")
    await village.settle()
    village.clock.move(seconds=GRACE.total_seconds() - 60)
    await purge(us)
    assert [("hidden", True, True), ("held", True, True)] == await bodies(us)
    village.clock.move(seconds=120)
    await purge(us)
    await purge(us)
    assert [("gone", False, False), ("held", True, True)] == await bodies(us)
    await us.do("retract", id=text(update, "id"))
    await village.settle()
    village.clock.move(seconds=GRACE.total_seconds() + 60)
    await purge(us)
    assert [("gone", False, False), ("gone", False, False), ("held", True, True)] == await bodies(us)


async def test_what_nobody_took_back_never_goes(us: Villager, village: Village) -> None:
    await us.do("post", handle="strike", text="We walked out")
    await us.do("campaign edit", handle="strike", name="Strike, day 2")
    await village.settle()
    village.clock.move(days=4000)
    await purge(us)
    assert [("held", True, True), ("held", True, True)] == await bodies(us)


async def test_what_was_not_fanned_out_yet_stays(us: Villager, village: Village) -> None:
    """A node that was down for a week still tells everybody, in order."""
    update = await us.do("post", handle="strike", text="We walked out")
    await us.do("retract", id=text(update, "id"))
    village.clock.move(seconds=GRACE.total_seconds() + 60)
    await purge(us)
    assert (True, True) == ((await bodies(us))[0][2], (await bodies(us))[1][2])
    await village.settle()
    await purge(us)
    assert (False, True) == ((await bodies(us))[0][2], (await bodies(us))[1][2])


async def test_what_a_delivery_still_waits_for_stays_and_holds_up_nothing_else(village: Village) -> None:
    us, other = await village.add("koreno"), await village.add("harbour")
    await us.do("campaign add", handle="strike", name="Strike")
    await us.do("campaign add", handle="rent", name="Rent")
    await other.do("follow", address=f"strike@{us.node.locations.host}")
    await village.settle()
    waits = await us.do("post", handle="strike", text="We walked out")
    await us.do("edit", id=text(waits, "id"), text="We walked out at six")
    free = await us.do("post", handle="rent", text="Too high")
    await us.do("retract", id=text(free, "id"))
    await us.node.fan_out.catch_up()
    assert await us.node.store.is_waiting(ActivityId(text(waits, "activity")))
    village.clock.move(seconds=GRACE.total_seconds() + 60)
    await purge(us)
    stored = [in_store for _, _, in_store in await bodies(us)]
    assert [True, True, True, False, True] == stored
    await village.settle()
    await purge(us)
    stored = [in_store for _, _, in_store in await bodies(us)]
    assert [True, False, True, False, True] == stored


async def test_a_tree_made_again_after_a_purge_is_the_same(us: Villager, village: Village) -> None:
    update = await us.do("post", handle="strike", text="We walked out")
    await us.do("retract", id=text(update, "id"))
    await village.settle()
    village.clock.move(seconds=GRACE.total_seconds() + 60)
    await purge(us)
    before = await us.node.store.find_log(our_name(us))
    for table in ("kept_logs", "kept_leaves", "kept_bodies", "kept_tiles"):
        await us.node.store.clear_rows(table)
    assert await us.node.heads.bring_up()
    after = await us.node.store.find_log(our_name(us))
    assert before is not None
    assert after is not None
    assert (before.checkpoint, before.size) == (after.checkpoint, after.size)
    assert [("gone", False, False), ("held", True, True)] == await bodies(us)
