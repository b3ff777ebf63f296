"""Who may say what: forged words by mal with its own valid key, and everything that they must leave as it was."""

from __future__ import annotations

import aiohttp
import pytest

from federation.activitystreams.parse import parse_activity
from federation.errors import NotTheOwner
from federation.identity.ownership import judge
from federation.strictjson import JsonObject
from node.cli.reading import text
from node.refusal import Refusal
from storage.ids import ActorId, ObjectId
from tests.adversary.stage import Stage
from tests.stories.strangers import PUBLIC, Stranger


@pytest.fixture
async def told(stage: Stage) -> Stage:
    """Peer's note stands in our timeline, peer follows our campaign, and mal is known."""
    for who, document in (
        (stage.peer, stage.peer.activity("Create", stage.peer.note("1", "<p>true</p>"))),
        (stage.peer, stage.follow(stage.peer)),
        (stage.mal, stage.mal.activity("Like", stage.scene.campaign)),
    ):
        assert 202 == await stage.scene.deliver(who, document)
    await stage.scene.village.settle()
    return stage


def signed(stage: Stage, who: Stranger, document: JsonObject, **more: str) -> tuple[bytes, dict[str, str]]:
    return who.signed(stage.inbox, document, stage.scene.village.clock(), **more)  # type: ignore[arg-type]


async def test_org_01_an_id_on_peer_is_refused_and_stays_free(told: Stage) -> None:
    real = told.peer.activity("Create", told.peer.note("2"))
    forged = {**told.mal.activity("Create", told.mal.note("2")), "id": real["id"]}
    await told.refused(signed(told, told.mal, forged), status=403)
    assert 202 == await told.scene.deliver(told.peer, real)
    assert f"{told.peer.base}/notes/2" in await told.scene.timeline()


async def test_org_05_a_note_without_id_is_not_stored(told: Stage) -> None:
    note = told.peer.note("3")
    del note["id"]
    assert [202] == await told.without_effect(told.peer.activity("Create", note), who=told.peer)


def test_org_10_names_that_only_look_alike_are_other_origins() -> None:
    mal = ActorId("https://evilpeer.test/eve")
    for host in (
        "peer.test",
        "evilpeer.test.peer.test",
        "evilpeer.test:8443",
        "EVILPEER.TEST.",
        "xn--vilpeer-qcf.test",
    ):
        activity: JsonObject = {
            "id": f"https://{host}/1",
            "type": "Like",
            "actor": mal,
            "object": "https://union.test/1",
        }
        if host == "EVILPEER.TEST.":
            judge(parse_activity(activity), mal)  # its own name, spelled otherwise
            continue
        with pytest.raises(NotTheOwner):
            judge(parse_activity(activity), mal)


async def test_org_11_15_17_what_is_peers_stays_as_it_is(told: Stage) -> None:
    mal, note = told.mal, f"{told.peer.base}/notes/1"
    standing = next(iter(await told.store.list_followers(None, after=None, limit=1)))
    follow: JsonObject = {"type": "Follow", "actor": told.peer.actor(), "object": told.scene.campaign}
    forged: list[JsonObject] = [
        mal.activity("Update", {**told.peer.note("1", "<p>false</p>"), "attributedTo": mal.actor()}),
        mal.activity("Update", told.peer.note("1", "<p>false</p>")),
        mal.activity("Update", told.peer.document()),
        mal.activity("Delete", note),
        mal.activity("Delete", {"id": note, "type": "Tombstone"}),
        mal.activity("Delete", told.peer.actor()),
        mal.activity("Undo", follow),
        mal.activity("Undo", {**follow, "id": standing.activity}),
        mal.activity("Undo", standing.activity),
    ]
    await told.refused(*[signed(told, mal, one) for one in forged], status=403)


async def test_org_13_an_update_changes_neither_author_nor_type(told: Stage) -> None:
    neighbour = told.peer.actor("neighbour")
    changes: list[JsonObject] = [
        {"type": "Article"},
        {"type": "Person"},
        {"attributedTo": [told.peer.actor(), neighbour]},
        {"attributedTo": None},
    ]
    documents = [told.peer.activity("Update", {**told.peer.note("1", "<p>other</p>"), **one}) for one in changes]
    answers = await told.without_effect(*documents, who=told.peer)
    assert {202, 403} >= set(answers)
    foreign = {**told.peer.note("1", "<p>other</p>"), "attributedTo": neighbour}
    await told.refused(signed(told, told.peer, told.peer.activity("Update", foreign)), status=403)


