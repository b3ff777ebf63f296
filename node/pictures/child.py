"""The process in which one picture is decoded: `python -m node.pictures.child < file > drawing`.

It reads the file from its standard input and writes one line of JSON, then the drawings' bytes. Before it reads, it
gives up what it does not need: it can open no file and no socket, start no process, and use no more memory, time
and output than below. Exit code 0 with a line, whatever it says; anything else is a picture that broke the decoder.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from node.pictures import redraw as drawing
from node.pictures.headers import LARGEST_ANSWER, LARGEST_FILE, LARGEST_PICTURE, examine
from node.pictures.refusals import NotTaken, Reason

MOST_MEMORY: Final = 290 * 1024 * 1024
MOST_SECONDS: Final = 20
_MANY_PIXELS: Final = 10_000_000
_NOBODY: Final = 65534


def main() -> None:
    """Draw what stands at the standard input."""
    give_up_rights()
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(LARGEST_FILE + 1)))
    sys.stdout.flush()


def give_up_rights() -> None:
    """Limits that cannot be raised again; with no descriptor left to give there is no file and no network."""
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_ANSWER),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
    with suppress(OSError):  # root alone may do this, and root alone needs it
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def answer(raw: bytes) -> bytes:
    """The line and the drawings; for what is not taken a line that says why."""
    if len(raw) > LARGEST_FILE:
        return _line({"refused": "heavy"})
    try:
        redrawn = drawing.redraw(raw)
    except NotTaken as refusal:
        return _line({"refused": refusal.reason})
    except MemoryError:
        return _line({"refused": "large"})
    except Exception:  # noqa: BLE001  decoders raise every kind of error for damage
        return _line({"refused": _broken(raw)})
    if len(redrawn.picture.body) > LARGEST_PICTURE:
        return _line({"refused": "heavy"})
    drawings = [redrawn.picture, *([redrawn.preview] if redrawn.preview else [])]
    line = {
        "blurhash": redrawn.blurhash,
        "drawings": [[made.media_type, made.width, made.height, len(made.body)] for made in drawings],
    }
    return _line(line) + b"".join(made.body for made in drawings)


def _broken(raw: bytes) -> Reason:
    """Decoders that get no memory speak of damage."""
    header = examine(raw)
    return "unopened" if header.width * header.height > _MANY_PIXELS else "damaged"


def _line(document: Mapping[str, object]) -> bytes:
    return json.dumps(document).encode() + b"\n"


if __name__ == "__main__":
    main()
