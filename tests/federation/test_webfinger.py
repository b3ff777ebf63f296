"""Addresses people pass on, and the documents that join them to actors (RFC 7033, RFC 7565)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Unintelligible
from federation.identity.webfinger import Address, read_address, read_finding, read_resource, webfinger_document
from federation.strictjson import JsonValue
from storage.ids import ActorId, Host

UNION = Address("union", Host("union.example"))


@pytest.mark.parametrize(
    "text",
    ["union@union.example", "@union@union.example", "acct:union@union.example", " union@UNION.example. "],
)
def test_an_address_is_read_in_every_common_spelling(text: str) -> None:
    assert read_address(text) == UNION


def test_an_address_keeps_its_port_and_its_letters() -> None:
    assert str(read_address("Union@127.0.0.1:8021")) == "Union@127.0.0.1:8021"
    assert read_address("노조@노조.example").host == "xn--o80bp94b.example"
    assert UNION.acct == "acct:union@union.example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "union",
        "@union",
        "union@",
        "@@union.example",
        "a@b@union.example",
        "union@union.example/path",
        "union@union.example?x",
        "union@union example",
        "un ion@union.example",
        "un/ion@union.example",
        "un\nion@union.example",
        "un\udcffion@union.example",
        "union@127.1",
        "union@union..example",
        "union@[::1",
        "u" * 201 + "@union.example",
        "mailto:union@union.example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Unintelligible):
        read_address(text)


def test_a_resource_is_an_address_or_a_url_as_it_stands() -> None:
    assert read_resource("acct:union@union.example") == UNION
    assert read_resource("https://union.example/@union") == "https://union.example/@union"
    with pytest.raises(Unintelligible):
        read_resource("ftp://union.example/")


def test_users_are_not_told_apart_by_capitals() -> None:
    assert UNION.is_same_as(Address("Union", Host("union.example")))
    assert not UNION.is_same_as(Address("union", Host("other.example")))
    assert not UNION.is_same_as(None)


def test_our_own_document_is_found_again_by_our_own_reader() -> None:
    id = ActorId("https://union.example/actors/union")
    document = webfinger_document(UNION, [id, "https://union.example/@union"], id, "https://union.example/@union")
    assert document == {
        "subject": "acct:union@union.example",
        "aliases": [id, "https://union.example/@union"],
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": id},
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": "https://union.example/@union",
            },
        ],
    }
    finding = read_finding(document)
    assert (finding.subject, finding.actor) == (UNION, id)


def test_an_actor_without_a_page_links_none() -> None:
    document = webfinger_document(UNION, [], ActorId("https://union.example/actor"), None)
    assert document["links"] == [
        {"rel": "self", "type": "application/activity+json", "href": "https://union.example/actor"}
    ]


def test_only_a_self_link_to_activitystreams_is_an_actor() -> None:
    ld = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    links: list[JsonValue] = [
        {"rel": "self", "type": "text/html", "href": "https://peer.test/html"},
        {"rel": "self", "href": "https://peer.test/untyped"},
        {"rel": "alternate", "type": ld, "href": "https://peer.test/alternate"},
        {"rel": "self", "type": ld, "href": "https://peer.test/actor"},
    ]
    finding = read_finding({"subject": 7, "links": links})
    assert (finding.subject, finding.actor) == (None, "https://peer.test/actor")


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    try:
        address = read_address(text)
    except Unintelligible:
        return
    assert read_address(address.acct) == address
