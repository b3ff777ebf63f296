"""Our own log, as anybody reads it: signed after each post, provable, and without what was taken back."""

from __future__ import annotations

import aiohttp
import pytest

from federation.tlog.checkpoints import Checkpoint, open_checkpoint
from federation.tlog.merkle import leaf_hash, root_of
from federation.tlog.tiles import read_bundle
from tests.village import Village, Villager


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    return us


def log_url(us: Villager) -> str:
    return f"{us.node.config.url}/log/{us.node.union.did}"


async def get(url: str) -> tuple[int, bytes, aiohttp.typedefs.LooseHeaders]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.read(), answer.headers


async def read_head(us: Villager) -> Checkpoint:
    status, note, _ = await get(f"{log_url(us)}/checkpoint")
    assert status == 200
    name = f"{us.node.union.did}/1"
    return open_checkpoint(note, origin=name, public=us.node.vault.log_key().public_key())


async def test_a_post_stands_below_a_signed_head_before_anybody_is_told(us: Villager) -> None:
    before = await read_head(us)
    await us.do("post", handle="strike", text="We walked out")
    after = await read_head(us)
    assert (2, 3) == (before.size, after.size)
    status, bundle, _ = await get(f"{log_url(us)}/1/tile/entries/000.p/3")
    entries = read_bundle(bundle, most=256)
    assert (200, after.root) == (status, root_of([leaf_hash(entry) for entry in entries]))
