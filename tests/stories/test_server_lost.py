"""A server is lost: an older copy of the home folder and the kit bring its union back, as OPERATIONS says."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree, rmtree

from node.cli.reading import text
from storage.ids import ObjectId
from tests.stories.mirroring import copy_of, held, receipts, rounds, three_at_work
from tests.stories.renewing import renew
from tests.village import village


async def test_an_older_copy_of_the_home_and_the_kit_bring_a_union_back(tmp_path: Path) -> None:
    async with village(tmp_path) as built:
        one, two, other = await three_at_work(built)
        home, did = one.node.config.home, one.node.union.did
        await built.stop(one)
        copytree(home, tmp_path / "copy")
        await built.start(one)
        lost = text(await one.do("post", handle="strike", text="Said after the copy was made"), "id")
        await built.settle()
        await rounds(built)
        assert await one.node.store.size() == (await held(two, one))["size"]

        await built.stop(one)
        rmtree(home)
        copytree(tmp_path / "copy", home)
        await built.start(one)
        await built.settle()
        await rounds(built)
        await renew(one)
        said = text(await one.do("post", handle="strike", text="Said again"), "id")
        await built.settle()
        await rounds(built, 6)

        size = await one.node.store.size()
        assert {two.node.config.url: size, other.node.config.url: size} == await receipts(one)
        for mirror in (two, other):
            log = await copy_of(mirror, one)
            assert (f"{did}/2", size, "following") == (log.name, log.checkpoint_size, log.state)
            assert (await mirror.do("mirror verify"))["ok"] is True  # type: ignore[index,call-overload]
            shown = [await mirror.node.store.find_standing(log.name, ObjectId(id)) is not None for id in (lost, said)]
            assert [False, True] == shown
