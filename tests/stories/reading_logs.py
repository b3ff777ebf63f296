"""What stories about logs share: where ours is, and how anybody reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from federation.tlog.checkpoints import Checkpoint, open_checkpoint
from storage.ids import LogName
from tests.village import Villager


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def kept(self) -> str:
        """What caches are told."""
        return self.headers["Cache-Control"]


async def get(us: Villager, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask a node, the path as it is."""
    url = URL(us.node.config.url + path, encoded=True)
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers, allow_redirects=False) as answer:
        return Answer(answer.status, await answer.read(), answer.headers)


def our_name(us: Villager) -> LogName:
    return LogName(f"{us.node.union.did}/1")


def our_log(us: Villager) -> str:
    """The path of our log's present epoch."""
    return f"/log/{us.node.union.did}"


def by_origin(name: LogName) -> str:
    """The path under which mirrors of any make look for a log."""
    return f"/log/{hashlib.sha256(name.encode()).hexdigest()}"


async def read_head(us: Villager) -> Checkpoint:
    """Our head as anybody gets it, its signature checked."""
    answer = await get(us, f"{our_log(us)}/checkpoint")
    assert answer.status == 200
    return open_checkpoint(answer.body, origin=our_name(us), public=us.node.vault.log_key().public_key())
