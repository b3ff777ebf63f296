"""Documents that our node fetches because others named them: what a liar's server shows is not believed."""

from __future__ import annotations

import json

import pytest

from federation.strictjson import JsonObject
from node.errors import REFUSALS
from storage.ids import ActorId, ObjectId
from tests.adversary.stage import Stage, all_rows
from tests.federation.people import show
from tests.stories.strangers import ACTIVITY

LD = "application/ld+json"
PROFILE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


async def in_vain(stage: Stage, command: str, **params: str) -> None:
    """An organiser asks for something that is not believed: it is refused, and nothing is kept or sent."""
    before = await all_rows(stage.store)
    with pytest.raises(REFUSALS):
        await stage.us.do(command, **params)
    await stage.work()
    assert before == await all_rows(stage.store)


async def test_org_06_a_document_with_another_id_is_not_believed(stage: Stage) -> None:
    mal, peer = stage.mal.site, stage.peer
    show(mal, "/notes/1", peer.note("1"))
    show(mal, "/notes/2", stage.mal.note("3"))
    show(mal, "/notes/3", stage.mal.note("4"))
    show(mal, "/notes/4", stage.mal.note("4", author=peer.actor()))
    show(mal, "/adam", peer.document("adam"))
    show(mal, "/abel", {**stage.mal.document("abel"), "id": f"{stage.mal.base}/abel#me"})
    for number in range(1, 5):
        await in_vain(stage, "boost", url=f"{stage.mal.base}/notes/{number}")
    for name in ("adam", "abel"):
        await in_vain(stage, "follow", address=f"{stage.mal.base}/{name}")
    assert stage.peer.site.requests == []


async def test_org_07_a_redirect_to_another_host_gives_no_identity(stage: Stage) -> None:
    mal, peer = stage.mal, stage.peer
    show(peer.site, "/open", mal.note("1"))  # anybody's upload on peer, which claims to be mal's
    mal.site.answer("/notes/1", status=302, Location=f"{peer.base}/open")
    await in_vain(stage, "boost", url=f"{mal.base}/notes/1")
    show(mal.site, "/copy", peer.note("5"))
    peer.site.answer("/go", status=302, Location=f"{mal.base}/copy")  # an open redirect on peer
    await in_vain(stage, "boost", url=f"{peer.base}/go")
    show(mal.site, "/fake", {**peer.document("boss"), "inbox": f"{mal.base}/inbox"})
    peer.site.answer("/boss", status=302, Location=f"{mal.base}/fake")
    await in_vain(stage, "follow", address=f"{peer.base}/boss")
    assert await stage.store.find_remote_actor(ActorId(f"{peer.base}/boss")) is None
    assert await stage.store.find_remote_post(ObjectId(f"{peer.base}/notes/5")) is None


@pytest.mark.parametrize(
    "kind",
    ["text/html", "application/json", "text/plain", LD, f"{LD}; profile=https://www.w3.org/ns/did", "image/png", ""],
)
async def test_org_23_another_type_than_activitystreams_is_not_believed(stage: Stage, kind: str) -> None:
    show(stage.mal.site, "/notes/1", stage.mal.note("1"), content_type=kind)
    show(stage.mal.site, "/adam", stage.mal.document("adam"), content_type=kind)
    await in_vain(stage, "boost", url=f"{stage.mal.base}/notes/1")
    await in_vain(stage, "follow", address=f"{stage.mal.base}/adam")
    sent = stage.mal.signed(
        stage.inbox,
        {**stage.follow(), "actor": f"{stage.mal.base}/adam"},
        stage.scene.village.clock(),
        key_id=f"{stage.mal.base}/adam#main-key",
    )
    await stage.refused(sent, fetched=1)


@pytest.mark.parametrize("kind", [ACTIVITY, PROFILE, f"{ACTIVITY}; charset=utf-8"])
async def test_activitystreams_in_its_own_types_is_believed(stage: Stage, kind: str) -> None:
    show(stage.mal.site, "/adam", stage.mal.document("adam"), content_type=kind)
    await stage.us.do("follow", address=f"{stage.mal.base}/adam")
    assert await stage.store.find_remote_actor(ActorId(f"{stage.mal.base}/adam")) is not None


def finger(stage: Stage, who: str, *, subject: str, actor: str) -> None:
    """Let a site answer every WebFinger question so."""
    document: JsonObject = {
        "subject": subject,
        "links": [{"rel": "self", "type": ACTIVITY, "href": actor}],
    }
    site = stage.mal.site if who == "mal" else stage.peer.site
    site.answer("/.well-known/webfinger", json.dumps(document).encode(), Content_Type="application/jrd+json")


async def test_org_26_a_host_that_points_elsewhere_needs_that_hosts_word(stage: Stage) -> None:
    mal, peer = stage.mal.base.removeprefix("http://"), stage.peer.base.removeprefix("http://")
    finger(stage, "peer", subject=f"acct:eve@{peer}", actor=stage.peer.actor())
    stage.peer.actor("boss")
    lies = (
        (f"acct:boss@{mal}", f"{stage.peer.base}/boss"),  # peer's actor under a name of mal's
        (f"acct:boss@{peer}", f"{stage.peer.base}/boss"),  # and as if it were peer's word
        (f"acct:eve@{mal}", stage.us.node.union_actor),  # our own actor
        ("acct:eve@third.test", stage.peer.actor()),
    )
    for subject, actor in lies:
        finger(stage, "mal", subject=subject, actor=actor)
        await in_vain(stage, "follow", address=f"boss@{mal}")
    assert [one for one in stage.peer.site.requests if one.path != "/.well-known/webfinger"] == []
