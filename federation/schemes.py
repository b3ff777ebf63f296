"""How each host wants our requests signed: a bounded table in memory, the store's rows behind it.

What worked outranks what a host signs with or asks for, so that nobody is knocked at twice for each delivery.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from federation.budgets import ShortMemory
from federation.writing import Writing
from storage.errors import StorageError
from storage.ids import Host
from storage.records import HostScheme, Scheme
from storage.store import HostSchemes

log = logging.getLogger(__name__)

KEPT: Final = 10_000
_LATEST: Final = 256
"""More is not learnt by others between two looks."""
QUIET: Final = timedelta(hours=6)
"""A host that refused both schemes is not knocked at twice for so long."""
_UNTAUGHT: Final[Scheme] = "cavage"
_ASKED_AGAIN: Final = frozenset({401, 403})
"""Refusals after which the retry rules go on; a 400 ends a delivery, so the other scheme is always tried first."""
_REFUSALS: Final = _ASKED_AGAIN | {400}


def is_refusal(status: int) -> bool:
    """Whether a server may have answered so because of the signature."""
    return status in _REFUSALS


class SchemeTable:
    """Which scheme to begin with, and whether the other is worth a try; one for the whole node."""

    def __init__(self, store: HostSchemes, *, now: Callable[[], datetime], keep: int = KEPT) -> None:
        self._store = store
        self._now = now
        self._keep = keep
        self._learnt: OrderedDict[Host, Scheme] = OrderedDict()
        self._is_read = False
        self._is_current = False
        self._writing: Writing[Host] = Writing()
        self.is_changed = False
        """Whether something was learnt here since somebody told the other processes, and made this False."""
        self._stubborn: ShortMemory[Host, bool] = ShortMemory(lasting=QUIET, keep=keep)

    def __len__(self) -> int:
        """How many hosts taught us something."""
        return len(self._learnt)

    async def first(self, host: Host) -> Scheme:
        """What to sign with: draft-cavage, unless we learnt better. May raise `StorageError`."""
        await self._read()
        return self._learnt.get(host, _UNTAUGHT)

    def may_knock(self, host: Host, status: int) -> bool:
        """Whether an answer with this status is worth a second request, signed otherwise."""
        is_quiet = status in _ASKED_AGAIN and self._stubborn.recall(host, self._now()) is not None
        return is_refusal(status) and not is_quiet

    async def heard(self, host: Host, scheme: Scheme) -> None:
        """The host signed to us so, or asked for it; counts where nothing better is known."""
        if await self.first(host) != scheme and host not in self._learnt:
            await self._learn(host, scheme)

    async def worked(self, host: Host, scheme: Scheme) -> None:
        """The host took this scheme after it had refused another request."""
        if self._learnt.get(host) != scheme:
            await self._learn(host, scheme)

    def refused_both(self, host: Host, status: int) -> None:
        """The host refused both schemes, at last with this status."""
        if status in _ASKED_AGAIN:
            self._stubborn.remember(host, True, self._now())

    async def _read(self) -> None:
        """Read once what we learnt before a restart; what was learnt meanwhile stays."""
        if self._is_read:
            return
        rows = await self._store.list_host_schemes(limit=self._keep)
        for row in reversed(rows):
            self._learnt.setdefault(row.host, row.scheme)
        self._is_read = True

    async def reload(self) -> bool:
        """Read what other processes learnt lately, or, after a look that failed, ever; may raise `StorageError`.

        False when something was learnt here meanwhile, and nothing is taken.
        """
        limit = min(_LATEST, self._keep) if self._is_current else self._keep
        self._is_current = False
        with self._writing.look() as look:
            rows = await self._store.list_host_schemes(limit=limit)
        if look.is_old:
            return False
        self._is_current = self._is_read = True
        for row in reversed(rows):
            self._keep_learnt(row.host, row.scheme)
        return True

    async def _learn(self, host: Host, scheme: Scheme) -> None:
        """Remember it; a store that cannot is no reason to fail what has just succeeded."""
        self._keep_learnt(host, scheme)
        log.debug("scheme learnt", extra={"host": host, "scheme": scheme})
        try:
            async with self._writing.change(host):
                await self._store.save_host_scheme(
                    HostScheme(host=host, scheme=scheme, learnt_at=self._now()), keep=self._keep
                )
        except StorageError as error:
            log.warning("scheme not kept", extra={"host": host, "outcome": type(error).__name__})
        else:
            self.is_changed = True

    def _keep_learnt(self, host: Host, scheme: Scheme) -> None:
        self._learnt[host] = scheme
        self._learnt.move_to_end(host)
        if len(self._learnt) > self._keep:
            self._learnt.popitem(last=False)
