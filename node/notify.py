"""Telling systemd how we are (sd_notify(3)): a datagram to the socket it names, nothing without one."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from datetime import timedelta


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send `READY=1`, `STOPPING=1` or `WATCHDOG=1`; False when nobody listens, which is no fault of ours."""
    path = environ.get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")):
        return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
        out.sendto(state.encode(), "\0" + path[1:] if path.startswith("@") else path)
        return True
    return False


def watchdog_pause(environ: Mapping[str, str] = os.environ) -> timedelta | None:
    """How often systemd wants to hear of us: half of what it waits, or None when it does not."""
    wanted, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(os.getpid()))
    if not wanted.isdecimal() or int(wanted) == 0 or process != str(os.getpid()):
        return None
    return timedelta(microseconds=int(wanted)) / 2
