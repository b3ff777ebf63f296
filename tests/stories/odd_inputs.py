"""What servers really send, sent to our own door: by a stranger who signs, with its ids put on the stranger's host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, Literal

import aiohttp
import pytest

from federation.strictjson import JsonObject, load_object
from node.cli.reading import rows, text
from storage.ids import ActorId, ObjectId
from storage.records import RemotePost
from tests.node.inert import assert_inert
from tests.node.reading import Reading
from tests.stories.strangers import Stranger
from tests.stories.test_refusals import Scene

TESTS: Final = Path(__file__).resolve().parents[1]
BESIDE: Final = TESTS.parent.parent / "shared" / "vectors"
OUR_OWN: Final = TESTS / "vectors" / "odd_objects.json"
HOSTS: Final = ("http://pasture-one-actor", "https://peer.test")

Position = Literal["reply", "followed", "edit"]
POSITIONS: Final[tuple[Position, ...]] = ("reply", "followed", "edit")


def cases_beside(name: str) -> list[JsonObject]:
    """Cases that may be read where they lie, and not copied; skipped where they do not."""
    if not (BESIDE / name).exists():
        pytest.skip(f"{name} does not lie beside this checkout, so its cases were not sent.")
    return _objects((BESIDE / name).read_bytes())


def our_cases() -> list[JsonObject]:
    """Cases of the same kinds in our own words, always sent."""
    return _objects(OUR_OWN.read_bytes())


def _objects(raw: bytes) -> list[JsonObject]:
    return [one for one in rows(json.loads(raw)) if isinstance(one, dict)]


def moved(document: JsonObject, who: Stranger, campaign: str) -> JsonObject:
    """The same document with the names of its makers' servers replaced by who sends it and whom it is for."""
    words = json.dumps(document)
    for host in HOSTS:
        for actor in (f"{host}/users/a", f"{host}/actor"):
            words = words.replace(f'"{actor}"', f'"{who.actor()}"')
        words = words.replace(f"{host}/", f"{who.base}/")
    words = words.replace("https://picket-a.test/users/b", campaign)
    return load_object(words.encode())


@dataclass(slots=True)
class Door:
    """Sends and looks what came of it. Everything that was kept is shown at the end, and must be harmless."""

    scene: Scene
    update: str
    page: str
    log: pytest.LogCaptureFixture
    newest: RemotePost | None = None
    outcomes: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)
    _kept: list[RemotePost] = field(default_factory=list)

    async def send(self, name: str, who: Stranger, activity: JsonObject) -> str:
        """The outcome: `shown` below our update, in the `timeline`, `passed` by, `refused` with its reason."""
        self.scene.village.clock.move(seconds=1)
        before = await self._failed()
        status = await self.scene.deliver(who, activity)
        assert status in {202, 400, 401, 403}, (name, status)
        outcome = f"refused {status}" if status != 202 else await self._effect(name, who, activity, before)
        self.outcomes[name] = outcome
        return outcome

    async def _effect(self, name: str, who: Stranger, activity: JsonObject, failed: int) -> str:
        counts = await self.scene.us.node.store.count_received()
        assert counts["waiting"] == 0, f"{name}: something went wrong, and is to be tried again"
        if counts["failed"] > failed:
            return f"refused: {self._why()}"
        self.newest = post = await self._find(activity)
        if post is None:
            return "passed"
        assert post.actor == who.actor()
        assert_inert(post.html)
        if post.comment_on is None:
            return "timeline" if post.html != "<p>first</p>" else "unchanged"
        return await self._show(post)

    async def _show(self, post: RemotePost) -> str:
        """Approve it, and look at the page now and then."""
        await self.scene.us.do("comments approve" if post.is_public else "comments hide", id=post.id)
        self._kept.append(post)
        if len(self._kept) == 50:
            await self.look()
        return "shown" if post.is_public else "private"

    async def look(self) -> None:
        """The page with everything that was approved; then it is forgotten, or there would be too much of one actor."""
        async with aiohttp.ClientSession() as session, session.get(self.page) as answer:
            assert answer.status == 200
            reading = Reading(await answer.text())
        assert [] == reading.all("script") + reading.all("img") + reading.all("video") + reading.all("audio")
        assert [] == [one for one in reading.elements if any(name.startswith("on") for name in one.attributes)]
        approved = [post for post in self._kept if post.is_public]
        assert len(reading.all("article")) == len(approved) + 1 if reading.all("article") else approved
        for post in self._kept:
            await self.scene.us.node.store.delete_remote_post(post.id, post.actor, now=self.scene.village.clock())
        self._kept.clear()

    async def _find(self, activity: JsonObject) -> RemotePost | None:
        thing = activity.get("object")
        thing = thing[0] if isinstance(thing, list) and thing else thing
        id, actor = text(thing, "id"), activity.get("actor")
        actor = actor[0] if isinstance(actor, list) else actor
        actor = actor if isinstance(actor, str) else text(actor, "id")
        return await self.scene.us.node.store.find_remote_post(ObjectId(id), ActorId(actor))

    def _why(self) -> str:
        """The name of the last refusal, as the log has it."""
        return [text(record.__dict__, "why") for record in self.log.records if record.message == "refused"][-1]

    async def _failed(self) -> int:
        return (await self.scene.us.node.store.count_received())["failed"]

    async def put(self, overrides: JsonObject, position: Position, name: str) -> str:
        """One object in one position: a reply to us, a post of somebody we follow, what a post is edited to."""
        scene, number = self.scene, next(self._numbers)
        who = scene.mal if position == "reply" else scene.peer
        note = moved({**who.note(f"odd{number}", published="2026-11-22T11:00:00Z"), **overrides}, who, scene.campaign)
        if position == "reply":
            note.setdefault("inReplyTo", self.update)
        if position == "edit":
            first = {**note, "type": note.get("type") or "Note", "content": "<p>first</p>", "attributedTo": who.actor()}
            await scene.deliver(who, who.activity("Create", {**first, "id": note.get("id") or f"{who.base}/x{number}"}))
        return await self.send(name, who, who.activity("Update" if position == "edit" else "Create", note))
