"""A node with something at every address, and visitors in every role."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp

from federation.httpsig.sign import sign_cavage
from federation.identity.retraction import new_retraction
from federation.keys import multihash_sha256
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.tlog.packages import UPLOAD_TYPE, Upload, write_upload
from node.cli.reading import member, text
from storage.ids import Digest, KeyId, ObjectId
from tests.adversary.routes import ROWS, Role, Row
from tests.elsewhere import Elsewhere
from tests.federation.people import show
from tests.stories.picturing import given
from tests.stories.strangers import ACTIVITY, Stranger, open_stranger
from tests.village import Village, Villager

_ENTRIES: Final = write_upload(Upload(origin=f"{Elsewhere().did}/1", start=0, end=0))


@dataclass(frozen=True, slots=True)
class Got:
    """What a visitor was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Visit:
    """Visitors of one node."""

    village: Village
    us: Villager
    eve: Stranger
    places: Mapping[str, str]
    session: aiohttp.ClientSession
    _count: int = 0

    def path(self, row: Row) -> str:
        return row.path.format(**self.places)

    async def go(self, role: Role, row: Row) -> Got:
        """Visit an address of a route as it is meant to be visited."""
        match row.kind:
            case "inbox":
                return await self._write(role, self.path(row))
            case "head":
                return await self.ask("POST", self.path(row), {}, self._head())
            case "entries":
                return await self.ask("POST", self.path(row), {"Content-Type": UPLOAD_TYPE}, _ENTRIES)
            case "brought":
                return await self.ask("PUT", self.path(row), {}, b"x")
            case "retraction":
                return await self.ask("POST", self.path(row), {}, self._retraction())
            case _:
                return await self.read(role, self.path(row))

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Got:
        """Exactly this."""
        url = self.us.node.config.url + path
        async with self.session.request(method, url, headers=headers, data=body, allow_redirects=False) as answer:
            return Got(answer.status, answer.headers, await answer.read())

    async def read(self, role: Role, path: str) -> Got:
        """Ask for ActivityStreams, signed by those who have a key."""
        return await self.ask("GET", path, {"Accept": ACTIVITY, **self._told(role, "GET", path, None)})

    async def _write(self, role: Role, path: str) -> Got:
        self._count += 1
        actor = self._actor(role) or self.eve.actor()
        like = {
            "id": f"{self.eve.base}/{self._count}",
            "type": "Like",
            "actor": actor,
            "object": self.us.node.union_actor,
        }
        body = json.dumps(like).encode()
        return await self.ask("POST", path, {"Content-Type": ACTIVITY, **self._told(role, "POST", path, body)}, body)

    def _told(self, role: Role, method: str, path: str, body: bytes | None) -> dict[str, str]:
        """What a visitor says of itself: a signature, or a cookie that nobody gave it."""
        actor = self._actor(role)
        if actor is None:
            return {} if role == "anonymous" else {"Cookie": "__Host-session=1", "Authorization": "Bearer 1"}
        return sign_cavage(
            method=method,
            url=self.us.node.config.url + path,
            body=body,
            content_type=None if body is None else ACTIVITY,
            key_id=KeyId(f"{actor}#main-key"),
            key=self.eve.key,
            now=self.village.clock(),
        )

    def _actor(self, role: Role) -> str | None:
        names = {"remote actor": "eve", "blocked actor": "boss", "former peer": "actor"}
        return self.eve.actor(names[role]) if role in names else None

    def _head(self) -> bytes:
        """A head of the former peer's record, truly signed: its pact is over."""
        union = Elsewhere()
        note = sign_checkpoint(Checkpoint(f"{union.did}/1", 0, hashlib.sha256(b"").digest()), key=union.log_key)
        return b"old 0\n\n" + note

    def _retraction(self) -> bytes:
        """What the former peer's kit takes back, of which nothing is here."""
        union = Elsewhere()
        note = ObjectId(f"{self.eve.base}/notes/1")
        return new_retraction(union=union.did, object=note, published=self.us.node.now(), root_key=union.root)


@asynccontextmanager
async def open_visit(village: Village, **settings: str) -> AsyncIterator[Visit]:
    """A node that has said, shown and held something; an actor that is blocked, and a peer that was removed."""
    us = await village.add("koreno", **settings)
    await us.do("campaign add", handle="strike", name="Strike")
    places = await _furnish(us)
    async with open_stranger(1) as eve, aiohttp.ClientSession() as session:
        show(eve.site, "/actor", {**eve.document("actor"), "type": "Application"})
        former = Elsewhere(url=eve.base).peer(state="removed", actor=f"{eve.base}/actor", is_ended=True)
        await us.node.store.add_peer(former)
        us.node.pacts.forget()
        visit = Visit(village, us, eve, places, session)
        for role in ("remote actor", "blocked actor", "former peer"):
            assert (await visit.go(role, ROWS["shared_inbox"])).status == 202
        await us.do("block add", target=eve.actor("boss"))
        yield visit


async def _furnish(us: Villager) -> dict[str, str]:
    """Something at every address, and what each is called."""
    pictures = await given(us, 1)
    update = await us.do("post", handle="strike", text="We walked out #harbour", pictures=pictures)
    pinned = await us.do("pin", id=text(update, "id"))
    them = Elsewhere(at=us.node.now())
    them.introduce()
    theirs = them.say("<p>We are out.</p>")
    await them.hold(us.node.store)
    us.node.pacts.forget()
    await us.work()
    entry = (await us.node.store.list_entries(0, 1))[0].entry
    digest = Digest(text(member(pictures[0], "file"), "digest"))
    return {
        "host": us.host,
        "did": us.node.union.did,
        "origin": hashlib.sha256(f"{us.node.union.did}/1".encode()).hexdigest(),
        "update": text(update, "id").rsplit("/", 1)[-1],
        "activity": text(pinned, "activity").rsplit("/", 1)[-1],
        "digest": str(json.loads(entry.commitment)["digest"]),
        "media": digest,
        "multihash": multihash_sha256(await us.node.blobs.read_blob(digest)),
        "their_did": them.did,
        "their_origin": hashlib.sha256(f"{them.did}/1".encode()).hexdigest(),
        "theirs": theirs.rsplit("/", 1)[-1],
    }
