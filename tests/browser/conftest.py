"""A union with something of everything on its pages, and a real chromium to read them with.

Both are made once for each file of tests: what a test publishes stays on the pages of those after it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from federation.activitystreams.html import sanitise_foreign
from federation.activitystreams.readable import read_html
from federation.log.kept import read_head
from federation.strictjson import JsonValue
from node.cli.reading import text
from storage.ids import ActivityId, ActorId, LogName, ObjectId
from storage.records import Boost, Withheld
from tests.browser.photos import LANDSCAPE, PORTRAIT, SQUARE, WIDE, given
from tests.elsewhere import Elsewhere
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
GATE: Final = "Pickets with red flags before a factory gate at dawn"
ATTACHED: Final[JsonValue] = [
    {"type": "Document", "mediaType": "image/jpeg", "url": "https://evil.example/p.jpg", "name": "Cranes, all still"},
    {"type": "Document", "mediaType": "video/mp4", "url": "https://evil.example/v.mp4"},
]
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
        self.clock.move(minutes=1)
        given = {"comment_on": update, "in_reply_to": update, "comment_state": "shown", "in_timeline": False}
        at = {"published_at": self.clock(), "received_at": self.clock()}
        await self.us.node.store.save_remote_post(
            a_remote_post(number, html=html, actor=actor, **{**given, **at, **changes})
        )
        self.us.node.readers_bell.ring()

    async def post(self, words: str, handle: str = "strike", **more: JsonValue) -> tuple[ObjectId, str]:
        """An update half an hour later: its id and its page."""
        self.clock.move(minutes=30)
        made = await self.us.do("post", handle=handle, text=words, **more)
        return ObjectId(text(made, "id")), text(made, "url")

    async def boost(self, number: int, html: str, actor: ActorId = ANNA, **changes: object) -> None:
        """A stranger's note that the campaign passes on."""
        self.clock.move(minutes=5)
        store, locations = self.us.node.store, self.us.node.locations
        note = a_remote_post(number, html=html, actor=actor, published_at=self.clock(), **changes)
        await store.save_remote_post(note)
        serial, campaign = self.us.node.new_serial(), locations.actor("strike")
        activity = ActivityId(locations.activity(serial))
        boost = Boost(activity=activity, actor=campaign, object=note.id, serial=serial, boosted_at=self.clock())
        assert await store.add_boost(boost)
        self.us.node.readers_bell.ring()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def union(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Campaigns with two pages, with one update, and without; pictures, boosts, pins, warnings, answers, odd texts."""
    async with village(tmp_path_factory.mktemp("union")) as built:
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
        await _mirror(scene)
        yield scene


async def _mirror(scene: Scene) -> None:
    """Copies of others: one whose server is silent, one that was forked; something withheld; who holds what of us."""
    store, base, clock = scene.us.node.store, scene.us.node.config.url, scene.clock
    harbour, mill = (
        Elsewhere("https://harbour.example", "Harbour Workers of Hamburg", clock()),
        Elsewhere("https://a-very-long-name.solidarity.example", UNBROKEN + " der Mühlen", clock()),
    )
    for union in (harbour, mill):
        union.introduce(union.name, summary="<p>We stand with the <strong>koreno line</strong>.</p>")
        for news in ("Two hundred at gate B.", "Nobody went in this morning. " + UNBROKEN, "تضامن كامل معكم"):
            last = union.say(f"<p>{news}</p>")
    withheld = harbour.say("<p>A name</p>")
    await harbour.hold(store, silent_since=clock() - timedelta(hours=2), silence_agreed_at=clock())
    await mill.hold(store, confirmed_at=None)
    await store.set_log_state(mill.log, "stopped")
    await store.withhold(Withheld(did=harbour.did, object=withheld, reason="A court has forbidden it.", since=clock()))
    head = await read_head(store, LogName(f"{scene.us.node.union.did}/1"))
    assert head is not None
    await store.save_receipt(harbour.receipt_for(head, at=clock()))
    there = f"{base}/mirrors/harbour.example"
    mills = f"{base}/mirrors/{mill.locations.host}/{last.rsplit('/', 1)[-1]}"
    scene.addresses.update(mirrors=f"{base}/mirrors/", mirrored=f"{there}/", mirrored_campaign=f"{there}/@dock")
    scene.addresses.update(withheld=f"{there}/{withheld.rsplit('/', 1)[-1]}", stopped=mills)
    scene.addresses.update(network=f"{base}/network", check=f"{base}/network/check")


async def _publish(scene: Scene) -> None:
    for number in range(12):
        await scene.post(NEWS[number % len(NEWS)])
    gone, scene.addresses["retracted"] = await scene.post("A mistake")
    await scene.us.do("retract", id=gone)
    _, scene.addresses["long"] = await scene.post("We do it. " * 1667 + "\n\n" + UNBROKEN * 3)
    await scene.post(
        "قررنا اليوم أن **نخرج** معاً.\n\n* البوابة الأولى\n\n> لم يدخل أحد", handle="arabic", language="ar"
    )
    _, scene.addresses["warned"] = await scene.post("Tear gas was used.", warning="Violence against pickets")
    await _show(scene)
    _, scene.addresses["korean"] = await scene.post(
        "우리는 **여섯 시에** 나왔다. #코레노\n\n> 아무도 들어가지 않았다.\n\n[요구안](https://example.org/demands)",
        language="ko",
    )
    id, scene.addresses["update"] = await scene.post(WALK_OUT)
    await scene.us.do("edit", id=id, text=f"{WALK_OUT} #lunch")
    await _answer(scene, id)
    await _pass_on(scene)
    await scene.post("Day nine. " + NEWS[0], pictures=[*await given(scene.us, {LANDSCAPE: GATE})])


async def _show(scene: Scene) -> None:
    us = scene.us
    _, scene.addresses["two"] = await scene.post(
        "The soup is here.", pictures=[*await given(us, {LANDSCAPE: GATE, PORTRAIT: "A flag " + UNBROKEN})]
    )
    four = {WIDE: "The whole line, four hundred metres", SQUARE: "Soup", PORTRAIT: "", LANDSCAPE: "ليل " * 40}
    id, scene.addresses["four"] = await scene.post(
        "Four pictures of **the longest night** so far.", pictures=[*await given(us, four)]
    )
    await us.do("pin", id=id)
    _, scene.addresses["hidden"] = await scene.post(
        "Police at gate B.", warning="Blood", pictures=[*await given(us, {PORTRAIT: "A worker with a bandage"})]
    )


async def _answer(scene: Scene, id: ObjectId) -> None:
    store = scene.us.node.store
    await store.save_remote_actor(a_remote_actor(ANNA, name="Anna, Hafen Hamburg"))
    await store.save_remote_actor(a_remote_actor(BELA, handle="bela", name="N" * 500))
    await scene.comment(1, id, "<p>Solidarity from the docks. We do not unload their containers.</p>")
    await scene.comment(2, id, f"<p>{UNBROKEN * 2} 👩🏽‍🏭🧑‍🔧 ✊</p>", BELA, warning="Long word")
    await scene.comment(3, id, "<p>تضامن كامل معكم</p><blockquote><p>Nobody went in.</p></blockquote>", BELA)
    first, second = a_remote_post(1).id, a_remote_post(4).id
    await scene.comment(4, id, "<p>Nor do we, in Gdańsk.</p>", BELA, in_reply_to=first)
    await scene.comment(5, id, "<p>Thank you! Tell the others.</p>", in_reply_to=second, updated_at=scene.clock())
    photo = read_html({"type": "Note", "content": "<p>Our gate this morning</p>", "attachment": ATTACHED}, "Note")
    await scene.comment(6, id, sanitise_foreign(photo or ""), in_reply_to=id)
    for actor in (ANNA, BELA):
        await store.add_reaction(a_reaction(actor, object=id))
    await store.add_reaction(a_reaction(BELA, object=id, kind="share"))


async def _pass_on(scene: Scene) -> None:
    await scene.boost(51, "<p>Dockers in Hamburg stand with the <strong>koreno line</strong>.</p>")
    await scene.boost(52, "<p>Nobody may read this any more</p>", BELA, changed_at=scene.clock() + timedelta(hours=1))
    photo = read_html({"type": "Note", "content": "<p>Night shift</p>", "attachment": ATTACHED}, "Note")
    await scene.boost(53, sanitise_foreign(photo or ""), BELA, warning="Flashing lights")
    _, page = await scene.post("We of the lunch campaign strike too.", "quiet")
    await scene.us.do("boost", url=page, handle="strike")


async def open_page(
    browser: Browser, size: tuple[int, int], *, dark: bool = False, scripts: bool = True, is_held: bool = True
) -> Page:
    """A tab of this size in light or dark; one that our policies do not hold runs a test's own scripts everywhere."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        bypass_csp=not is_held,
    )
    return await context.new_page()
