"""A command whose store is away in the middle: given again with its serial, then a sentence that leaves it open."""

from __future__ import annotations

from pathlib import Path

import pytest

from federation.strictjson import JsonObject, JsonValue
from node.cli import session
from node.control import client
from node.control.server import _carry_out
from node.refusal import Refusal
from storage.errors import StoreAway
from tests.soak.crews import a_home

AWAY = "The server does not answer."


class Asked:
    """A node whose store is away for the first so many commands."""

    def __init__(self, away: int, error: type[Exception]) -> None:
        self.given: list[JsonObject] = []
        self._away, self._error = away, error

    def __call__(self, _place: object, _command: str, params: JsonObject) -> JsonValue:
        self.given.append(params)
        if len(self.given) <= self._away:
            raise self._error(AWAY)
        return "done"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.cli.session.time.sleep", lambda _seconds: None)


async def test_it_is_given_again_with_the_same_serial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, asked = await a_home(tmp_path, None, [], 0), Asked(2, client.Away)
    monkeypatch.setattr(client, "call", asked)
    assert ("done", False) == session._ask(config, "post", {"serial": "117"})
    assert [{"serial": "117"}] * 3 == asked.given


@pytest.mark.parametrize("runs", [True, False])
async def test_a_store_that_stays_away_leaves_it_open_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: bool
) -> None:
    config = await a_home(tmp_path, None, [], 0)
    if runs:
        monkeypatch.setattr(client, "call", Asked(99, client.Away))
    else:
        monkeypatch.setattr(session, "_run_here", Asked(99, StoreAway))
    with pytest.raises(Refusal, match=r"^The server does not answer\. If you were publishing, see the campaign's page"):
        session._ask(config, "post", {"serial": "117"})


@pytest.mark.parametrize(("command", "tries"), [("campaign list", 3), ("check", 1)])
async def test_where_nothing_is_published_nothing_is_left_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, tries: int
) -> None:
    config, asked = await a_home(tmp_path, None, [], 0), Asked(99, StoreAway)
    monkeypatch.setattr(session, "_run_here", asked)
    with pytest.raises(StoreAway, match=r"^The server does not answer\.$"):
        session._ask(config, command, {})
    assert tries == len(asked.given)


async def test_the_node_tells_a_store_that_is_away_from_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_given: object) -> JsonValue:
        raise StoreAway(AWAY)

    monkeypatch.setattr("node.commands.run_command", away)
    node: object = None
    assert {"refused": AWAY, "away": True} == await _carry_out("post", {}, node)  # type: ignore[arg-type]
