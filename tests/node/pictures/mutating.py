"""Run by a child process: mutated pictures, one after the other, in one process with a child's limits.

Its arguments are a seed and a number. It prints how many pictures were drawn and how many refused; a picture that
breaks a decoder ends it.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator

from node.pictures.child import answer, give_up_rights
from tests.node.pictures.making import MOVING, TELLING, a_moving_picture, a_photo, encoded


def sources() -> list[bytes]:
    """Small pictures of every format and kind."""
    return [
        *(make() for make in TELLING.values()),
        *(a_moving_picture(format) for format in MOVING),
        encoded(a_photo(), "JPEG", progressive=True),
        encoded(a_photo(mode="CMYK"), "JPEG"),
        encoded(a_photo(mode="P"), "PNG"),
        encoded(a_photo(mode="RGBA"), "WEBP"),
    ]


def mutated(seed: int, number: int) -> Iterator[bytes]:
    """So many pictures with bits turned, pieces cut out, doubled, blanked or put elsewhere."""
    chance, pictures = random.Random(seed), sources()
    for place in range(number):
        raw = bytearray(pictures[place % len(pictures)])
        for _ in range(chance.choice((1, 1, 2, 5, 20))):
            start = chance.randrange(3, len(raw))
            end = min(len(raw), start + chance.choice((1, 2, 4, 16, 200)))
            match chance.randrange(6):
                case 0:
                    raw[start] ^= 1 << chance.randrange(8)
                case 1:
                    raw[start:end] = bytes(chance.randrange(256) for _ in range(end - start))
                case 2:
                    del raw[start:end]
                case 3:
                    raw[start:start] = raw[start:end]
                case 4:
                    raw[start:end] = bytes([chance.choice((0, 255))]) * (end - start)
                case _:
                    del raw[max(len(raw) // 2, start) :]
            if len(raw) < 8:
                break
        yield bytes(raw)


def main() -> None:
    """Answer each, and count."""
    pictures = list(mutated(int(sys.argv[1]), int(sys.argv[2])))
    give_up_rights()
    said = Counter[str]()
    for raw in pictures:
        line = json.loads(answer(raw).partition(b"\n")[0])
        said["refused" if "refused" in line else "drawn"] += 1
    sys.stdout.write(json.dumps(said))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
