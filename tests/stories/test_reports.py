"""Complaints about us: kept for organisers, bounded, and without any effect on what they are about."""

from __future__ import annotations

import pytest

from federation.inbox.handlers.flag import LONGEST_TEXT, MOST_OBJECTS, MOST_OF_ONE
from federation.strictjson import JsonValue
from node.actions.doctor import check
from node.cli.reading import member, rows, text
from tests.stories.test_refusals import Scene, scene  # noqa: F401


async def flag(scene: Scene, objects: JsonValue, **more: JsonValue) -> int:  # noqa: F811
    return await scene.deliver(scene.mal, scene.mal.activity("Flag", objects, None, **more))


async def reports(scene: Scene) -> list[JsonValue]:  # noqa: F811
    return rows(await scene.us.do("reports"))


async def test_a_report_is_kept_with_its_reason_as_plain_words(scene: Scene) -> None:  # noqa: F811
    objects: list[JsonValue] = [scene.campaign, {"id": f"{scene.mal.base}/notes/1", "type": "Note"}]
    assert await flag(scene, objects, content="<p>They <b>lie</b><script>alert(1)</script></p>") == 202
    (kept,) = await reports(scene)
    assert (text(kept, "actor"), text(kept, "text")) == (scene.mal.actor(), "They lie")
    assert [scene.campaign, f"{scene.mal.base}/notes/1"] == member(kept, "objects")
    assert text(kept, "received") == "2026-11-22T12:00:00Z"


@pytest.mark.parametrize("content", [None, 7, ["x"], {}])
async def test_a_report_without_a_reason_is_kept(scene: Scene, content: JsonValue) -> None:  # noqa: F811
    await flag(scene, scene.campaign, content=content)
    assert [""] == [text(one, "text") for one in await reports(scene)]


async def test_a_long_reason_is_cut(scene: Scene) -> None:  # noqa: F811
    await flag(scene, scene.campaign, content="lies " * 10_000)
    assert [LONGEST_TEXT] == [len(text(one, "text")) for one in await reports(scene)]


async def test_a_report_about_nothing_of_ours_is_not_kept(scene: Scene) -> None:  # noqa: F811
    about: list[JsonValue] = [scene.peer.actor(), [], None, {"type": "Note"}]
    for objects in about:
        await flag(scene, objects)
    assert [] == await reports(scene)


@pytest.mark.parametrize(
    ("count", "status", "kept"), [(MOST_OBJECTS, 202, 1), (MOST_OBJECTS + 1, 400, 0), (10_000, 400, 0)]
)
async def test_a_report_may_name_a_hundred_things_and_no_more(
    scene: Scene,  # noqa: F811
    count: int,
    status: int,
    kept: int,
) -> None:
    objects: list[JsonValue] = [scene.campaign, *(f"http://a.test/{number}" for number in range(1, count))]
    assert await flag(scene, objects) == status
    assert [count] * kept == [len(rows(member(one, "objects"))) for one in await reports(scene)]


async def test_beyond_twenty_reports_of_one_actor_each_is_refused_by_name_for_thirty_days(
    scene: Scene,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "federation.inbox.worker")
    for _ in range(MOST_OF_ONE + 2):
        await flag(scene, scene.campaign)
    assert (MOST_OF_ONE, 2) == (len(await reports(scene)), (await scene.us.node.store.count_received())["failed"])
    assert ["TooManyHeld"] * 2 == [record.__dict__["why"] for record in caplog.records if record.message == "refused"]
    await scene.deliver(scene.peer, scene.peer.activity("Flag", scene.campaign))
    assert MOST_OF_ONE + 1 == len(await reports(scene))
    scene.village.clock.move(days=31)
    await flag(scene, scene.campaign)
    assert MOST_OF_ONE + 2 == len(await reports(scene))


async def test_check_counts_recent_reports(scene: Scene) -> None:  # noqa: F811
    async def finding() -> tuple[str, str]:
        (found,) = [one for one in await check(scene.us.node) if one.what == "reports"]
        return found.level, found.do

    assert await finding() == ("ok", "")
    await flag(scene, scene.campaign)
    assert await finding() == ("warn", "Read what it is about: picketline reports")
    scene.village.clock.move(days=31)
    assert await finding() == ("ok", "")


async def test_a_report_in_anothers_name_is_refused(scene: Scene) -> None:  # noqa: F811
    forged = {**scene.mal.activity("Flag", scene.campaign, scene.peer.actor()), "id": f"{scene.peer.base}/flags/1"}
    assert await scene.deliver(scene.mal, forged) == 401
    assert [] == await reports(scene)
