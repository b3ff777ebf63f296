"""Whose turn it is: `in_turn` of each waiting delivery, and the head of each host's queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Final

from storage.ids import Host
from storage.rows import json_list

_AFTER: Final = """
    UPDATE deliveries SET in_turn = 1 WHERE in_turn = 0 AND serial IN (
      SELECT (
        SELECT min(next.serial) FROM deliveries AS next
        WHERE next.object = done.object AND next.inbox = done.inbox AND next.state = 'waiting')
      FROM json_each(?) AS named CROSS JOIN deliveries AS done ON done.serial = named.value)
"""
_TO_DELETES: Final = """
    UPDATE deliveries SET in_turn = 1
    WHERE serial > ? AND type = 'Delete' AND in_turn = 0 AND NOT EXISTS (
      SELECT 1 FROM deliveries AS earlier
      WHERE earlier.object = deliveries.object AND earlier.inbox = deliveries.inbox
        AND earlier.serial < deliveries.serial AND earlier.state = 'waiting')
"""
_FORGET_HEADS: Final = "DELETE FROM delivery_heads WHERE host IN (SELECT value FROM json_each(?))"
_FIND_HEADS: Final = """
    INSERT INTO delivery_heads (host, due_at, serial)
    SELECT head.host, head.due_at, head.serial FROM json_each(?) AS named
    CROSS JOIN deliveries AS head ON head.serial = (
      SELECT serial FROM deliveries AS due
      WHERE due.state = 'waiting' AND due.host = named.value AND due.in_turn = 1
      ORDER BY due.due_at, due.serial LIMIT 1)
"""
STRAY_HEADS: Final = """
    SELECT count(*) FROM (
      SELECT host, min(due_at) AS due_at FROM deliveries WHERE state = 'waiting' AND in_turn = 1 GROUP BY host
    ) AS due FULL JOIN delivery_heads USING (host) WHERE due.due_at IS NOT delivery_heads.due_at
"""
"""How many heads do not tell the truth."""
STRAY_TURNS: Final = """
    SELECT count(*) FROM deliveries WHERE state = 'waiting' AND in_turn = EXISTS (
      SELECT 1 FROM deliveries AS earlier
      WHERE earlier.object = deliveries.object AND earlier.inbox = deliveries.inbox
        AND earlier.serial < deliveries.serial AND earlier.state = 'waiting')
"""
"""How many turns do not."""


def give_turns_after(connection: sqlite3.Connection, serials: Sequence[int]) -> None:
    """Where one of these no longer waits, the next of its object and inbox is in turn."""
    connection.execute(_AFTER, (json_list(serials),))


def give_turns_to_deletes(connection: sqlite3.Connection, *, above: int) -> None:
    """Deletes with serials above this one are in turn, unless something lent still stands before them."""
    connection.execute(_TO_DELETES, (above,))


def renew_heads(connection: sqlite3.Connection, hosts: Collection[Host]) -> None:
    """Find again what is due first for each of these hosts."""
    named = json_list(hosts)
    connection.execute(_FORGET_HEADS, (named,))
    connection.execute(_FIND_HEADS, (named,))
