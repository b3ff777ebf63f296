"""`make bench`: each figure beside its limit and its target, one JSON line each; BENCH=all adds 10^5 inboxes and a log
of 10^6 entries.

Costs are µs of processor time of the process that is measured; cost and limit take turns, and medians are told.
What is told in seconds of the wall (fairness, start, answers meanwhile) wants a quiet machine. Each pipeline is
measured in a process of its own that has its time, so that one that hangs holds up no other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Final

from tests.bench.figures import tell

SECONDS: Final = {
    "delivery": 60,
    "inbox": 60,
    "pages": 60,
    "start": 60,
    "busy": 60,
    "fairness": 90,
    "twice_out": 60,
    "twice_in": 60,
    "pieces": 30,
    "append": 30,
    "mirroring": 120,
    "delivery_mongo": 120,
    "inbox_mongo": 90,
    "twice_out_mongo": 120,
    "twice_in_mongo": 120,
    "idle_mongo": 60,
}
"""What each pipeline may take; on a quiet machine it takes about a third. MongoDB's wait for the tests' server."""
LONG_SECONDS: Final = {"very_busy": 600, "mirroring_long": 1800}


def main(asked: list[str]) -> int:
    """Those named, else all that are short, with `all` the long ones too; 1 when one could not be measured."""
    known = SECONDS | LONG_SECONDS
    names = list(known) if asked == ["all"] else asked or list(SECONDS)
    began = time.monotonic()
    measured = [_measure(name, known[name]) for name in names]
    tell("all of this", seconds=round(time.monotonic() - began))
    return 0 if all(measured) else 1


def _measure(name: str, seconds: float) -> bool:
    """Whether the pipeline ended well and in time; if not, nothing that it began stays behind."""
    child = subprocess.Popen([sys.executable, "-m", "tests.bench.one", name], start_new_session=True)
    try:
        if child.wait(seconds) == 0:
            return True
        tell(name, met=False, why="it failed; see above")
    except subprocess.TimeoutExpired:
        tell(name, met=False, why=f"not measured within {seconds:g} s")
    _end_group(child)
    return False


def _end_group(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
