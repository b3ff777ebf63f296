"""What was acknowledged is there after the process was killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.backends import open_store

_APPENDER = """
import asyncio, sys
from storage.backends import open_store
from tests.storage.making import an_activity, an_entry

async def main():
    store = await open_store(sys.argv[1])
    number = await store.size()
    while True:
        await store.append(an_entry(number + 1), an_activity(number + 1), expecting=number)
        number += 1
        print(number, flush=True)

asyncio.run(main())
"""


def append_until_killed(url: str, acknowledged: int) -> int:
    """Kill the appending process after so many acknowledgements; the last number it acknowledged."""
    command = [sys.executable, "-c", _APPENDER, url]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        for _ in range(acknowledged):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")
    return max((int(line) for line in rest if line), default=acknowledged)


@pytest.mark.parametrize("acknowledged", [1, 40])
async def test_every_acknowledged_append_survives_a_kill(tmp_path: Path, acknowledged: int) -> None:
    url = f"sqlite://{tmp_path}/picketline.db"
    last = append_until_killed(url, acknowledged)
    store = await open_store(url)
    entries = await store.list_entries(0, last + 10)
    assert list(range(len(entries))) == [placed.index for placed in entries]
    assert len(entries) in (last, last + 1)
    for placed in entries:
        assert await store.find_activity(placed.entry.activity) is not None
    assert await store.check() == []
    await store.close()
