"""Us, and two homes elsewhere that show whatever a test wants: for the stories of pacts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from federation.strictjson import JsonObject, JsonValue
from node.actions.doctor import check
from node.cli.reading import member, rows
from storage.records import Peer
from tests.federation.mirror.charters import UnionOf
from tests.stories.feigned import Feigned, open_home
from tests.village import Village, Villager

HARBOUR, ARCHIVE = UnionOf(2, "Harbour"), UnionOf(3, "Archive")


@dataclass(slots=True)
class Scene:
    """Us, and two homes elsewhere."""

    village: Village
    us: Villager
    home: Feigned
    mal: Feigned

    async def add(self, home: Feigned | None = None) -> JsonValue:
        return await self.us.do("peer add", url=(home or self.home).base)

    async def say(self, activity: JsonObject, who: Feigned | None = None, **more: Any) -> int:
        status = await (who or self.home).say(self.us, activity, self.village.clock(), **more)
        await self.village.settle()
        return status

    async def ask(self, who: Feigned | None = None) -> None:
        who = who or self.home
        assert await self.say(who.ask(self.us), who) == 202

    async def befriend(self) -> Peer:
        """A pact with the union that lives in the home."""
        self.home.live_in(HARBOUR)
        await self.add()
        await self.ask()
        peer = await self.peer()
        await self.say(self.home.activity("Accept", str(peer.follow), f"{self.home.base}/actor"))
        assert (await self.peer()).state == "mutual"
        return await self.peer()

    async def peer(self) -> Peer:
        peer = await self.us.node.store.find_peer(HARBOUR.did)
        assert peer is not None
        return peer

    async def peers(self) -> list[tuple[str, str]]:
        return [(peer.did, peer.state) for peer in await self.us.node.store.list_peers()]

    async def said(self, type: str) -> int:
        """How many letters of this type our node wrote."""
        listed = await self.us.node.store.list_deliveries(None, None, after=None, limit=99)
        return sum(one.type == type and one.actor == self.us.node.locations.instance_actor for one in listed)

    async def alarms(self) -> list[JsonValue]:
        return [alarm for row in rows(await self.us.do("peer list")) for alarm in rows(member(row, "alarms"))]

    async def finding(self) -> str:
        (found,) = [one for one in await check(self.us.node) if one.what == "peers"]
        return found.level


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    us = await village.add("koreno")
    async with open_home(1) as home, open_home(2) as mal:
        yield Scene(village, us, home, mal)
