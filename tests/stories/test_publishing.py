"""A union publishes, and its followers get it: whole nodes, real HTTP on loopback."""

from __future__ import annotations

from node.cli.reading import rows, text
from tests.village import Village, Villager


async def following(village: Village) -> tuple[Villager, Villager]:
    """The harbour union follows the strike campaign of koreno."""
    koreno, harbour = await village.add("koreno"), await village.add("harbour")
    await koreno.do("campaign add", handle="strike", name="Strike")
    await harbour.do("follow", address=f"strike@{koreno.node.locations.host}")
    await village.settle()
    return koreno, harbour


async def timeline(reader: Villager) -> list[str]:
    return [text(row, "content") for row in rows(await reader.do("timeline"))]


async def test_a_follow_is_asked_accepted_and_known_on_both_sides(village: Village) -> None:
    koreno, harbour = await following(village)
    campaign = koreno.node.locations.actor("strike")
    assert await harbour.do("following") == [{"actor": campaign, "state": "accepted"}]
    followers = rows(await koreno.do("followers", handle="strike"))
    assert [text(row, "actor") for row in followers] == [harbour.node.union_actor]


async def test_a_post_its_edit_and_its_retraction_arrive(village: Village) -> None:
    koreno, harbour = await following(village)
    post = await koreno.do("post", handle="strike", text="We **walked out**.")
    await village.settle()
    assert await timeline(harbour) == ["<p>We <strong>walked out</strong>.</p>"]
    village.clock.move(minutes=1)
    await koreno.do("edit", id=text(post, "id"), text="We are 110.")
    await village.settle()
    assert await timeline(harbour) == ["<p>We are 110.</p>"]
    village.clock.move(minutes=1)
    await koreno.do("retract", id=text(post, "id"))
    await village.settle()
    assert await timeline(harbour) == []
    states = [text(row, "state") for row in rows(await koreno.do("deliveries", id=text(post, "id")))]
    assert states == ["delivered"] * 3


async def test_an_unfollow_ends_deliveries(village: Village) -> None:
    koreno, harbour = await following(village)
    await harbour.do("unfollow", address=koreno.node.locations.actor("strike"))
    await village.settle()
    assert await koreno.do("followers") == []
    post = await koreno.do("post", handle="strike", text="Nobody hears this.")
    await village.settle()
    assert await koreno.do("deliveries", id=text(post, "id")) == []
