"""Profiles show listed mirrors, as long as there is a pact."""

from __future__ import annotations

from typing import Any

import aiohttp

from federation.activitystreams.media_types import ACTIVITY_JSON
from node.actions.mirror_fields import show_mirrors
from tests.elsewhere import Elsewhere
from tests.village import Village, Villager


async def document(us: Villager, handle: str = "strike") -> dict[str, Any]:
    url = f"{us.node.config.url}/actors/{handle}"
    async with aiohttp.ClientSession() as client, client.get(url, headers={"Accept": ACTIVITY_JSON}) as answer:
        found = await answer.json(content_type=None)
    assert isinstance(found, dict)
    return found


async def test_each_actor_shows_the_listed_mirrors_and_is_logged_once_for_each_change(village: Village) -> None:
    us, listed = await village.add("koreno"), Elsewhere(name="Harbour <b>Workers</b>")
    hidden, waiting = Elsewhere("https://hidden.example"), Elsewhere("https://waiting.example")
    await us.do("campaign add", handle="strike", name="Strike")
    assert "attachment" not in await document(us)
    await us.node.store.add_peer(listed.peer())
    await us.node.store.add_peer(hidden.peer(is_unlisted=True))
    await us.node.store.add_peer(waiting.peer(state="waiting"))
    before = await us.node.store.size()
    assert (2, 0) == (await show_mirrors(us.node), await show_mirrors(us.node))
    assert before + 2 == await us.node.store.size()
    page = f"https://harbour.example/mirrors/{us.node.locations.host}/"
    for handle in ("strike", "union"):
        [field] = (await document(us, handle))["attachment"]
        assert ("PropertyValue", "Mirror: Harbour <b>Workers</b>") == (field["type"], field["name"])
        assert f'<a href="{page}"' in field["value"]
    assert "hidden.example" not in str(await document(us))


async def test_an_edited_campaign_keeps_its_mirrors_and_loses_them_with_the_pact(village: Village) -> None:
    us, mirror = await village.add("koreno"), Elsewhere()
    await us.node.store.add_peer(mirror.peer())
    await us.do("campaign add", handle="strike", name="Strike")
    await us.do("campaign edit", handle="strike", name="Strike on")
    shown = await document(us)
    assert ("Strike on", 1) == (shown["name"], len(shown["attachment"]))
    await us.node.store.save_peer(mirror.peer(state="removed"))
    assert 1 == await show_mirrors(us.node)
    assert "attachment" not in await document(us)


async def test_at_most_four_are_shown(village: Village) -> None:
    us = await village.add("koreno")
    for number in range(6):
        await us.node.store.add_peer(Elsewhere(f"https://m{number}.example").peer())
    assert (1, 0) == (await show_mirrors(us.node), await show_mirrors(us.node))
    assert 4 == len((await document(us, "union"))["attachment"])
