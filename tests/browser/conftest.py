"""A union with something of everything on its pages, and a real chromium to read them with."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, async_playwright

from node.cli.reading import text
from storage.ids import ActorId, ObjectId
from tests.storage.making import ANNA, BELA, a_reaction, a_remote_actor, a_remote_post
from tests.village import Clock, Villager, village

ARTEFACTS: Final = Path(__file__).resolve().parents[2] / "artefacts" / "pages"
CHROMIUM: Final = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
QUIET: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
OLD_PHONE, PHONE, DESKTOP = (320, 568), (360, 740), (1280, 900)
UNBROKEN: Final = "Donaudampfschifffahrtselektrizitätenhaupt"
NEWS: Final = (
    "Nobody went in this morning. **All three gates are ours**, and the night shift stays with us. #koreno",
    "Management offers a meeting on Thursday. We go there together, and everybody decides.\n\n* the lunch hour is "
    "paid\n* nobody is punished\n* the contract is in writing\n\n[Our letter to the board](https://example.org/letter)",
    "Two hundred people at gate B. Thank you to the bus drivers who brought soup.",
    "We are 110, and since this morning 131.",
)
WALK_OUT: Final = """We **walked out** at six this morning, all of us, through gate B.

The line stands. What we ask for is in the letter that management has had since May:

* a paid lunch hour
* no night shift without consent

> Nobody went in.

[The whole letter](https://example.org/letter) #koreno"""


@dataclass(frozen=True, slots=True)
class Scene:
    """The union and the addresses of its pages by name."""

    us: Villager
    clock: Clock
    addresses: dict[str, str]

    async def comment(self, number: int, update: ObjectId, html: str, actor: ActorId = ANNA, **changes: object) -> None:
        """An approved reply of a stranger."""
        given = {"comment_on": update, "in_reply_to": update, "comment_state": "shown", "in_timeline": False}
        at = {"published_at": self.clock(), "received_at": self.clock()}
        await self.us.node.store.save_remote_post(
            a_remote_post(number, html=html, actor=actor, **{**given, **at, **changes})
        )
        self.us.node.readers_bell.ring()

    async def post(self, words: str, handle: str = "strike", **more: str) -> tuple[ObjectId, str]:
        """An update half an hour later: its id and its page."""
        self.clock.move(minutes=30)
        made = await self.us.do("post", handle=handle, text=words, **more)
        return ObjectId(text(made, "id")), text(made, "url")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest.fixture
async def union(tmp_path: Path) -> AsyncIterator[Scene]:
    """Campaigns with 25 updates, with one, and without; a warning, a retraction, answers, and every odd text."""
    async with village(tmp_path) as built:
        us = await built.add("koreno line workers’ union")
        base = us.node.config.url
        scene = Scene(us, built.clock, {"union": base, "campaign": f"{base}/@strike", "empty": f"{base}/@quiet"})
        await us.do("campaign add", handle="strike", name="Strike at Koreno", summary="Why we **walk out**. #koreno")
        await us.do("campaign add", handle="quiet", name="Lunch for all", summary="A paid hour for everybody.")
        await us.do("campaign add", handle="arabic", name="إضراب في الميناء " + UNBROKEN, summary="✊🏽 " * 20)
        await _publish(scene)
        scene.addresses.update(
            tag=f"{base}/tags/koreno", missing=f"{base}/@nobody", rtl=f"{base}/@arabic", nothing=f"{base}/tags/none"
        )
        yield scene


async def _publish(scene: Scene) -> None:
    for number in range(18):
        await scene.post(NEWS[number % len(NEWS)])
    gone, scene.addresses["retracted"] = await scene.post("A mistake")
    await scene.us.do("retract", id=gone)
    _, scene.addresses["long"] = await scene.post("We do it. " * 1667 + "\n\n" + UNBROKEN * 3)
    await scene.post(
        "قررنا اليوم أن **نخرج** معاً.\n\n* البوابة الأولى\n\n> لم يدخل أحد", handle="arabic", language="ar"
    )
    _, scene.addresses["warned"] = await scene.post("Tear gas was used.", warning="Violence against pickets")
    _, scene.addresses["korean"] = await scene.post(
        "우리는 **여섯 시에** 나왔다. #코레노\n\n> 아무도 들어가지 않았다.\n\n[요구안](https://example.org/demands)",
        language="ko",
    )
    id, scene.addresses["update"] = await scene.post(WALK_OUT)
    await scene.us.do("edit", id=id, text=f"{WALK_OUT} #lunch")
    await _answer(scene, id)
    await scene.post("Day nine. " + NEWS[0])


async def _answer(scene: Scene, id: ObjectId) -> None:
    store = scene.us.node.store
    await store.save_remote_actor(a_remote_actor(ANNA, name="Anna, Hafen Hamburg"))
    await store.save_remote_actor(a_remote_actor(BELA, handle="bela", name="N" * 500))
    await scene.comment(1, id, "<p>Solidarity from the docks. We do not unload their containers.</p>")
    await scene.comment(2, id, f"<p>{UNBROKEN * 2} 👩🏽‍🏭🧑‍🔧 ✊</p>", BELA, warning="Long word")
    await scene.comment(3, id, "<p>تضامن كامل معكم</p><blockquote><p>Nobody went in.</p></blockquote>", BELA)
    for actor in (ANNA, BELA):
        await store.add_reaction(a_reaction(actor, object=id))
    await store.add_reaction(a_reaction(BELA, object=id, kind="share"))


async def open_page(browser: Browser, size: tuple[int, int], *, dark: bool = False, scripts: bool = True) -> Page:
    """A tab of this size in light or dark."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    return await context.new_page()
