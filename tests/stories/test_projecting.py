"""Pages and deliveries are readings of the record: repeatable, and whole after any crash."""

from __future__ import annotations

import pytest

from federation.log import fan_out, project
from node.cli.reading import rows, text
from node.clock import refuse_wrong_clock
from node.errors import ClockWrong
from storage.errors import NotFound
from tests.village import Village, Villager


async def publish_some(us: Villager) -> None:
    await us.do("campaign add", handle="strike", name="Strike")
    first = await us.do("post", handle="strike", text="one #a")
    second = await us.do("post", handle="strike", text="two", warning="W")
    await us.do("post", handle="union", text="three")
    await us.do("edit", id=text(first, "id"), text="one, mended #b")
    await us.do("retract", id=text(second, "id"))
    await us.do("campaign edit", handle="strike", name="Strike, day 2", summary="more")


async def test_pages_can_be_dropped_and_made_again_from_the_record(village: Village) -> None:
    us = await village.add("koreno")
    await publish_some(us)
    store = us.node.store
    before = await store.list_posts(None, before=None, limit=100)
    actors = await store.list_actors()
    assert [post.text for post in before] == ["three", "one, mended #b"]
    await store.drop_posts()
    assert await store.list_posts(None, before=None, limit=100) == []
    size = await store.size()
    assert await store.advance_cursor(project.CURSOR, expecting=size, to=0)
    assert await us.node.projector.catch_up() == size
    assert await store.list_posts(None, before=None, limit=100) == before
    assert await store.list_actors() == actors


async def test_a_second_reading_of_the_record_queues_nothing_twice(village: Village) -> None:
    koreno, harbour = await village.add("koreno"), await village.add("harbour")
    await harbour.do("follow", address=f"union@{koreno.node.locations.host}")
    await village.settle()
    await koreno.do("post", handle="union", text="words")
    assert await koreno.node.fan_out.catch_up() == 1
    size = await koreno.node.store.size()
    assert await koreno.node.store.advance_cursor(fan_out.CURSOR, expecting=size, to=0)
    assert await koreno.node.fan_out.catch_up() <= 1  # the union's own document, read before anybody followed
    posts = [d for d in await koreno.node.store.list_deliveries(None, None, after=None, limit=50) if d.type == "Create"]
    assert len({(d.activity, d.inbox) for d in posts}) == len(posts)


async def test_the_same_serial_is_published_once(village: Village) -> None:
    us = await village.add("koreno")
    serial = us.node.new_serial()
    first = await us.do("post", handle="union", text="words", serial=serial)
    again = await us.do("post", handle="union", text="words", serial=serial)
    assert (text(again, "id"), text(again, "index")) == (text(first, "id"), text(first, "index"))
    retraction = us.node.new_serial()
    await us.do("retract", id=text(first, "id"), serial=retraction)
    await us.do("retract", id=text(first, "id"), serial=retraction)
    assert await us.node.store.size() == 3


async def test_a_clock_before_the_newest_update_stops_publishing(village: Village) -> None:
    us = await village.add("koreno")
    await us.do("post", handle="union", text="words")
    village.clock.move(minutes=-4)
    await us.do("post", handle="union", text="a little early is no harm")
    village.clock.move(hours=-3)
    with pytest.raises(ClockWrong, match="timedatectl"):
        await us.do("post", handle="union", text="from the past")
    village.clock.move(days=-300)
    with pytest.raises(ClockWrong, match="before this software was made"):
        await refuse_wrong_clock(us.node.store, us.node.now())
    assert await us.node.store.size() == 3


async def test_a_record_whose_bytes_are_missing_stops_the_reading_with_a_sentence(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    us = await village.add("koreno")

    async def nothing(_ids: object) -> list[object]:
        return []

    monkeypatch.setattr(us.node.store, "list_activities", nothing)
    await us.node.store.advance_cursor(project.CURSOR, expecting=1, to=0)
    with pytest.raises(NotFound, match="bytes are missing"):
        await us.node.projector.catch_up()


async def test_somebody_mentioned_gets_the_update_and_its_end_without_following(village: Village) -> None:
    koreno, harbour = await village.add("koreno"), await village.add("harbour")
    address = f"union@{harbour.node.locations.host}"
    post = await koreno.do(
        "post", handle="union", text=f"Thanks, @{address} and @nobody@{harbour.node.locations.host}!"
    )
    await village.settle()
    assert rows(post["not_found"] if isinstance(post, dict) else []) == [f"nobody@{harbour.node.locations.host}"]
    sent = rows(await koreno.do("deliveries", id=text(post, "id")))
    assert [text(row, "inbox") for row in sent] == [harbour.node.locations.shared_inbox]
    await koreno.do("retract", id=text(post, "id"))
    await village.settle()
    sent = rows(await koreno.do("deliveries", id=text(post, "id")))
    assert [text(row, "state") for row in sent] == ["delivered", "delivered"]


async def test_a_retraction_before_anything_was_sent_cancels_what_waited(village: Village) -> None:
    koreno, harbour = await village.add("koreno"), await village.add("harbour")
    await harbour.do("follow", address=f"union@{koreno.node.locations.host}")
    await village.settle()
    post = await koreno.do("post", handle="union", text="too early")
    await koreno.do("edit", id=text(post, "id"), text="still too early")
    await koreno.do("retract", id=text(post, "id"))
    await village.settle()
    states = [text(row, "state") for row in rows(await koreno.do("deliveries", id=text(post, "id")))]
    assert states == ["delivered", "cancelled", "cancelled"]
    assert await harbour.do("timeline") == []
