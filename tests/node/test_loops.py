"""The doors do the same on uvloop as on asyncio."""

from __future__ import annotations

import asyncio
import builtins
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from federation.errors import ForbiddenAddress
from node.loops import loop_factory, loop_name, run
from tests.federation.loopback import Names, new_wire, open_site, outcome
from tests.node.test_listening import MALFORMED, open_door
from tests.node.test_listening import test_a_large_body_comes_in_small_pieces_and_whole as large_body
from tests.node.test_listening import test_connections_beyond_the_cap_are_hung_up_on as beyond_the_cap
from tests.node.test_listening import (
    test_one_address_cannot_take_all_connections_and_gets_them_back_as_it_leaves as shared,
)
from tests.village import village

uvloop = pytest.importorskip("uvloop")


def on_uvloop(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def malformed() -> None:
    async with open_door() as address:
        for raw in MALFORMED.values():
            assert (await address.say(raw)).split(b" ")[1] in (b"400", b"405")


async def the_gate() -> None:
    async with open_site() as site, new_wire(names=Names(lan_test="10.0.0.1", here_test="127.0.0.1")) as wire:
        assert await outcome(wire.get(f"http://here.test:{site.port}/", accept="*/*")) == 404
        assert ForbiddenAddress is await outcome(wire.get(f"http://lan.test:{site.port}/", accept="*/*"))
        assert ForbiddenAddress is await outcome(wire.get("https://169.254.169.254/", accept="*/*"))


@pytest.mark.parametrize(
    "story", [malformed, the_gate, beyond_the_cap, shared, large_body], ids=lambda story: story.__name__
)
def test_what_holds_on_asyncio_holds_on_uvloop(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    on_uvloop(story())


def test_two_nodes_follow_each_other_on_uvloop(tmp_path: Path) -> None:
    async def story() -> None:
        async with village(tmp_path) as built:
            dockers, nurses = await built.add("dockers"), await built.add("nurses")
            await dockers.do("campaign add", handle="strike", name="Strike")
            await nurses.do("follow", address=dockers.node.locations.actor("strike"))
            await built.settle()
            await dockers.do("post", handle="strike", text="We walked out")
            await built.settle()
            timeline = await nurses.do("timeline")
            assert isinstance(timeline, list)
            assert len(timeline) == 1

    on_uvloop(story())


def test_uvloop_is_used_where_it_is_and_looks_names_up_in_enough_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_THREADPOOL_SIZE", raising=False)
    assert loop_factory() is uvloop.new_event_loop
    assert os.environ["UV_THREADPOOL_SIZE"] == "32"
    assert loop_name() == f"uvloop {uvloop.__version__}"


def test_without_uvloop_the_node_runs_on_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    real, loops = builtins.__import__, []

    def without(name: str, *args: Any, **named: Any) -> Any:
        if name == "uvloop":
            raise ImportError(name)
        return real(name, *args, **named)

    async def note() -> None:
        loops.append(type(asyncio.get_running_loop()).__module__)

    monkeypatch.setattr(builtins, "__import__", without)
    assert (loop_factory(), loop_name()) == (None, "asyncio")
    run(note())
    assert loops == ["asyncio.unix_events"]
