"""`python -m tests.adversary`: each case with the tests that prove it; `--waiting`: only what waits, and for what."""

from __future__ import annotations

import sys

from tests.adversary.cases import CASES
from tests.adversary.ids import REQUIRED


def main(*, only_waiting: bool) -> None:
    """Print the list."""
    for id, case in CASES.items():
        if only_waiting and not case.waits:
            continue
        lines = [f"{id}  {REQUIRED[id]}"]
        lines += [] if only_waiting else [f"        tests/{test.replace('::', '.py::', 1)}" for test in case.tests]
        lines += [f"        waits: {case.waits}"] if case.waits else []
        sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(only_waiting="--waiting" in sys.argv[1:])
