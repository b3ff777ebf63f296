"""One server for each home folder of a machine; workers may run beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from filelock import FileLock, Timeout

from node.config import Config
from node.refusal import Refusal

LOCK_NAME: Final = "serve.lock"


@contextmanager
def only_server(config: Config) -> Iterator[None]:
    """Hold the home folder for `serve`; raises `Refusal` when another one holds it."""
    lock = FileLock(config.home / LOCK_NAME, timeout=0, mode=0o600, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise Refusal(f"Another process serves the home folder {config.home} already. {_cure(config)}") from None
    except OSError as problem:
        raise Refusal(
            f"{config.home / LOCK_NAME} cannot be made: {problem.strerror}. Look at who owns the home folder, and run "
            "the node as that user."
        ) from problem
    try:
        yield
    finally:
        lock.release()


def _cure(config: Config) -> str:
    if not config.is_shared:
        return "Use commands as usual: they go through it. To run it anew, end that one first."
    return (
        "Its control socket can belong to one server only. To serve from another machine, copy the home folder there; "
        "for more deliveries from this one, run `picketline worker` beside it."
    )
