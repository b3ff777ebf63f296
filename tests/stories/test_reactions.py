"""Likes and boosts of our updates: counted by verified actor, once each, and taken back only by whoever gave them."""

from __future__ import annotations

import aiohttp
import pytest

from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import text
from storage.errors import StorageError
from storage.ids import ObjectId
from storage.records import Reaction, ReactionKind
from tests.node.reading import Reading
from tests.stories.strangers import ACTIVITY, Stranger
from tests.stories.test_refusals import Scene, scene  # noqa: F401

NONE = {"like": 0, "share": 0}
COUNTED = {"Like": {"like": 1, "share": 0}, "Announce": {"like": 0, "share": 1}}


@pytest.fixture
async def update(scene: Scene) -> str:  # noqa: F811
    """The id of an update of ours."""
    return text(await scene.us.do("post", handle="strike", text="We walked out"), "id")


async def counts(scene: Scene, update: str) -> dict[ReactionKind, int]:  # noqa: F811
    return await scene.us.node.store.count_reactions(ObjectId(update))


async def give(scene: Scene, who: Stranger, type: str, object: JsonValue, **more: JsonValue) -> JsonObject:  # noqa: F811
    """A delivered activity."""
    document = {**who.activity(type, object), **more}
    assert await scene.deliver(who, document) == 202
    return document


async def ask(url: str, accept: str = ACTIVITY) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers={"Accept": accept}) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("type", ["Like", "Announce"])
async def test_an_actor_counts_once_however_often_it_says_so(scene: Scene, update: str, type: str) -> None:  # noqa: F811
    for _ in range(3):
        await give(scene, scene.mal, type, update)
    assert COUNTED[type] == await counts(scene, update)


async def test_the_counts_stand_on_the_page_and_in_collections_that_name_nobody(
    scene: Scene,  # noqa: F811
    update: str,
) -> None:
    for who in (scene.mal, scene.peer):
        await give(scene, who, "Like", update)
    await give(scene, scene.peer, "Announce", update)
    reading = Reading((await ask(update, "text/html"))[1])
    assert ["2 likes", "1 boost"] == [one.text.strip() for one in reading.all("span") if one.text[:1].isdigit()]
    for collection, count in (("likes", 2), ("shares", 1)):
        status, body = await ask(f"{update}/{collection}")
        assert (200, True) == (status, f'"totalItems":{count}' in body)
        assert (f'"id":"{update}/{collection}"' in body, scene.peer.base in body) == (True, False)


async def test_the_signed_update_stays_as_it_was(scene: Scene, update: str) -> None:  # noqa: F811
    before = await ask(update)
    await give(scene, scene.mal, "Like", update)
    assert before == await ask(update)
    assert ("likes" in before[1], "shares" in before[1]) == (False, False)


async def test_what_is_not_there_has_no_counts_and_what_was_retracted_has_none_any_more(
    scene: Scene,  # noqa: F811
    update: str,
) -> None:
    missing = f"{scene.us.node.config.url}/objects/123"
    await give(scene, scene.mal, "Like", update)
    await scene.us.do("retract", id=update)
    for collection in ("likes", "shares"):
        assert (404, 410) == ((await ask(f"{missing}/{collection}"))[0], (await ask(f"{update}/{collection}"))[0])
    assert (await ask(f"{update}/replies"))[0] == 404


@pytest.mark.parametrize("type", ["Like", "Announce"])
@pytest.mark.parametrize("form", ["whole", "object in an object", "id", "typed id"])
async def test_an_undo_takes_it_back_in_every_form(scene: Scene, update: str, type: str, form: str) -> None:  # noqa: F811
    given = await give(scene, scene.mal, type, update)
    forms: dict[str, JsonValue] = {
        "whole": {"id": given["id"], "type": type, "actor": given["actor"], "object": update},
        "object in an object": {"type": type, "actor": given["actor"], "object": {"id": update}},
        "id": given["id"],
        "typed id": {"id": given["id"], "type": type},
    }
    await give(scene, scene.mal, "Undo", forms[form])
    assert NONE == await counts(scene, update)


@pytest.mark.parametrize("type", ["Like", "Announce"])
async def test_nobody_takes_back_what_another_gave(scene: Scene, update: str, type: str) -> None:  # noqa: F811
    given = await give(scene, scene.peer, type, update)
    whole = {"id": given["id"], "type": type, "actor": given["actor"], "object": update}
    assert await scene.deliver(scene.mal, scene.mal.activity("Undo", whole)) == 403
    assert await scene.deliver(scene.mal, scene.mal.activity("Undo", given["id"])) == 403
    await give(scene, scene.mal, "Undo", {"type": type, "object": update})
    assert await scene.deliver(scene.mal, scene.mal.activity("Delete", update)) == 403
    assert COUNTED[type] == await counts(scene, update)


