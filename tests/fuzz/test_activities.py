"""Readers of activities, actors and notes: whatever shape a document has, it means something or is refused by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from federation.activitystreams.html import sanitise_readable
from federation.activitystreams.kinds import OBJECT_KINDS
from federation.activitystreams.model import IncomingActivity, IncomingObject
from federation.activitystreams.parse import parse_activity, parse_object
from federation.activitystreams.readable import read_html, read_warning
from federation.activitystreams.remote_actor import ACTOR_TYPES, parse_actor
from federation.activitystreams.spelling import respelled
from federation.activitystreams.validation import check_activity
from federation.addresses import same_origin
from federation.errors import NotActivity, NotTheOwner, NotTheSigner, Unintelligible
from federation.identity.ownership import judge
from federation.identity.webfinger import read_finding
from federation.strictjson import JsonObject, JsonValue, load_object
from storage.ids import ActorId
from tests.federation.mutants import ODD
from tests.fuzz.driving import tried, within
from tests.fuzz.seeds import ACTIVITIES, ACTORS, NOTES
from tests.fuzz.tape import Tape
from tests.fuzz.wild import changed, written
from tests.node.inert import assert_inert

NAMES: Final = (
    *("id", "type", "actor", "object", "to", "cc", "bto", "audience", "url", "href", "content", "contentMap"),
    *("name", "nameMap"),
    *("summary", "published", "updated", "attributedTo", "inReplyTo", "attachment", "tag", "source", "mediaType"),
    *("target",),
    *("oneOf", "anyOf", "startTime", "location", "sensitive", "quote", "rel", "movedTo", "alsoKnownAs", "@context"),
    *("signature",),
    *("publicKey", "publicKeyPem", "publicKeyMultibase", "assertionMethod", "owner", "controller", "inbox"),
    *("endpoints", "links"),
    *("preferredUsername", "sharedInbox", "icon", "address", "subject", "digestMultibase"),
)  # fmt: skip
WORDS: Final = (
    *("https://a.example/1", "https://b.example/2#x", "https://a.example/1#main-key", "as:Public", "Public"),
    *("acct:a@a.example",),
    *("https://www.w3.org/ns/activitystreams#Public", "text/html", "text/plain", "image/png", "<p>words</p>"),
    *("<script>",),
    *("Create", "Update", "Delete", "Follow", "Undo", "Flag", "Move", "Link", "Mention", "Tombstone"),
    *(*OBJECT_KINDS, *sorted(ACTOR_TYPES)),
    *("2026-11-22T11:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-W48", "self", "z6Mk"),
    *("en",),
)  # fmt: skip
NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
STRANGER: Final = ActorId("https://stranger.example/eve")


def strict(tape: Tape, sound: JsonObject) -> JsonObject:
    """A changed document that got through the loader of JSON; one without half characters instead, where it did not."""
    try:
        return load_object(written(tape, changed(tape, sound, NAMES, WORDS)))
    except Unintelligible:
        return sound


def size(document: JsonObject) -> int:
    return len(str(document))


def ids_of(found: IncomingActivity | IncomingObject) -> list[object]:
    if isinstance(found, IncomingObject):
        return [found.id, found.author, found.actor, found.object, found.in_reply_to]
    return [found.id, found.actor, *(ids_of(found.object) if found.object else [])]


@tried
def test_jsn_11_any_object_is_an_activity_with_one_actor_or_none(tape: Tape) -> None:
    document = strict(tape, tape.choice(ACTIVITIES))
    plain = within(200 + size(document), respelled, document)
    assert plain == respelled(plain)
    try:
        within(6_000 + 4 * size(document), check_activity, plain)
        activity = within(600, parse_activity, plain)
    except NotActivity:
        return
    assert activity == parse_activity(document)
    assert all(id is None or (isinstance(id, str) and 0 < len(id) <= 2048) for id in ids_of(activity))
    assert isinstance(activity.type, str)
    assert 0 < len(activity.type) <= 64
    assert activity.published_at is None or activity.published_at.tzinfo is UTC


@tried
def test_org_01_to_17_nobody_is_judged_to_own_what_lies_on_another_host(tape: Tape) -> None:
    document = strict(tape, tape.choice(ACTIVITIES))
    if tape.randrange(2):
        document |= {"id": f"{STRANGER}/1", "actor": STRANGER}
    try:
        check_activity(respelled(document))
        activity = parse_activity(document)
    except NotActivity:
        return
    signer = tape.choice((STRANGER, activity.actor))
    try:
        within(400, judge, activity, signer)
    except (NotTheSigner, NotTheOwner):
        return
    assert activity.actor == signer
    assert same_origin(activity.id, signer)
    if activity.type in {"Create", "Update", "Delete", "Undo"} and activity.object is not None:
        owned = activity.object
        assert owned.id is None or same_origin(owned.id, signer)
        assert owned.author in {None, signer}
        assert owned.actor in {None, signer}


@tried
def test_jsn_11_any_object_is_an_actor_with_keys_of_its_own_or_none(tape: Tape) -> None:
    document = strict(tape, tape.choice(ACTORS))
    try:
        actor = within(3_000 + 20 * size(document), parse_actor, document, NOW)
    except NotActivity:
        return
    assert all(isinstance(word, str) for word in (actor.id, actor.handle, actor.name, actor.url, actor.inbox))
    assert (len(actor.handle) <= 200, len(actor.name) <= 500, len(actor.keys) <= 10) == (True, True, True)
    assert all(key.owner == actor.id and same_origin(key.id, actor.id) for key in actor.keys)


@tried
def test_html_01_any_object_is_words_without_harm_or_nothing(tape: Tape) -> None:
    document = strict(tape, tape.choice(NOTES))
    found = parse_object(document)
    kind = found.type or tape.choice(tuple(OBJECT_KINDS))
    warning = within(400, read_warning, document, kind)
    assert warning is None or (len(warning) <= 500 and len(warning.splitlines()) == 1)
    html = within(1_000 + 4 * size(document), read_html, document, kind)
    if html is None:
        return
    assert len(html) < 10 * size(document) + 10_000
    try:
        assert_inert(within(1_000 + 8 * len(html), sanitise_readable, html))
    except Unintelligible:
        return


@tried
def test_org_26_any_answer_of_webfinger_names_an_actor_and_an_address_or_is_refused(tape: Tape) -> None:
    links: list[JsonValue] = [{"rel": "self", "type": "application/activity+json", "href": "https://a.example/1"}, *ODD]
    document = strict(tape, {"subject": "acct:a@a.example", "aliases": ["https://a.example/1"], "links": links})
    try:
        finding = within(2_000 + 20 * size(document), read_finding, document)
    except Unintelligible:
        return
    assert isinstance(finding.actor, str)
    assert finding.subject is None or "@" in str(finding.subject)
