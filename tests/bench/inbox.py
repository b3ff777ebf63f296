"""One signed POST accepted: signature, digest, schema, stored durably, answered 202; beside plain aiohttp's POST."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aiohttp import web

from federation.httpsig.sign import sign_cavage
from federation.keys import dump_public_pem, new_rsa
from node.app import build_app, build_workers
from node.config import Config
from node.context import Node, open_node
from node.listening import listening_on
from storage.ids import ActorId, InboxUrl, KeyId
from storage.records import RemoteActor, RemoteKey
from tests.bench.askers import ask, plain_server
from tests.bench.figures import tell_ratio
from tests.bench.homes import HANDLE, make_home

ROUNDS: Final = 7
REQUESTS: Final = 250
ACTORS: Final = 80
"""On 20 hosts; nobody says more than the inbox takes of one actor, host or address."""
TARGET: Final = 0.18
LIMIT: Final = "plain aiohttp POST of as many bytes"


async def inbox(folder: Path) -> None:
    """µs of the server for one POST; the effects of what was received are another pipeline's."""
    async with served_home(folder) as (node, address), plain_server(accept, "POST") as plain:
        strangers = Strangers(address)
        await strangers.introduce(node)
        costs, limits = [], []
        for _ in range(ROUNDS + 1):
            requests = list(strangers.requests(REQUESTS))
            limits.append((await ask(plain, requests, expect=202)).cpu / REQUESTS * 1e6)
            costs.append((await ask(address, requests, expect=202)).cpu / REQUESTS * 1e6)
        stored = (await node.store.count_received())["waiting"]
        assert stored == REQUESTS * (ROUNDS + 1), "a request was answered and not stored"
    tell_ratio("one signed POST accepted", costs[1:], limits[1:], LIMIT, target=TARGET)


async def accept(request: web.Request) -> web.Response:
    """Plain aiohttp's 202."""
    await request.read()
    return web.Response(status=202)


@asynccontextmanager
async def served_home(folder: Path, store: str | None = None) -> AsyncIterator[tuple[Node, str]]:
    """A new home behind a public socket as `serve` opens it, its workers at rest."""
    bound = socket.create_server(("127.0.0.1", 0))
    config = await make_home(folder, f"http://127.0.0.1:{bound.getsockname()[1]}", store)
    async with served(config, bound) as (node, address):
        yield node, address


@asynccontextmanager
async def served(config: Config, bound: socket.socket) -> AsyncIterator[tuple[Node, str]]:
    """The node of a home behind this socket."""
    address = f"127.0.0.1:{bound.getsockname()[1]}"
    async with open_node(config) as node:
        app = build_app(node, build_workers(node), run_workers=False)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            async with listening_on(runner, bound):
                yield node, address
        finally:
            await runner.cleanup()


class Strangers:
    """Actors whose keys are known, and what they say."""

    def __init__(self, address: str) -> None:
        self._key = new_rsa()
        self._inbox = f"http://{address}/actors/{HANDLE}/inbox"
        self._address = address
        self._actors = [f"https://host{place % 20}.example/users/{place}" for place in range(ACTORS)]
        self._said = 0

    async def introduce(self, node: Node) -> None:
        """Let the node know their keys, as after an earlier request."""
        now, pem = datetime.now(UTC), dump_public_pem(self._key.public_key())
        for actor in map(ActorId, self._actors):
            key = RemoteKey(id=KeyId(f"{actor}#main-key"), owner=actor, kind="rsa", public=pem, fetched_at=now)
            await node.store.save_remote_actor(
                RemoteActor(
                    id=actor, type="Person", handle=actor, name=actor, url=actor, inbox=InboxUrl(f"{actor}/inbox"),
                    shared_inbox=None, fetched_at=now, keys=(key,),
                )
            )  # fmt: skip

    def requests(self, number: int) -> Iterator[bytes]:
        """Signed POSTs as they go over the wire, each of another activity."""
        for _ in range(number):
            self._said += 1
            yield self._request(self._actors[self._said % ACTORS], self._said)

    def _request(self, actor: str, number: int) -> bytes:
        body = json.dumps(_create(actor, number)).encode()
        headers = sign_cavage(
            method="POST", url=self._inbox, body=body, content_type="application/activity+json",
            key_id=KeyId(f"{actor}#main-key"), key=self._key, now=datetime.now(UTC),
        )  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST /actors/{HANDLE}/inbox HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def _create(actor: str, number: int) -> dict[str, object]:
    """A reply of some 1.5 kB, in the words of Mastodon."""
    public = "https://www.w3.org/ns/activitystreams#Public"
    note = {
        "id": f"{actor}/statuses/{number}",
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": "2026-11-22T12:00:00Z",
        "url": f"{actor}/{number}",
        "attributedTo": actor,
        "to": [public],
        "cc": [f"{actor}/followers"],
        "sensitive": False,
        "content": "<p>We stand with you, and tell everybody at our port.</p>" * 8,
        "contentMap": {"en": "<p>We stand with you.</p>"},
        "attachment": [],
        "tag": [{"type": "Mention", "href": "https://union.example/actors/strike", "name": "@strike@union.example"}],
    }
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", {"sensitive": "as:sensitive"}],
        "id": f"{actor}/statuses/{number}/activity",
        "type": "Create",
        "actor": actor,
        "published": "2026-11-22T12:00:00Z",
        "to": [public],
        "cc": [f"{actor}/followers"],
        "object": note,
    }
