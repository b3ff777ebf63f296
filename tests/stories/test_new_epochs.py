"""Renewing a charter, seen at one node: in steps that a crash may end anywhere, and only with the right kit."""

from __future__ import annotations

import asyncio

import pytest

from federation.errors import CharterConflict
from federation.identity.charter import charter_digest, read_charter
from federation.mirror.charters import admit_charter
from node.actions.renew import draft_charter
from node.cli.charters import sign_draft
from node.cli.reading import member, rows, text
from node.refusal import Refusal
from storage.errors import StorageError
from tests.sharing import Shared
from tests.stories.renewing import kit_of, renew
from tests.twins import Stalled, a_twin
from tests.village import Village, no_pause


async def test_a_node_that_fell_while_it_renewed_starts_and_can_renew(village: Village) -> None:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    await draft_charter(us.node)  # the keys wait, and nobody signed
    await village.stop(us)
    await village.start(us)
    await renew(us)
    assert f"{us.node.union.did}/2" == await us.node.tree.name()
    assert us.node.vault.find_staged_epoch() is None


async def test_a_charter_was_kept_and_its_keys_were_not_yet_in_place(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    us = await village.add("koreno")
    old_key = us.node.vault.log_key().private_bytes_raw()

    def fall(*_: object) -> None:
        raise StorageError("the process ends here")

    signed = sign_draft(await us.do("charter draft"), kit_of(us))
    with monkeypatch.context() as patch:
        patch.setattr(us.node.vault, "promote_epoch", fall)
        with pytest.raises(StorageError):
            await us.do("charter renew", charter=signed.decode())
    assert old_key == us.node.vault.log_key().private_bytes_raw()
    await village.stop(us)
    await village.start(us)
    await us.do("campaign add", handle="strike", name="Strike")
    log = await us.node.store.find_log(await us.node.tree.name())
    assert log is not None
    assert (2, log.size) == (log.epoch, log.checkpoint_size)
    assert old_key not in [path.read_bytes() for path in us.node.config.home.rglob("*.pem")]
    await us.do("charter renew", charter=signed.decode())  # given again, it changes nothing
    assert f"{us.node.union.did}/2" == await us.node.tree.name()


async def test_what_was_published_while_the_charter_was_signed_asks_for_another(village: Village) -> None:
    us = await village.add("koreno")
    signed = sign_draft(await us.do("charter draft"), kit_of(us))
    await us.do("campaign add", handle="strike", name="Strike")
    assert {"moved": True} == await us.do("charter renew", charter=signed.decode())
    assert f"{us.node.union.did}/1" == await us.node.tree.name()


async def test_a_charter_for_other_keys_or_of_another_kit_is_refused(village: Village) -> None:
    us, other = await village.add("koreno"), await village.add("harbour")
    stale = sign_draft(await us.do("charter draft"), kit_of(us))
    await us.do("charter draft")
    with pytest.raises(Refusal, match="other keys"):
        await us.do("charter renew", charter=stale.decode())
    strange = sign_draft(await other.do("charter draft"), kit_of(other))
    with pytest.raises(Refusal, match="another union"):
        await us.do("charter renew", charter=strange.decode())
    with pytest.raises(Refusal, match="another union"):
        sign_draft(await us.do("charter draft"), kit_of(other))


async def test_another_process_signs_nothing_in_the_old_epoch_and_goes_on_in_the_new_one(village: Village) -> None:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    first = await us.node.tree.name()
    stalled = Stalled(Shared(us.node.store), "claim_job")
    async with a_twin(us, stalled, no_pause) as slow:
        late = asyncio.create_task(slow.do("post", handle="strike", text="We walked out"))
        await stalled.stalls.acquire()  # it has seen the old log, and is about to sign its head
        await renew(us)
        ended = await us.node.store.find_log(first)
        for _ in range(9):
            stalled.goes.release()
        await late
        assert ended == await us.node.store.find_log(first)
        await slow.do("post", handle="strike", text="We are still out")
        assert f"{us.node.union.did}/2" == await slow.node.tree.name()
    log = await us.node.store.find_log(await us.node.tree.name())
    assert log is not None
    assert (2, 4, 4) == (log.epoch, log.size, log.checkpoint_size)


async def test_the_next_charter_lists_every_one_that_was_seen_and_stands_above_it(village: Village) -> None:
    """Also those of somebody else who has the kit."""
    us = await village.add("koreno")
    kit, did = kit_of(us), us.node.union.did
    draft = await us.do("charter draft")
    assert isinstance(draft, dict)
    rival = sign_draft({**draft, "epoch": 3, "name": "Somebody else"}, kit)
    with pytest.raises(CharterConflict):
        await admit_charter(us.node.store, read_charter(rival), rival, home=None, at=village.clock())
    assert [charter_digest(rival)] == member(await us.do("charter show"), "against")
    await renew(us)
    assert [] == member(await us.do("charter show"), "against")
    newest, first = [read_charter(charter.body) for charter in await us.node.store.list_charters(did)]
    assert (4, 1, {first.digest, charter_digest(rival)}) == (newest.epoch, first.epoch, set(newest.previous))
    assert ["4", "1"] == [text(row, "epoch") for row in rows(member(await us.do("charter show"), "charters"))]
