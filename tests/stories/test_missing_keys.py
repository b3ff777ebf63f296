"""A machine that lacks a key gives back what it cannot sign, says so once, and goes on when the keys were copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from federation.errors import OutOfKeys
from node.actions.doctor import check
from node.vault import Vault
from storage.ids import KeyId
from tests.village import Village, Villager


def keys_of(us: Villager, handle: str) -> Path:
    return us.node.config.home / "keys" / "actors" / handle


async def waiting(us: Villager) -> list[tuple[str, str, int]]:
    found = await us.node.store.list_deliveries(None, None, after=None, limit=50)
    return [(each.type, each.state, each.attempts) for each in found if each.type == "Create"]


@pytest.fixture
async def us(village: Village) -> Villager:
    """A union that somebody follows."""
    us, harbour = await village.add("koreno"), await village.add("harbour")
    await harbour.do("follow", address=f"union@{us.node.locations.host}")
    await village.settle()
    return us


async def test_a_delivery_without_its_key_waits_as_it_was_and_goes_out_when_the_key_is_back(
    us: Villager, village: Village, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for words in ("one", "two"):
        await us.do("post", handle="union", text=words)
    shutil.move(keys_of(us, "union"), tmp_path / "union")
    us.node.vault._actors.clear()
    await us.work()
    assert [("Create", "waiting", 0)] * 2 == await waiting(us)
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert ["keys are missing, so what they must sign waits"] == [record.message for record in told]
    assert "keys/actors/union" in vars(told[0])["problem"]
    shutil.move(tmp_path / "union", keys_of(us, "union"))
    await us.work()
    assert [("Create", "waiting", 0)] * 2 == await waiting(us)
    village.clock.move(minutes=1)
    await us.work()
    assert [("Create", "delivered", 1)] * 2 == await waiting(us)


async def test_a_key_that_was_changed_elsewhere_signs_nothing_and_check_says_what_to_copy(
    us: Villager, village: Village, tmp_path: Path
) -> None:
    await us.do("post", handle="union", text="words")
    await us.node.fan_out.catch_up()
    shutil.copytree(keys_of(us, "union"), tmp_path / "union")
    await us.do("campaign rotate-keys", handle="union")
    shutil.rmtree(keys_of(us, "union"))
    shutil.copytree(tmp_path / "union", keys_of(us, "union"))
    for path in keys_of(us, "union").iterdir():
        path.touch()
    before = {path: path.read_bytes() for path in (us.node.config.home / "keys").rglob("*.pem")}
    await us.work()
    assert [("Create", "waiting", 0)] == await waiting(us)
    assert before == {path: path.read_bytes() for path in (us.node.config.home / "keys").rglob("*.pem")}
    found = next(finding for finding in await check(us.node) if finding.what == "keys")
    assert ("fail", True) == (found.level, "not the one that was published" in found.says)


async def test_without_the_nodes_own_key_nothing_is_fetched_and_whoever_signed_is_asked_to_come_again(
    us: Villager, tmp_path: Path
) -> None:
    shutil.move(keys_of(us, "actor"), tmp_path / "actor")
    us.node.vault._actors.clear()
    with pytest.raises(OutOfKeys, match="keys/actors/actor"):
        await us.node.resolver.key(KeyId("http://127.0.0.1:1/actor#main-key"))


async def test_keys_that_were_copied_here_are_read_without_a_restart(us: Villager, tmp_path: Path) -> None:
    vault = Vault(us.node.config.home)
    first = vault.actor_keys("union")
    assert first is vault.actor_keys("union")
    shutil.copytree(keys_of(us, "actor"), tmp_path / "copied")
    shutil.rmtree(keys_of(us, "union"))
    assert first is vault.actor_keys("union")
    shutil.move(tmp_path / "copied", keys_of(us, "union"))
    assert first is not vault.actor_keys("union")
