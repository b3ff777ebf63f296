"""The steps that move the queue outwards.

Two things are kept beside the rows, so that a claim reads little more than what it lends: `in_turn` tells
that no earlier delivery of the same object to the same inbox is waiting, and `delivery_heads` names, for each
host, the delivery in turn that is due first. Every step that moves rows repairs both (`delivery_turns`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from storage.ids import ActorId, Host, InboxUrl, Lease, ObjectId
from storage.records import Delivery, DeliveryResult, NewDelivery
from storage.rows import json_list, ticks
from storage.sqlite.delivery_turns import give_turns_after, give_turns_to_deletes, renew_heads
from storage.sqlite.table import Table

DELIVERIES: Final = Table("deliveries", Delivery, key=("serial",))
_NEW: Final = Table("deliveries", NewDelivery, key=("activity", "inbox"))
_RESULTS: Final = Table("deliveries", DeliveryResult, key=("serial",))

_ADD: Final = """
    INSERT INTO deliveries (activity, inbox, host, actor, object, type, due_at, made_at, in_turn, needed_until)
    VALUES (:activity, :inbox, :host, :actor, :object, :type, :due_at, :made_at,
      NOT EXISTS (
        SELECT 1 FROM deliveries AS earlier
        WHERE earlier.object = :object AND earlier.inbox = :inbox AND earlier.state = 'waiting'),
      iif(EXISTS (SELECT 1 FROM posts WHERE id = :object AND retracted_at IS NULL), NULL, :made_at))
    ON CONFLICT (activity, inbox) DO NOTHING
"""
_CANCEL_BEFORE_DELETES: Final = """
    UPDATE deliveries SET state = 'cancelled', lease = NULL WHERE serial IN (
      SELECT earlier.serial FROM deliveries AS removal
      CROSS JOIN deliveries AS earlier
        ON earlier.object = removal.object AND earlier.inbox = removal.inbox
        AND earlier.serial < removal.serial
      WHERE removal.serial > :above AND removal.type = 'Delete'
        AND earlier.state = 'waiting' AND (earlier.lease IS NULL OR earlier.due_at <= :now))
"""
"""A lease that has lapsed is none."""
_CLAIMABLE: Final = f"""
    WITH heads AS MATERIALIZED (
      SELECT host AS named FROM delivery_heads
      WHERE due_at <= :now AND host NOT IN (SELECT value FROM json_each(:busy))
      ORDER BY due_at, serial LIMIT :limit)
    SELECT {DELIVERIES.columns} FROM heads CROSS JOIN deliveries ON serial IN (
      SELECT serial FROM deliveries AS due
      WHERE due.state = 'waiting' AND due.host = heads.named AND due.in_turn = 1 AND due.due_at <= :now
      ORDER BY due.due_at, due.serial LIMIT :per_host)
    ORDER BY due_at, serial LIMIT :limit
"""  # noqa: S608  our own column names
_LEND: Final = "UPDATE deliveries SET lease = ?, due_at = ? WHERE serial IN (SELECT value FROM json_each(?))"
_LENT: Final = """
    SELECT serial, host FROM deliveries
    WHERE state = 'waiting' AND host IN (SELECT host FROM delivery_heads) AND in_turn = 1
      AND lease = ? AND due_at = ?
"""
_RETURN: Final = "UPDATE deliveries SET lease = NULL, due_at = ? WHERE serial = ?"
_FINISH: Final = """
    UPDATE deliveries SET
      state = :state, due_at = :due_at, attempts = :attempts, first_failed_at = :first_failed_at,
      first_refused_at = :first_refused_at, gone_answers = :gone_answers, error = :error, lease = NULL
    WHERE serial = :serial AND lease = :lease AND state = 'waiting'
"""
_CANCEL_OVERTAKEN: Final = """
    UPDATE deliveries SET state = 'cancelled' WHERE state = 'waiting' AND lease IS NULL AND serial IN (
      SELECT earlier.serial FROM json_each(?) AS named
      CROSS JOIN deliveries AS earlier ON earlier.serial = named.value
      CROSS JOIN deliveries AS removal
        ON removal.object = earlier.object AND removal.inbox = earlier.inbox AND removal.serial > earlier.serial
      WHERE removal.type = 'Delete' AND removal.state = 'waiting')
"""
"""What was lent when a Delete came, and comes back undelivered."""
_HOSTS_OF: Final = "SELECT DISTINCT host FROM deliveries WHERE serial IN (SELECT value FROM json_each(?))"
_POSTPONE: Final = """
    UPDATE deliveries SET due_at = :at
    WHERE state = 'waiting' AND host = :host AND lease IS NULL AND due_at < :at
"""
_HASTEN: Final = """
    UPDATE deliveries SET due_at = :at
    WHERE state = 'waiting' AND host = :host AND lease IS NULL AND due_at > :at
"""
_CANCEL_HOST: Final = "UPDATE deliveries SET state = 'cancelled', lease = NULL WHERE state = 'waiting' AND host = ?"
_TO_INBOX: Final = """
    SELECT serial FROM deliveries
    WHERE state = 'waiting' AND host = ?1 AND inbox = ?2 AND (?3 IS NULL OR actor = ?3)
      AND type NOT IN ('Reject', 'Undo')
"""
_CANCEL: Final = """
    UPDATE deliveries SET state = 'cancelled', lease = NULL WHERE serial IN (SELECT value FROM json_each(?))
