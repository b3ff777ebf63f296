"""A post is held by both mirrors; the origin falls; what is missing comes from whoever has it."""

from __future__ import annotations

import pytest

from tests.stories.mirroring import copy_of, counting, held, receipts, rounds, status, three
from tests.village import Village


async def test_a_post_is_held_by_both_mirrors_and_both_say_so(village: Village) -> None:
    one, two, other = await three(village)
    await one.do("post", handle="strike", text="We walked out")
    await village.settle()
    await rounds(village)
    size = (await status(one))["ours"]["size"]
    assert {two.node.config.url: size, other.node.config.url: size} == await receipts(one)
    for mirror in (two, other):
        log = await copy_of(mirror, one)
        assert (size, size, "following") == (log.checkpoint_size, log.size, log.state)
        ours = [leaf.body for leaf in await one.node.store.list_leaves(log.name, 0, 100)]
        assert ours == [leaf.body for leaf in await mirror.node.store.list_leaves(log.name, 0, 100)]
        assert (await held(mirror, one))["complete"] is True
    assert [] == (await status(one))["warnings"]
