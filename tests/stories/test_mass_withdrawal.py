"""A thief of a peer's keys takes everything back at once: most of it stays until somebody has asked by phone."""

from __future__ import annotations

from federation.mirror.withdrawals import MOST_OBJECTS
from node.cli.reading import text
from tests.stories.mirroring import copy_of, held, rounds, status, three
from tests.village import Village


async def test_what_a_peer_takes_back_in_great_number_stays_until_it_is_confirmed(village: Village) -> None:
    one, two, _ = await three(village)
    posts = [await one.do("post", handle="strike", text=f"Update {number}") for number in range(MOST_OBJECTS + 4)]
    await village.settle()
    await rounds(village)
    for post in posts:
        await one.do("retract", id=text(post, "id"))
    await village.settle()
    await rounds(village)
    log = await copy_of(two, one)
    assert log.checkpoint_size == log.pending_size
    assert 4 == len((await held(two, one))["kept_back"])
    assert 4 == (await two.node.store.measure_log(log.name)).standing
    assert any("takes back much at once" in warning for warning in (await status(two))["warnings"])
    assert {"withdrawn": 4} == await two.do("mirror confirm", peer=one.node.config.url)
    assert [] == (await held(two, one))["kept_back"]
    assert 0 == (await two.node.store.measure_log(log.name)).standing
    assert (await two.do("mirror verify"))["ok"] is True  # type: ignore[index,call-overload]


async def test_what_a_peer_edits_away_in_great_number_stays_until_it_is_confirmed(village: Village) -> None:
    """A thief that replaces every word has wiped the record as well as one that deletes it."""
    one, two, _ = await three(village)
    posts = [await one.do("post", handle="strike", text=f"Update {number}") for number in range(MOST_OBJECTS + 4)]
    await village.settle()
    await rounds(village)
    for post in posts:
        await one.do("edit", id=text(post, "id"), text="The strike is over")
    await village.settle()
    await rounds(village)
    log = await copy_of(two, one)

    async def words() -> list[bool]:
        standing = await two.node.store.list_standing(log.name, None, before=None, limit=100)
        return [b"The strike is over" in (leaf.body or b"") for leaf in standing]

    assert log.checkpoint_size == log.pending_size
    assert (MOST_OBJECTS, 4) == ((await words()).count(True), (await words()).count(False))
    assert 4 == len((await held(two, one))["kept_back"])
    assert (await two.do("mirror verify"))["ok"] is True  # type: ignore[index,call-overload]
    assert {"withdrawn": 4} == await two.do("mirror confirm", peer=one.node.config.url)
    assert MOST_OBJECTS + 4 == (await words()).count(True)
    assert [] == (await held(two, one))["kept_back"]
