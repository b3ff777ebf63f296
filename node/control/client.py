"""Asking the running node. Nothing of the node itself is imported, so that commands answer at once."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

from federation.strictjson import JsonObject, JsonValue
from node.refusal import Refusal

SOCKET_NAME: Final = "control.sock"
_PATIENCE: Final = timedelta(minutes=2)


class NotRunning(Exception):
    """No node listens in this home folder."""


class Interrupted(Exception):
    """The node went away before it answered: nobody knows yet whether the command was carried out."""


class _UnixConnection(http.client.HTTPConnection):
    """HTTP to a socket in the file system."""

    def __init__(self, path: str, patience: timedelta) -> None:
        super().__init__("node", timeout=patience.total_seconds())
        self._path = path

    def connect(self) -> None:
        """Open the socket by its path."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Away(Refusal):
    """The node's store did not answer: nobody knows yet whether the command was carried out."""


@contextmanager
def short_socket_path(home: Path) -> Iterator[str]:
    """The socket's path through an open folder: a Unix socket's own name may have 107 bytes at most (unix(7))."""
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET_NAME}"
    finally:
        os.close(folder)


def call(home: Path, command: str, params: JsonObject, *, patience: timedelta = _PATIENCE) -> JsonValue:
    """Ask the running node; raises `NotRunning`, `Interrupted`, `Away`, or `Refusal` with the node's own sentence.

    `Refusal` too when it does not answer within `patience` (two minutes), or not in words we know.
    """
    with short_socket_path(home) as path:
        answer = _exchange(_UnixConnection(path, patience), command, params)
    if "refused" in answer:
        raise (Away if answer.get("away") else Refusal)(str(answer["refused"]))
    if "done" not in answer:
        raise _not_understood()
    return answer["done"]


def _exchange(connection: _UnixConnection, command: str, params: JsonObject) -> JsonObject:
    """The node's own words, so of any length; what strangers send is read more strictly."""
    with closing(connection):
        try:
            connection.connect()
        except OSError:
            raise NotRunning from None
        try:
            connection.request("POST", f"/{quote(command)}", json.dumps(params).encode())
            answer: JsonValue = json.loads(connection.getresponse().read())
        except TimeoutError:
            raise Refusal(
                "The node did not answer within two minutes. It may be very busy, and may still do what was asked: "
                "see whether it did before you ask again. If it answers nothing at all, restart it."
            ) from None
        except (OSError, http.client.HTTPException):
            raise Interrupted from None
        except ValueError:
            raise _not_understood() from None
    if not isinstance(answer, dict):
        raise _not_understood()
    return answer


def _not_understood() -> Refusal:
    return Refusal("The node's answer cannot be understood: it may run another release. Restart it, then try again.")
