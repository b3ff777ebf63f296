"""What others block, whom organisers refuse without blocking, and reports that are dealt with."""

from __future__ import annotations

import pytest

from node.cli.reading import rows, text
from node.refusal import Refusal
from tests.stories.test_blocks import all_activities, block, host_of, queued, show_actor
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401


async def test_a_received_block_ends_what_ties_that_actor_to_ours(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.peer, follow(scene, scene.peer))
    await scene.us.workers.delivery.run_once()
    await scene.us.do("post", handle="strike", text="waits")
    await scene.us.node.fan_out.catch_up()
    inbox = f"{scene.peer.actor()}/inbox"
    assert [(inbox, "waiting")] == [one for one in await queued(scene) if one[1] == "waiting"]
    await scene.deliver(scene.peer, scene.peer.activity("Block", scene.campaign))
    assert [] == await scene.followers()
    assert [] == [one for one in await queued(scene) if one[1] == "waiting"]
    assert 1 == len(rows(await scene.us.do("following")))  # the union follows it; the Block named the campaign
    await scene.deliver(scene.peer, scene.peer.activity("Block", scene.us.node.union_actor))
    assert [] == rows(await scene.us.do("following"))
    undo = scene.peer.activity("Undo", {"type": "Block", "actor": scene.peer.actor(), "object": scene.campaign})
    assert await scene.deliver(scene.peer, undo) == 202
    assert ([], []) == (await scene.followers(), rows(await scene.us.do("following")))


async def test_a_received_block_cancels_nothing_that_goes_to_others(scene: Scene) -> None:  # noqa: F811
    """Anybody can name somebody else's inbox as their own, and then block us."""
    inbox = f"{scene.peer.actor()}/inbox"
    show_actor(scene.mal, "eve", {**scene.mal.document("eve"), "inbox": inbox})
    for who in (scene.peer, scene.mal):
        await scene.deliver(who, follow(scene, who))
    await scene.us.workers.delivery.run_once()
    await scene.us.do("post", handle="strike", text="waits")
    await scene.us.node.fan_out.catch_up()
    await scene.deliver(scene.mal, scene.mal.activity("Block", scene.campaign))
    assert (inbox, "waiting") in await queued(scene)
    assert [scene.peer.actor()] == await scene.followers()
    await block(scene, scene.mal.actor())
    assert (inbox, "waiting") in await queued(scene)


async def test_an_organiser_refuses_a_follower_by_id_or_address(scene: Scene) -> None:  # noqa: F811
    for named in (scene.mal.actor(), f"@eve@{host_of(scene.mal)}"):
        await scene.deliver(scene.mal, follow(scene, scene.mal))
        (gone,) = rows(await scene.us.do("followers reject", actor=named))
        assert "rejected" == text(gone, "state")
        assert [] == await scene.followers()
        scene.village.clock.move(minutes=1)
    assert 2 == len(await all_activities(scene, "Reject"))
    with pytest.raises(Refusal, match="follows or waits"):
        await scene.us.do("followers reject", actor=scene.mal.actor())


async def test_a_report_is_dismissed(scene: Scene) -> None:  # noqa: F811
    await scene.deliver(scene.mal, scene.mal.activity("Flag", scene.campaign))
    (report,) = rows(await scene.us.do("reports"))
    assert "dismissed" == text(await scene.us.do("reports dismiss", id=text(report, "id")), "state")
    assert [] == rows(await scene.us.do("reports"))
    with pytest.raises(Refusal, match="There is no report"):
        await scene.us.do("reports dismiss", id=text(report, "id"))


async def test_no_more_reports_are_kept_than_anybody_reads(
    scene: Scene,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("federation.inbox.handlers.flag.MOST_OF_ALL", 2)
    for who in (scene.mal, scene.peer, scene.mal):
        await scene.deliver(who, who.activity("Flag", scene.campaign))
    assert 2 == len(rows(await scene.us.do("reports")))
    await scene.us.do("reports dismiss", id=text(rows(await scene.us.do("reports"))[0], "id"))
    await scene.deliver(scene.mal, scene.mal.activity("Flag", scene.campaign))
    assert 2 == len(rows(await scene.us.do("reports")))
