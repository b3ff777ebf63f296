"""Everything the web handlers share, read through `request.config_dict`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aiohttp import web

from federation.budgets import AddressBudget
from federation.inbox.receive import Receiver
from federation.inbox.signers import Porter
from federation.mirror.adding import EntryReceiver
from federation.mirror.brought import BodyReceiver
from federation.mirror.receive import HeadReceiver
from federation.mirror.retracting import Retractor
from node.context import Node
from node.probes import Arrival
from node.proxies import Ip, Proxies, read_ip, share_of
from node.scarce import ScarceLines
from node.web.documents import Documents
from node.web.peers.held_bodies import Bringing, Reading
from node.web.peers.log_waiting import HeadWaiters
from node.web.readers.kept import KeptPages
from node.web.readers.views import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """What those who ask may use before anybody knows who they are."""

    proxies: Proxies
    budget: AddressBudget = field(default_factory=AddressBudget)
    lines: ScarceLines = field(default_factory=ScarceLines)
    """What is logged of refusals."""

    def spend(self, request: web.Request, now: datetime) -> None:
        """Take one from the budget of the address that asks; `TooMany` when it is used up."""
        share = self.share(request)
        if share is not None:
            self.budget.spend(share, now)

    def share(self, request: web.Request) -> int | None:
        """Under what whoever asks is counted; None for one of our own."""
        stranger = self.find(request)
        return None if stranger is None else share_of(stranger)

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
HEAD_RECEIVER: Final = web.AppKey("head_receiver", HeadReceiver)
HEAD_WAITERS: Final = web.AppKey("head_waiters", HeadWaiters)
ENTRY_RECEIVER: Final = web.AppKey("entry_receiver", EntryReceiver)
BODY_RECEIVER: Final = web.AppKey("body_receiver", BodyReceiver)
RETRACTOR: Final = web.AppKey("retractor", Retractor)
READING: Final = web.AppKey("reading", Reading)
BRINGING: Final = web.AppKey("bringing", Bringing)
