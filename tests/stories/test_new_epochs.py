"""Renewing a charter, seen at one node: in steps that a crash may end anywhere, and only with the right kit."""

from __future__ import annotations

import pytest

from node.actions.renew import draft_charter
from node.cli.charters import sign_draft
from node.refusal import Refusal
from storage.errors import StorageError
from tests.stories.renewing import kit_of, renew
from tests.village import Village


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
