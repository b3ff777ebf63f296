"""Random work on the queue outwards, held against the sentence that says what a claim lends."""

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from storage.ids import Host, InboxUrl, Lease, ObjectId
from storage.records import Delivery, NewDelivery
from storage.store import Store
from tests.storage.making import NOON, a_delivery, a_result

HOSTS = ("a.example", "b.example", "c.example")


def expected_claim(queue: list[Delivery], now: datetime, limit: int, per_host: int, busy: list[Host]) -> list[int]:
    """Serials of those due, oldest due first: `claim_deliveries`' docstring in plain words."""
    waiting = sorted((one for one in queue if one.state == "waiting"), key=lambda one: one.serial)
    first: dict[tuple[str, str], int] = {}
    for one in waiting:
        first.setdefault((one.object, one.inbox), one.serial)
    due = [one for one in waiting if one.due_at <= now and first[one.object, one.inbox] == one.serial]
    lent: list[int] = []
    shares: Counter[str] = Counter()
    for one in sorted(due, key=lambda one: (one.due_at, one.serial)):
        if one.host not in busy and shares[one.host] < per_host and len(lent) < limit:
            shares[one.host] += 1
            lent.append(one.serial)
    return lent


class Play:
    """Seeded steps on one store, with a clock that only they move."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.chance = random.Random(seed)
        self.now = NOON
        self.lent: list[Delivery] = []
        self.made = 0

    def soon(self) -> datetime:
        return self.now + timedelta(minutes=self.chance.randrange(-2, 9))

    def new(self) -> NewDelivery:
        self.made += 1
        host = self.chance.choice(HOSTS)
        return a_delivery(
            self.made,
            host,
            inbox=InboxUrl(f"https://{host}/inbox/{self.chance.randrange(2)}"),
            object=ObjectId(f"o{self.chance.randrange(3)}"),
            type=self.chance.choice(("Create", "Update", "Update", "Delete")),
            due_at=self.soon(),
        )

    async def add(self) -> None:
        await self.store.add_deliveries([self.new() for _ in range(self.chance.randrange(1, 6))], now=self.now)

    async def claim(self) -> None:
        queue = await self.store.list_deliveries(None, None, after=None, limit=9999)
        limit, per_host = self.chance.randrange(1, 6), self.chance.randrange(1, 4)
        busy = [Host(host) for host in HOSTS if self.chance.random() < 0.2]
        expected = expected_claim(queue, self.now, limit, per_host, busy)
        until, lease = self.now + timedelta(minutes=4), Lease(str(self.chance.random()))
        lent = await self.store.claim_deliveries(
            now=self.now, until=until, lease=lease, limit=limit, per_host=per_host, busy=busy
        )
        assert [one.serial for one in lent] == expected
        self.lent += lent

    async def finish(self) -> None:
        self.chance.shuffle(self.lent)
        some, self.lent = self.lent[:3], self.lent[3:]
        states = ("delivered", "delivered", "waiting", "dead")
        results = [a_result(one, state=self.chance.choice(states), due_at=self.soon()) for one in some]
        await self.store.finish_deliveries(results)

    async def move_a_host(self) -> None:
        host = Host(self.chance.choice(HOSTS))
        if self.chance.random() < 0.1:
            await self.store.cancel_host_deliveries(host)
        elif self.chance.random() < 0.5:
            await self.store.postpone_host(host, until=self.soon())
        else:
            await self.store.hasten_host(host, now=self.now)

    async def wait(self) -> None:
        self.now += timedelta(minutes=self.chance.randrange(4))


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_a_claim_lends_exactly_what_it_promises(store: Store, seed: int) -> None:
    play = Play(store, seed)
    steps = (play.add, play.claim, play.claim, play.finish, play.move_a_host, play.wait)
    for _ in range(120):
        await play.chance.choice(steps)()
        assert await store.check() == []