async def test_org_16_nobody_deletes_an_actor_but_itself(told: Stage) -> None:
    victim, other = told.peer.actor(), told.peer.actor("other")
    known = await told.scene.deliver(told.peer, told.peer.activity("Like", victim, other), key_id=f"{other}#main-key")
    assert known == 202
    forged = [
        told.peer.activity("Delete", victim, other),
        told.peer.activity("Delete", {"id": victim, "type": "Person"}, other),
        told.peer.activity("Delete", {"id": victim, "type": "Tombstone", "formerType": "Person"}, other),
        told.peer.activity("Update", told.peer.document(), other),
    ]
    learnt = ("received", "remote_tombstones")  # under its own name nothing of that id will be taken
    answers = await told.without_effect(*forged, who=told.peer, key_id=f"{other}#main-key", learnt=learnt)
    assert {202, 403} >= set(answers)


async def test_org_20_of_an_announce_only_the_id_is_used(told: Stage) -> None:
    post = await told.us.do("post", handle="strike", text="We walked out")
    await told.scene.village.settle()
    ours = text(post, "id")
    author = told.us.node.locations.actor("strike")
    lie: JsonObject = {
        "id": ours,
        "type": "Note",
        "attributedTo": author,
        "content": "<p>We gave up</p>",
        "to": [PUBLIC],
    }
    of_peer = told.peer.note("1", "<p>false</p>")
    announces = [told.mal.activity("Announce", thing) for thing in (lie, of_peer, told.peer.note("9", "<p>new</p>"))]
    assert [202] * 3 == await told.without_effect(*announces, who=told.mal, learnt=("received", "reactions"))
    assert (await told.store.count_reactions(ObjectId(ours)))["share"] == 1
    flags = [
        told.mal.activity("Flag", [lie]),
        told.mal.activity("Accept", of_peer),
        told.mal.activity("Reject", of_peer),
    ]
    await told.without_effect(*flags, who=told.mal, learnt=("received", "reports"))
    assert [(ours,)] == [one.objects for one in await told.store.list_reports(limit=9)]


async def test_org_29_nobody_speaks_as_one_of_us(told: Stage) -> None:
    for ours in (told.us.node.union_actor, told.us.node.locations.instance_actor, told.scene.campaign):
        as_us = {**told.follow(), "actor": ours, "id": f"{told.us.node.config.url}/activities/1"}
        in_our_name = signed(told, told.mal, as_us, key_id=f"{ours}#main-key")
        await told.refused(signed(told, told.mal, {**told.follow(), "actor": ours}), in_our_name)


async def test_org_29_a_delete_of_one_of_us_is_answered_like_any_farewell_and_does_nothing(told: Stage) -> None:
    ours = told.us.node.union_actor
    farewell: JsonObject = {**told.mal.activity("Delete", ours), "actor": ours}
    await told.refused(signed(told, told.mal, farewell, key_id=f"{ours}#main-key"), status=202)


async def test_org_30_what_is_not_for_everybody_is_shown_to_nobody(told: Stage) -> None:
    post = await told.us.do("post", handle="strike", text="We walked out")
    nearly = "https://www.w3.org/ns/activitystreams#public"
    for number, to in enumerate(([], [f"{told.mal.actor()}/followers"], [nearly])):
        note = told.mal.note(f"{number}", "<p>between us</p>", inReplyTo=text(post, "id"), to=[*to])
        assert 202 == await told.scene.deliver(told.mal, told.mal.activity("Create", note, to=[PUBLIC]))
        await _cannot_be_shown(told, f"{told.mal.base}/notes/{number}")


async def _cannot_be_shown(told: Stage, id: str) -> None:
    await told.scene.village.settle()
    with pytest.raises(Refusal, match="not written to everybody"):
        await told.us.do("comments approve", id=id)
    assert [] == [row for row in await _shown(told) if "between us" in row]


async def _shown(told: Stage) -> list[str]:
    """What anybody may read, and what mirrors are given."""
    base, did = told.us.node.config.url, told.us.node.union.did
    paths = ("/", "/@strike", "/@strike/feed.atom", "/actors/strike/outbox?page=true", f"/log/{did}/activities")
    async with aiohttp.ClientSession() as session:
        found = []
        for path in paths:
            async with session.get(f"{base}{path}") as answer:
                found.append(await answer.text())
    return found
