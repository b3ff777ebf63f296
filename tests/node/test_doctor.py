"""`check` looks at what is there now, and says whose fault it is; nothing it meets ends it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.actions.campaigns import add_campaign
from node.actions.doctor import Finding, check
from node.actions.set_up import Request, set_up
from node.config import load_config
from node.context import Node, Surroundings, open_node
from storage.errors import StoreDamaged
from tests.storage.making import ANNA, BELA, a_follower


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    """A union with a campaign, whose keys the vault has read already."""
    asked = Request(
        home=tmp_path / "home",
        name="Koreno",
        handle="union",
        url="http://127.0.0.1:9",
        kit=tmp_path / "kit",
        passphrase=None,
        dev=True,
    )
    await set_up(asked, Surroundings())
    async with open_node(load_config(asked.home, {})) as node:
        await add_campaign("strike", "Strike", "", approves_followers=False, node=node)
        for actor in await node.store.list_actors():
            node.vault.actor_keys(actor.handle)
        yield node


async def finding(node: Node, what: str) -> Finding:
    (found,) = [each for each in await check(node) if each.what == what]
    return found


def keys(node: Node) -> Path:
    return node.config.home / "keys"


async def test_keys_in_order_are_found_well(node: Node) -> None:
    assert (await finding(node, "keys")).says == "All keys of 3 actors are here, readable by you alone."


@pytest.mark.parametrize(
    "name",
    ["log.pem", "cosigner.pem", "actors/actor/rsa.pem", "actors/union/ed25519.pem", "actors/strike/rsa.pem"],
)
async def test_a_key_lost_or_laid_open_while_the_node_runs_is_found(node: Node, name: str) -> None:
    (keys(node) / name).chmod(0o644)
    exposed = await finding(node, "keys")
    assert (exposed.level, f"chmod 600 {keys(node) / name}" in exposed.says) == ("fail", True)
    (keys(node) / name).unlink()
    lost = await finding(node, "keys")
    assert (lost.level, f"{keys(node) / name} is missing" in lost.says) == ("fail", True)


@pytest.mark.parametrize("name", ["rsa.pem", "ed25519.pem"])
async def test_an_actor_with_the_key_of_another_is_named(node: Node, name: str) -> None:
    shutil.copy(keys(node) / "actors/union" / name, keys(node) / "actors/strike" / name)
    found = await finding(node, "keys")
    assert found.level == "fail"
    assert found.says == (f"keys/actors/strike/{name} is the key of @union, so other servers refuse what @strike says.")


async def test_a_key_nobody_knows_is_named(node: Node) -> None:
    shutil.copy(keys(node) / "log.pem", keys(node) / "actors/strike/ed25519.pem")
    found = await finding(node, "keys")
    assert "actors/strike/ed25519.pem is not the one that was published for it" in found.says


async def test_every_problem_with_a_key_is_told_at_once(node: Node) -> None:
    for name in ("log.pem", "actors/union/rsa.pem", "actors/strike/rsa.pem"):
        (keys(node) / name).unlink()
    assert (await finding(node, "keys")).says.count("is missing") == 3


class Failing:
    """Raises whatever it is asked."""

    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    def __getattr__(self, name: str) -> Any:
        raise self._problem


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (StoreDamaged("The store is damaged."), "The store is damaged."),
        (OSError(5, "Input/output error"), "Input/output error"),
        (RuntimeError("secret"), "(RuntimeError)"),
    ],
)
async def test_what_cannot_be_looked_at_is_a_finding_and_the_rest_is_looked_at(
    node: Node, problem: Exception, says: str
) -> None:
    broken: Any = Failing(problem)
    found = {each.what: each for each in await check(replace(node, store=broken))}
    looked_at = ["settings", "keys", "store", "log", "processes", "clock", "disk", "pictures", "parts", "address"]
    looked_at += ["proxy", "certificate"]
    assert [*looked_at, "deliveries", "followers", "comments", "reports", "peers", "mirrors"] == list(found)
    for what in ("keys", "store", "processes", "clock", "deliveries", "followers", "comments", "reports"):
        assert (found[what].level, says in found[what].says) == ("fail", True)
        assert "secret" not in found[what].says
    assert found["disk"].says.endswith("are free where the home folder lies.")


async def test_a_union_without_peers_is_told_that_nobody_holds_a_copy(node: Node) -> None:
    found = await finding(node, "mirrors")
    assert ("ok", True) == (found.level, found.says.startswith("No peers yet: nobody holds a copy of your words."))
    assert found.says.endswith("picketline peer add URL")


async def test_followers_who_wait_are_counted_and_the_commands_named(node: Node) -> None:
    assert (await finding(node, "followers")).says == "No follower waits for approval."
    strike = node.locations.actor("strike")
    for actor in (ANNA, BELA):
        await node.store.save_follower(a_follower(actor, follows=strike, state="waiting"))
    found = await finding(node, "followers")
    assert (found.level, found.says.startswith("2 followers wait for approval")) == ("ok", True)
    assert "picketline followers approve" in found.says
    await node.store.set_follower_state(ANNA, strike, "accepted")
    assert (await finding(node, "followers")).says.startswith("1 follower waits")


async def test_a_language_without_words_is_told_quietly(node: Node) -> None:
    italian = replace(node, config=replace(node.config, language="it", dev=False))
    found = await finding(italian, "settings")
    assert (found.level, "“it”, so they are English" in found.says) == ("ok", True)
    korean = replace(node, config=replace(node.config, language="ko-KR", dev=False))
    assert (await finding(korean, "settings")).says == "The settings are complete."
