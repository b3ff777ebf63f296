"""Who went is forgotten: a month later no file and no row of the store holds the name."""

from __future__ import annotations

from typing import Final

from node.cli.reading import text
from node.housekeeping import _LATER
from tests.adversary.stage import all_rows
from tests.privacy.plants import FOLLOWER, HELD_WORDS, LEAVER
from tests.privacy.searching import find, find_in_folder
from tests.stories.strangers import Stranger, open_stranger, send
from tests.village import Village, Villager

_GONE: Final = (LEAVER, HELD_WORDS)


async def say(village: Village, us: Villager, eve: Stranger, name: str, type: str, object: object) -> dict[str, object]:
    """Something that an actor says and that has its effect."""
    document = eve.activity(type, object, eve.actor(name))  # type: ignore[arg-type]
    inbox = f"{us.node.config.url}/inbox"
    body, headers = eve.signed(inbox, document, village.clock(), key_id=f"{eve.actor(name)}#main-key")
    assert await send(inbox, body, headers) == 202
    await village.settle()
    return dict(document)


async def keep_house(us: Villager) -> None:
    """What is done each hour."""
    for work in _LATER.values():
        await work(us.node)


async def holding(us: Villager, *words: str) -> set[str]:
    """Tables and files that hold one of these words."""
    rows = await all_rows(us.node.store)
    tables = {table for table, found in rows.items() if find(words, "\n".join(found).encode())}
    return tables | {*find_in_folder(words, us.node.config.home)}


async def test_sec_12_a_month_after_somebody_left_nothing_holds_the_name(village: Village) -> None:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    update = text(await us.do("post", handle="strike", text="We walked out"), "id")
    campaign = us.node.locations.actor("strike")
    async with open_stranger(1) as eve:
        await say(village, us, eve, FOLLOWER, "Follow", campaign)
        follow = await say(village, us, eve, LEAVER, "Follow", campaign)
        like = await say(village, us, eve, LEAVER, "Like", update)
        note = {**eve.note(HELD_WORDS, f"<p>{HELD_WORDS}</p>", eve.actor(LEAVER)), "inReplyTo": update}
        await say(village, us, eve, LEAVER, "Create", note)
        assert {"followers", "reactions", "remote_posts"} <= await holding(us, *_GONE)
        for type, object in (("Undo", follow), ("Undo", like), ("Delete", note["id"])):
            await say(village, us, eve, LEAVER, type, object)
        await keep_house(us)
        assert {"followers", "reactions", "remote_posts"}.isdisjoint(await holding(us, *_GONE)), "at once"
        village.clock.move(days=31)
        await keep_house(us)
        assert await holding(us, *_GONE) == set(), "a month later"
        assert "followers" in await holding(us, FOLLOWER), "who still follows stays"
