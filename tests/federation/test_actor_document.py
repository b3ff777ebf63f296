"""Actor documents of others: every spelling we accept, and what makes one unusable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.activitystreams.actor_keys import listed_key_ids
from federation.activitystreams.remote_actor import parse_actor
from federation.errors import NotActivity
from federation.strictjson import JsonObject, JsonValue
from storage.records import RemoteActor
from tests.federation.people import multikey, rsa_pem

AT = datetime(2026, 11, 3, tzinfo=UTC)
ID = "https://peer.test/users/alice"
RSA_KEY: JsonObject = {"id": f"{ID}#main-key", "owner": ID, "publicKeyPem": rsa_pem()}
ED_KEY: JsonObject = {"id": f"{ID}#ed", "type": "Multikey", "controller": ID, "publicKeyMultibase": multikey()}
CAPTURED = Path(__file__).parents[1] / "vectors" / "captured_actors.json"


def document(**changes: JsonValue) -> JsonObject:
    """A plain actor with some properties changed."""
    return {"id": ID, "type": "Person", "inbox": f"{ID}/inbox", "preferredUsername": "alice", **changes}


def parse(**changes: JsonValue) -> RemoteActor:
    return parse_actor(document(**changes), AT)


def test_a_whole_actor_is_read() -> None:
    actor = parse(
        name="Alice",
        url="https://peer.test/@alice",
        endpoints={"sharedInbox": "https://peer.test/inbox"},
        publicKey=RSA_KEY,
        assertionMethod=[ED_KEY],
    )
    assert (actor.id, actor.type, actor.handle, actor.name) == (ID, "Person", "alice", "Alice")
    assert (actor.inbox, actor.shared_inbox) == (f"{ID}/inbox", "https://peer.test/inbox")
    assert (actor.url, actor.fetched_at) == ("https://peer.test/@alice", AT)
    assert [(key.id, key.owner, key.kind, key.public) for key in actor.keys] == [
        (f"{ID}#main-key", ID, "rsa", rsa_pem()),
        (f"{ID}#ed", ID, "ed25519", multikey()),
    ]


@pytest.mark.parametrize("path", ["id", "type", "inbox"])
@pytest.mark.parametrize("value", [None, 7, "", [], {}, "Note", "/relative", "javascript:alert(1)", [["x"]]])
def test_an_actor_without_id_type_or_inbox_is_refused(path: str, value: JsonValue) -> None:
    with pytest.raises(NotActivity):
        parse(**{path: value})


@pytest.mark.parametrize("kind", ["Person", "Group", "Organization", "Service", "Application", ["x", "Person"]])
def test_every_type_of_actor_is_known(kind: JsonValue) -> None:
    assert parse(type=kind).type == (kind[1] if isinstance(kind, list) else kind)


@pytest.mark.parametrize("value", [None, 7, [], {}, ["x"]])
def test_names_that_are_no_text_are_empty(value: JsonValue) -> None:
    actor = parse(name=value, preferredUsername=value)
    assert (actor.name, actor.handle) == ("", "")


def test_an_endless_name_is_cut() -> None:
    assert len(parse(name="x" * 1_000_000).name) == 500


@pytest.mark.parametrize(
    ("value", "page"),
    [
        ("https://peer.test/@alice", "https://peer.test/@alice"),
        ({"type": "Link", "href": "https://peer.test/@alice"}, "https://peer.test/@alice"),
        (
            ["https://peer.test/x", {"type": "Link", "mediaType": "text/html", "href": "https://peer.test/@alice"}],
            "https://peer.test/@alice",
        ),
        (["javascript:alert(1)", "https://peer.test/x"], "https://peer.test/x"),
        ("javascript:alert(1)", ID),
        (None, ID),
        ([["https://peer.test/x"]], ID),
    ],
)
def test_the_page_is_the_first_usable_address(value: JsonValue, page: str) -> None:
    assert parse(url=value).url == page


@pytest.mark.parametrize(
    ("changes", "shared"),
    [
        ({"endpoints": {"sharedInbox": "https://peer.test/inbox"}}, "https://peer.test/inbox"),
        ({"sharedInbox": "https://peer.test/inbox"}, "https://peer.test/inbox"),
        ({"endpoints": {"sharedInbox": "no address"}}, None),
        ({"endpoints": "https://peer.test/endpoints"}, None),
        ({}, None),
    ],
)
def test_the_shared_inbox_is_found_where_servers_put_it(changes: JsonObject, shared: str | None) -> None:
    assert parse(**changes).shared_inbox == shared


@pytest.mark.parametrize(
    "key",
    [
        {**RSA_KEY, "owner": "https://peer.test/users/bob"},
        {**RSA_KEY, "owner": None},
        {**RSA_KEY, "id": "https://mal.test/key"},
        {**RSA_KEY, "id": 7},
        {**RSA_KEY, "publicKeyPem": "noise"},
        {**RSA_KEY, "publicKeyPem": None},
        {**ED_KEY, "controller": "https://peer.test/users/bob"},
        {**ED_KEY, "publicKeyMultibase": "z6Mk"},
        f"{ID}#main-key",
        None,
        7,
        [[RSA_KEY]],
    ],
)
def test_an_unusable_key_is_skipped(key: JsonValue) -> None:
    assert parse(publicKey=key, assertionMethod=key).keys == ()


def test_a_usable_key_beside_an_unusable_one_counts() -> None:
    keys = parse(publicKey=[{**RSA_KEY, "publicKeyPem": "noise"}, {**RSA_KEY, "id": f"{ID}#2"}]).keys
    assert [key.id for key in keys] == [f"{ID}#2"]


def test_of_many_keys_ten_are_read() -> None:
    many: list[JsonValue] = [{**ED_KEY, "id": f"{ID}#{number}"} for number in range(1000)]
    assert len(parse(assertionMethod=many).keys) == 10
    assert len(listed_key_ids(document(assertionMethod=many))) == 10


def test_of_two_keys_with_one_id_the_first_counts() -> None:
    keys = parse(publicKey=RSA_KEY, assertionMethod={**ED_KEY, "id": f"{ID}#main-key"}).keys
    assert [key.kind for key in keys] == ["rsa"]


def test_keys_that_are_only_named_are_listed() -> None:
    assert listed_key_ids(document(publicKey=[f"{ID}/key", RSA_KEY])) == (f"{ID}/key", f"{ID}#main-key")


@pytest.mark.skipif(not CAPTURED.exists(), reason="The captured actors are not in tests/vectors.")
def test_actors_of_real_servers_are_read() -> None:
    captured = json.loads(CAPTURED.read_text())
    documents = captured.values() if isinstance(captured, dict) else captured
    actors = [parse_actor(item, AT) for item in documents if "inbox" in item]
    assert len(actors) > 0
    assert all(actor.keys for actor in actors)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from([ID, "Person", "https://["]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "href"]), inner),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([*document(), "url", "endpoints", "publicKey", "assertionMethod"]), _JSON))
def test_no_document_makes_the_parser_fail(changes: JsonObject) -> None:
    try:
        parse(**changes)
    except NotActivity:
        return
