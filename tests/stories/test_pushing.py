"""A union that its mirrors cannot reach brings them its record itself (protocol §4, push)."""

from __future__ import annotations

from node.cli.reading import text
from tests.stories.mirroring import copy_of, held, receipts, rounds, three
from tests.stories.picturing import given
from tests.stories.reading_logs import get
from tests.village import Village, Villager


def wall_in(village: Village, origin: Villager, *others: Villager) -> None:
    """The origin reaches these, and none of them reaches it: it has no address."""
    village.outages.walls |= {(other.host, origin.host) for other in others}


async def test_a_post_of_a_union_that_nobody_reaches_is_held_promised_and_shown_by_its_mirrors(
    village: Village,
) -> None:
    one, two, other = await three(village)
    wall_in(village, one, two, other)
    said = await one.do("post", handle="strike", text="Nobody silences us", pictures=await given(one, 1))
    await rounds(village, 5)
    size = (await copy_of(one, one)).size
    assert {two.node.config.url: size, other.node.config.url: size} == await receipts(one)
    for mirror in (two, other):
        row = await held(mirror, one)
        assert (size, True, 0) == (row["size"], row["complete"], row["media_missing"])
        page = await get(mirror, f"/mirrors/{one.host}/{text(said, 'id').rpartition('/')[2]}", {"Accept": "text/html"})
        assert (200, True) == (page.status, b"Nobody silences us" in page.body)
