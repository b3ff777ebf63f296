"""The wire: what peers publish is passed on to whoever follows it, and spoken anew while their own server is silent."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from federation.activitystreams.media_types import ACTIVITY_JSON
from federation.errors import NoAnswer
from federation.log.own import embedded_object, read_document
from federation.mirror.retracting import erase_retracted
from federation.mirror.wire_words import activity_id, read_original, wire_serial
from federation.wire import Answer, Wire
from node.actions.wire import ensure_wire
from node.cli.reading import rows, text
from node.refusal import Refusal
from storage.ids import ObjectId
from storage.records import Retraction, Withheld
from tests.elsewhere import Elsewhere
from tests.storage.making import a_remote_post
from tests.village import Village, Villager


@pytest.fixture(autouse=True)
def nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unions made by hand have no servers, and nobody looks for them."""
    for name in ("get_plain", "post_plain"):
        monkeypatch.setattr(Wire, name, _kept_in(getattr(Wire, name)))


def _kept_in(ask: Any) -> Any:
    async def asked(wire: Wire, url: str, *given: Any, **more: Any) -> Answer:
        if ".example" in url:
            raise NoAnswer("It accepts no connection.")
        answer: Answer = await ask(wire, url, *given, **more)
        return answer

    return asked


@pytest.fixture
async def them() -> Elsewhere:
    them = Elsewhere()
    them.introduce()
    return them


async def nodes(village: Village, them: Elsewhere) -> tuple[Villager, Villager]:
    """A mirror of `them`, and a union that follows the mirror's wire."""
    mirror, reader = await village.add("harbour"), await village.add("miners")
    await ensure_wire(mirror.node)
    await reader.do("follow", address=f"wire@{mirror.node.locations.host}")
    await village.settle()
    them.at = village.clock()
    return mirror, reader


async def timeline(reader: Villager) -> list[str]:
    return [text(row, "content") for row in rows(await reader.do("timeline"))]


async def heard(mirror: Villager, said: str, id: ObjectId, place: int = 0) -> bool:
    """Whether the wire said this."""
    known = activity_id(said, id, mirror.node.locations, place)  # type: ignore[arg-type]
    return await mirror.node.store.find_activity(known) is not None


async def silent(village: Village, mirror: Villager, them: Elsewhere) -> None:
    """Another mirror has no answer either."""
    await mirror.node.pacts.note(them.did, silent_since=village.clock(), silence_agreed_at=village.clock())
    village.clock.move(minutes=1)


async def test_it_is_a_service_that_can_be_found_and_followed(village: Village, them: Elsewhere) -> None:
    mirror, reader = await nodes(village, them)
    async with aiohttp.ClientSession() as client:
        url = f"{mirror.node.config.url}/actors/wire"
        async with client.get(url, headers={"Accept": ACTIVITY_JSON}) as answer:
            document = await answer.json(content_type=None)
    assert ("Service", "wire") == (document["type"], document["preferredUsername"])
    assert [{"actor": f"{mirror.node.config.url}/actors/wire", "state": "accepted"}] == [
        {"actor": text(row, "actor"), "state": text(row, "state")} for row in rows(await reader.do("following"))
    ]


async def test_nobody_speaks_as_the_wire_and_it_is_no_campaign(village: Village, them: Elsewhere) -> None:
    mirror, _ = await nodes(village, them)
    with pytest.raises(Refusal):
        await mirror.do("post", handle="wire", text="Hello")
    assert "wire" not in str(await mirror.do("campaign list"))


async def test_while_the_origin_answers_it_only_boosts(village: Village, them: Elsewhere) -> None:
    mirror, reader = await nodes(village, them)
    id = them.say("<p>We are out.</p>")
    await them.hold(mirror.node.store)
    before = await mirror.node.store.size()
    assert 1 == await mirror.workers.wire.run_once()
    assert 0 == await mirror.workers.wire.run_once()
    assert (True, False) == (await heard(mirror, "boost", id), await heard(mirror, "copy", id))
    assert before == await mirror.node.store.size()
    assert [] == await timeline(reader)


async def test_while_the_origin_is_silent_it_speaks_the_verified_copy(village: Village, them: Elsewhere) -> None:
    mirror, reader = await nodes(village, them)
    id = them.say("<p>We are <strong>out</strong>.</p>")
    await them.hold(mirror.node.store)
    await silent(village, mirror, them)
    before = await mirror.node.store.size()
    await village.settle()
    [words] = await timeline(reader)
    for part in ("We are <strong>out</strong>.", "Dockers of Hamburg", "@dock@harbour.example", "Harbour Workers",
                 f"/mirrors/harbour.example/{id.rsplit('/', 1)[-1]}", them.url):  # fmt: skip
        assert part in words
    assert before == await mirror.node.store.size()
    made = await mirror.node.store.find_activity(activity_id("copy", id, mirror.node.locations))
    assert made is not None
    note = embedded_object(read_document(made.body))
    assert (id, f"{mirror.node.config.url}/actors/wire") == (read_original(note), note["attributedTo"])


