"""A union takes an update back with its kit: the bytes go at once, here and at every mirror, also one that was away."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from federation.identity.retraction import new_retraction
from federation.strictjson import load_object
from node.cli.reading import member, rows, text
from storage.ids import ObjectId
from tests.stories.mirroring import copy_of, cut_off, held, rounds, three
from tests.stories.renewing import kit_of, renew, retract_at_once, sign_retraction
from tests.village import Village, Villager


async def post_retraction(to: Villager, body: bytes) -> tuple[int, bytes]:
    async with ClientSession() as session, session.post(f"{to.node.config.url}/log/retract", data=body) as answer:
        return answer.status, await answer.read()


async def bytes_at(holder: Villager, origin: Villager, object: str) -> list[tuple[str, str, bool]]:
    """What became of the activities about it, in every epoch."""
    found: list[tuple[str, str, bool]] = []
    for log in await holder.node.store.list_logs(origin.node.union.did):
        for leaf in await holder.node.store.list_object_leaves(log.name, [ObjectId(object)]):
            (whole,) = await holder.node.store.list_leaves(log.name, leaf.place, 1)
            found.append((leaf.type, leaf.state, whole.body is not None))
    return found


async def test_what_the_kit_takes_back_is_gone_at_once_also_where_a_mirror_was_away(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, other = await three(village)
    done = text(await one.do("post", handle="strike", text="A name that endangers somebody"), "id")
    await village.settle()
    await rounds(village)
    await renew(one)
    await village.settle()
    await rounds(village)
    assert [("Create", "held", True), ("Create", "hidden", True)] == await bytes_at(other, one, done)
    with cut_off(other, one, two, monkeypatch=monkeypatch), cut_off(one, other, monkeypatch=monkeypatch):
        await two.node.pacts.note(one.node.union.did, is_unlisted=True)  # then it tells nobody but who says their word
        told = rows(member(await retract_at_once(one, done), "mirrors"))
        await two.node.pacts.note(one.node.union.did, is_unlisted=False)
        assert {(two.node.config.url, True), (other.node.config.url, False)} == {
            (text(row, "mirror"), bool(member(row, "done"))) for row in told
        }
        gone = ("Create", "gone", False)
        assert [gone, gone] == await bytes_at(two, one, done)
        own = await bytes_at(one, one, done)
        assert {gone} == {found for found in own if found[0] == "Create"}
        activity = await one.node.store.list_object_entries(ObjectId(done))
        kept = await one.node.store.find_activity(activity[0].entry.activity)
        assert kept is not None
        assert b"" == kept.body
    await village.settle()
    await rounds(village, 4)
    assert {("Create", "gone", False), ("Delete", "held", True)} == set(await bytes_at(other, one, done))
    for mirror in (two, other):
        assert (await held(mirror, one))["complete"] is True
        assert (await mirror.do("mirror verify"))["ok"] is True  # type: ignore[index,call-overload]
        log = await copy_of(mirror, one)
        assert await mirror.node.store.find_standing(log.name, ObjectId(done)) is None


async def test_mirrors_pass_a_retraction_on_and_believe_nobody_but_the_kit(village: Village) -> None:
    one, two, other = await three(village)
    done = text(await one.do("post", handle="strike", text="A name that endangers somebody"), "id")
    stays = text(await one.do("post", handle="strike", text="It stands"), "id")
    await village.settle()
    await rounds(village)
    raw, kit = sign_retraction(one, done), kit_of(one)

    thief = kit_of(two).root_key
    forged = new_retraction(union=kit.union, object=ObjectId(stays), published=village.clock(), root_key=thief)
    assert 403 == (await post_retraction(two, forged))[0]
    assert 403 == (await post_retraction(two, raw.replace(done.encode(), stays.encode())))[0]
    assert 404 == (await post_retraction(two, sign_retraction(one, f"{stays}0")))[0]
    assert 404 == (await post_retraction(two, sign_retraction(one, one.node.union_actor)))[0]
    assert 404 == (await post_retraction(one, raw))[0]  # of our own union strangers tell us nothing
    assert 400 == (await post_retraction(two, b'{"type": "Retraction", "type": "Retraction"}'))[0]
    assert 413 == (await post_retraction(two, b" " * 9000))[0]

    assert (200, b"") == await post_retraction(two, raw)
    assert (200, b"") == await post_retraction(two, raw)
    await village.settle()
    for mirror in (two, other):
        assert [("Create", "gone", False)] == await bytes_at(mirror, one, done)
        assert [("Create", "held", True)] == await bytes_at(mirror, one, stays)
        async with ClientSession() as session:
            url = f"{mirror.node.config.url}/log/{kit.union}/retractions"
            async with session.get(url) as answer:
                assert [load_object(raw)] == load_object(await answer.read())["retractions"]
