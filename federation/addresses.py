"""Which URLs and addresses we may turn to, decided before anything leaves the machine; pure.

Two questions: may this text be asked for at all (`check_url`, before any look-up), and may this address be
connected to (`is_public`, after it)? Python 3.11's `is_global` says yes to NAT64, 6to4, ::127.0.0.1 and
multicast, so the list here is written by hand from the IANA special-purpose registries (RFC 6890).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import quote

import idna

from federation.errors import ForbiddenAddress
from storage.ids import Host

LONGEST_URL: Final = 2048
_LONGEST_HOST: Final = 253
"""Characters (RFC 1034 §3.1)."""
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}

_CLOSED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, unspecified
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by carriers (CGNAT)
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, cloud metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmark
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_OPEN_V6: Final = IPv6Network("2000::/3")
"""All global unicast; outside lie loopback, v4-mapped, v4-compatible, NAT64, discard, ULA, link-local,
site-local and multicast."""
_CLOSED_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmark, ORCHID
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3ffe::/16",  # the former 6bone
            "3fff::/20",  # documentation
        ),
    )
)

_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:%]+)(?::([0-9]{0,5}))?")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT: Final = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUrl:
    """A URL fit to be asked for: absolute, ASCII, without fragment, default port and user-info."""

    text: str
    authority: Host
    origin: str
    """Scheme and authority, as `https://peer.example`."""

    @property
    def scheme(self) -> str:
        """`https`, or `http` under dev."""
        return self.origin.partition(":")[0]


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet and may be connected to."""
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _CLOSED_V4)
    return ip.scope_id is None and ip in _OPEN_V6 and not any(ip in network for network in _CLOSED_V6)


@lru_cache(maxsize=4096)
def check_url(url: str, *, dev: bool) -> CleanUrl:
    """The URL made fit for a request; `ForbiddenAddress` for anything but public https on port 443.

    Under `dev` http and other ports pass too. Nothing is looked up.
    """
    if len(url) > LONGEST_URL:
        raise _too_long()
    if _UNPRINTABLE.search(url):
        raise ForbiddenAddress("The address holds a space, a control character or a backslash; it was not asked.")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ForbiddenAddress("The address is not an absolute URL such as https://union.example/; it was not asked.")
    scheme = parts[1].lower()
    if scheme != "https" and not (dev and scheme == "http"):
        raise ForbiddenAddress("Only https addresses are asked; this one has another scheme.")
    authority = _check_authority(parts[2], scheme, dev=dev)
    origin = f"{scheme}://{authority}"
    path = (parts[3] or "/") + (f"?{parts[4]}" if parts[4] else "")
    text = origin + _ascii(path)
    if len(text) > LONGEST_URL:  # percent signs make it longer, and what is asked must be fit to be asked again
        raise _too_long()
    return CleanUrl(text=text, authority=authority, origin=origin)


def is_address(url: str) -> bool:
    """Whether this is an http or https URL that could lead somewhere."""
    try:
        check_url(url, dev=True)
    except ForbiddenAddress:
        return False
    return True


def authority(url: str) -> Host:
    """Host of a URL, with the port when it is not the scheme's own; `ForbiddenAddress` when it has none."""
    return check_url(url, dev=True).authority


def origin(url: str) -> str:
    """Scheme and authority of a URL; `ForbiddenAddress` when it is no http or https URL."""
    return check_url(url, dev=True).origin


def origin_or_none(url: str) -> str | None:
    """Scheme and authority of a URL, or None when it is none."""
    try:
        return origin(url)
    except ForbiddenAddress:
        return None


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have the same scheme, host and port; False when either is no URL."""
    try:
        return origin(one) == origin(other)
    except ForbiddenAddress:
        return False


@lru_cache(maxsize=4096)
def _check_authority(text: str, scheme: str, *, dev: bool) -> Host:
    if "@" in text:
        raise ForbiddenAddress("The address carries a user name or password; it was not asked.")
    parts = _AUTHORITY.fullmatch(text)
    if parts is None:
        raise ForbiddenAddress("The address names no host we can read; it was not asked.")
    host = _clean_host(parts[1])
    port = int(parts[2]) if parts[2] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65536 or (port != _DEFAULT_PORTS["https"] and not dev):
        raise ForbiddenAddress(f"Only port 443 is asked; {host} was named with another port.")
    return Host(host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}")


def _clean_host(text: str) -> str:
    """Lower case, IDNA in its ASCII form, IPv6 in brackets and compressed, no trailing dot."""
    if text.startswith("["):
        return f"[{_read_ip(IPv6Address, text[1:-1])}]"
    host = _idna(text).lower().removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):  # inet_aton reads 127.1, 0x7f000001 and 2130706433 as loopback
        return str(_read_ip(IPv4Address, host))
    if len(host) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        raise ForbiddenAddress("The address names no host we can read; it was not asked.")
    return host


def _read_ip(kind: type[IPv4Address | IPv6Address], text: str) -> IPv4Address | IPv6Address:
    try:
        return kind(text)
    except AddressValueError:
        raise ForbiddenAddress("The address names a malformed IP address; it was not asked.") from None


def _idna(host: str) -> str:
    if host.isascii():
        return host
    if len(host) > _LONGEST_HOST:  # it only grows, and that is slow
        raise ForbiddenAddress("The address names a host that is longer than any may be; it was not asked.")
    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        raise ForbiddenAddress("The address names a host with letters no host may have; it was not asked.") from None


def _ascii(path: str) -> str:
    """The path and query with everything beyond ASCII percent-encoded, the rest untouched."""
    try:
        return path if path.isascii() else quote(path, safe=_KEPT)
    except UnicodeEncodeError:
        raise ForbiddenAddress("The address holds half a character; it was not asked.") from None


def _too_long() -> ForbiddenAddress:
    return ForbiddenAddress(f"The address is longer than {LONGEST_URL} characters, so it was not asked.")
