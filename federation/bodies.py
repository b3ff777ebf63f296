"""A body taken in bit by bit that never grows beyond its cap, compressed or not."""

from __future__ import annotations

import zlib
from typing import Final

import aiohttp

from federation.errors import BadAnswer, TooLarge
from storage.ids import Host

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_PLAIN: Final = frozenset({"", "identity"})
_COMPRESSED: Final = frozenset({"gzip", "x-gzip", "deflate"})


class BoundedBody:
    """Collects a body of at most `cap` bytes, counted as they come and as they are after decompression.

    `sender` is the host named in errors; an `encoding` (Content-Encoding, RFC 9110 §8.4) beyond none, gzip
    or deflate is a `BadAnswer`.
    """

    def __init__(self, *, sender: str, cap: int, encoding: str) -> None:
        self._sender = sender
        self._cap = cap
        self._received = 0
        self._body = bytearray()
        self._inflate = self._choose(encoding.strip().lower())

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; `TooLarge` beyond the cap, `BadAnswer` when they do not decompress."""
        self._received += len(chunk)
        self._body += chunk if self._inflate is None else self._expand(chunk, self._inflate)
        if max(self._received, len(self._body)) > self._cap:
            raise TooLarge(f"{self._sender} sent more than {self._cap} bytes; we stopped reading.")

    def finish(self) -> bytes:
        """The whole body; `BadAnswer` when the compressed stream ended early."""
        if self._inflate and self._received and not self._inflate.eof:
            raise BadAnswer(f"{self._sender} sent a compressed answer that ends too early.")
        return bytes(self._body)

    def _choose(self, encoding: str) -> zlib._Decompress | None:
        if encoding in _PLAIN:
            return None
        if encoding in _COMPRESSED:
            return zlib.decompressobj(_GZIP_OR_ZLIB)
        raise BadAnswer(f"{self._sender} compressed its answer in a way we did not ask for.")

    def _expand(self, chunk: bytes, inflate: zlib._Decompress) -> bytes:
        """At most one byte more than still fits, which `feed` then notices."""
        room = self._cap - len(self._body) + 1
        try:
            expanded = inflate.decompress(chunk, room)
        except zlib.error:
            raise BadAnswer(f"{self._sender} sent a compressed answer that does not decompress.") from None
        if inflate.unused_data:
            raise BadAnswer(f"{self._sender} sent more behind the end of its compressed answer.")
        return expanded


async def read_body(host: Host, cap: int, response: aiohttp.ClientResponse) -> bytes:
    """The whole body of an answer, unpacked; `TooLarge` as soon as it is seen to be more than `cap` bytes."""
    if (response.content_length or 0) > cap:
        raise TooLarge(f"{host} offered more than {cap} bytes; we did not read them.")
    encoding = ", ".join(response.headers.getall("Content-Encoding", ()))
    body = BoundedBody(sender=host, cap=cap, encoding=encoding)
    async for chunk in response.content.iter_any():
        body.feed(chunk)
    return body.finish()
