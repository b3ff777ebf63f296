"""`rebuild`: all that is made of the union's record can be dropped and made again, and is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from federation.log.kept import read_head
from federation.log.purging import GRACE, purge
from federation.strictjson import JsonValue
from node.actions.rebuild import rebuild
from node.cli.reading import member, text
from node.housekeeping import forget_rows
from node.presence import presence_of
from node.refusal import Refusal
from storage.errors import StoreAway
from storage.records import PageChange, SavePost, Tile
from tests.sharing import Shared
from tests.twins import a_twin
from tests.village import Village, Villager, no_pause


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    first = await us.do("post", handle="strike", text="one #a")
    second = await us.do("post", handle="strike", text="two", warning="W")
    await us.do("pin", id=text(first, "id"))
    await us.do("pin", id=text(second, "id"))
    await us.do("boost", url=text(first, "id"), handle="union")
    await us.do("edit", id=text(first, "id"), text="one, mended #b")
    await us.do("retract", id=text(second, "id"))
    await us.do("campaign edit", handle="strike", name="Strike, day 2", summary="more")
    return us


def counts(answer: JsonValue) -> dict[str, JsonValue]:
    return {name: member(answer, name) for name in ("entries", "posts", "boosts", "pins", "actors")}


async def test_everything_is_made_again_and_is_equal(us: Villager) -> None:
    assert {"entries": 10, "posts": 2, "boosts": 1, "pins": 1, "actors": 3} == counts(await us.do("rebuild"))


async def test_its_root_is_that_of_the_head_that_was_signed(us: Villager) -> None:
    head = await read_head(us.node.store, await us.node.tree.name())
    assert head is not None
    assert head.root.hex() == text(await us.do("rebuild"), "root")


async def test_what_was_purged_is_not_needed_for_it(us: Villager, village: Village) -> None:
    await village.settle()
    village.clock.move(seconds=GRACE.total_seconds() + 60)
    tree = await us.node.tree.catch_up()
    assert 5 == await purge(us.node.store, tree_size=tree.size, now=us.node.now())
    await forget_rows(us.node)
    assert {"entries": 10, "posts": 2, "boosts": 1, "pins": 1, "actors": 3} == counts(await us.do("rebuild"))


async def test_a_page_that_the_record_does_not_bear_out_is_told_and_mended(us: Villager) -> None:
    store = us.node.store
    standing = (await store.list_posts(None, before=None, limit=1))[0]
    await store.save_post(replace(standing, html="<p>invented</p>"))
    with pytest.raises(Refusal, match="1 posts differed"):
        await rebuild(us.node)
    assert standing == await store.find_post(standing.id)
    assert 2 == member(await us.do("rebuild"), "posts")


async def test_a_tree_that_does_not_fit_the_record_is_told_and_nothing_is_dropped(us: Villager) -> None:
    store, name = us.node.store, await us.node.tree.name()
    posts = await store.list_posts(None, before=None, limit=10)
    hashes = (await store.find_tiles(name, [(0, 0)]))[0, 0]
    broken = Tile(level=0, number=0, hashes=hashes[:-1] + bytes([hashes[-1] ^ 1]))
    await store.grow_log(name, expecting=10, leaves=[], tiles=[broken])
    with pytest.raises(Refusal, match="hashes are not those of the record"):
        await rebuild(us.node)
    assert posts == await store.list_posts(None, before=None, limit=10)


async def test_nothing_that_was_taken_back_is_shown_again_meanwhile(us: Villager) -> None:
    shown: set[str] = set()

    class Watching(Shared):
        async def project(self, name: str, *, expecting: int, changes: Sequence[PageChange]) -> bool:
            shown.update(change.post.text for change in changes if isinstance(change, SavePost))
            done: bool = await self._store.project(name, expecting=expecting, changes=changes)
            return done

    async with a_twin(us, Watching(us.node.store), no_pause) as twin:
        assert 2 == member(await twin.do("rebuild"), "posts")
    assert {"", "one, mended #b"} == shown


async def test_a_crash_in_the_middle_is_repaired_by_the_next_look(us: Villager) -> None:
    class Crashing(Shared):
        async def project(self, name: str, *, expecting: int, changes: Sequence[PageChange]) -> bool:
            if expecting == 4:
                raise StoreAway("The store's server does not answer.")
            done: bool = await self._store.project(name, expecting=expecting, changes=changes)
            return done

    before = await us.node.store.list_posts(None, before=None, limit=10)
    async with a_twin(us, Crashing(us.node.store), no_pause) as twin:
        with pytest.raises(StoreAway):
            await twin.do("rebuild")
    await us.node.projector.catch_up()
    assert before == await us.node.store.list_posts(None, before=None, limit=10)


async def test_while_other_processes_work_nothing_is_dropped(us: Villager) -> None:
    posts = await us.node.store.list_posts(None, before=None, limit=10)
    async with a_twin(us, Shared(us.node.store), no_pause) as twin:
        await presence_of(twin.node, "worker").run_once()
        with pytest.raises(Refusal, match="another process of this node works"):
            await twin.do("rebuild")
    assert posts == await us.node.store.list_posts(None, before=None, limit=10)
