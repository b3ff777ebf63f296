"""A mirror that is not to be named: it holds and signs, and a stranger who asks for it learns nothing."""

from __future__ import annotations

import hashlib

import aiohttp

from federation.mirror.receive import Submission, write_submission
from tests.stories.mirroring import receipts, rounds, status, three
from tests.village import Village


async def test_an_unlisted_mirror_gets_its_receipts_and_nobody_else_learns_that_there_is_a_pact(
    village: Village,
) -> None:
    one, _, hidden = await three(village)
    did = hidden.node.union.did
    await one.node.pacts.note(did, is_unlisted=True)
    await hidden.do("campaign add", handle="pit", name="The pit")
    await village.settle()
    await rounds(village)
    assert (await status(hidden))["ours"]["size"] == (await receipts(hidden))[one.node.config.url]
    [ours] = await hidden.node.store.list_logs(did)
    [receipt] = [one_ for one_ in await hidden.node.store.list_receipts(ours.name) if one_.mirror == one.node.union.did]
    peer = await hidden.node.store.find_peer(one.node.union.did)
    assert peer is not None
    assert await hidden.workers.mirrors.auditor.audit(peer, ours, receipt)
    base = f"{one.node.config.url}/log"
    names = (did, f"{did}/1", hashlib.sha256(f"{did}/1".encode()).hexdigest())
    body = write_submission(Submission(0, (), ours.checkpoint or b""))
    async with aiohttp.ClientSession() as stranger:
        for name in names:
            for part in ("checkpoint", "activities", "proof/0", "receipts", "home", f"checkpoint?pact={'0' * 32}"):
                async with stranger.get(f"{base}/{name}/{part}") as answer:
                    assert (404, "Not found") == (answer.status, await answer.text())
        for word in ("", f"?pact={'0' * 32}"):
            async with stranger.post(f"{base}/add-checkpoint{word}", data=body) as answer:
                assert (404, "Not Found\n") == (answer.status, await answer.text())
        async with stranger.get(f"{base}/{one.node.union.did}/checkpoint") as answer:
            assert (200, False) == (answer.status, did in await answer.text())
