"""JSN-11: whatever shape an activity has, it is understood or refused; never an error of ours, never a 5xx."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from federation.activitystreams.parse import parse_activity
from federation.activitystreams.spelling import respelled
from federation.activitystreams.validation import check_activity
from federation.errors import FederationError
from federation.identity.ownership import judge
from federation.inbox.dispatch import HANDLERS, dispatch
from federation.inbox.verified import from_stored
from federation.strictjson import JsonObject, JsonValue, load_object
from node.cli.reading import text
from storage.ids import ActivityId, ActorId
from storage.records import Received
from tests.federation.mutants import mutant
from tests.stories.strangers import Stranger
from tests.stories.test_refusals import Scene, scene  # noqa: F401


@pytest.fixture
def new_store() -> Callable[[], str | None]:
    """One engine is enough: what is tried here is read and judged before anything is kept."""
    return lambda: None


def sound(scene: Scene, who: Stranger, update: str) -> list[JsonObject]:  # noqa: F811
    """One whole activity of every kind that has an effect here."""
    note = who.note(
        "n1",
        "<p>words</p>",
        inReplyTo=update,
        cc=[f"{who.base}/followers"],
        contentMap={"en": "<p>words</p>"},
        summary="careful",
        published="2026-11-22T11:00:00Z",
        attachment=[{"type": "Image", "url": "https://a.example/1.png", "name": "us"}],
        tag=[{"type": "Mention", "href": scene.campaign, "name": "@strike"}],
        url=[{"type": "Link", "href": f"{who.base}/1", "mediaType": "text/html"}],
    )
    event: JsonObject = {**note, "id": f"{who.base}/notes/n2", "type": "Event", "location": {"name": "Gate"}}
    poll: JsonObject = {**note, "id": f"{who.base}/notes/n3", "type": "Question", "oneOf": [{"name": "Yes"}]}
    follow = who.activity("Follow", scene.campaign)
    about: dict[str, list[JsonValue]] = {
        "Create": [note, event, poll],
        "Update": [note, who.document()],
        "Delete": [{"id": note["id"], "type": "Tombstone"}],
        "Undo": [dict(follow)],
        "Flag": [[scene.campaign, update]],
        "Accept": [{"type": "Follow", "actor": scene.us.node.union_actor, "object": who.actor()}],
    }
    given = {kind: about.get(kind, [scene.campaign if kind == "Follow" else update]) for kind in HANDLERS}
    return [who.activity(kind, object) for kind, objects in given.items() for object in objects]


async def take(scene: Scene, who: Stranger, raw: bytes) -> str:  # noqa: F811
    """What the door and the worker do with a body whose signature is good, without the network's part."""
    try:
        document = respelled(load_object(raw))
        check_activity(document)
        judge(parse_activity(document), ActorId(who.actor()))
        received = Received(
            id=ActivityId("x"), actor=ActorId(who.actor()), type="", body=raw, received_at=scene.village.clock()
        )
        await dispatch(from_stored(received), scene.us.workers.inbox._reception)
    except FederationError as refusal:
        return type(refusal).__name__
    return "taken"


@pytest.fixture
async def update(scene: Scene) -> str:  # noqa: F811
    return text(await scene.us.do("post", handle="strike", text="We walked out"), "id")


async def test_jsn_11_ten_thousand_mutants_are_taken_or_refused_by_name(scene: Scene, update: str) -> None:  # noqa: F811
    chance, outcomes = Random(11), Counter[str]()
    originals = sound(scene, scene.peer, update)
    for number in range(10_000):
        document = mutant(originals[number % len(originals)], chance)
        outcomes[await take(scene, scene.peer, json.dumps(document).encode())] += 1
        if number % 500 == 0:
            scene.village.clock.move(days=1)
    named = {"taken", "NotActivity", "NotTheOwner", "NotTheSigner", "NothingToRead", "TooManyHeld", "NotJson"}
    assert set(outcomes) <= named
    assert outcomes["taken"] > 1000
    assert outcomes["NotActivity"] > 1000


async def test_jsn_11_mutants_at_the_real_door_are_202_or_a_refusal(scene: Scene, update: str) -> None:  # noqa: F811
    chance, answers = Random(12), Counter[int]()
    originals = sound(scene, scene.mal, update)
    for number in range(200):
        answers[await scene.deliver(scene.mal, mutant(originals[number % len(originals)], chance))] += 1
        scene.village.clock.move(seconds=1)
    assert set(answers) <= {202, 400, 401, 403}
    assert answers[202] > 20
    assert (await scene.us.node.store.count_received())["waiting"] == 0
