"""What a copy of a store is made of: every table, the columns that make its key, and all others; what is left out.

A row is a mapping of these columns, the same on every engine (`storage.rows`). A new table or column must be named
here; `tests/storage/test_copied.py` holds that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of every engine."""

    key: tuple[str, ...]
    """What makes a row one of a kind; `_id` is made of it on MongoDB."""
    columns: tuple[str, ...]
    """All of them, the key first."""


def _table(key: str, others: str) -> Table:
    return Table(tuple(key.split()), tuple(key.split() + others.split()))


TABLES: Final[Mapping[str, Table]] = {
    "unions": _table("did", "name url created_at"),
    "charters": _table("did epoch digest", "body"),
    "actors": _table(
        "id",
        "handle kind type name summary rsa_public_pem ed25519_multibase approves_followers created_at updated_at",
    ),
    "activities": _table("id", "actor type object created_at body"),
    "entries": _table("place", "activity actor type object published_at commitment"),
    "cursors": _table("name", "place"),
    "posts": _table(
        "id",
        "actor serial activity index warning language tags published_at updated_at retracted_at html text body "
        "pictures",
    ),
    "boosts": _table("activity", "actor object serial boosted_at"),
    "pins": _table("object", "actor activity place"),
    "remote_actors": _table("id", "type handle name url inbox shared_inbox fetched_at"),
    "remote_keys": _table("id owner", "place kind public fetched_at"),
    "remote_posts": _table(
        "id actor",
        "type warning url in_reply_to comment_on comment_state in_timeline is_public published_at updated_at "
        "received_at changed_at html",
    ),
    "remote_tombstones": _table("id actor", "deleted_at"),
    "followers": _table("actor follows", "activity inbox shared_inbox state since"),
    "following": _table("actor follows", "activity inbox state asked_at"),
    "reactions": _table("object kind actor", "activity received_at"),
    "reports": _table("id actor", "objects text received_at"),
    "blocks": _table("target", "kind reason blocked_at"),
    "moves": _table("actor", "target state attempts due_at received_at error"),
    "hosts": _table("host", "failures first_failure_at rests resting_until"),
    "host_schemes": _table("host", "scheme learnt_at"),
    "received": _table("id", "actor type received_at state attempts due_at lease error body"),
    "deliveries": _table(
        "activity inbox",
        "serial host actor object type state attempts due_at made_at first_failed_at first_refused_at gone_answers "
        "error lease in_turn needed_until",
    ),
    "kept_logs": _table(
        "name",
        "did epoch state size withdrawn_to checkpoint_size checkpoint_at pending_size bytes wanted held standing "
        "checkpoint pending",
    ),
    "kept_tiles": _table("log level number", "hashes"),
    "kept_leaves": _table(
        "log place",
        "digest activity actor object type published_at state is_standing kept_at changed_at entry",
    ),
    "kept_bodies": _table("log place", "size body"),
    "receipts": _table("log mirror", "size at line"),
    "peers": _table(
        "did",
        "url actor name state is_unlisted follow their_follow added_at confirmed_at heard_at silent_since poll_at "
        "failures is_accepted is_ended chosen silence_agreed_at silence_denied_at",
    ),
    "evidence": _table("did digest", "kind found_at first second"),
    "retractions": _table("did object", "kept_at body"),
    "withheld": _table("did object", "reason since"),
    "held_media": _table("did digest", "media_type size is_held is_named changed_at"),
}
"""In the order in which they are copied: what others refer to comes first. `pictures` of a post are a list."""

NOT_COPIED: Final[Mapping[str, str]] = {
    "post_tags": "made of the tags of posts",
    "post_media": "the column `pictures` of posts",
    "delivery_heads": "made of deliveries",
    "counters": "made of deliveries",
    "jobs": "who does what at this moment; a job nobody claimed is due",
    "news": "numbers that only processes at work compare",
    "processes": "who works on the store; at rest nobody",
    "spending": "budgets of the last minutes",
    "copying": "how far a copy has got",
    "schema": "the engine's own",
    "sqlite_sequence": "the engine's own",
    "media.files": "media are copied by digest",
    "media.chunks": "media are copied by digest",
}
"""Tables of one engine or all, and why a copy does without them."""


class Copyable(Protocol):
    """Whole tables by pages, and how far a copy into this store has got."""

    async def list_rows(self, table: str, *, after: str | None, limit: int) -> tuple[list[Row], str | None]:
        """At most `limit` rows in an order of the engine's own, and where to read on; None after the last."""

    async def put_rows(self, table: str, rows: Sequence[Row]) -> None:
        """Keep these rows as they are, in the place of those of the same key."""

    async def clear_rows(self, table: str) -> None:
        """Forget every row, and what is made of them."""

    async def settle_rows(self) -> None:
        """All rows are there: make what hangs on them, and number new ones above them."""

    async def list_copy_marks(self) -> dict[str, str]:
        """What was marked; a store that has any is half copied, and nothing to work on."""

    async def save_copy_mark(self, name: str, value: str) -> None:
        """Add or replace a mark."""

    async def remove_copy_marks(self) -> None:
        """The copy is whole."""
