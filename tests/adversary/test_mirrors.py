"""A union whose log key shows different people different records: mirrors that compare their heads find it out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web

from node.cli.reading import member, rows, text
from storage.records import Evidence, KeptLog
from tests.elsewhere import Elsewhere
from tests.federation.loopback import open_site
from tests.stories.mirroring import befriend, rounds, status
from tests.stories.reading_logs import get
from tests.village import Village, Villager


@dataclass(slots=True)
class Split:
    """Two mirrors of one union, each of which holds another record, both truly signed."""

    village: Village
    us: Villager
    them: Villager
    shown_to_us: Elsewhere
    shown_to_them: Elsewhere

    async def found_by(self, who: Villager) -> list[Evidence]:
        return await who.node.store.list_evidence(self.shown_to_us.did)

    async def kept_by(self, who: Villager) -> KeptLog:
        return (await who.node.store.list_logs(self.shown_to_us.did))[0]


def another_record(of: Elsewhere) -> Elsewhere:
    """Of the same union, the same keys and the same size."""
    return Elsewhere(
        url=of.url, at=of.at, root=of.root, log_key=of.log_key, cosigner=of.cosigner, actor_key=of.actor_key
    )


@pytest.fixture
async def split(village: Village) -> AsyncIterator[Split]:
    us, them = await village.add("koreno"), await village.add("harbour")
    await befriend(village, us, them)
    async with open_site() as home:
        one = Elsewhere(url=f"http://127.0.0.1:{home.port}", at=village.clock())
        other = another_record(one)
        for union, words in ((one, "<p>We walk out.</p>"), (other, "<p>We stay in.</p>")):
            union.introduce()
            union.say(words)
        for holder, union in ((us, one), (them, other)):
            await union.hold(holder.node.store, poll_at=village.clock())
            holder.node.pacts.forget()

        async def show_each_its_own(request: web.Request) -> web.Response:
            asker = us if us.host in request.headers["User-Agent"] else them
            return web.Response(body=(one if asker is us else other).checkpoint())

        home.handlers[f"/log/{one.log}/checkpoint"] = show_each_its_own
        yield Split(village, us, them, one, other)


async def test_mir_04_mirrors_that_were_shown_different_records_find_out_while_the_home_answers(split: Split) -> None:
    await rounds(split.village, 15)
    both = {split.shown_to_us.checkpoint(), split.shown_to_them.checkpoint()}
    for one in (split.us, split.them):
        (found,) = await split.found_by(one)
        assert ("fork", both) == (found.kind, {found.first, found.second})
    kept = await split.kept_by(split.us)
    assert (kept.state, kept.size) == ("stopped", 2)
    forked = [text(row, "union") for row in rows((await status(split.us))["held"]) if member(row, "fork") is True]
    assert forked == [split.shown_to_us.did]
    page = await get(split.us, f"/log/{kept.name}/checkpoint")
    assert page.body.startswith(split.shown_to_us.checkpoint())  # the last good tree is still served


async def test_mir_04_who_compares_with_a_mirror_of_the_same_record_finds_nothing(village: Village) -> None:
    us, them = await village.add("koreno"), await village.add("harbour")
    await befriend(village, us, them)
    async with open_site() as home:
        union = Elsewhere(url=f"http://127.0.0.1:{home.port}", at=village.clock())
        union.introduce()
        for holder in (us, them):
            await union.hold(holder.node.store, poll_at=village.clock())
            holder.node.pacts.forget()
        home.answer(f"/log/{union.log}/checkpoint", union.checkpoint(), Content_Type="text/plain; charset=utf-8")
        await rounds(village, 15)
        assert ([], []) == (
            await us.node.store.list_evidence(union.did),
            await them.node.store.list_evidence(union.did),
        )
        assert (await us.node.store.list_logs(union.did))[0].state == "following"
