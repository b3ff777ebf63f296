"""Requests that two servers could read differently: each gets one short refusal, and nothing hidden in it is heard."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.adversary.stage import PLANTED, Stage, all_rows
from tests.stories.strangers import ACTIVITY

HIDDEN: Final = "GET /@strike?hidden HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
RAW: Final = {
    "length and chunks": "POST /inbox HTTP/1.1\r\n{head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "two lengths": "POST /inbox HTTP/1.1\r\n{head}Content-Length: 0\r\nContent-Length: 40\r\n\r\n",
    "a length with a sign": "POST /inbox HTTP/1.1\r\n{head}Content-Length: +0\r\n\r\n",
    "a length of nothing": "POST /inbox HTTP/1.1\r\n{head}Content-Length: \r\n\r\n",
    "an endless length": "POST /inbox HTTP/1.1\r\n{head}Content-Length: " + "9" * 40 + "\r\n\r\n",
    "an unknown coding": "POST /inbox HTTP/1.1\r\n{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks not last": "POST /inbox HTTP/1.1\r\n{head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "an endless chunk": "POST /inbox HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n" + "F" * 40 + "\r\n",
    "a chunk of no size": "POST /inbox HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "a blank before the colon": "POST /inbox HTTP/1.1\r\n{head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": "POST /inbox HTTP/1.1\r\n{head}X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a NUL": "POST /inbox HTTP/1.1\r\n{head}X: a\x00b\r\n\r\n",
    "a lone carriage return": "POST /inbox HTTP/1.1\r\n{head}X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "two hosts": "POST /inbox HTTP/1.1\r\nHost: evil.example\r\n{head}\r\n",
    "no version": "POST /inbox\r\n{head}\r\n",
    "another protocol": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a long line": "POST /" + "a" * 70_000 + " HTTP/1.1\r\n{head}\r\n",
    "many headers": "POST /inbox HTTP/1.1\r\n{head}" + "X: a\r\n" * 5_000 + "\r\n",
    "a long header": "POST /inbox HTTP/1.1\r\n{head}X: " + "a" * 70_000 + "\r\n\r\n",
}
REFUSALS: Final = {b"400", b"401", b"404", b"413", b"415", b"431"}


async def say(stage: Stage, raw: str) -> bytes:
    """Send it with another request behind it; everything that comes back until the other side hangs up."""
    host = stage.us.node.locations.host
    told = {"Host": host, "Content-Type": ACTIVITY, "Signature": "a", **PLANTED}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    whole = raw.replace("{head}", head) + HIDDEN.replace("{host}", host)
    reader, writer = await asyncio.open_connection(*host.split(":"))
    try:
        writer.write(whole.encode("latin-1"))
        return await reader.read()
    except ConnectionError:
        return b""  # it hung up on what we were still sending
    finally:
        writer.close()


async def test_what_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_answered(stage: Stage) -> None:
    before = await all_rows(stage.store)
    for name, raw in RAW.items():
        answer = await say(stage, raw)
        assert (name, True) == (name, answer.count(b"HTTP/1.") <= 1)
        assert (name, True) == (name, answer == b"" or answer.split()[1] in REFUSALS)
        told = [word for word in (b"Traceback", b"aiohttp", b"evil.example", b"hidden") if word in answer]
        assert (name, []) == (name, told)
    assert before == await all_rows(stage.store)
    stage.unseen()


async def test_two_good_requests_on_one_connection_are_both_answered(stage: Stage) -> None:
    """Or the test above would prove nothing."""
    answer = await say(stage, "GET /robots.txt HTTP/1.1\r\nHost: {host}\r\n\r\n".replace("{host}", stage.us.host))
    assert answer.count(b"HTTP/1.1 200 OK") == 2
