"""`/network`: who holds what of us, what we hold of them, and what would survive; and how anybody can check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from federation.addresses import authority
from federation.identity import fingerprint
from federation.mirror.held import Hear, HeldUnion, Shelves, is_shown, list_held
from federation.mirror.pace import Hearing
from node.app_keys import NODE, SITE
from node.hearing import hearing_of
from node.web.readers.copies import copy_path
from node.web.readers.dates import Moment, moment
from node.web.readers.pages import Page, draw, page_sheet
from node.web.readers.views import Site
from node.web.readers.wording import Wording
from storage.ids import Did
from storage.records import Peer, Receipt

_ENOUGH = 2
"""Mirrors that should hold everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCard:
    """A peer in a row: finished words."""

    name: str
    domain: str
    url: str
    path: str | None
    """Of the copy here."""
    fingerprint: str
    holds: str
    holds_at: Moment | None
    we_hold: str
    we_hold_at: Moment | None
    silent_since: Moment | None
    unheard_since: Moment | None
    stands: str
    """What of its record would survive here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """What of our own record would stand, and where."""

    words: str
    places: tuple[str, ...]


async def get_network(request: web.Request) -> web.Response:
    """The peers and their holdings."""
    node, site = request.config_dict[NODE], request.config_dict[SITE]
    return page_sheet(await network_page(node.store, site, node.union.did, hearing_of(node))).answer()


async def get_check(request: web.Request) -> web.Response:
    """How to check an update, in plain words."""
    site = request.config_dict[SITE]
    return page_sheet(draw("check", site=site, w=site.wording, canonical=f"{site.url}/network/check")).answer()


async def network_page(store: Shelves, site: Site, did: Did, hear: Hear) -> Page:
    """Every peer that may be named; receipts of others are left out, so they count for nothing here."""
    peers = [one for one in await store.list_peers() if is_shown(one) and one.state in ("mutual", "removed")]
    own = next((log for log in await store.list_logs(did) if log.state == "ours"), None)
    size = own.checkpoint_size if own else 0
    receipts = {one.mirror: one for one in await store.list_receipts(own.name)} if own else {}
    held = {one.did: one for one in await list_held(store, hear)}
    cards = [_card(peer, hear(peer), size, receipts.get(peer.did), held.get(peer.did), site.wording) for peer in peers]
    whole = sum(receipts[peer.did].size >= size for peer in peers if peer.did in receipts)
    return draw(
        "network",
        site=site,
        w=site.wording,
        canonical=f"{site.url}/network",
        peers=cards,
        survivals=_survivals(peers, size, receipts, held, site.wording),
        are_too_few=bool(size) and whole < _ENOUGH,
    )


def _card(
    peer: Peer, hearing: Hearing, size: int, receipt: Receipt | None, held: HeldUnion | None, wording: Wording
) -> PeerCard:
    words = wording.network
    checked = held.log.checkpoint_at if held else None
    since = moment(peer.silent_since, wording) if peer.silent_since and hearing != "answering" else None
    return PeerCard(
        name=_name(peer, held),
        domain=held.domain if held else authority(peer.url),
        url=held.charter.homes[0] if held else peer.url,
        path=copy_path(held.domain) if held else None,
        fingerprint=fingerprint.words(peer.did),
        holds=_holds(size, receipt, wording),
        holds_at=moment(receipt.at, wording) if receipt else None,
        we_hold=words.up_to_entry.format(n=held.log.checkpoint_size) if held else words.we_hold_nothing,
        we_hold_at=moment(checked, wording) if checked else None,
        silent_since=since if hearing == "silent" else None,
        unheard_since=since if hearing != "silent" else None,
        stands=words.theirs_stands.format(n=held.log.checkpoint_size) if held else words.theirs_gone,
    )


def _holds(size: int, receipt: Receipt | None, wording: Wording) -> str:
    words = wording.network
    if receipt is None or receipt.size == 0:
        return words.holds_nothing
    if receipt.size >= size:
        return words.holds_all.format(n=size)
    return words.holds_part.format(n=receipt.size, m=size)


def _survivals(
    peers: Sequence[Peer],
    size: int,
    receipts: Mapping[Did, Receipt],
    held: Mapping[Did, HeldUnion],
    wording: Wording,
) -> list[Survival]:
    """Largest part first; the same part at several mirrors is one line."""
    parts: dict[int, list[str]] = {}
    for peer in peers:
        if peer.did in receipts and receipts[peer.did].size:
            parts.setdefault(min(receipts[peer.did].size, size), []).append(_name(peer, held.get(peer.did)))
    words = wording.network
    return [
        Survival(words=(words.still_whole if part >= size else words.still_part).format(n=part, m=size), places=(*at,))
        for part, at in sorted(parts.items(), reverse=True)
    ]


def _name(peer: Peer, held: HeldUnion | None) -> str:
    return held.charter.name if held else peer.name or authority(peer.url)
