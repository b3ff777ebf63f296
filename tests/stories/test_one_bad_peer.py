"""What one peer gives us to stumble over keeps the others waiting no longer than before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from federation.errors import Unintelligible
from federation.mirror.notes import read_note
from federation.mirror.retracting import Retractor
from federation.mirror.wire_words import activity_id
from node.actions.wire import ensure_wire
from storage.ids import Did
from tests.elsewhere import Elsewhere
from tests.stories.mirroring import copy_of, held, rounds, three, three_at_work
from tests.village import Village


async def test_of_whom_the_wire_cannot_speak_silences_nobody_else(
    village: Village, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    mirror, reader = await village.add("harbour"), await village.add("miners")
    await ensure_wire(mirror.node)
    await reader.do("follow", address=f"wire@{mirror.node.locations.host}")
    await village.settle()
    bad, good = (Elsewhere(f"https://{name}.example", name, at=village.clock()) for name in ("bad", "good"))
    said = []
    for union in (bad, good):
        union.introduce()
        said.append(union.say(f"<p>{union.url}</p>"))
        await union.hold(mirror.node.store)
        await mirror.node.pacts.note(union.did, silent_since=village.clock(), silence_agreed_at=village.clock())
    village.clock.move(minutes=1)

    def stumbling(leaf: Any) -> Any:
        if b"bad.example" in (leaf.body or b""):
            raise Unintelligible("It cannot be read.")
        return read_note(leaf)

    monkeypatch.setattr("federation.mirror.wire_actor.read_note", stumbling)
    assert 1 == await mirror.workers.wire.run_once()
    known = [activity_id("copy", id, mirror.node.locations) for id in said]
    assert [False, True] == [await mirror.node.store.find_activity(id) is not None for id in known]
    assert "the wire cannot speak of a peer" in caplog.messages


async def test_a_visit_that_ends_by_a_mistake_of_ours_is_put_off_and_the_others_are_made(
    village: Village, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one, two, good = await three(village)
    await village.settle()
    bad = one.node.union.did
    ask = Retractor.ask

    async def stumbling(self: Retractor, home: str, did: Did) -> bool:
        if did == bad:
            raise TypeError("unhashable")
        return await ask(self, home, did)

    monkeypatch.setattr(Retractor, "ask", stumbling)
    village.clock.move(minutes=10)
    two.workers.mirrors.visits._polls.clear()
    await good.do("post", handle="union", text="We are out")
    await two.workers.mirrors.run_once()
    peer = await two.node.store.find_peer(bad)
    assert peer is not None
    assert peer.poll_at > village.clock()
    assert (await held(two, good))["size"] == await good.node.store.size()
    assert ["a visit failed by a mistake of this program"] == [r.message for r in caplog.records if r.exc_info]
    assert two.workers.mirrors.visits._polls[bad] == 1


async def test_a_day_of_entries_is_taken_and_the_rest_follows_tomorrow(village: Village) -> None:
    one, two, _ = await three_at_work(village)
    puller, before = two.workers.mirrors.visits.puller, await copy_of(two, one)
    village.clock.move(days=2)
    await rounds(village)
    object.__setattr__(puller, "quotas", replace(puller.quotas, entries_a_day=1))
    await one.do("post", handle="strike", text="Second")
    await one.do("post", handle="strike", text="Third")
    await village.settle()
    await rounds(village)
    assert before.size + 1 == (await copy_of(two, one)).size
    village.clock.move(hours=25)
    await rounds(village)
    after = await copy_of(two, one)
    assert (before.size + 2, before.size + 2) == (after.size, after.checkpoint_size)