async def test_what_is_long_past_is_not_said_again_when_an_origin_falls_silent(
    village: Village, them: Elsewhere
) -> None:
    mirror, reader = await nodes(village, them)
    id = them.say("<p>Old words</p>")
    await them.hold(mirror.node.store)
    village.clock.move(days=2)
    await silent(village, mirror, them)
    await village.settle()
    assert ([], False) == (await timeline(reader), await heard(mirror, "boost", id))


async def test_its_notes_change_and_end_with_their_originals(village: Village, them: Elsewhere) -> None:
    mirror, reader = await nodes(village, them)
    id = them.say("<p>At six</p>")
    await them.hold(mirror.node.store)
    await silent(village, mirror, them)
    await village.settle()
    them.edit(id, "<p>At seven</p>")
    await them.hold_more(mirror.node.store)
    await village.settle()
    [words] = await timeline(reader)
    assert ("At seven" in words, "At six" in words) == (True, False)
    assert 200 == await fetched(mirror, id)
    them.retract(id)
    await them.hold_more(mirror.node.store)
    assert 410 == await fetched(mirror, id)
    await village.settle()
    assert [] == await timeline(reader)
    assert 0 == await mirror.workers.wire.run_once()


async def test_what_ended_while_the_node_was_away_ends_however_much_came_behind_it(
    village: Village, them: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.mirror.wire_actor._WINDOW", 2)
    mirror, reader = await nodes(village, them)
    id = them.say("<p>A mistake</p>")
    await them.hold(mirror.node.store)
    await silent(village, mirror, them)
    await village.settle()
    assert 1 == len(await timeline(reader))
    them.retract(id)
    for number in range(5):
        them.say(f"<p>Update {number}</p>")
    await them.hold_more(mirror.node.store)
    await village.settle()
    assert not any("A mistake" in words for words in await timeline(reader))


async def test_what_the_kit_took_back_it_takes_back_although_the_record_does_not_say_so(
    village: Village, them: Elsewhere
) -> None:
    mirror, reader = await nodes(village, them)
    id = them.say("<p>A name</p>")
    await them.hold(mirror.node.store)
    await silent(village, mirror, them)
    await village.settle()
    assert 1 == len(await timeline(reader))
    (log,) = await mirror.node.store.list_logs(them.did)
    await mirror.node.store.add_retraction(Retraction(did=them.did, object=id, body=b"{}", kept_at=village.clock()))
    assert 1 == await erase_retracted(mirror.node.store, them.did, log.name, at=village.clock())
    assert 410 == await fetched(mirror, id)
    await village.settle()
    assert [] == await timeline(reader)


async def fetched(mirror: Villager, id: ObjectId) -> int:
    url = mirror.node.locations.post(wire_serial("copy", id))
    async with (
        aiohttp.ClientSession() as client,
        client.get(url, headers={"Accept": ACTIVITY_JSON}) as answer,
    ):
        return answer.status


async def told(mirror: Villager, kind: str, id: ObjectId, place: int = 0) -> int:
    """What a server is answered that asks for something the wire said by its id."""
    url = activity_id(kind, id, mirror.node.locations, place)  # type: ignore[arg-type]
    async with aiohttp.ClientSession() as client, client.get(url, headers={"Accept": ACTIVITY_JSON}) as answer:
        if answer.status == 200:
            assert url == (await answer.json(content_type=None))["id"]
        return answer.status


async def test_what_it_said_is_answered_by_its_id_as_long_as_it_holds(village: Village, them: Elsewhere) -> None:
    mirror, _ = await nodes(village, them)
    boosted = them.say("<p>In the morning</p>")
    await them.hold(mirror.node.store)
    await mirror.workers.wire.run_once()
    assert [200, 404, 404] == [await told(mirror, kind, boosted) for kind in ("boost", "unboost", "copy")]
    await silent(village, mirror, them)
    id = them.say("<p>At six</p>")
    await them.hold_more(mirror.node.store)
    await mirror.workers.wire.run_once()
    assert 200 == await told(mirror, "copy", id)
    them.edit(id, "<p>At seven</p>")
    await them.hold_more(mirror.node.store)
    await mirror.workers.wire.run_once()
    assert (404, 200) == (await told(mirror, "copy", id), await told(mirror, "change", id, them.size - 1))
    for one in (id, boosted):
        them.retract(one)
    await them.hold_more(mirror.node.store)
    assert 404 == await told(mirror, "boost", boosted)
    await mirror.workers.wire.run_once()
    over = [
        ("copy", id, 404),
        ("change", id, 404),
        ("end", id, 200),
        ("boost", boosted, 404),
        ("unboost", boosted, 200),
    ]
    for kind, original, status in over:
        assert status == await told(mirror, kind, original, them.size - 3 if kind == "change" else 0)


async def test_a_peer_that_publishes_much_takes_no_other_s_turn_and_its_ends_do_not_wait(
    village: Village, them: Elsewhere
) -> None:
    mirror, _ = await nodes(village, them)
    other = Elsewhere("https://mill.example", "Mill", at=them.at)
    other.introduce()
    quiet, many = other.say("<p>One word</p>"), [them.say(f"<p>Day {number}</p>") for number in range(12)]
    for union in (them, other):
        await union.hold(mirror.node.store)
    assert 11 == await mirror.workers.wire.run_once()
    assert (True, True, False) == (
        await heard(mirror, "boost", quiet),
        await heard(mirror, "boost", many[9]),
        await heard(mirror, "boost", many[10]),
    )
    rows_of = {row["union"]: row["wire"] for row in rows((await mirror.do("mirror status"))["held"])}  # type: ignore[index,call-overload]
    assert {them.did: {"said": 10, "most": 50}, other.did: {"said": 1, "most": 50}} == rows_of
    for _ in range(40):
        mirror.workers.wire.allowances.note(them.did, village.clock())
    them.retract(many[0])
    await them.hold_more(mirror.node.store)
    assert 1 == await mirror.workers.wire.run_once()
    assert (True, False) == (await heard(mirror, "unboost", many[0]), await heard(mirror, "boost", many[10]))
    village.clock.move(hours=23, minutes=59)
    assert 0 == await mirror.workers.wire.run_once()


@pytest.mark.parametrize(("most", "is_said"), [(80, True), (2, False)])
async def test_a_change_that_waits_for_the_next_day_is_said_then_unless_too_much_came_behind_it(
    village: Village, them: Elsewhere, monkeypatch: pytest.MonkeyPatch, most: int, is_said: bool
) -> None:
    monkeypatch.setattr("federation.mirror.wire_actor._WINDOW", 2)
    monkeypatch.setattr("federation.mirror.wire_actor._MOST_CARRIED", most)
    mirror, _ = await nodes(village, them)
    id = them.say("<p>At six</p>")
    await them.hold(mirror.node.store)
    await silent(village, mirror, them)
    assert 1 == await mirror.workers.wire.run_once()
    for _ in range(50):
        mirror.workers.wire.allowances.note(them.did, village.clock())
    them.edit(id, "<p>At seven</p>")
    place = them.size - 1
    for number in range(6):
        them.say(f"<p>Update {number}</p>")
    await them.hold_more(mirror.node.store)
    assert [0, 0] == [await mirror.workers.wire.run_once() for _ in range(2)]
    village.clock.move(hours=25)
    await mirror.workers.wire.run_once()
    assert is_said == await heard(mirror, "change", id, place)
    assert await heard(mirror, "copy", id)
    assert 0 == await mirror.workers.wire.run_once()


async def test_what_organisers_withhold_the_wire_takes_back(village: Village, them: Elsewhere) -> None:
    mirror, reader = await nodes(village, them)
    id = them.say("<p>A name</p>")
    await them.hold(mirror.node.store)
    await silent(village, mirror, them)
    await village.settle()
    await mirror.node.store.withhold(Withheld(did=them.did, object=id, reason="A court", since=village.clock()))
    assert 410 == await fetched(mirror, id)
    await village.settle()
    assert [] == await timeline(reader)


async def test_mir_08_of_a_peer_that_was_removed_or_is_unlisted_it_says_nothing(
    village: Village, them: Elsewhere
) -> None:
    mirror, _ = await nodes(village, them)
    hidden = Elsewhere("https://hidden.example", "Hidden", at=them.at)
    for union, changes in ((them, {"state": "removed", "is_ended": True}), (hidden, {"is_unlisted": True})):
        if union is hidden:
            union.introduce()
        union.say("<p>Words</p>")
        await union.hold(mirror.node.store, **changes)
    assert 0 == await mirror.workers.wire.run_once()


async def test_without_followers_it_says_nothing(village: Village, them: Elsewhere) -> None:
    mirror = await village.add("harbour")
    them.at = village.clock()
    them.say("<p>Words</p>")
    await them.hold(mirror.node.store)
    assert 0 == await mirror.workers.wire.run_once()


async def test_a_wire_s_copy_of_what_is_here_already_is_dropped(village: Village, them: Elsewhere) -> None:
    mirror, reader = await nodes(village, them)
    id = them.say("<p>We are out.</p>")
    original = a_remote_post(1, id=id, actor=them.campaign, in_timeline=False)
    await reader.node.store.save_remote_post(original)
    await them.hold(mirror.node.store)
    await silent(village, mirror, them)
    await village.settle()
    assert [] == await timeline(reader)
