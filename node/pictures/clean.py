"""Have a file drawn anew by a child process, and take back only what it drew."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final, cast

from node.parts import pillow_version, refuse_old_pillow
from node.pictures.headers import LARGEST_ANSWER, LARGEST_FILE, MediaType, examine
from node.pictures.refusals import NotTaken, Reason
from node.refusal import Refusal

_PATIENCE: Final = timedelta(seconds=30)
_ROOT: Final = Path(__file__).parents[2]
"""Where `node` itself is found, wherever it is installed."""
CHILD: Final = (sys.executable, "-s", "-B", "-m", "node.pictures.child")


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanFile:
    """One file as the child drew it."""

    media_type: MediaType
    width: int
    height: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanPicture:
    """A picture ready to be published, with a small one for pages where that saves something."""

    file: CleanFile
    preview: CleanFile | None
    blurhash: str


def clean(path: Path, *, patience: timedelta = _PATIENCE) -> CleanPicture:
    """Draw the picture at `path` anew; `Refusal` with the file's name in it when it is not taken."""
    refuse_old_pillow(pillow_version())
    try:
        with _open(path) as file:
            examine(_read(file))
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            return _take(_run(file, patience))
    except NotTaken as refusal:
        raise NotTaken(refusal.reason, path.name) from None
    except OSError as problem:
        raise Refusal(f"{path} cannot be read: {problem.strerror}. Nothing was published.") from problem


def _open(path: Path) -> BinaryIO:
    """A plain file; whatever else could be meant (a pipe, a device) would make us wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise Refusal(f"{path} is no file. Give the path of a picture; nothing was published.")
    return file


def _read(file: BinaryIO) -> bytes:
    raw = file.read(LARGEST_FILE + 1)
    if len(raw) > LARGEST_FILE:
        raise NotTaken("heavy")
    return raw


def _run(file: BinaryIO, patience: timedelta) -> bytes:
    """What the child wrote. It inherits three descriptors and no environment, and is killed when it is late."""
    with tempfile.TemporaryFile() as drawn:
        child = subprocess.Popen(  # noqa: S603  our own program
            CHILD, stdin=file, stdout=drawn, stderr=subprocess.DEVNULL, env={}, cwd=_ROOT, start_new_session=True
        )
        try:
            code = child.wait(patience.total_seconds())
        except subprocess.TimeoutExpired:
            raise NotTaken("slow") from None
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            child.wait()
        drawn.seek(0)
        if code != 0:
            raise NotTaken("slow" if code == -signal.SIGXCPU else "damaged")
        return drawn.read(LARGEST_ANSWER)


def _take(answer: bytes) -> CleanPicture:
    """Read what the child says as what a stranger says: it may have been taken over."""
    line, _, bodies = answer.partition(b"\n")
    try:
        said = json.loads(line)
        if "refused" in said:
            raise NotTaken(cast(Reason, said["refused"]))
        files, at = [], 0
        for media_type, width, height, length in said["drawings"]:
            files.append(_file(media_type, int(width), int(height), bodies[at : at + length]))
            at += length
        file, preview = (*files, None)[:2]
        if file is None or len(files) > 2 or at != len(bodies) or not isinstance(said["blurhash"], str):
            raise NotTaken("damaged")
        return CleanPicture(file=file, preview=preview, blurhash=said["blurhash"][:64])
    except (ValueError, KeyError, TypeError):
        raise NotTaken("damaged") from None


def _file(media_type: str, width: int, height: int, body: bytes) -> CleanFile:
    """A drawing that is what the child says it is."""
    header = examine(body)
    if (header.media_type, header.width, header.height) != (media_type, width, height):
        raise NotTaken("damaged")
    return CleanFile(media_type=header.media_type, width=width, height=height, body=body)
