"""Homes that are no node of ours: a real server on loopback that shows an actor and a charter, true or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from federation.strictjson import JsonObject, JsonValue
from tests.federation.loopback import open_site
from tests.federation.mirror.charters import UnionOf
from tests.federation.people import show
from tests.stories.strangers import Stranger, key_number, send
from tests.village import Villager


class Feigned(Stranger):
    """What it shows can be changed at any time; nothing it shows need be true."""

    def live_in(self, union: UnionOf, raw: bytes | None = None, **changes: JsonValue) -> None:
        """Show the actor of a node of this union, and its charter: a sound one, or these bytes."""
        document: JsonObject = {
            **self.document("actor"),
            "type": "Application",
            "did": union.did,
            "log": f"{self.base}/log/{union.did}",
            **changes,
        }
        show(self.site, "/actor", {name: value for name, value in document.items() if value is not None})
        self.site.answer("/actor/inbox", status=202)
        self.serve_charter(union, union.charter(self.base) if raw is None else raw)

    def serve_charter(self, union: UnionOf, raw: bytes) -> None:
        """Show these bytes as the charter of this union."""
        self.site.answer(f"/log/{union.did}/charter", raw, Content_Type="application/json")

    def ask(self, us: Villager, *, name: str = "actor") -> JsonObject:
        """Its Follow of our node."""
        return self.activity("Follow", us.node.locations.instance_actor, f"{self.base}/{name}")

    async def say(self, us: Villager, activity: JsonObject, now: datetime, *, name: str = "actor") -> int:
        """Deliver it, signed by this home's key; the answer."""
        inbox = f"{us.node.config.url}/inbox"
        body, headers = self.signed(inbox, activity, now, key_id=f"{self.base}/{name}#main-key")
        return await send(inbox, body, headers)


@asynccontextmanager
async def open_home(number: int) -> AsyncIterator[Feigned]:
    """A running home; the same number has the same key."""
    async with open_site() as site:
        yield Feigned(site, key_number(number))
