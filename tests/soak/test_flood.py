"""500 bad and 50 good requests a second against a real `serve`: the good ones do not notice.

All senders are processes apart, and send on time whether or not they are answered. `PICKETLINE_SOAK_SECONDS` sets
another length than a minute.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from node.metrics import LATELY_SECONDS
from tests.bench.homes import HANDLE
from tests.bench.serving import Served, closed_home, free_address, serving
from tests.mongo_server import mongo_server
from tests.soak.senders import Shot
from tests.soak.shots import Ammunition, bad_shots, good_shots
from tests.stories.strangers import Stranger, open_stranger, send

SECONDS: Final = int(os.environ.get("PICKETLINE_SOAK_SECONDS", "60"))
SHORT: Final = min(SECONDS, 20)
BAD, GOOD = 500, 50
PLAYED: Final = 5
"""A server of the tests' own that plays MongoDB is a Python program on the same cores: it gets a part of the flood."""
PEOPLE: Final = 10
MOST_MIB: Final = 300
MOST_SECONDS: Final = 1.0
MOST_BLOCKED: Final = 0.2
BAD_KINDS: Final = frozenset({"unknown key", "bad signature", "bad digest", "garbage", "oversize"})
REFUSED: Final = frozenset({"400", "401", "413", "429"})


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one flood."""

    answers: dict[str, Counter[str]]
    worst: float
    """Of a hundred good answers 99 came sooner."""
    longest: float
    """For how long anything held up the server's loop, at most."""
    work: float
    """How much the loop itself worked between two looks at it, at most."""
    mib: float
    cpu: float
    """Seconds of processor time that the server took."""
    late: float
    """How late the senders themselves were, at most."""

    def __str__(self) -> str:
        bad = {kind: dict(answers) for kind, answers in sorted(self.answers.items())}
        return (
            f"good ones: 99th of 100 after {self.worst * 1000:.0f} ms; loop held up {self.longest * 1000:.0f} ms "
            f"at most, its own work {self.work * 1000:.0f} ms; {self.mib:.0f} MiB at most, "
            f"{self.cpu:.1f} s of processor time; senders {self.late * 1000:.0f} ms late at most; {bad}"
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """A served home, and people it knows."""

    served: Served
    operators: str
    made: Ammunition

    async def look(self) -> tuple[float, float]:
        """For how long anything held up the loop lately, and how much it worked itself; as the node's metrics tell."""
        async with aiohttp.ClientSession() as session, session.get(f"http://{self.operators}/-/metrics") as answer:
            lines = (await answer.text()).splitlines()
        told = {name: value for name, _, value in (line.partition(" ") for line in lines)}
        return float(told["picketline_loop_longest_seconds"]), float(told["picketline_loop_work_seconds"])

    async def flood(self, *plans: Sequence[Shot]) -> Told:
        """Send each plan by a process of its own, all at once, and watch the server meanwhile."""
        async with AsyncExitStack() as stack:
            senders = [await stack.enter_async_context(sending(self.served.address, plan)) for plan in plans]
            await asyncio.sleep(2 * LATELY_SECONDS)  # whatever held it up before is not counted
            spent = self.served.cpu_seconds()
            firing = asyncio.gather(*(fire(sender) for sender in senders))
            seen = [await self.look()]
            while not firing.done():
                await asyncio.wait([firing], timeout=LATELY_SECONDS / 3)
                seen.append(await self.look())
            spent = self.served.cpu_seconds() - spent
            longest, work = (max(of_one) for of_one in zip(*seen, strict=True))
            return _told(await firing, longest=longest, work=work, mib=self.served.mebibytes("VmHWM"), cpu=spent)


def _told(results: Sequence[dict[str, Any]], **seen: float) -> Told:
    answers: dict[str, Counter[str]] = {}
    took: list[float] = []
    for result in results:
        for kind, counted in result["answers"].items():
            answers.setdefault(kind, Counter()).update(counted)
        took += result["seconds"].get("good", [])
    took.sort()
    worst = took[int(len(took) * 0.99)]
    return Told(answers, worst, late=max(result["late"] for result in results), **seen)


@asynccontextmanager
async def sending(address: str, plan: Sequence[Shot]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A sender that knows its plan and waits for the word."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.soak.senders",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=64 * 1024 * 1024,
    )  # fmt: skip
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        shots = [[shot.due, shot.source, shot.kind, len(shot.sent)] for shot in plan]
        child.stdin.write(json.dumps({"address": address, "shots": shots}).encode() + b"\n")
        child.stdin.writelines(shot.sent for shot in plan)
        await child.stdin.drain()
        assert await child.stdout.readline() == b"ready\n"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def fire(sender: asyncio.subprocess.Process) -> dict[str, Any]:
    """Give the word, and wait for what came of it."""
    assert sender.stdin is not None
    assert sender.stdout is not None
    sender.stdin.write(b"go\n")
    told: dict[str, Any] = json.loads(await sender.stdout.readline())
    return told


@asynccontextmanager
async def a_scene(folder: Path, store: str | None = None) -> AsyncIterator[Scene]:
    """A node that has heard of each of these people once."""
    config, address = await closed_home(folder, store)
    operators = free_address()
    with (config.home / "picketline.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\noperators_listen = "{operators}"\n')
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(open_stranger(number)) for number in range(PEOPLE)]
        served = await stack.enter_async_context(serving(config, address))
        made = Ammunition(f"http://{address}/actors/{HANDLE}/inbox", people)
        await introduce(made, people)
        yield Scene(served, operators, made)


async def introduce(made: Ammunition, people: Sequence[Stranger]) -> None:
    """Each says something, so that its key is known."""
    for who in people:
        follow = who.activity("Like", made.inbox.removesuffix("/inbox"))
        assert await send(made.inbox, *who.signed(made.inbox, follow, datetime.now(UTC))) == 202


async def flooded(
    folder: Path, engine: str, seconds: int, *, bad_from: Callable[[int], str], good_from: Callable[[int], str]
) -> Told:
    """A new node, its people, and so many seconds of good and bad."""
    with a_store(engine) as store:
        async with a_scene(folder, store) as scene:
            heard = [scene.made.good(who) for who in scene.made.people]
            part = part_for(engine)
            good = good_shots(scene.made, GOOD // part, seconds, good_from)
            told = await scene.flood(good, bad_shots(scene.made, BAD // part, seconds, bad_from, heard))
    print(f"\n{engine}, {seconds} s: {told}")  # noqa: T201
    return told


def part_for(engine: str) -> int:
    """Which part of the flood a node on this engine is tried with here."""
    return PLAYED if engine == "mongo" and "PICKETLINE_TEST_MONGO_URI" not in os.environ else 1


@contextmanager
def a_store(engine: str) -> Iterator[str | None]:
    """The address of an empty store; None for a file in the home."""
    if engine == "sqlite":
        yield None
        return
    with mongo_server("--sync-on-commit") as server:
        yield server.url(server.new_database())


def from_many(turn: int) -> str:
    return f"127.0.2.{turn % 40 + 1}"


def from_home(turn: int) -> str:
    return f"127.0.3.{turn + 1}"


def from_nowhere(_turn: int) -> str:
    """The web server in front, which does not say for whom it asks."""
    return "127.0.0.1"


def from_one(_turn: int) -> str:
    return "127.0.4.1"


def unhurt(told: Told) -> None:
    """What is promised of every flood, whoever is answered what."""
    assert told.longest <= MOST_BLOCKED
    assert told.mib <= MOST_MIB
    assert told.worst <= MOST_SECONDS
    refused = {status for kind, answers in told.answers.items() if kind in BAD_KINDS for status in answers}
    assert refused <= REFUSED, "somebody got no answer, or one that is a mistake of ours"


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("engine", ["sqlite", "mongo"])
async def test_a_flood_from_many_addresses_hurts_nobody(tmp_path: Path, engine: str) -> None:
    told = await flooded(tmp_path, engine, SECONDS, bad_from=from_many, good_from=from_home)
    assert {"202": GOOD // part_for(engine) * SECONDS} == told.answers["good"]
    unhurt(told)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_flood_through_a_web_server_that_does_not_say_for_whom_hurts_nobody(tmp_path: Path) -> None:
    told = await flooded(tmp_path, "sqlite", SHORT, bad_from=from_nowhere, good_from=from_nowhere)
    assert {"202": GOOD * SHORT} == told.answers["good"]
    unhurt(told)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_who_shares_the_address_of_a_flood_is_told_to_come_again(tmp_path: Path) -> None:
    told = await flooded(tmp_path, "sqlite", SHORT, bad_from=from_one, good_from=from_one)
    assert set(told.answers["good"]) <= {"202", "429"}
    unhurt(told)
