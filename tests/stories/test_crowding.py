"""One address with much to send, or much to ask, leaves room for everybody else."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.stories.strangers import ACTIVITY, send
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401

CROWDER = {"X-Forwarded-For": "203.0.113.9"}
OTHER = {"X-Forwarded-For": "203.0.113.10"}


async def test_bodies_that_never_end_fill_only_the_part_of_the_address_they_come_from(
    scene: Scene,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("node.web.peers.inbox._MOST_UNDER_WAY", 64 * 1024)
    first, second = [await begin(scene, 7 * 1024) for _ in range(2)]
    assert b"429" in (await second[0].readline())
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body, {**headers, **OTHER}) == 202
    for _, writer in (first, second):
        writer.close()


async def begin(scene: Scene, sent: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:  # noqa: F811
    """The beginning of a delivery whose end does not come."""
    host, _, port = scene.us.node.locations.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    headers = {
        "Host": f"{host}:{port}",
        "Content-Type": ACTIVITY,
        "Signature": "a",
        "Content-Length": "200000",
        **CROWDER,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode() + b" " * sent)
    await writer.drain()
    return reader, writer


async def test_an_address_that_names_keys_all_over_the_place_keeps_no_newcomer_out(scene: Scene) -> None:  # noqa: F811
    answers = []
    for number in range(120):
        actor = f"http://127.0.1.{number}:1/eve"
        activity = {**scene.mal.activity("Like", scene.campaign), "id": f"{actor}/1", "actor": actor}
        body, headers = scene.mal.signed(
            scene.inbox, json.dumps(activity).encode(), scene.village.clock(), key_id=f"{actor}#main-key"
        )
        answers.append(await send(scene.inbox, body, {**headers, **CROWDER}))
    assert (20, 100) == (answers.count(401), answers.count(429))
    in_vain = f"{scene.mal.base}/nobody"
    activity = {**scene.mal.activity("Like", scene.campaign), "actor": in_vain}
    body, headers = scene.mal.signed(scene.inbox, activity, scene.village.clock(), key_id=f"{in_vain}#main-key")
    scene.village.clock.move(seconds=1)
    assert await send(scene.inbox, body, {**headers, **CROWDER}) == 401
    scene.village.clock.move(seconds=10)
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body, {**headers, **OTHER}) == 202
