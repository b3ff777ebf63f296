"""What the tests play on: a clock moved by hand, a wire with scripted answers, activities and inboxes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from federation.addresses import authority
from federation.delivery.attempt import SigningKey
from federation.delivery.recipients import deliveries_for
from federation.delivery.worker import DeliveryWorker
from federation.errors import NoAnswer
from federation.schemes import SchemeTable
from storage.ids import ActivityId, ActorId, Host, InboxUrl, KeyId, Lease, ObjectId
from storage.records import Activity, Delivery
from storage.store import Store

NOON: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
CAMPAIGN: Final = ActorId("https://union.example/actors/koreno")
NOTE: Final = ObjectId("https://union.example/notes/1")
OWN_HOST: Final = Host("union.example")
SILENCE: Final = NoAnswer("down.test accepts no connection.")


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def move(self, **duration: float) -> None:
        self.at += timedelta(**duration)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A scripted answer."""

    status: int = 202
    retry_after: str | None = None
    host_date: str | None = None
    accept_signature: str | None = None


Cue = int | Reply | Exception | asyncio.Event


@dataclass
class FakeWire:
    """Answers by inbox, the last one for ever; an Event holds the answer back until it is set."""

    script: dict[InboxUrl, list[Cue]] = field(default_factory=dict)
    posts: list[tuple[InboxUrl, bytes]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    under_way: Counter[Host] = field(default_factory=Counter)
    most_under_way: Counter[Host] = field(default_factory=Counter)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        inbox = InboxUrl(url)
        self.posts.append((inbox, body))
        self.headers.append(headers)
        cues = self.script.get(inbox, [202])
        cue = cues.pop(0) if len(cues) > 1 else cues[0]
        self.under_way[authority(url)] += 1
        self.most_under_way |= self.under_way
        try:
            await asyncio.sleep(0)
            return await _play(cue)
        finally:
            self.under_way[authority(url)] -= 1

    def reached(self) -> list[InboxUrl]:
        """Every inbox that was sent something, once for each request."""
        return [inbox for inbox, _ in self.posts]


async def _play(cue: Cue) -> Reply:
    match cue:
        case asyncio.Event():
            await cue.wait()
            return Reply()
        case Exception():
            raise cue
        case Reply():
            return cue
        case int():
            return Reply(status=cue)


@cache
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


async def signing_keys(delivery: Delivery) -> tuple[SigningKey, ...]:
    return (SigningKey(key_id=KeyId(f"{delivery.actor}#main-key"), key=rsa_key()),)


def inbox(host: str, name: str = "inbox") -> InboxUrl:
    return InboxUrl(f"https://{host}/{name}")


def inboxes(host: str, number: int) -> list[InboxUrl]:
    return [inbox(host, f"users/{place:03}/inbox") for place in range(number)]


def activity(kind: str = "Create", *, about: ObjectId = NOTE) -> Activity:
    name = f"{about}/{kind.lower()}"
    return Activity(id=ActivityId(name), actor=CAMPAIGN, type=kind, object=about, body=name.encode(), created_at=NOON)


async def queue(store: Store, made: Activity, to: Sequence[InboxUrl], now: datetime = NOON) -> None:
    """Keep the activity and queue it to these inboxes, ours too."""
    await store.add_activity(made, deliveries_for(made, to, own_hosts=(), due_at=now))


def worker(store: Any, wire: FakeWire, clock: Clock, **settings: Any) -> DeliveryWorker:
    numbers = count(1)
    return DeliveryWorker(
        store=store,
        wire=wire,
        now=clock,
        **{
            "keys": signing_keys,
            "schemes": SchemeTable(store, now=clock),
            "jitter": lambda: 0.5,
            "leases": lambda: Lease(f"{id(wire)}-{id(numbers)}-{next(numbers)}"),
            "own_hosts": {OWN_HOST},
            **settings,
        },
    )


async def states(store: Store) -> dict[str, int]:
    """How many deliveries stand in each state that any is in."""
    return {state: number for state, number in (await store.count_deliveries()).items() if number}


async def soon(happened: Callable[[], object]) -> None:
    """Let the loop run until `happened()` is true; a test that waits in vain fails by its timeout."""
    while not happened():  # noqa: ASYNC110 — what is waited for has no event
        await asyncio.sleep(0)


async def stored(store: Store, **expected: int) -> None:
    """Let the loop run until the deliveries stand like this."""
    while await states(store) != expected:  # noqa: ASYNC110 — the store has no event
        await asyncio.sleep(0)


async def started(busy: DeliveryWorker) -> tuple[asyncio.Task[None], asyncio.Event]:
    """The worker at work, and what stops it."""
    stop = asyncio.Event()
    return asyncio.create_task(busy.run(stop)), stop
