"""Who is at the other end, when web servers stand in between: from `X-Forwarded-For`, as far as we trust it.

The address is used to share out what strangers may use, and for nothing else: it is never logged and never stored.
Of the two headers for this, `X-Forwarded-For` is read, because Caddy, nginx, Apache and HAProxy all send it;
`Forwarded` (RFC 7239) is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias

from node.settings import Network

Ip: TypeAlias = IPv4Address | IPv6Address

_HOP: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?::[0-9]{1,5})?")
_SHARED_BITS: Final = 64
"""One customer of an IPv6 provider has at least all addresses that begin with the same 64 bits."""


class Proxies:
    """The web servers in front of us, as the settings name them."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = [(each.version, int(each.netmask), int(each.network_address)) for each in networks]

    def trusts(self, ip: Ip) -> bool:
        """Whether what this address says of its clients is believed."""
        number = int(ip)
        return any(ip.version == version and number & mask == start for version, mask, start in self._networks)

    def stranger(self, peer: str | None, forwarded: Iterable[str] = ()) -> Ip | None:
        """Who asks: the last hop that is not trusted; None when it is one of ours, or cannot be known.

        `peer` is the other end of the connection, `forwarded` are the `X-Forwarded-For` headers in their order. What
        stands left of the last stranger is that stranger's own claim, and is not read. A hop that is no address ends
        the search at the peer.
        """
        end = read_ip(peer or "")
        if end is None or not self.trusts(end):
            return end
        for hop in reversed([hop for line in forwarded for hop in line.split(",")]):
            ip = _read_hop(hop.strip())
            if ip is None:
                return None  # the peer's own address, which is trusted
            if not self.trusts(ip):
                return ip
        return None


def share_of(ip: Ip) -> int:
    """Under what an address is counted: itself, and for IPv6 what its first 64 bits are."""
    return int(ip) if ip.version == 4 else -(int(ip) >> _SHARED_BITS) - 1


@lru_cache(maxsize=256)
def read_ip(text: str) -> Ip | None:
    """An address, IPv4 also when it is written as IPv6; None for anything else."""
    try:
        ip = ip_address(text)
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _read_hop(hop: str) -> Ip | None:
    """An address with or without a port, in brackets or not."""
    found = _HOP.fullmatch(hop)
    return read_ip(found[1] or found[2] if found else hop)
