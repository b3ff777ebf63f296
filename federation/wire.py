"""The one door outwards: every request of ours to another server leaves through `Wire`.

The address gate sits in the socket factory, the only hook that sees IP literals, redirects and names that
change between look-up and connect alike: an address that is not allowed never gets a socket, so no packet
leaves. Redirects are followed by hand, bytes are counted after decompression, and time is bounded as a whole.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from federation.addresses import CleanUrl, check_url, is_public
from federation.bodies import read_body
from federation.errors import BadAnswer, ForbiddenAddress, NoAnswer, Unreachable
from storage.ids import Host

MEBIBYTE: Final = 1024 * 1024
_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_POST_BODY_BYTES: Final = 1024
_POST_BODY_SECONDS: Final = 1.0
_KEEPALIVE_SECONDS: Final = 4.0
"""Below the 5 s after which Node servers hang up, because a POST on a dying connection is lost."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of another server we bear: seconds for a whole exchange, and connections at once."""

    seconds: float = 10.0
    connections: int = 100
    connections_per_host: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a GET brought: the final `url`, and the decompressed `body`, empty unless the status is 2xx."""

    status: int
    url: str
    content_type: str
    body: bytes
    accept_signature: str | None = None
    """What the server wants signed (RFC 9421 §5), as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAnswer:
    """What a POST was answered: the status and some headers as they came."""

    status: int
    retry_after: str | None
    host_date: str | None
    accept_signature: str | None = None


@dataclass(frozen=True, slots=True)
class _Moved:
    location: str


class _GateError(OSError):
    """The gate said no; constant text, so that several refusals stay this class inside aiohttp."""

    def __init__(self) -> None:
        super().__init__("not a public address")