async def test_an_undo_of_a_like_leaves_a_boost_and_a_follow_alone(scene: Scene, update: str) -> None:  # noqa: F811
    await give(scene, scene.mal, "Follow", scene.campaign)
    for type in ("Like", "Announce"):
        await give(scene, scene.mal, type, update)
    await give(scene, scene.mal, "Undo", {"type": "Like", "object": update})
    assert COUNTED["Announce"] == await counts(scene, update)
    assert await scene.followers() == [scene.mal.actor()]


async def test_a_like_given_again_under_its_old_id_counts_again(scene: Scene, update: str) -> None:  # noqa: F811
    like = await give(scene, scene.mal, "Like", update)
    await give(scene, scene.mal, "Undo", like["id"])
    scene.village.clock.move(minutes=1)
    assert await scene.deliver(scene.mal, like) == 202
    assert COUNTED["Like"] == await counts(scene, update)


async def test_a_like_replayed_after_its_undo_has_no_effect(scene: Scene, update: str) -> None:  # noqa: F811
    like = await give(scene, scene.mal, "Like", update)
    await give(scene, scene.mal, "Undo", like["id"])
    assert await scene.deliver(scene.mal, like) == 202  # the same bytes and the same Date: the same signature
    assert NONE == await counts(scene, update)


async def test_an_actor_that_deletes_itself_is_no_longer_counted(scene: Scene, update: str) -> None:  # noqa: F811
    await give(scene, scene.mal, "Like", update)
    me = scene.mal.actor()
    await give(scene, scene.mal, "Delete", me)
    assert NONE == await counts(scene, update)


@pytest.mark.parametrize("type", ["Like", "Announce"])
async def test_what_is_no_update_of_ours_is_not_counted(scene: Scene, update: str, type: str) -> None:  # noqa: F811
    """ORG-20 and an Announce of an Announce: only ids count, and only those of updates that stand."""
    url = scene.us.node.config.url
    boost = await give(scene, scene.peer, "Announce", f"{scene.peer.base}/notes/1")
    others: list[JsonValue] = [
        boost["id"],
        {**boost},
        f"{scene.peer.base}/notes/1",
        update.replace("/objects/", "/activities/"),
        f"{url}/objects/123",
        scene.campaign,
        {"type": "Note", "content": "forged", "url": update},
        [],
        None,
    ]
    for object in others:
        body = scene.mal.activity(type, object)
        assert await scene.deliver(scene.mal, body) in {202, 400}
    assert NONE == await counts(scene, update)


async def test_a_retracted_update_is_not_counted(scene: Scene, update: str) -> None:  # noqa: F811
    await scene.us.do("retract", id=update)
    await give(scene, scene.mal, "Like", update)
    assert NONE == await counts(scene, update)


async def test_a_like_in_anothers_name_is_refused(scene: Scene, update: str) -> None:  # noqa: F811
    forged = {**scene.mal.activity("Like", update, scene.peer.actor()), "id": f"{scene.peer.base}/likes/1"}
    assert await scene.deliver(scene.mal, forged) == 401
    assert NONE == await counts(scene, update)


async def test_readers_pages_are_drawn_anew_when_a_count_changed_and_not_for_what_changes_nothing(
    scene: Scene,  # noqa: F811
    update: str,
) -> None:
    rung, eve = list[bool](), scene.mal
    scene.us.node.readers_bell.listeners.append(lambda: rung.append(True))

    async def rings(type: str, object: JsonValue) -> tuple[int, JsonObject]:
        rung.clear()
        given = await give(scene, eve, type, object)
        return len(rung), given

    nothing = f"{eve.base}/likes/none"
    assert (0, 0) == ((await rings("Like", f"{update}0"))[0], (await rings("Undo", nothing))[0])
    first, like = await rings("Like", update)
    assert (1, 0) == (first, (await rings("Like", update))[0])
    assert (1, 0) == ((await rings("Undo", like))[0], (await rings("Undo", like))[0])
    like = (await rings("Like", update))[1]
    assert (1, 0) == ((await rings("Undo", like["id"]))[0], (await rings("Undo", like["id"]))[0])
    assert 0 == (await rings("Delete", nothing))[0]
    assert (0, 0) == ((await rings("Follow", scene.campaign))[0], (await rings("Undo", f"{nothing}1"))[0])
    assert 1 == (await rings("Delete", eve.actor()))[0]


async def test_what_a_failing_store_left_half_done_is_drawn_anew_all_the_same(
    scene: Scene,  # noqa: F811
    update: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rung, store = list[bool](), scene.us.node.store
    scene.us.node.readers_bell.listeners.append(lambda: rung.append(True))
    add = store.add_reaction

    async def add_and_fail(reaction: Reaction) -> bool:
        await add(reaction)
        raise StorageError("full")

    monkeypatch.setattr(store, "add_reaction", add_and_fail)
    await give(scene, scene.mal, "Like", update)
    assert ([True], 1) == (rung, (await counts(scene, update))["like"])