"""
_REMOVE: Final = """
    DELETE FROM deliveries WHERE serial IN (
      SELECT serial FROM deliveries
      WHERE state <> 'waiting' AND state IN ('delivered', 'cancelled') AND needed_until < ? LIMIT ?)
"""
_KEEP: Final = "UPDATE deliveries SET needed_until = NULL WHERE object = :object AND needed_until IS NOT NULL"
_RELEASE: Final = """
    UPDATE deliveries SET needed_until = max(made_at, :retracted_at) WHERE object = :object AND needed_until IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a worker asks for."""

    now: datetime
    until: datetime
    lease: Lease
    limit: int
    per_host: int
    busy: tuple[Host, ...]


def queue_deliveries(connection: sqlite3.Connection, deliveries: Sequence[NewDelivery], *, now: datetime) -> int:
    """Queue those not queued yet, in order; how many were new."""
    if not deliveries:
        return 0
    (above,) = connection.execute("SELECT coalesce(max(serial), 0) FROM deliveries").fetchone()
    made_at = ticks(now)
    added = connection.executemany(_ADD, [{**_NEW.row(new), "made_at": made_at} for new in deliveries]).rowcount
    if any(new.type == "Delete" for new in deliveries):
        connection.execute(_CANCEL_BEFORE_DELETES, {"above": above, "now": made_at})
        give_turns_to_deletes(connection, above=above)
    renew_heads(connection, {new.host for new in deliveries})
    return added


def claim(connection: sqlite3.Connection, claim: Claim) -> list[Delivery]:
    """Lend what is due and in turn, oldest due first."""
    rows = connection.execute(
        _CLAIMABLE,
        {
            "now": ticks(claim.now),
            "busy": json_list(claim.busy),
            "limit": claim.limit,
            "per_host": claim.per_host,
        },
    ).fetchall()
    lent = [DELIVERIES.record(row, lease=claim.lease, due_at=claim.until) for row in rows]
    serials = json_list([delivery.serial for delivery in lent])
    connection.execute(_LEND, (claim.lease, ticks(claim.until), serials))
    renew_heads(connection, {delivery.host for delivery in lent})
    return lent


def return_lent(connection: sqlite3.Connection, lease: Lease, until: datetime, now: datetime) -> int:
    """What was lent so and has no result is due now; how many."""
    lent = connection.execute(_LENT, (lease, ticks(until))).fetchall()
    connection.executemany(_RETURN, [(ticks(now), serial) for serial, _ in lent])
    renew_heads(connection, {Host(host) for _, host in lent})
    return len(lent)


def finish(connection: sqlite3.Connection, results: Sequence[DeliveryResult]) -> int:
    """Write the results whose lease stands; how many."""
    if not results:
        return 0
    written = connection.executemany(_FINISH, [_RESULTS.row(result) for result in results]).rowcount
    serials = [result.serial for result in results]
    if any(result.state == "waiting" for result in results):
        connection.execute(_CANCEL_OVERTAKEN, (json_list(serials),))
    give_turns_after(connection, serials)
    hosts = connection.execute(_HOSTS_OF, (json_list(serials),)).fetchall()
    renew_heads(connection, {host for (host,) in hosts})
    return written


def postpone(connection: sqlite3.Connection, host: Host, until: datetime) -> int:
    """What waits for the host and is not lent becomes due no earlier than `until`."""
    return _move(connection, _POSTPONE, host, until)


def hasten(connection: sqlite3.Connection, host: Host, now: datetime) -> int:
    """What waits for the host and is not lent becomes due no later than `now`."""
    return _move(connection, _HASTEN, host, now)


def _move(connection: sqlite3.Connection, statement: str, host: Host, at: datetime) -> int:
    moved = connection.execute(statement, {"host": host, "at": ticks(at)}).rowcount
    renew_heads(connection, {host})
    return moved


def cancel_host(connection: sqlite3.Connection, host: Host) -> int:
    """Cancel everything that waits for the host, lent or not."""
    cancelled = connection.execute(_CANCEL_HOST, (host,)).rowcount
    renew_heads(connection, {host})
    return cancelled


def cancel_inboxes(connection: sqlite3.Connection, to: Collection[tuple[InboxUrl, Host]], actor: ActorId | None) -> int:
    """Cancel what waits for these inboxes, lent or not, except Reject and Undo, which are then in turn."""
    serials = [
        serial for inbox, host in to for (serial,) in connection.execute(_TO_INBOX, (host, inbox, actor)).fetchall()
    ]
    if serials:
        connection.execute(_CANCEL, (json_list(serials),))
        give_turns_after(connection, serials)
        renew_heads(connection, {host for _, host in to})
    return len(serials)


def remove(connection: sqlite3.Connection, finished_before: datetime, limit: int) -> int:
    """Forget delivered and cancelled ones that nobody needed since then."""
    return connection.execute(_REMOVE, (ticks(finished_before), limit)).rowcount


def keep_while_it_stands(connection: sqlite3.Connection, object: ObjectId, retracted_at: datetime | None) -> None:
    """Keep all deliveries about an update while it stands; after its retraction they grow old like others."""
    if retracted_at is None:
        connection.execute(_KEEP, {"object": object})
    else:
        connection.execute(_RELEASE, {"object": object, "retracted_at": ticks(retracted_at)})
