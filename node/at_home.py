"""Whether somebody asks from the very host that is spoken of: its name leads to the address the request came from.

Nobody else can send from there, so that it may be granted what strangers have used up. Hosts whose requests leave
elsewhere than they are reached, behind a CDN for instance, are strangers like any other.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver

from storage.ids import Host

Ip = IPv4Address | IPv6Address

_SECONDS: Final = 2.0
_AT_ONCE: Final = 4
"""Names looked up at once: those that hang must not keep deliveries from looking up theirs."""


@dataclass(slots=True, kw_only=True)
class AtHome:
    """Looks names up; `count_as` is under what number an address is counted."""

    names: AbstractResolver | None
    """None for the system's."""
    count_as: Callable[[Ip], int]
    _under_way: set[asyncio.Task[list[str]]] = field(default_factory=set)
    """One that is waited for no longer still keeps its thread, until the system gives it up."""

    async def has(self, host: Host, asker: int) -> bool:
        """Whether this host is reached where this asker asks from; False also when that cannot be found out now."""
        if len(self._under_way) >= _AT_ONCE:
            return False
        look_up = asyncio.create_task(self._look_up(host))
        self._under_way.add(look_up)
        look_up.add_done_callback(self._ended)
        await asyncio.wait([look_up], timeout=_SECONDS)
        if look_up.done():
            with suppress(OSError, ValueError):
                return asker in {self.count_as(_read(text)) for text in look_up.result()}
        return False

    def _ended(self, look_up: asyncio.Task[list[str]]) -> None:
        self._under_way.discard(look_up)
        if not look_up.cancelled():
            look_up.exception()  # seen: a name that leads nowhere is no news

    async def _look_up(self, host: Host) -> list[str]:
        name = urlsplit(f"//{host}").hostname or ""
        if self.names is not None:
            return [found["host"] for found in await self.names.resolve(name, 0, socket.AF_UNSPEC)]
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
        return [str(address[0]) for *_, address in found]


def _read(text: str) -> Ip:
    """IPv4 also when it is told as IPv6."""
    ip = ip_address(text.partition("%")[0])
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
