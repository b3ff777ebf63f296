"""A union renews its charter while it runs: its mirrors follow, and the old keys sign nothing any more."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from federation.errors import CharterConflict
from federation.identity.charter import read_charter
from federation.mirror.charters import admit_charter
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from node.cli.charters import sign_draft
from node.cli.reading import member, rows, text
from tests.stories.mirroring import copy_of, held, receipts, rounds, status, three
from tests.stories.renewing import kit_of, renew
from tests.village import Village, Villager


async def read(villager: Villager, path: str) -> tuple[int, bytes]:
    async with ClientSession() as session, session.get(f"{villager.node.config.url}{path}") as answer:
        return answer.status, await answer.read()


async def test_a_running_node_renews_its_charter_and_its_mirrors_follow(village: Village) -> None:
    one, two, other = await three(village)
    mistake = await one.do("post", handle="strike", text="A mistake")
    await village.settle()
    await rounds(village)
    did, old_key, size_before = one.node.union.did, one.node.vault.log_key(), (await status(one))["ours"]["size"]
    await renew(one)
    await one.do("post", handle="strike", text="Under a new key")
    await village.settle()
    await rounds(village)
    size = (await status(one))["ours"]["size"]
    assert {two.node.config.url: size, other.node.config.url: size} == await receipts(one)
    for mirror in (two, other):
        log = await copy_of(mirror, one)
        assert (f"{did}/2", size, "following") == (log.name, log.checkpoint_size, log.state)
        assert (await held(mirror, one))["complete"] is True
        assert (await mirror.do("mirror verify"))["ok"] is True  # type: ignore[index,call-overload]

    forged = sign_checkpoint(Checkpoint(f"{did}/1", size_before, bytes(32)), key=old_key)
    told = f"{two.node.config.url}/log/add-checkpoint"
    async with ClientSession() as session, session.post(told, data=b"old 0\n\n" + forged) as answer:
        assert 404 == answer.status

    await one.do("retract", id=text(mistake, "id"))
    await village.settle()
    await rounds(village)
    for node in (one, two):
        status_code, lines = await read(node, f"/log/{did}/1/activities?from=0&limit=99")
        assert (200, size_before) == (status_code, lines.count(b"\n"))
        assert (False, True) == (b"A mistake" in lines, b"strike" in lines)


async def test_a_second_charter_of_one_epoch_is_an_alarm_until_the_kit_ends_both(village: Village) -> None:
    one, two, _ = await three(village)
    draft, did = await one.do("charter draft"), one.node.union.did
    assert isinstance(draft, dict)
    rival = sign_draft({**draft, "epoch": 2, "name": "Somebody else"}, kit_of(one))
    await renew(one)
    await village.settle()
    await rounds(village)
    for holder in (one, two):
        with pytest.raises(CharterConflict):
            await admit_charter(holder.node.store, read_charter(rival), rival, home=None, at=village.clock())
    await one.do("campaign add", handle="boycott", name="Boycott")
    await village.settle()
    await rounds(village)
    size = (await status(one))["ours"]["size"]
    assert (False, True) == (await two.node.pacts.may_take(did), (await copy_of(two, one)).size < size)
    assert any(
        "stand against each other" in str(alarm)
        for row in rows(await two.do("peer list"))
        for alarm in rows(member(row, "alarms"))
    )
    await renew(one)
    await village.settle()
    await rounds(village, 4)
    log = await copy_of(two, one)
    assert (True, f"{did}/3", size) == (await two.node.pacts.may_take(did), log.name, log.checkpoint_size)
