"""The doors at which a mirror is brought what it cannot fetch: who is let in, how much is read, what is answered."""

from __future__ import annotations

import asyncio
import gzip
import io
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from federation.log.kept import find_tiles
from federation.mirror.discretion import pact_word
from federation.tlog.packages import Upload, spans, write_package, write_upload
from federation.tlog.tiles import needed_for_subtree
from node.web.peers.held_bodies import Reading
from storage.records import KeptLog, Leaf
from tests.stories.mirroring import befriend, copy_of
from tests.stories.reading_logs import by_origin
from tests.village import Village, Villager

INFO = "text/x.tlog.mirror-info"
BOMB = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """A mirror that knows of a new head of a union that it cannot reach."""

    origin: Villager
    mirror: Villager
    ours: KeptLog

    async def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, str]:
        url = self.mirror.node.config.url + path
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(method, url, data=io.BytesIO(body), headers=headers) as answer,
        ):
            return answer.status, await answer.read(), answer.headers.get("Content-Type", "")

    async def add(self, body: bytes, **headers: str) -> tuple[int, bytes, str]:
        return await self.send(
            "POST", "/log/add-entries", body, **{"Content-Type": "application/octet-stream", **headers}
        )

    def head(self, start: int, end: int) -> bytes:
        return write_upload(Upload(origin=self.ours.name, start=start, end=end))

    async def upload(self, start: int, end: int) -> bytes:
        made = bytearray(self.head(start, end))
        for span in spans(start, end):
            leaves = await self.origin.node.store.list_leaves(self.ours.name, span.start, span.end - span.start)
            wanted = needed_for_subtree(span.first, span.end, end)
            tiles = await find_tiles(self.origin.node.store, self.ours.name, wanted)
            made += write_package([leaf.entry for leaf in leaves], tiles.subtree(span.first, span.end, end))
        return bytes(made)

    async def leaves(self) -> list[Leaf]:
        return await self.origin.node.store.list_leaves(self.ours.name, 0, self.ours.size)

    async def ask(self, path: str, length: int, body: bytes) -> tuple[bytes, bytes]:
        """The first line that is answered to a PUT that waits to be asked, and, when it is asked, that after it."""
        host, _, port = self.mirror.host.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        writer.write(head.encode())
        first = await reader.readline()
        then = b""
        if b" 100 " in first:
            await reader.readline()
            writer.write(body)
            then = await reader.readline()
        writer.close()
        return first, then


@pytest.fixture
async def door(village: Village) -> Door:
    one, two = await village.add("koreno"), await village.add("harbour")
    await befriend(village, one, two)
    village.outages.walls.add((two.host, one.host))
    for number in range(3):
        await one.do("post", handle="union", text=f"Update {number}")
    await village.settle()
    return Door(one, two, await copy_of(one, one))


async def test_a_record_is_brought_through_the_doors(door: Door) -> None:
    kept, size = await copy_of(door.mirror, door.origin), door.ours.checkpoint_size
    assert (size, True) == (kept.pending_size, kept.size < size)
    far = f"{size}\n{kept.size}\n\n".encode()
    assert (409, far) == (ahead := await door.add(door.head(size, size)))[:2]
    assert ahead[2].startswith(INFO)
    whole = gzip.compress(await door.upload(kept.size, size))
    added = await door.add(whole, **{"Content-Encoding": "gzip"})
    assert (202, f"{size}\n{size}\n\n".encode()) == added[:2]
    assert added[2].startswith(INFO)
    paths = (f"/log/{door.ours.name}", f"/log/{door.ours.did}", by_origin(door.ours.name))
    new = (await door.leaves())[kept.size :]
    for prefix, leaf in zip(paths, new, strict=True):
        assert 204 == (await door.send("PUT", f"{prefix}/activity/{leaf.digest}", leaf.body or b""))[0]
    assert ["held"] * size == [leaf.state for leaf in await door.mirror.node.store.list_leaves(door.ours.name, 0, size)]
    assert 202 == (await door.add(door.head(size, size)))[0], "nobody confirmed the pact, so there is no receipt"


