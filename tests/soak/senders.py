"""Sends requests at the times they are due, whether or not earlier ones were answered; a process of its own.

On its input a line of JSON, `{"address": "HOST:PORT", "shots": [[due, source, kind, size], …]}` with `due` in seconds
from the beginning, then the bytes of each. It says `ready`, begins at a line, and tells what came of it in a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

PATIENCE: Final = 30.0
"""Seconds for one answer; whoever has none by then is lost."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request: when it is due, from which address, of what kind."""

    due: float
    source: str
    kind: str
    sent: bytes


class Sender:
    """Counts answers by kind, and keeps how long each took from the time it was due."""

    def __init__(self, address: str) -> None:
        host, _, port = address.partition(":")
        self._host, self._port = host, int(port)
        self.answers: dict[str, Counter[str]] = {}
        self.seconds: dict[str, list[float]] = {}
        self.late = 0.0
        """How late, at most, one was begun; what is above some milliseconds is not the server's doing."""

    async def send_all(self, shots: list[Shot]) -> None:
        """Begin each when it is due; return when all have ended."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for shot in shots:
                await asyncio.sleep(began + shot.due - time.monotonic())
                self.late = max(self.late, time.monotonic() - began - shot.due)
                group.create_task(self._send(shot, began + shot.due))

    async def _send(self, shot: Shot, due: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._ask(shot)
        except (OSError, TimeoutError, EOFError) as problem:
            status = type(problem).__name__
        self.answers.setdefault(shot.kind, Counter())[status] += 1
        self.seconds.setdefault(shot.kind, []).append(time.monotonic() - due)

    async def _ask(self, shot: Shot) -> str:
        """The status of the answer; an answer that comes before all was sent counts too."""
        reader, writer = await asyncio.open_connection(self._host, self._port, local_addr=(shot.source, 0))
        try:
            writer.write(shot.sent)
            line = await reader.readuntil(b"\r\n")
            return line.split(b" ", 2)[1].decode("ascii")
        finally:
            writer.close()


def read_plan() -> tuple[str, list[Shot]]:
    """What to send, and where."""
    given = sys.stdin.buffer
    plan: dict[str, Any] = json.loads(given.readline())
    return plan["address"], [Shot(due, source, kind, given.read(size)) for due, source, kind, size in plan["shots"]]


def tell(line: str) -> None:
    """Say a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Read, wait, send, tell."""
    address, shots = read_plan()
    sender = Sender(address)
    tell("ready")
    sys.stdin.buffer.readline()
    asyncio.run(sender.send_all(shots))
    tell(json.dumps({"answers": sender.answers, "seconds": sender.seconds, "late": sender.late}))


if __name__ == "__main__":
    main()
