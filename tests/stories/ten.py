"""Ten unions, all in pacts with each other, that publish while hosts lose each other, fall and come back.

What happens when is drawn from one seed, and time is the village's clock: the same seed tells the same story.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from federation.mirror.pace import PACE
from node.cli.reading import text
from storage.ids import LogName
from storage.records import KeptLog, Leaf
from tests.village import Village, Villager

NAMES = ("koreno", "harbour", "miners", "nurses", "weavers", "drivers", "printers", "bakers", "dockers", "tenants")
CHANGES = 200
AT_ONCE = 10
"""Changes between two looks of the workers."""
MOST_DOWN = 3


@dataclass(slots=True)
class Story:
    """What has happened so far, and what happens next."""

    village: Village
    people: list[Villager]
    draw: Random
    standing: dict[Villager, list[str]] = field(default_factory=dict)
    """Ids of what each has published and not taken back."""
    said: int = 0

    async def go_on(self) -> None:
        """Something breaks or is mended, some publish, time passes, everybody works."""
        await self._break_or_mend()
        for _ in range(AT_ONCE):
            await self._say_something()
        self.village.clock.move(seconds=self.draw.choice((1, 20, 70, 300, 700)))
        await self.village.settle()

    async def mend_all(self) -> None:
        """Everybody is there, and reaches everybody."""
        self.village.outages.heal()
        for one in self.people:
            if not one.is_up:
                await self.village.start(one)

    async def _break_or_mend(self) -> None:
        match self.draw.randrange(8):
            case 0:
                self.village.outages.heal()
            case 1 | 2:
                self._split()
            case 3:
                self._lose_answers()
            case 4 | 5:
                await self._stop_somebody()
            case 6:
                await self._start_somebody()

    def _split(self) -> None:
        """Into two parts; an older split may still hold besides."""
        hosts = [one.host for one in self.people]
        self.draw.shuffle(hosts)
        middle = self.draw.randint(1, len(hosts) // 2)
        self.village.outages.part(hosts[:middle], hosts[middle:])

    def _lose_answers(self) -> None:
        one, other = self.draw.sample(self.people, 2)
        self.village.outages.deaf.add((one.host, other.host))

    async def _stop_somebody(self) -> None:
        up = [one for one in self.people if one.is_up]
        if len(self.people) - len(up) < MOST_DOWN:
            await self.village.stop(self.draw.choice(up))

    async def _start_somebody(self) -> None:
        down = [one for one in self.people if not one.is_up]
        if down:
            await self.village.start(self.draw.choice(down))

    async def _say_something(self) -> None:
        """Three in five are new words, one in five changes older ones, one in five takes them back."""
        one = self.draw.choice([one for one in self.people if one.is_up])
        mine = self.standing.setdefault(one, [])
        self.said += 1
        what = self.draw.randrange(5) if mine else 0
        if what < 3:
            mine.append(text(await one.do("post", handle="union", text=f"Word {self.said}"), "id"))
        elif what == 3:
            await one.do("edit", id=self.draw.choice(mine), text=f"Word {self.said}, mended")
        else:
            await one.do("retract", id=mine.pop(self.draw.randrange(len(mine))))


async def ten_peers(village: Village) -> list[Villager]:
    """Everybody has a pact with everybody, confirmed by a third."""
    village.pace = PACE
    people = [await village.add(name) for name in NAMES]
    for one in people:
        for other in people:
            if one is not other:
                await one.do("peer add", url=other.node.config.url)
    await village.settle()
    return people


async def kept(holder: Villager, origin: Villager) -> KeptLog:
    """A union's log as one of them has it."""
    found = await holder.node.store.find_log(LogName(f"{origin.node.union.did}/1"))
    assert found is not None, f"{holder.node.config.name} holds nothing of {origin.node.config.name}"
    return found


async def leaves(holder: Villager, origin: Villager) -> list[Leaf]:
    """All of its entries as one of them has them."""
    log = await kept(holder, origin)
    return await holder.node.store.list_leaves(log.name, 0, log.size)