async def test_what_is_not_wanted_is_refused_at_the_door(door: Door) -> None:
    size = door.ours.checkpoint_size
    kept = (await copy_of(door.mirror, door.origin)).size
    whole = await door.upload(kept, size)
    prefix, leaf = f"/log/{door.ours.name}", (await door.leaves())[-1]
    cases: list[tuple[int, Any]] = [
        (415, door.add(whole, **{"Content-Type": "text/plain"})),
        (415, door.add(whole, **{"Content-Encoding": "compress"})),
        (400, door.add(b"no gzip", **{"Content-Encoding": "gzip"})),
        (400, door.add(b"")),
        (400, door.add(whole[:-1])),
        (404, door.add(write_upload(Upload(origin="did:key:z6MkNobody/1", start=0, end=0)))),
        (417, door.add(whole, Expect="something else")),
        (404, door.send("PUT", f"{prefix}/activity/{leaf.digest}", leaf.body or b"")),
        (404, door.send("PUT", f"{prefix}/media/{'0' * 64}", b"x")),
        (404, door.send("PUT", f"/log/did:key:{'z6Mk' + 'a' * 44}/activity/{leaf.digest}", b"x")),
        (404, door.send("PUT", f"/log/{door.mirror.node.union.did}/activity/{leaf.digest}", b"x")),
    ]
    assert [expected for expected, _ in cases] == [(await answer)[0] for _, answer in cases]
    assert kept == (await copy_of(door.mirror, door.origin)).size
    await door.add(whole)
    there = f"{prefix}/activity/{leaf.digest}"
    assert 413 == (await door.send("PUT", there, b"x" * 1_048_577))[0]
    assert 415 == (await door.send("PUT", there, gzip.compress(leaf.body or b""), **{"Content-Encoding": "gzip"}))[0]
    assert 422 == (await door.send("PUT", there, b"{}"))[0]
    assert 204 == (await door.send("PUT", there, leaf.body or b""))[0]


async def test_a_body_is_asked_for_only_when_something_names_it(door: Door) -> None:
    leaf, body = (last := (await door.leaves())[-1]), last.body or b""
    there = f"/log/{door.ours.name}/activity/{leaf.digest}"
    assert (b"HTTP/1.1 404 Not Found\r\n", b"") == await door.ask(there, len(body), body)
    await door.add(await door.upload((await copy_of(door.mirror, door.origin)).size, door.ours.checkpoint_size))
    assert (b"HTTP/1.1 413 Request Entity Too Large\r\n", b"") == await door.ask(there, 2**30, body)
    expected = (b"HTTP/1.1 100 Continue\r\n", b"HTTP/1.1 204 No Content\r\n")
    assert expected == await door.ask(there, len(body), body)
    assert (b"HTTP/1.1 204 No Content\r\n", b"") == await door.ask(there, len(body), body), "it is here already"


async def test_our_own_wire_waits_to_be_asked_and_goes_on_when_it_is_not(door: Door) -> None:
    await door.add(await door.upload((await copy_of(door.mirror, door.origin)).size, door.ours.checkpoint_size))
    leaf, wire = (await door.leaves())[-1], door.origin.node.wire
    url = f"{door.mirror.node.config.url}/log/{door.ours.name}/activity/{leaf.digest}"
    answers = [
        await wire.send_plain("PUT", to, body, headers={"Expect": "100-continue"}, cap=1024, seconds=None)
        for to, body in ((url[:-1], b"unnamed"), (url, b"other"), (url, leaf.body or b""), (url, bytes(2**22)))
    ]
    assert [404, 422, 204, 204] == [answer.status for answer in answers]


async def test_dos_08_a_bomb_is_not_blown_up(door: Door) -> None:
    """Sixty-four mebibytes in sixty-four kibibytes, at each place of an upload."""
    size = door.ours.checkpoint_size
    kept = (await copy_of(door.mirror, door.origin)).size
    for head in (b"", door.head(kept, size), door.head(size, size)):
        bomb = gzip.compress(head + bytes(BOMB))
        tracemalloc.start()
        assert (await door.add(bomb, **{"Content-Encoding": "gzip"}))[0] in {400, 404, 409, 413, 422}
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < BOMB // 8


