"""Activities of another union's log: only what its actor signed, by keys that the same log showed before."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.mirror.bodies import KeyRing, check_body, profile_in
from federation.mirror.errors import BadSource, BrokenLog
from federation.proofs.jcs import canonical
from federation.strictjson import load_object
from storage.ids import ActorId
from tests.federation.mirror.logs import ACTOR, HOME, ORIGINS, MadeLog, actor_document, entry_of, leaf_of, note


@pytest.fixture
def log() -> MadeLog:
    made = MadeLog()
    made.introduce()
    return made


def ring_of(log: MadeLog) -> KeyRing:
    """What was learnt from everything but the last activity."""
    ring = KeyRing()
    for place, (entry, body) in enumerate(zip(log.entries[:-1], log.bodies[:-1], strict=True)):
        check_body(leaf_of(entry, place), body, ring, ORIGINS)
    return ring


def check_last(log: MadeLog) -> str:
    place = len(log.entries) - 1
    return check_body(leaf_of(log.entries[-1], place), log.bodies[-1], ring_of(log), ORIGINS).actor


def test_an_actor_introduces_itself_and_then_speaks(log: MadeLog) -> None:
    log.post(1)
    assert check_last(log) == ACTOR


def test_after_a_change_of_keys_only_the_new_key_speaks(log: MadeLog) -> None:
    old, new = log.key, Ed25519PrivateKey.generate()
    log.say("Update", actor_document(new), key=old)
    log.say("Create", note(1), key=new)
    assert check_last(log) == ACTOR
    log.say("Create", note(2), key=old)
    with pytest.raises(BrokenLog):
        check_last(log)


def test_what_was_said_before_a_change_of_keys_is_judged_by_the_key_of_then(log: MadeLog) -> None:
    old, new = log.key, Ed25519PrivateKey.generate()
    before, forged = log.post(1), log.say("Create", note(2), key=new)
    log.say("Update", actor_document(new), key=old)
    ring = KeyRing()
    for place in (3, 0):
        profile = profile_in(load_object(log.bodies[place]), ActorId(ACTOR))
        assert profile is not None
        ring.learn(ActorId(ACTOR), place, profile)
    assert check_body(before, log.bodies[1], ring, ORIGINS).actor == ACTOR
    with pytest.raises(BrokenLog):
        check_body(forged, log.bodies[2], ring, ORIGINS)


def test_other_bytes_than_the_entry_names_are_the_sources_fault(log: MadeLog) -> None:
    leaf = log.post(1)
    altered = log.bodies[-1].replace(b"Update 1", b"Update 2")
    with pytest.raises(BadSource):
        check_body(leaf, altered, ring_of(log), ORIGINS)


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "https://other.test/actors/boss"},
        {"to": [f"{ACTOR}/followers"]},
        {"to": []},
        {"actor": [ACTOR]},
        {"object": note(1, to=[f"{ACTOR}/followers"])},
        {"object": note(1, attributedTo="https://other.test/actors/boss")},
        {"object": note(1, attributedTo=f"{HOME}/actors/another")},
        {"object": actor_document(Ed25519PrivateKey.generate(), id=f"{HOME}/actors/another")},
        {"type": "Add", "object": "https://other.test/objects/1", "target": f"{ACTOR}/featured"},
        {"type": "Update", "object": note(1, id="https://other.test/objects/1")},
        {"object": f"{HOME}/objects/1"},
        {"type": "Update", "object": f"{HOME}/objects/1"},
        {"type": "Update", "object": ACTOR},
    ],
)
def test_what_no_log_may_hold_stops_it(log: MadeLog, changes: dict[str, Any]) -> None:
    arguments = {"type": "Create", "object": note(1), **changes}
    log.say(arguments.pop("type"), arguments.pop("object"), **arguments)
    with pytest.raises(BrokenLog):
        check_last(log)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Announce", "object": "https://other.test/objects/1"},
        {"type": "Add", "object": "did:key:z6MkOther", "target": f"{HOME}/mirrors"},
        {"type": "Add", "object": f"{HOME}/objects/1", "target": f"{ACTOR}/featured"},
        {"type": "Delete", "object": {"id": f"{HOME}/objects/1", "type": "Tombstone"}},
    ],
)
def test_what_logs_hold_besides_notes(log: MadeLog, changes: dict[str, Any]) -> None:
    log.say(**changes)
    assert check_last(log) == ACTOR


def test_a_proof_by_a_key_that_was_never_shown_stops_the_log(log: MadeLog) -> None:
    log.say("Create", note(1), key=Ed25519PrivateKey.generate())
    with pytest.raises(BrokenLog):
        check_last(log)


def test_an_actor_that_did_not_introduce_itself_says_nothing() -> None:
    log = MadeLog()
    log.post(1)
    with pytest.raises(BrokenLog):
        check_last(log)


def test_an_actor_is_not_introduced_by_an_update() -> None:
    log = MadeLog()
    log.introduce("Update")
    with pytest.raises(BrokenLog):
        check_last(log)


@pytest.mark.parametrize("field", ["id", "type", "published", "object"])
def test_an_entry_that_says_something_else_stops_the_log(log: MadeLog, field: str) -> None:
    log.post(1)
    document: dict[str, Any] = load_object(log.bodies[-1])
    others = {
        "id": f"{HOME}/activities/77",
        "type": "Update",
        "published": "2026-11-22T13:00:00Z",
        "object": f"{HOME}/objects/77",
    }
    lying = entry_of({**document, field: others[field]}, log.bodies[-1])
    with pytest.raises(BrokenLog):
        check_body(leaf_of(lying, 1), log.bodies[-1], ring_of(log), ORIGINS)


def test_bytes_in_another_form_than_rfc_8785_stop_the_log(log: MadeLog) -> None:
    log.post(1)
    document = load_object(log.bodies[-1])
    spaced = canonical(document).replace(b'","', b'", "', 1)
    with pytest.raises(BrokenLog):
        check_body(leaf_of(entry_of(document, spaced), 1), spaced, ring_of(log), ORIGINS)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff\xfe", b'{"a":1,"a":2}'])
def test_what_is_no_activity_stops_the_log(log: MadeLog, body: bytes) -> None:
    log.post(1)
    leaf = leaf_of(entry_of(load_object(log.bodies[-1]), body), 1)
    with pytest.raises(BrokenLog):
        check_body(leaf, body, ring_of(log), ORIGINS)


def test_jsn_06_a_changed_field_or_option_of_the_proof_is_invalid(log: MadeLog) -> None:
    log.post(1)
    document: dict[str, Any] = load_object(log.bodies[-1])
    for option in ({"created": "2020-01-01T00:00:00Z"}, {"cryptosuite": "other"}, {"proofPurpose": "other"}):
        body = canonical({**document, "proof": {**document["proof"], **option}})
        with pytest.raises(BrokenLog):
            check_body(leaf_of(entry_of(document, body), 1), body, ring_of(log), ORIGINS)