class Wire:
    """All outgoing HTTP; made inside a running loop, closed by `async with` or `close`."""

    def __init__(
        self,
        *,
        dev: bool,
        own_hosts: Collection[Host],
        user_agent: str,
        allow: Callable[[IPv4Address | IPv6Address], bool] | None = None,
        resolver: AbstractResolver | None = None,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        dated: Callable[[Host, str], None] | None = None,
    ) -> None:
        """Open the door: `allow` replaces the rule for addresses, `resolver` the look-up of names.

        Without `allow` only public addresses are connected to, under `dev` loopback ones too. Certificates
        trusted are the system's, or those of SSL_CERT_FILE, unless `tls` says otherwise. `dated` hears each answer's
        `Date`.
        """
        self.dev = dev
        self._own_hosts = frozenset(own_hosts)
        self._allow = allow or (lambda ip: is_public(ip) or (dev and ip.is_loopback))
        self._limits = limits or Limits()
        self._dated = dated
        self._tls = tls
        self._session = aiohttp.ClientSession(
            connector=self._connector(resolver),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(),  # ours is around the whole exchange, redirects included
            auto_decompress=False,
            trust_env=False,
        )
        self._session._retry_connection = False  # one request asked for is one request sent

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up everywhere; may be called twice."""
        await self._session.close()

    async def get(
        self,
        url: str,
        *,
        accept: str,
        cap: int = MEBIBYTE,
        sign: Callable[[str, str], Mapping[str, str]] | None = None,
        stays: bool = False,
    ) -> Answer:
        """Fetch at most `cap` bytes, following three redirects; `sign` is asked for the first request only.

        One that `stays` follows none to another host, so that nobody can send us there.
        Raises `ForbiddenAddress`, `NoAnswer`, `BadAnswer` (redirects, encodings) and `TooLarge`; a status
        beyond 2xx is an `Answer` without body.
        """
        target = self._check(url)
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        signature = sign("GET", target.text) if sign else {}
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(target, headers, signature, cap, stays=stays)
        except TimeoutError:
            raise self._too_slow(target) from None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> PostAnswer:
        """Send a body and read the status; a redirect is not followed but is a status like any other.

        Raises `ForbiddenAddress`, `NoAnswer`, and `BadAnswer` when the answer is no HTTP.
        """
        target = self._check(url)
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._exchange("POST", target, headers, body, _read_post_answer)
        except TimeoutError:
            raise self._too_slow(target) from None

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        """Fetch at most `cap` bytes of any type, unsigned; a redirect is not followed but is a status like any other.

        For what proves itself by its bytes: logs and media. Raises `ForbiddenAddress`, `NoAnswer`, `BadAnswer` and
        `TooLarge`; a status beyond 2xx is an `Answer` without body.
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "gzip"}
        return await self._plain("GET", url, headers, None, cap, seconds)

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        """Send a body, unsigned, and read at most `cap` bytes of the answer, whatever its status; no redirects.

        Raises what `get_plain` does.
        """
        return await self.send_plain("POST", url, body, headers={"Content-Type": media_type}, cap=cap, seconds=None)

    async def send_plain(
        self, method: str, url: str, body: bytes, *, headers: Mapping[str, str], cap: int, seconds: float | None
    ) -> Answer:
        """The same with headers of one's own; behind `Expect: 100-continue` the body goes only to who asks for it."""
        return await self._plain(method, url, {"Accept-Encoding": "identity", **headers}, body, cap, seconds)

    async def _plain(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, cap: int, seconds: float | None
    ) -> Answer:
        target = self._check(url)
        reader = partial(_read_plain, target, cap, method != "GET")
        try:
            async with asyncio.timeout(seconds or self._limits.seconds):
                return await self._exchange(method, target, headers, body, reader)
        except TimeoutError:
            raise self._too_slow(target) from None

    def _connector(self, resolver: AbstractResolver | None) -> aiohttp.TCPConnector:
        return aiohttp.TCPConnector(
            socket_factory=self._open_socket,
            resolver=resolver,
            limit=self._limits.connections,
            limit_per_host=self._limits.connections_per_host,
            keepalive_timeout=_KEEPALIVE_SECONDS,
        )

    def _open_socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        """The gate: a socket for an address that is allowed, `_GateError` for any other."""
        family, kind, protocol, _, where = address
        if not self._allow(ip_address(where[0])):
            raise _GateError
        return socket.socket(family, kind, protocol)

    def _check(self, url: str) -> CleanUrl:
        target = check_url(url, dev=self.dev)
        if target.authority in self._own_hosts:
            raise ForbiddenAddress(f"{target.authority} is this node itself; it sends no requests to itself.")
        return target

    def _too_slow(self, target: CleanUrl) -> NoAnswer:
        return NoAnswer(f"{target.authority} did not answer completely within {self._limits.seconds:g} s.")

    async def _follow(
        self, target: CleanUrl, headers: dict[str, str], signature: Mapping[str, str], cap: int, *, stays: bool
    ) -> Answer:
        seen, asked = {target.text}, target.authority
        for _ in range(_MOST_REDIRECTS + 1):
            reader = partial(_read_answer, target, cap)
            step = await self._exchange("GET", target, {**headers, **signature}, None, reader)
            if isinstance(step, Answer):
                return step
            target, signature = self._next_hop(target, step, seen), {}
            if stays and target.authority != asked:
                raise BadAnswer(f"{asked} redirected us to another host, which was not asked.")
        raise BadAnswer(f"{target.authority} redirected us more than {_MOST_REDIRECTS} times.")

    def _next_hop(self, target: CleanUrl, moved: _Moved, seen: set[str]) -> CleanUrl:
        """Where a redirect leads, checked like any URL; adds it to `seen`."""
        hop = self._check(moved.location)
        if hop.scheme != target.scheme and hop.scheme == "http":
            raise ForbiddenAddress(f"{target.authority} redirected us from https to http; we stay on https.")
        if hop.text in seen:
            raise BadAnswer(f"{target.authority} redirects us in a circle.")
        seen.add(hop.text)
        return hop

    async def _exchange(
        self,
        method: str,
        target: CleanUrl,
        headers: Mapping[str, str],
        body: bytes | None,
        read: Callable[[aiohttp.ClientResponse], Awaitable[T]],
    ) -> T:
        """One request and what `read` makes of its answer; the client's errors become ours."""
        sent = BytesIO(body) if body is not None and len(body) >= MEBIBYTE else body  # large ones go in parts
        try:
            async with self._session.request(
                method, URL(target.text, encoded=True), headers=headers, data=sent, allow_redirects=False,
                ssl=self._trusted() if target.text.startswith("https:") else True,
            ) as response:  # fmt: skip
                if self._dated is not None and (date := response.headers.get("Date")):
                    self._dated(target.authority, date)
                return await read(response)
        except aiohttp.ClientError as error:
            raise _explain(error, target.authority) from error

    def _trusted(self) -> ssl.SSLContext:
        """Made at the first request over TLS: to read the system's certificates takes longer than all else at start."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


def _explain(error: aiohttp.ClientError, host: Host) -> Unreachable:
    """What an error of the client means, in a sentence that names the host only."""
    match error:
        case aiohttp.ClientConnectorError(os_error=_GateError()):
            return ForbiddenAddress(f"{host} has no public address, so nothing was sent to it.")
        case aiohttp.ClientConnectorDNSError():
            return NoAnswer(f"The name {host} could not be looked up.")
        case aiohttp.ClientSSLError() | aiohttp.ServerFingerprintMismatch():
            return NoAnswer(f"{host} showed no certificate that this machine trusts, so nothing was sent to it.")
        case aiohttp.ClientResponseError():
            return BadAnswer(f"{host} answered with something that is no proper HTTP.")
        case aiohttp.ClientConnectorError():
            return NoAnswer(f"{host} accepts no connection.")
        case _:
            return NoAnswer(f"{host} broke off before its answer was complete.")


async def _read_answer(target: CleanUrl, cap: int, response: aiohttp.ClientResponse) -> Answer | _Moved:
    if response.status in _REDIRECTS:
        return _read_location(target, response)
    kinds = ", ".join(response.headers.getall("Content-Type", ()))
    body = await read_body(target.authority, cap, response) if 200 <= response.status < 300 else b""
    return Answer(
        status=response.status,
        url=target.text,
        content_type=kinds,
        body=body,
        accept_signature=response.headers.get("Accept-Signature"),
    )


async def _read_plain(target: CleanUrl, cap: int, in_any_case: bool, response: aiohttp.ClientResponse) -> Answer:  # noqa: FBT001
    kinds = ", ".join(response.headers.getall("Content-Type", ()))
    wanted = in_any_case or 200 <= response.status < 300
    body = await read_body(target.authority, cap, response) if wanted else b""
    return Answer(status=response.status, url=target.text, content_type=kinds, body=body)


def _read_location(target: CleanUrl, response: aiohttp.ClientResponse) -> _Moved:
    location = response.headers.get("Location")
    if not location:
        raise BadAnswer(f"{target.authority} redirected us without saying where.", status=response.status)
    try:
        return _Moved(urljoin(target.text, location))
    except ValueError:
        raise BadAnswer(f"{target.authority} redirected us to no address.", status=response.status) from None


async def _read_post_answer(response: aiohttp.ClientResponse) -> PostAnswer:
    """Read a short body so that its connection can serve again; a long or slow one costs the connection."""
    if not response.content.at_eof():
        with suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(_POST_BODY_SECONDS):
                most = _POST_BODY_BYTES
                while most > 0 and (chunk := await response.content.read(most)):
                    most -= len(chunk)
    headers = response.headers
    return PostAnswer(
        status=response.status,
        retry_after=headers.get("Retry-After"),
        host_date=headers.get("Date"),
        accept_signature=headers.get("Accept-Signature"),
    )
