"""Real homes on disk with followers, and posts for them: what the pipelines are measured on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from node.actions.set_up import Request, set_up
from node.commands import run_command
from node.config import Config, load_config
from node.context import Node, Surroundings, open_node
from storage.ids import ActivityId, ActorId, InboxUrl
from storage.records import Follower

HANDLE = "strike"
TEXT = "We **walked out** at six this morning, and stand at gate 4 until somebody talks to us. #strike " * 4


async def make_home(folder: Path, url: str = "http://127.0.0.1:9", store: str | None = None) -> Config:
    """Set up a union with one campaign; its store is the file in its home unless another is named."""
    home = folder / "home"
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    asked = Request(
        home=home, name="Bench", handle="union", url=url, kit=folder / "kit", passphrase=None, dev=True,
        store=store,
    )  # fmt: skip
    around = Surroundings()
    await set_up(asked, around)
    config = load_config(home, {})
    async with open_node(config, around) as node:
        await run_command("campaign add", {"handle": HANDLE, "name": "Strike"}, node)
    return config


@asynccontextmanager
async def home_node(folder: Path, store: str | None = None) -> AsyncIterator[Node]:
    """A node of a new home, open until the end of the block; nothing of it serves or works by itself."""
    async with open_node(await make_home(folder, store=store)) as node:
        yield node


async def add_followers(node: Node, hosts: Sequence[str], number: int) -> None:
    """Accepted followers of the campaign, each with an inbox of its own, spread over the hosts."""
    since = datetime.now(UTC)
    follows = node.locations.actor(HANDLE)
    for start in range(0, number, 1000):
        await asyncio.gather(
            *(
                node.store.save_follower(_follower(hosts[place % len(hosts)], place, follows, since))
                for place in range(start, min(start + 1000, number))
            )
        )


def _follower(host: str, place: int, follows: ActorId, since: datetime) -> Follower:
    id = f"http://{host}/users/{place}"
    return Follower(
        actor=ActorId(id),
        follows=follows,
        activity=ActivityId(f"{id}/follow"),
        inbox=InboxUrl(f"{id}/inbox"),
        shared_inbox=None,
        state="accepted",
        since=since,
    )


async def say(node: Node) -> bytes:
    """Publish one update; the bytes that its followers are to get. Nothing is queued yet."""
    said = await run_command(
        "post", {"handle": HANDLE, "text": TEXT, "serial": node.new_serial()}, node
    )  # fmt: skip
    assert isinstance(said, dict)
    entry = (await node.store.list_entries(await node.store.size() - 1, 1))[0]
    activity = await node.store.find_activity(entry.entry.activity)
    assert activity is not None
    return activity.body
