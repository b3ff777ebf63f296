"""Work lent to a process that is gone. Whoever opens the file has its lock, so nobody else can hold a lease."""

from __future__ import annotations

import sqlite3
from typing import Final

from storage.ids import Host
from storage.sqlite.delivery_turns import renew_heads

_HOSTS: Final = "SELECT DISTINCT host FROM deliveries WHERE state = 'waiting' AND lease IS NOT NULL"
_DELIVERIES: Final = """
    UPDATE deliveries SET lease = NULL, due_at = made_at WHERE state = 'waiting' AND lease IS NOT NULL
"""
_RECEIVED: Final = """
    UPDATE received SET lease = NULL, due_at = received_at WHERE state = 'waiting' AND lease IS NOT NULL
"""
_JOBS: Final = "UPDATE jobs SET lease = NULL, due_at = 0 WHERE lease IS NOT NULL"


def take_back_orphans(connection: sqlite3.Connection) -> None:
    """Make everything that was lent when the last process ended due at once, instead of when its lease lapses."""
    hosts = [Host(host) for (host,) in connection.execute(_HOSTS)]
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_DELIVERIES)
    connection.execute(_RECEIVED)
    connection.execute(_JOBS)
    renew_heads(connection, hosts)
    connection.execute("COMMIT")
