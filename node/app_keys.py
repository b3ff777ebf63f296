"""Everything the web handlers share, read through `request.config_dict`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiohttp import web

from federation.budgets import AddressBudget
from federation.inbox.receive import Receiver
from federation.inbox.signers import Porter
from node.context import Node
from node.probes import Arrival
from node.proxies import Ip, Proxies, read_ip, share_of
from node.web.documents import Documents
from node.web.readers.kept import KeptPages
from node.web.readers.views import Site


@dataclass(slots=True)
class Reading:
    """How many bytes of inbox bodies are held at this moment, and whose inboxes were asked for."""

    held: int = 0
    handles: set[str] = field(default_factory=set)
    """Actors of ours that were found; none is ever removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """What those who ask may use before anybody knows who they are."""

    proxies: Proxies
    budget: AddressBudget = field(default_factory=AddressBudget)

    def spend(self, request: web.Request, now: datetime) -> None:
        """Take one from the budget of the address that asks; `TooMany` when it is used up."""
        stranger = self.find(request)
        if stranger is not None:
            self.budget.spend(share_of(stranger), now)

    def see(self, request: web.Request) -> Arrival:
        """How a request came in."""
        peer = request.get_extra_info("peername")
        ip = read_ip(peer[0]) if peer else None
        return Arrival(
            host=request.headers.get("Host", ""),
            peer_is_trusted=ip is not None and self.proxies.trusts(ip),
            tells_client="X-Forwarded-For" in request.headers,
        )

    def find(self, request: web.Request) -> Ip | None:
        """Who asks, unless it is one of our own."""
        peer = request.get_extra_info("peername")
        return self.proxies.stranger(peer[0] if peer else None, request.headers.getall("X-Forwarded-For", ()))


NODE: Final = web.AppKey("node", Node)
PORTER: Final = web.AppKey("porter", Porter)
RECEIVER: Final = web.AppKey("receiver", Receiver)
DOCUMENTS: Final = web.AppKey("documents", Documents)
SITE: Final = web.AppKey("site", Site)
PAGES: Final = web.AppKey("pages", KeptPages)
STRANGERS: Final = web.AppKey("strangers", Strangers)
READING: Final = web.AppKey("reading", Reading)
