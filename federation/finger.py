"""Ask hosts about addresses: WebFinger over the wire, and the check that both sides say the same (ORG-26)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from federation.activitystreams.media_types import media_type
from federation.errors import BadAnswer, Unintelligible
from federation.identity.webfinger import JRD, Address, Finding, read_finding
from federation.strictjson import load_object
from federation.wire import Wire
from storage.ids import ActorId, Host

_TYPES: Final = frozenset({JRD, "application/json"})


async def finger(address: Address, host: Host, wire: Wire) -> Finding:
    """What `host` says about an address; `BadAnswer` when that is nothing usable."""
    scheme = "http" if wire.dev and _is_for_trying_out(host) else "https"
    query = urlencode({"resource": address.acct})
    answer = await wire.get(f"{scheme}://{host}/.well-known/webfinger?{query}", accept=f"{JRD}, application/json")
    if not 200 <= answer.status < 300:
        raise BadAnswer(f"{host} does not know the address {address}.", status=answer.status)
    if media_type(answer.content_type) not in _TYPES:
        raise BadAnswer(f"{host} answered about {address} with something other than WebFinger.")
    try:
        return read_finding(load_object(answer.body))
    except Unintelligible:
        raise BadAnswer(f"{host} answered about {address} without naming an actor.") from None


async def confirm(asked: Address, finding: Finding, home: Host, wire: Wire) -> ActorId:
    """The actor behind an address, once the actor's own host `home` has said so too.

    A host may speak for actors of its own. For an actor elsewhere, that host must know the subject, which is an
    address at one of the two, and point to the same actor; `BadAnswer` otherwise.
    """
    if home == asked.host:
        return finding.actor
    subject = finding.subject or asked
    if subject.host not in {asked.host, home}:
        raise _not_confirmed(asked, home)
    theirs = await finger(subject, home, wire)
    named = subject.host == home or subject.is_same_as(theirs.subject)
    if theirs.actor != finding.actor or not named:
        raise _not_confirmed(asked, home)
    return finding.actor


def _is_for_trying_out(host: Host) -> bool:
    """A host with a port of its own, or a loopback address: nodes under dev that have no certificate."""
    return ":" in host or host.startswith("127.")


def _not_confirmed(asked: Address, home: Host) -> BadAnswer:
    return BadAnswer(f"{asked.host} says that {asked} is an actor of {home}, but {home} does not confirm it.")
