"""What costs the sender little and would cost us much: it ends at a cap, and everybody else goes on."""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
from importlib import import_module
from types import SimpleNamespace
from typing import Final

import pytest
from aiohttp import web

from federation.mirror.files import digest_of
from federation.mirror.source import Source
from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import text
from node.pictures.keeping import LEFT_FOR_TEXT
from storage.ids import ObjectId
from storage.records import HeldMedia
from tests.adversary.stage import PLANTED, Stage
from tests.elsewhere import Elsewhere
from tests.stories.strangers import ACTIVITY

MEBIBYTE: Final = 1024 * 1024


async def pour(stage: Stage, chunks: int) -> tuple[bytes, int]:
    """Send a body in chunks of 64 KiB until somebody hangs up; the first line of the answer, and how many were sent."""
    host = stage.us.node.locations.host
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = {**PLANTED, "Host": host, "Content-Type": ACTIVITY, "Signature": "a", "Transfer-Encoding": "chunked"}
    writer.write(("POST /inbox HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()) + "\r\n").encode())
    sent = 0
    try:
        while sent < chunks:
            sent += 1
            writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
            await writer.drain()
            if reader.at_eof() or reader._buffer:  # type: ignore[attr-defined]
                break
    except ConnectionError:
        pass
    answer = await reader.readline()
    writer.close()
    return answer, sent


async def test_dos_01_chunks_without_end_are_cut_off_at_the_cap(stage: Stage) -> None:
    answer, sent = await pour(stage, 4096)
    assert answer == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    assert sent * 65536 < 32 * MEBIBYTE  # what lies between the two sockets, and not the 256 MiB that were offered
    good = stage.mal.signed(stage.inbox, stage.follow(), stage.scene.village.clock())
    assert await stage.post(good) == 202
    stage.unseen()


@pytest.mark.parametrize(
    ("path", "patience"),
    [
        ("/inbox", "node.web.peers.inbox._SECONDS"),
        ("/actors/strike/inbox", "node.web.peers.inbox._SECONDS"),
        ("/log/add-checkpoint", "node.web.peers.short_bodies._SECONDS"),
        ("/log/retract", "node.web.peers.short_bodies._SECONDS"),
    ],
)
async def test_a_body_that_does_not_come_is_408_after_ten_seconds_at_most(
    stage: Stage, path: str, patience: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 10 of what must be refused. The wait is made short, so nothing here is about time."""
    module, _, name = patience.rpartition(".")
    assert getattr(import_module(module), name) <= 10
    monkeypatch.setattr(patience, 0.01)
    host = stage.us.node.locations.host
    reader, writer = await asyncio.open_connection(*host.split(":"))
    head = {**PLANTED, "Host": host, "Content-Type": ACTIVITY, "Signature": "a", "Content-Length": "9"}
    writer.write(
        (f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in head.items()) + "\r\nhalf").encode()
    )
    whole = await reader.readuntil(b"Too slow")
    writer.close()
    assert whole.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    stage.unseen()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "identity", ""])
async def test_dos_02_compressed_bodies_are_not_unpacked(stage: Stage, encoding: str) -> None:
    body = gzip.compress(bytes(10 * MEBIBYTE))
    _, headers = stage.mal.signed(stage.inbox, body, stage.scene.village.clock())
    await stage.refused((body, {**headers, "Content-Encoding": encoding}), status=415)


def nested(depth: int) -> bytes:
    return b'{"object":' + b'{"object":' * depth + b"1" + b"}" * depth + b"}"


BOTTOMLESS: Final = {
    "brackets": b"[" * 100_000,
    "objects": nested(20_000),
    "deep": nested(40),
    "keys": json.dumps({f"k{number}": 1 for number in range(20_000)}).encode(),
    "digits": b'{"published":' + b"9" * 5_000 + b"}",
    "exponent": b'{"published":1e400}',
    "many brackets": b'{"to":[' + b"[]," * 20_000 + b"[]]}",
}


async def test_dos_04_json_without_bottom_or_end_is_400(stage: Stage) -> None:
    clock = stage.scene.village.clock
    await stage.refused(
        *[stage.mal.signed(stage.inbox, body, clock()) for body in BOTTOMLESS.values()], status=400, fetched=0
    )


async def test_dos_11_a_tree_of_replies_without_end_costs_no_fetch(stage: Stage) -> None:
    """Nobody's reply is fetched, whatever it answers; a boost costs what it names and no more."""
    post = await stage.us.do("post", handle="strike", text="We walked out")
    mal = stage.mal

    async def show_fresh(request: web.Request) -> web.Response:
        number = int(request.path.rpartition("/")[2])
        note = mal.note(
            str(number), inReplyTo=f"{mal.base}/notes/{number + 1}", replies=f"{mal.base}/notes/{number + 2}"
        )
        return web.json_response(note, content_type=ACTIVITY)

    mal.site.handlers |= {f"/notes/{number}": show_fresh for number in range(200)}
    for number in range(20):
        answered: JsonValue = text(post, "id") if number == 0 else f"{mal.base}/notes/{number - 1}"
        quoted, context = f"{mal.base}/notes/99", f"{mal.base}/notes/100"
        note = {**mal.note(str(number)), "inReplyTo": answered, "quoteUrl": quoted, "context": context}
        assert await stage.scene.deliver(mal, mal.activity("Create", note)) == 202
    await stage.scene.village.settle()
    assert {path for path in mal.site.fetches if path.startswith("/notes/")} == set()
    await stage.us.do("boost", url=f"{mal.base}/notes/50", handle="strike")
    await stage.scene.village.settle()
    assert {path: times for path, times in mal.site.fetches.items() if path.startswith("/notes/")} == {"/notes/50": 1}


async def test_dos_14_deletes_of_unknown_actors_cost_neither_fetch_nor_row(stage: Stage) -> None:
    mal, clock = stage.mal, stage.scene.village.clock
    sent = []
    for number in range(200):
        gone = f"http://127.1.{number}.1:9/gone"
        delete: JsonObject = {"id": f"{gone}#delete", "type": "Delete", "actor": gone, "object": gone}
        sent.append(mal.signed(stage.inbox, delete, clock(), key_id=f"{gone}#main-key"))
    await stage.refused(*sent, status=202)


async def test_dos_21_without_room_media_of_others_are_left_and_our_own_words_go_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    union, body = Elsewhere(url=stage.peer.base, at=stage.scene.village.clock()), b"x" * 100
    await union.hold_nothing(stage.store)
    stage.us.node.pacts.forget()
    path = f"/log/{union.log}/media/{digest_of(body)}"
    stage.peer.site.answer(path, body)
    await stage.store.save_held_media([wanted(union, body)])
    media = stage.us.workers.mirrors.visits.media
    sources = [Source(wire=stage.us.node.wire, home=stage.peer.base, log=union.log)]
    with monkeypatch.context() as nearly_full:
        nearly_full.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=LEFT_FOR_TEXT))
        assert await media.pull(union.did, sources) == 0
        assert stage.peer.site.fetches[path] == 0
        post = await stage.us.do("post", handle="strike", text="We walked out")
        await stage.scene.village.settle()
        assert await stage.store.find_post(ObjectId(text(post, "id"))) is not None
    assert await media.pull(union.did, sources) == 1
    assert stage.peer.site.fetches[path] == 1


def wanted(union: Elsewhere, body: bytes) -> HeldMedia:
    """A picture that an update of this union names."""
    return HeldMedia(
        did=union.did,
        digest=digest_of(body),
        media_type="image/png",
        size=len(body),
        is_held=False,
        is_named=True,
        changed_at=union.at,
    )
