"""May they say it? Every activity that changes something, against every owner."""

from __future__ import annotations

import pytest

from federation.activitystreams.parse import parse_activity
from federation.errors import NotTheOwner, NotTheSigner
from federation.identity.ownership import judge
from federation.strictjson import JsonObject, JsonValue
from storage.ids import ActorId

PEER = ActorId("https://peer.test/u")


def says(type: str, object: JsonValue, **changes: JsonValue) -> JsonObject:
    return {"id": "https://peer.test/a/1", "type": type, "actor": PEER, "object": object, **changes}


def judged(document: JsonObject, signer: ActorId = PEER) -> None:
    judge(parse_activity(document), signer)


@pytest.mark.parametrize("type", ["Create", "Update", "Delete", "Undo"])
def test_one_may_change_what_is_ones_own(type: str) -> None:
    judged(says(type, {"id": "https://peer.test/n/1", "type": "Note", "attributedTo": PEER}))
    judged(says(type, "https://peer.test/n/1"))


@pytest.mark.parametrize("type", ["Create", "Update", "Delete", "Undo"])
@pytest.mark.parametrize(
    "object",
    [
        "https://other.test/n/1",
        {"id": "https://other.test/n/1", "type": "Note", "attributedTo": PEER},
        {"id": "https://peer.test/n/1", "type": "Note", "attributedTo": "https://other.test/u"},
        {"id": "https://peer.test/n/1", "type": "Note", "attributedTo": "https://peer.test/somebody"},
        {"type": "Follow", "actor": "https://other.test/u", "object": "https://us.test/c"},
        {"id": "https://peer.test/somebody", "type": "Person"},
        {"id": "http://peer.test/n/1", "type": "Note"},
        {"id": "https://peer.test:444/n/1", "type": "Note"},
        {"id": "https://evilpeer.test/n/1", "type": "Note"},
        {"id": "https://peer.test.mal/n/1", "type": "Note"},
        {"id": "https://peer.test@mal.test/n/1", "type": "Note"},
    ],
)
def test_org_10_nobody_may_change_what_is_anothers(type: str, object: JsonValue) -> None:
    with pytest.raises(NotTheOwner):
        judged(says(type, object))


def test_the_signer_is_the_actor() -> None:
    with pytest.raises(NotTheSigner):
        judged(says("Follow", "https://us.test/c"), ActorId("https://peer.test/somebody"))


def test_the_activity_lies_on_the_signers_host() -> None:
    with pytest.raises(NotTheOwner):
        judged(says("Follow", "https://us.test/c", id="https://other.test/a/1"))


@pytest.mark.parametrize("type", ["Follow", "Accept", "Reject", "Announce", "Like", "Flag", "Knit"])
def test_anybody_may_speak_about_what_is_anothers(type: str) -> None:
    judged(says(type, {"id": "https://us.test/n/1", "type": "Note", "attributedTo": "https://us.test/c"}))