async def test_dos_08_however_many_bring_at_once_only_so_much_is_held(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here as much as one upload, so that a second that comes meanwhile is asked to come again."""
    monkeypatch.setattr("node.web.peers.pieces._MOST_HELD", 256 * 4200)
    size = door.ours.checkpoint_size
    whole = await door.upload((await copy_of(door.mirror, door.origin)).size, size)
    began, goes = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield whole[:10]
        began.set()
        await goes.wait()
        yield whole[10:]

    async with aiohttp.ClientSession() as session:
        url = f"{door.mirror.node.config.url}/log/add-entries"
        typed = {"Content-Type": "application/octet-stream"}
        slow = asyncio.create_task(session.post(url, data=slowly(), headers=typed).__aenter__())
        await began.wait()
        while (answer := await door.add(door.head(size, size)))[0] == 409:
            pass  # the slow one has not come in yet
        assert 429 == answer[0]
        goes.set()
        assert 202 == (await slow).status
        (await slow).close()
    assert 202 == (await door.add(door.head(size, size)))[0]


async def test_dos_08_who_sends_slowly_keeps_nobody_else_out(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two uploads are as much as may be held, and two that never end came before."""
    monkeypatch.setattr("node.web.peers.pieces._MOST_HELD", 2 * 256 * 4200)
    size = door.ours.checkpoint_size
    kept = (await copy_of(door.mirror, door.origin)).size
    host, _, port = door.mirror.host.partition(":")
    head = f"POST /log/add-entries HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/octet-stream\r\n"
    slow, counted, are_in = [], list[int](), asyncio.Event()
    hold = Reading.hold

    def count(reading: Reading, length: int, share: int | None) -> None:
        hold(reading, length, share)
        counted.append(length)
        if len(counted) == 2:
            are_in.set()

    monkeypatch.setattr(Reading, "hold", count)
    for last in (9, 9):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}X-Forwarded-For: 203.0.113.{last}\r\nContent-Length: 99999\r\n\r\n".encode() + b"0")
        slow.append((reader, writer))
    await are_in.wait()
    other = {"X-Forwarded-For": "203.0.113.10"}
    assert 202 == (await door.add(await door.upload(kept, size), **other))[0]
    assert b" 400 " in await slow[0][0].readline(), "the oldest of whoever holds most was cut off"
    for _, writer in slow:
        writer.close()


async def test_a_frozen_log_and_an_ended_pact_are_brought_nothing(door: Door) -> None:
    size = door.ours.checkpoint_size
    kept = (await copy_of(door.mirror, door.origin)).size
    await door.mirror.do("mirror freeze", peer=door.origin.node.config.url)
    whole, leaf = await door.upload(kept, size), (await door.leaves())[0]
    put = "PUT", f"/log/{door.ours.name}/activity/{leaf.digest}", leaf.body or b""
    assert (404, 404) == ((await door.add(whole))[0], (await door.send(*put))[0])
    await door.mirror.do("peer remove", url=door.origin.node.config.url)
    assert (404, 404) == ((await door.add(whole))[0], (await door.send(*put))[0])
    assert kept == (await copy_of(door.mirror, door.origin)).size


async def test_what_an_unlisted_pact_takes_needs_its_word(door: Door) -> None:
    await door.mirror.node.pacts.note(door.ours.did, is_unlisted=True)
    peer = await door.mirror.node.store.find_peer(door.ours.did)
    assert peer is not None
    kept, size, word = (await copy_of(door.mirror, door.origin)).size, door.ours.checkpoint_size, pact_word(peer)
    whole, leaf = await door.upload(kept, size), (await door.leaves())[kept]
    path, put = "/log/add-entries", f"/log/{door.ours.name}/activity/{leaf.digest}"
    stream = {"Content-Type": "application/octet-stream"}
    for wrong in ("", "?pact=", f"?pact={'0' * 32}"):
        assert 404 == (await door.send("POST", path + wrong, whole, **stream))[0]
        assert 404 == (await door.send("PUT", put + wrong, leaf.body or b""))[0]
    assert 202 == (await door.send("POST", f"{path}?pact={word}", whole, **stream))[0]
    assert 404 == (await door.send("PUT", put, leaf.body or b""))[0]
    assert 204 == (await door.send("PUT", f"{put}?pact={word}", leaf.body or b""))[0]
