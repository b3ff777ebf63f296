"""Three unions with pacts among them, for stories about mirrors; and what is counted of their requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import NoAnswer
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.wire import Answer, Wire
from node.cli.reading import member, rows, text
from storage.records import Evidence, KeptLog
from tests.village import Village, Villager


async def befriend(village: Village, *villagers: Villager) -> None:
    """Each names each other, and all have polled each other once."""
    for one in villagers:
        for other in villagers:
            if one is not other:
                await one.do("peer add", url=other.node.config.url)
    await village.settle()
    await rounds(village)


async def rounds(village: Village, count: int = 3) -> None:
    """Let so many polls and retries come due."""
    for _ in range(count):
        village.clock.move(seconds=15)
        await village.settle()


async def three(village: Village) -> tuple[Villager, Villager, Villager]:
    """Mutual peers, of which the first has a campaign."""
    names = ("koreno", "harbour", "miners")
    one, two, other = [await village.add(name) for name in names]
    await one.do("campaign add", handle="strike", name="Strike")
    await befriend(village, one, two, other)
    return one, two, other


async def three_at_work(village: Village) -> tuple[Villager, Villager, Villager]:
    """The same three, after the first has said something that the others hold."""
    found = await three(village)
    await found[0].do("post", handle="strike", text="We walked out")
    await village.settle()
    await rounds(village)
    return found


async def copy_of(holder: Villager, origin: Villager) -> KeptLog:
    """What is held of a union."""
    found = await holder.node.store.list_logs(origin.node.union.did)
    assert found, "nothing is held"
    return found[0]


async def status(villager: Villager) -> dict[str, Any]:
    found = await villager.do("mirror status")
    assert isinstance(found, dict)
    return found


async def held(holder: Villager, origin: Villager) -> dict[str, Any]:
    """The row of `mirror status` about a peer."""
    for row in rows((await status(holder))["held"]):
        if text(row, "union") == origin.node.union.did:
            assert isinstance(row, dict)
            return row
    raise AssertionError("nothing is held")


async def receipts(origin: Villager) -> dict[str, int]:
    """By mirror the size that it promised to hold."""
    ours = member(await origin.do("mirror status"), "ours")
    return {text(row, "mirror"): int(text(row, "size")) for row in rows(member(ours, "receipts"))}


@contextmanager
def counting(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every plain request of a node, as it leaves: method and path."""
    seen: list[str] = []
    get, post = wire.get_plain, wire.post_plain

    async def counted_get(url: str, **more: Any) -> Answer:
        seen.append(url.partition("://")[2].partition("/")[2])
        return await get(url, **more)

    async def counted_post(url: str, body: bytes, **more: Any) -> Answer:
        seen.append("POST " + url.partition("://")[2].partition("/")[2])
        return await post(url, body, **more)

    with monkeypatch.context() as patch:
        patch.setattr(wire, "get_plain", counted_get)
        patch.setattr(wire, "post_plain", counted_post)
        yield seen


Alter = Callable[[str, Answer], Answer]


@contextmanager
def answering(wire: Wire, alter: Alter, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a node is answered is altered on its way: an evil peer, or an evil mirror."""
    get = wire.get_plain

    async def altered(url: str, **more: Any) -> Answer:
        return alter(url, await get(url, **more))

    with monkeypatch.context() as patch:
        patch.setattr(wire, "get_plain", altered)
        yield


@contextmanager
def cut_off(origin: Villager, *others: Villager, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The origin's host answers none of these."""
    with monkeypatch.context() as patch:
        for other in others:
            get, post = other.node.wire.get_plain, other.node.wire.post_plain
            patch.setattr(other.node.wire, "get_plain", _silent(origin.node.config.url, get))
            patch.setattr(other.node.wire, "post_plain", _silent(origin.node.config.url, post))
        yield


def _silent(home: str, ask: Any) -> Any:
    async def asked(url: str, *given: Any, **more: Any) -> Answer:
        if url.startswith(f"{home}/"):
            raise NoAnswer("It accepts no connection.")
        answer: Answer = await ask(url, *given, **more)
        return answer

    return asked


async def submit(to: Villager, raw: bytes, **more: Any) -> tuple[int, bytes, str]:
    """What is answered to a head that somebody sends: status, body and content type."""
    url = f"{to.node.config.url}/log/add-checkpoint"
    async with aiohttp.ClientSession() as session, session.post(url, data=raw, **more) as answer:
        return answer.status, await answer.read(), answer.headers.get("Content-Type", "")


def head(one: Villager, size: int, root: bytes, *, key: Ed25519PrivateKey | None = None) -> bytes:
    """A checkpoint of a union, signed with its log key, or with another."""
    name = f"{one.node.union.did}/1"
    return sign_checkpoint(Checkpoint(name, size, root), key=key or one.node.vault.log_key())


async def evidence(holder: Villager, about: Villager) -> list[Evidence]:
    return await holder.node.store.list_evidence(about.node.union.did)
