"""What `check` sees from outside in: our own address, asked the way other servers ask it; and their clocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from federation.activitystreams.media_types import ACCEPT, is_activitystreams
from federation.certificates import Watched, find_flaw
from federation.errors import FederationError
from federation.strictjson import load_object
from federation.wire import Answer, Wire
from node.actions.findings import Finding, Level
from node.clock import refuse_wrong_clock
from node.context import Node
from node.errors import ClockWrong
from node.probes import Arrival
from node.version import user_agent
from storage.ids import ActorId

_SOON: Final = timedelta(days=14)
_OFF: Final = timedelta(seconds=60)
_FAR_OFF: Final = timedelta(minutes=5)
_ENOUGH_WITNESSES: Final = 3
_SET_CLOCK: Final = "Set the clock: timedatectl set-ntp true"
_ADDRESS_CURE: Final = (
    "Start the node (`picketline serve`), and see that the name leads here and the web server in front passes "
    "requests on with their Host."
)
_ANOTHER: Final = "answers, but it is not this node that answers."


async def look_at_address(node: Node) -> Finding:
    """Our WebFinger, and the actor it names (with authorised fetch the node's own), as other servers find us."""
    handle, host, url = node.config.handle, node.locations.host, node.config.url
    account = f"acct:{handle}@{host}"
    try:
        async with _outside(node) as wire:
            finger = await wire.get(f"{url}/.well-known/webfinger?resource={account}", accept="application/jrd+json")
            actor = await wire.get(_open_actor(node), accept=ACCEPT)
        if finger.status != 200 or load_object(finger.body).get("subject") != account:
            return Finding(what="address", level="fail", says=f"{url} {_ANOTHER}", do=_ADDRESS_CURE)
        says = _wrong_actor(actor, node)
    except FederationError as problem:
        return Finding(what="address", level="fail", says=f"{url} does not answer: {problem}", do=_ADDRESS_CURE)
    if says is not None:
        do = "See that the web server in front passes `Accept` on, redirects nothing and keeps no copies of its own."
        return Finding(what="address", level="fail", says=says, do=do)
    return Finding(what="address", level="ok", says=f"@{handle}@{host} answers at its address.")


def _open_actor(node: Node) -> ActorId:
    """The actor that whoever asks without a signature may see."""
    return node.locations.instance_actor if node.config.authorized_fetch else node.union_actor


def _wrong_actor(answer: Answer, node: Node) -> str | None:
    asked = _open_actor(node)
    if answer.status != 200 or not is_activitystreams(answer.content_type):
        return f"WebFinger answers, but {asked} gives no ActivityStreams, so nobody can follow."
    if load_object(answer.body).get("id") != asked:
        return f"{asked} answers with another actor, so nobody can follow."
    return None


async def look_at_proxy(node: Node) -> Finding:
    """How a request to our own address arrives here: with which Host, and whether we learn who asks."""
    number = node.probes.send()
    try:
        async with _outside(node) as wire:
            await wire.get(f"{node.config.url}/.well-known/nodeinfo?probe={number}", accept="application/json")
    except FederationError:
        says = "How requests arrive could not be seen, because the address does not answer."
        return Finding(what="proxy", level="warn", says=says, do="Mend the address first.")
    finally:
        arrival = node.probes.end(number)
    if arrival is None:
        return Finding(what="proxy", level="fail", says=f"{node.config.url} {_ANOTHER}", do=_ADDRESS_CURE)
    return judge_arrival(arrival, node.locations.host, dev=node.config.dev)


def judge_arrival(arrival: Arrival, host: str, *, dev: bool) -> Finding:
    """What the way a request of ours came in says about the web server in front."""
    level: Level = "warn"
    if arrival.host.lower() != host:
        level = "fail"
        says = (
            f"Requests for {host} arrive with the Host “{arrival.host}”, so the signatures of other "
            "servers do not fit, and whatever they send is refused."
        )
        do = "Let the web server in front keep the Host (Caddy does; nginx: proxy_set_header Host $host;)."
    elif arrival.tells_client and not arrival.peer_is_trusted:
        says = "A web server in front says who asks, but is not believed, so all share the limits of one address."
        do = "Put its address, as this machine sees it, into `trusted_proxies`, and restart the node."
    elif arrival.peer_is_trusted and not arrival.tells_client and not dev:
        says = "The web server in front does not say who asks, so nobody's requests are limited by address."
        do = "Let it send X-Forwarded-For (Caddy does; nginx: X-Forwarded-For $proxy_add_x_forwarded_for;)."
    else:
        return Finding(what="proxy", level="ok", says="Requests arrive with their Host.")
    return Finding(what="proxy", level=level, says=says, do=do)


async def look_at_certificate(node: Node) -> Finding:
    """The certificate at our own address, through the same gate and with the same trust as other servers have."""
    if node.config.url.startswith("http:"):
        return Finding(what="certificate", level="ok", says="A node for trying out needs no certificate.")
    watched = Watched()
    try:
        async with _outside(node, watched) as wire:
            await wire.get(f"{node.config.url}/.well-known/nodeinfo", accept="application/json")
    except FederationError as problem:
        flaw = find_flaw(problem)
        if flaw is None:
            says = "The certificate could not be seen, because the address does not answer."
            return Finding(what="certificate", level="warn", says=says, do="Mend the address first.")
        says, do = _FLAWS[flaw]
        return Finding(what="certificate", level="fail", says=says, do=do)
    left = watched.ends_at - node.now() if watched.ends_at else None
    if left is None:
        return Finding(what="certificate", level="ok", says="The certificate is believed.")
    says = f"The certificate is good for another {left.days} days."
    if left >= _SOON:
        return Finding(what="certificate", level="ok", says=says)
    return Finding(what="certificate", level="warn", says=f"{says} After that nobody gets through.", do=_RENEW)


_RENEW: Final = "It should have been renewed by now; see why not in the log of the web server in front."
_FLAWS: Final = {
    "expired": ("The certificate has expired: other servers and browsers get no further.", _RENEW),
    "name": (
        "The certificate is made for another name, so other servers and browsers get no further.",
        "Put the name of this node into the web server in front, and let it get a certificate for it.",
    ),
    "chain": (
        "The certificate is not signed by anybody whom this machine trusts, so other servers get no further.",
        "Let the web server in front get one from a public authority, and serve the whole chain with it.",
    ),
}


async def look_at_clock(node: Node) -> Finding:
    """Against the store's server, what we published, and the clocks of servers that answered us lately."""
    try:
        await node.server_clock.refuse_wrong()
        await refuse_wrong_clock(node.store, node.now())
    except ClockWrong as problem:
        return Finding(what="clock", level="fail", says=str(problem), do=_SET_CLOCK)
    heard = node.heard_dates.median_offset()
    if heard is None:
        says = "The clock is later than everything published; no server answered lately to compare it with."
        return Finding(what="clock", level="ok", says=says)
    off, witnesses = heard
    servers = "one server" if witnesses == 1 else f"{witnesses} servers"
    if abs(off) <= _OFF:
        return Finding(what="clock", level="ok", says=f"The clock agrees with {servers} that answered lately.")
    way = "fast" if off > timedelta(0) else "slow"
    says = (
        f"The clock is {round(abs(off).total_seconds())} s {way}, compared with {servers} that answered lately. Many "
        "servers refuse what is signed more than a few minutes off; all refuse an hour."
    )
    is_sure = abs(off) > _FAR_OFF and witnesses >= _ENOUGH_WITNESSES
    return Finding(what="clock", level="fail" if is_sure else "warn", says=says, do=_SET_CLOCK)


@asynccontextmanager
async def _outside(node: Node, watched: Watched | None = None) -> AsyncIterator[Wire]:
    """A door of our own that may ask this node itself, and nothing else is asked through it."""
    async with Wire(
        dev=node.config.dev,
        own_hosts=[],
        user_agent=user_agent(node.config.url),
        resolver=node.surroundings.names,
        tls=watched.context if watched else None,
    ) as wire:
        yield wire
