"""What the processes of a node learn of each other once a second, where several share a store: budgets and circuits.

On a store that one process has for itself nothing runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from aiohttp import web

from federation.budgets import Buckets
from federation.delivery.worker import DeliveryWorker
from federation.spending import SharedSpending
from federation.troubles import Trouble
from federation.turns import Pause
from node.app_keys import RECEIVER, STRANGERS
from node.context import Node
from node.vault import VaultError
from storage.errors import StorageError
from storage.store import News

log = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds."""


class Table(Protocol):
    """What is known of hosts, here in memory and for all in the store."""

    is_changed: bool
    """Whether others should hear of what was found out here."""

    async def reload(self) -> bool:
        """Take what others found out; False when it must be asked again."""


class SharedTable:
    """One table under its subject of the news."""

    def __init__(self, store: News, subject: str, table: Table) -> None:
        self._store, self._subject, self._table = store, subject, table
        self._heard: int | None = None

    async def share(self) -> None:
        """Ring when something was found out here; read again when another process rang. Raises `StorageError`."""
        rang = await self._ring()
        number = (await self._store.list_news()).get(self._subject, 0)
        if (self._heard is not None and number == self._heard + rang) or await self._table.reload():
            self._heard = number
        else:
            self._heard = None

    async def _ring(self) -> bool:
        if not self._table.is_changed:
            return False
        self._table.is_changed = False
        try:
            await self._store.ring(self._subject)
        except StorageError:
            self._table.is_changed = True
            raise
        return True


class Sharing:
    """What is shared, by its name; each in its turn, and what goes wrong with one holds up no other."""

    def __init__(self, shares: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self._shares = {name: (share, Trouble(log, f"shared {name}")) for name, share in shares.items()}

    async def run_once(self) -> None:
        """Share everything; what cannot be is logged once, and once when it goes on."""
        for share, trouble in self._shares.values():
            try:
                await share()
            except Exception as error:  # noqa: BLE001 — a store that is away must not end it for good
                trouble.halts(error)
            else:
                trouble.is_over()

    async def run(self, pause: Pause) -> None:
        """Until cancelled."""
        while True:
            await self.run_once()
            await pause(EVERY)


def sharing_of(node: Node, delivery: DeliveryWorker, app: web.Application) -> Sharing:
    """What this process shares with the others; the budgets of doors only where there are doors."""
    tables: dict[str, Table] = {"hosts": delivery.hosts, "schemes": node.schemes}
    shares = {subject: SharedTable(node.store, subject, table).share for subject, table in tables.items()}
    try:
        secret = node.vault.secret("spending")
    except VaultError as problem:
        log.warning("budgets are not shared with other processes", extra={"problem": str(problem)})
        return Sharing(shares)
    spending = SharedSpending(_buckets(node, app), store=node.store, secret=secret, now=node.now)
    return Sharing({"budgets": spending.share, **shares})


def _buckets(node: Node, app: web.Application) -> dict[str, Buckets[Any]]:
    strangers, receiver = app.get(STRANGERS), app.get(RECEIVER)
    return {
        **node.resolver.key_budget.buckets,
        **(strangers.budget.buckets if strangers is not None else {}),
        **(receiver.budget.buckets if receiver is not None else {}),
    }


def sharing_lifecycle(node: Node, delivery: DeliveryWorker) -> Callable[[web.Application], AsyncIterator[None]]:
    """Shares for as long as the application lives."""

    async def lifecycle(app: web.Application) -> AsyncIterator[None]:
        if not node.store.is_shared:
            yield
            return
        task = asyncio.create_task(sharing_of(node, delivery, app).run(node.surroundings.pause), name="sharing")
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return lifecycle
