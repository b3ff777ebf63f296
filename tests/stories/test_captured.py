"""What real servers sent, as they sent it: each request verifies with the clock at its time, and has its effect."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from federation.activitystreams.remote_actor import parse_actor
from federation.errors import BadSignature
from federation.httpsig.request import SignedRequest
from federation.inbox.receive import Receiver
from federation.keys import new_actor_keys
from node.actions.campaigns import new_actor
from node.actions.set_up import Request, set_up
from node.app import Workers, build_workers
from node.config import load_config
from node.context import Node, Surroundings, open_node
from storage.ids import ActivityId, ActorId, InboxUrl, ObjectId
from storage.records import Follower, Following
from tests.village import Clock

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
CAPTURED: list[dict[str, Any]] = [
    json.loads(line) for line in (VECTORS / "captured_requests.jsonl").read_text(encoding="utf-8").splitlines()
]
ACTORS: dict[str, Any] = json.loads((VECTORS / "captured_actors.json").read_text(encoding="utf-8"))
REF = ActorId("https://fedify.test/users/ref")


@dataclass(frozen=True, slots=True)
class Listener:
    """A node that stands where fedify.test stood when the requests were recorded."""

    node: Node
    workers: Workers
    receiver: Receiver
    clock: Clock

    async def hear(self, line: dict[str, Any]) -> None:
        self.clock.at = datetime.fromisoformat(line["at"])
        await self.receiver.receive(as_signed(line))
        await self.workers.inbox.run_once()


def as_signed(line: dict[str, Any]) -> SignedRequest:
    return SignedRequest(
        method=line["method"],
        target=urlsplit(line["url"]).path,
        headers=tuple(line["headers"].items()),
        body=line["body"].encode(),
    )


@pytest.fixture
async def listener(tmp_path: Path) -> AsyncIterator[Listener]:
    clock = Clock(datetime.fromisoformat(CAPTURED[0]["at"]))
    around = Surroundings(now=clock)
    asked = Request(
        home=tmp_path / "home",
        name="Listener",
        handle="union",
        url="https://fedify.test",
        kit=tmp_path / "kit",
        passphrase=None,
    )
    await set_up(asked, around)
    async with open_node(load_config(asked.home, {}), around) as node:
        await add_ref(node)
        for id in ACTORS:
            await know(ActorId(id), node, clock.at)
        yield listen(node, clock)


def listen(node: Node, clock: Clock) -> Listener:
    """The inbox door and the workers of a node that nobody serves."""
    workers = build_workers(node)
    receiver = Receiver(
        store=node.store,
        resolver=node.resolver,
        hosts=[node.locations.host],
        scheme="https",
        now=clock,
        blocks=node.blocks,
        schemes=node.schemes,
        heard_from=workers.delivery.host_was_heard,
        wake=workers.inbox.wake,
    )
    return Listener(node, workers, receiver, clock)


async def add_ref(node: Node) -> None:
    """The actor that was spoken to, under the id it had."""
    keys = new_actor_keys()
    node.vault.add_actor("ref", keys)
    await node.store.add_actor(replace(new_actor("ref", "campaign", keys, node), id=REF))


async def know(id: ActorId, node: Node, at: datetime) -> None:
    """The sender as its own server shows it, followed by our union and following ours."""
    actor = parse_actor(ACTORS[id], at)
    await node.store.save_remote_actor(actor)
    await node.store.save_following(
        Following(
            actor=node.union_actor,
            follows=id,
            activity=ActivityId(f"{node.config.url}/activities/{len(id)}"),
            inbox=actor.inbox,
            state="accepted",
            asked_at=at,
        )
    )
    follower = Follower(
        actor=id,
        follows=REF,
        activity=ActivityId(f"{id}/follow/before"),
        inbox=actor.inbox,
        shared_inbox=InboxUrl(f"{id}/shared"),
        state="accepted",
        since=at,
    )
    await node.store.save_follower(follower)


async def happened(line: dict[str, Any], node: Node) -> bool:
    """Whether this request's effect is in the store."""
    activity, kind = json.loads(line["body"]), line["type"].split("/")
    thing = activity["object"]
    actor = ActorId(activity["actor"])
    note_id = ObjectId(thing if isinstance(thing, str) else thing["id"])
    follower = await node.store.find_follower(actor, REF)
    note = await node.store.find_remote_post(note_id)
    remote = await node.store.find_remote_actor(actor)
    match kind:
        case ["Follow"]:
            return follower is not None and follower.activity == activity["id"]
        case ["Undo", "Follow"]:
            return follower is None
        case ["Create" | "Update", "Note" | "Question"]:
            return note is not None and note.actor == actor and note.html != ""
        case ["Update", "Person"]:
            return remote is not None and remote.name == thing["name"]
        case ["Delete", *_]:
            return note is None
        case _:
            return True  # Like, Announce, their Undo, and answers to Follows we never sent: heard, no effect yet


async def test_every_captured_request_verifies_and_has_its_effect(listener: Listener) -> None:
    without_effect = []
    for line in CAPTURED:
        await listener.hear(line)
        if not await happened(line, listener.node):
            without_effect.append(f"{line['type']} from {line['from']} at {line['at']}")
    assert without_effect == []
    assert (await listener.node.store.count_received()).get("failed", 0) == 0


async def test_a_captured_follow_is_answered_with_an_accept(listener: Listener) -> None:
    follow = next(line for line in CAPTURED if line["type"] == "Follow")
    await listener.hear(follow)
    queued = await listener.node.store.list_deliveries(None, None, after=None, limit=10)
    assert [(delivery.type, delivery.inbox) for delivery in queued] == [("Accept", "https://snac.test/alice/inbox")]


@pytest.mark.parametrize("line", CAPTURED, ids=lambda line: f"{line['type']}-{line['from']}")
async def test_a_captured_request_with_one_altered_byte_is_refused(listener: Listener, line: dict[str, Any]) -> None:
    altered = {**line, "body": line["body"].replace('"actor"', '"Actor"', 1)}
    with pytest.raises(BadSignature):
        await listener.hear(altered)
    assert await listener.node.store.count_received() in ({}, {"waiting": 0, "done": 0, "failed": 0})
