"""Who is to get an activity: deliveries made from inboxes, each inbox once, never one of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from federation.addresses import authority
from federation.errors import ForbiddenAddress
from storage.ids import Host, InboxUrl
from storage.records import Activity, NewDelivery
from storage.store import Deliveries, Followers

PAGE: Final = 1000
NO_HOST: Final = Host("invalid")
"""Stands where an inbox's URL names no host (RFC 2606 §2): the delivery becomes a dead letter, shown."""
_FOREIGN: Final = "foreign:"


def deliveries_for(
    activity: Activity,
    inboxes: Iterable[InboxUrl],
    *,
    own_hosts: Collection[Host],
    due_at: datetime,
    foreign: Collection[InboxUrl] = (),
) -> list[NewDelivery]:
    """One delivery for each distinct inbox, in their order, without those on our own hosts.

    An inbox in `foreign` was named by somebody of another host. All such inboxes of a host are judged apart from
    it: else anybody could let us fail at a page of a host, until we left all of that host in peace.
    """
    made = [_delivery(activity, inbox, due_at) for inbox in dict.fromkeys(inboxes) if _host(inbox) not in own_hosts]
    return [replace(one, host=foreign_to(one.host)) if one.inbox in foreign else one for one in made]


def foreign_to(host: Host) -> Host:
    """The name under which a host's foreign inboxes are judged."""
    return Host(f"{_FOREIGN}{host}")


def host_behind(host: Host) -> Host:
    """The host that a delivery goes to, whichever way its inbox was named."""
    return Host(host.removeprefix(_FOREIGN))


def follower_deliveries(
    store: Followers, activity: Activity, *, own_hosts: Collection[Host], due_at: datetime
) -> AsyncIterator[list[NewDelivery]]:
    """Deliveries to the followers of the activity's actor, in lists of at most 1,000."""

    async def page(after: InboxUrl | None) -> Sequence[InboxUrl]:
        return await store.list_delivery_inboxes(activity.actor, after=after, limit=PAGE)

    return _by_the_page(page, store, activity, own_hosts=own_hosts, due_at=due_at)


class SentAndFollowed(Deliveries, Followers, Protocol):
    """What is read to reach whoever was sent an object."""


def object_deliveries(
    store: SentAndFollowed, activity: Activity, *, own_hosts: Collection[Host], due_at: datetime
) -> AsyncIterator[list[NewDelivery]]:
    """Deliveries to whoever was ever sent the activity's object, follower or not, for an Update or Delete."""

    async def page(after: InboxUrl | None) -> Sequence[InboxUrl]:
        return await store.list_object_inboxes(activity.object, after=after, limit=PAGE)

    return _by_the_page(page, store, activity, own_hosts=own_hosts, due_at=due_at)


async def _by_the_page(
    page_after: Callable[[InboxUrl | None], Awaitable[Sequence[InboxUrl]]],
    store: Followers,
    activity: Activity,
    *,
    own_hosts: Collection[Host],
    due_at: datetime,
) -> AsyncIterator[list[NewDelivery]]:
    after: InboxUrl | None = None
    while page := await page_after(after):
        foreign = await store.list_foreign_inboxes(page)
        yield deliveries_for(activity, page, own_hosts=own_hosts, due_at=due_at, foreign=foreign)
        after = page[-1]


def _delivery(activity: Activity, inbox: InboxUrl, due_at: datetime) -> NewDelivery:
    return NewDelivery(
        activity=activity.id,
        inbox=inbox,
        host=_host(inbox),
        actor=activity.actor,
        object=activity.object,
        type=activity.type,
        due_at=due_at,
    )


def _host(inbox: InboxUrl) -> Host:
    try:
        return authority(inbox)
    except ForbiddenAddress:
        return NO_HOST
