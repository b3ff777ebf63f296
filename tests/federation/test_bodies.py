"""A body never takes more memory than its cap allows (refusals DOS-08)."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from federation.bodies import BoundedBody
from federation.errors import BadAnswer, TooLarge

MEBIBYTE = 1 << 20


def test_a_bomb_is_never_unpacked_beyond_the_cap() -> None:
    bomb = gzip.compress(bytes(100 * MEBIBYTE))
    body = BoundedBody(sender="mal.test", cap=MEBIBYTE, encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"mal\.test"):
            body.feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEBIBYTE
    finally:
        tracemalloc.stop()


def test_compressed_bytes_that_unpack_to_nothing_are_counted_too() -> None:
    body = BoundedBody(sender="mal.test", cap=1000, encoding="gzip")
    body.feed(gzip.compress(b"")[:10])
    empty_block = b"\x00\x00\x00\xff\xff"
    for _ in range(198):
        body.feed(empty_block)
    with pytest.raises(TooLarge):
        body.feed(empty_block)


@pytest.mark.parametrize("encoding", ["", "identity", " GZIP ", "x-gzip", "deflate"])
def test_a_body_that_comes_byte_by_byte_is_whole(encoding: str) -> None:
    sent = b"hello" if encoding in {"", "identity"} else gzip.compress(b"hello")
    body = BoundedBody(sender="peer.test", cap=100, encoding=encoding)
    for byte in sent:
        body.feed(bytes([byte]))
    assert body.finish() == b"hello"


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_no_body_at_all_is_empty(encoding: str) -> None:
    assert BoundedBody(sender="peer.test", cap=100, encoding=encoding).finish() == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "*"])
def test_another_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(BadAnswer):
        BoundedBody(sender="peer.test", cap=100, encoding=encoding)
