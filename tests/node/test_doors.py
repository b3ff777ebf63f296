"""What other servers and browsers get when they ask: representation, headers, refusals."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from federation.delivery.send import Letter
from federation.keys import load_multikey
from federation.proofs import integrity
from node.cli.reading import text
from node.web.negotiation import wants_activity
from storage.ids import ActorId, InboxUrl, ObjectId
from tests.village import Villager, village

ACTIVITY = "application/activity+json"
LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@dataclass(frozen=True, slots=True)
class Got:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Visitor:
    us: Villager
    session: aiohttp.ClientSession

    async def get(self, path: str, accept: str = ACTIVITY, method: str = "GET", **headers: str) -> Got:
        url = path if path.startswith("http") else f"{self.us.node.config.url}{path}"
        async with self.session.request(
            method, url, headers={"Accept": accept, **headers}, allow_redirects=False
        ) as answer:
            return Got(answer.status, answer.headers, await answer.read())


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with village(tmp_path) as built, aiohttp.ClientSession() as session:
        us = await built.add("koreno")
        await us.do("campaign add", handle="strike", name="Strike", summary="Why **we** walk out")
        yield Visitor(us, session)


async def test_http_01_the_same_addresses_have_two_representations_and_every_answer_varies(visitor: Visitor) -> None:
    post = await visitor.us.do("post", handle="strike", text="words")
    for id, page in ((text(post, "id"), text(post, "url")), (visitor.us.node.locations.actor("strike"), "/@strike")):
        document, also = await visitor.get(id), await visitor.get(page)
        assert (document.status, also.status) == (200, 200)
        assert document.body == also.body
        moved, html = await visitor.get(id, BROWSER), await visitor.get(page, BROWSER)
        assert (moved.status, html.status) == (303, 200)
        assert moved.headers["Location"].endswith(page)
        assert html.headers["Content-Type"].startswith("text/html")
        assert {got.headers["Vary"] for got in (document, also, moved, html)} == {"Accept"}


@pytest.mark.parametrize(
    "path", ["/nothing", "/actors/nobody", "/objects/1", "/activities/1", "/@strike/12", "/tags/x/y"]
)
@pytest.mark.parametrize("accept", [ACTIVITY, BROWSER])
async def test_what_is_not_here_is_404_and_varies(visitor: Visitor, path: str, accept: str) -> None:
    got = await visitor.get(path, accept)
    assert (got.status, got.headers["Vary"]) == (404, "Accept")


async def test_http_09_error_pages_say_nothing_of_the_machine(visitor: Visitor) -> None:
    got = await visitor.get("/nothing", BROWSER)
    page = got.body.decode()
    assert [word for word in ("Traceback", "aiohttp", "Python", "/nothing", "0.1.0") if word in page] == []
    assert got.headers["Server"] == "Picketline"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
async def test_pages_and_ids_are_only_read(visitor: Visitor, method: str) -> None:
    assert (await visitor.get("/actors/strike", method=method)).status == 405


async def test_an_actor_shows_both_keys_and_carries_its_own_proof(visitor: Visitor) -> None:
    actor = (await visitor.get("/actors/strike", LD)).json
    id = visitor.us.node.locations.actor("strike")
    assert actor["publicKey"]["id"] == f"{id}#main-key"
    key = load_multikey(actor["assertionMethod"][0]["publicKeyMultibase"])
    integrity.verify(actor, key, method=f"{id}#ed25519-key")
    assert actor["did"] == visitor.us.node.union.did
    assert actor["summary"] == "<p>Why <strong>we</strong> walk out</p>"


async def test_the_instance_actor_is_readable_by_everybody(visitor: Visitor) -> None:
    actor = (await visitor.get("/actor")).json
    assert (actor["type"], actor["id"]) == ("Application", visitor.us.node.locations.instance_actor)
    for collection in ("outbox", "followers", "following", "featured"):
        empty = (await visitor.get(actor[collection])).json
        assert (empty["id"], empty["totalItems"]) == (actor[collection], 0)


async def test_every_address_an_actor_names_is_answered(visitor: Visitor) -> None:
    actor = (await visitor.get("/actors/strike")).json
    for name in ("id", "url", "outbox", "followers", "following", "featured"):
        assert (await visitor.get(actor[name])).status == 200
    for inbox in (actor["inbox"], actor["endpoints"]["sharedInbox"]):
        assert (await visitor.get(inbox)).status == 405


async def test_an_edited_actor_shows_its_new_words(visitor: Visitor) -> None:
    visitor_before = (await visitor.get("/actors/strike")).json
    await visitor.us.do("campaign edit", handle="strike", name="Strike, day 2")
    after = (await visitor.get("/actors/strike")).json
    assert (visitor_before["name"], after["name"]) == ("Strike", "Strike, day 2")


async def test_activity_and_object_are_the_signed_bytes(visitor: Visitor) -> None:
    post = await visitor.us.do("post", handle="strike", text="words #tag", warning="W", language="ko")
    create = (await visitor.get(text(post, "activity"))).json
    note = (await visitor.get(text(post, "id"))).json
    assert create["object"] == note
    actor = (await visitor.get("/actors/strike")).json
    key, method = load_multikey(actor["assertionMethod"][0]["publicKeyMultibase"]), actor["assertionMethod"][0]["id"]
    integrity.verify(create, key, method=method)
    integrity.verify(note, key, method=method)
    assert (note["summary"], note["sensitive"], list(note["contentMap"])) == ("W", True, ["ko"])
    assert note["tag"] == [{"type": "Hashtag", "name": "#tag", "href": f"{visitor.us.node.config.url}/tags/tag"}]


async def test_superseded_and_retracted_words_are_served_no_more(visitor: Visitor) -> None:
    post = await visitor.us.do("post", handle="strike", text="a name that must go")
    await visitor.us.do("edit", id=text(post, "id"), text="better words")
    assert (await visitor.get(text(post, "activity"))).status == 404
    retracted = await visitor.us.do("retract", id=text(post, "id"))
    gone = await visitor.get(text(post, "id"))
    assert (gone.status, gone.json["type"]) == (410, "Tombstone")
    assert (await visitor.get(text(post, "url"), BROWSER)).status == 410
    assert (await visitor.get(text(retracted, "activity"))).json["type"] == "Delete"
    for path in ("/", "/@strike", "/actors/strike/outbox?page=true"):
        body = (await visitor.get(path, BROWSER)).body.decode()
        assert "must go" not in body
        assert "better words" not in body


async def test_a_private_activity_is_never_served(visitor: Visitor) -> None:
    us = visitor.us
    await us.do("post", handle="strike", text="words")
    await us.node.sender.send(letter_of(us))
    kept = await us.node.store.find_activity(us.node.locations.activity("77"))
    assert kept is not None
    assert (await visitor.get("/activities/77")).status == 404


def letter_of(us: Villager) -> Letter:
    return Letter(
        type="Follow",
        serial="77",
        sender=us.node.union_actor,
        recipient=ActorId("https://peer.example/a"),
        inbox=InboxUrl("https://peer.example/a/inbox"),
        object="https://peer.example/a",
        about=ObjectId("https://peer.example/a"),
    )


async def test_the_outbox_is_paged_newest_first(visitor: Visitor) -> None:
    posts = [text(await visitor.us.do("post", handle="strike", text=f"post {n}"), "activity") for n in range(23)]
    outbox = (await visitor.get("/actors/strike/outbox")).json
    assert outbox["totalItems"] == 23
    first = (await visitor.get(outbox["first"])).json
    second = (await visitor.get(first["next"])).json
    assert [item["id"] for item in first["orderedItems"] + second["orderedItems"]] == posts[::-1]
    assert "next" not in second


@pytest.mark.parametrize("before", ["x", "-1", "0", "9" * 30, "1e5", "١"])
async def test_odd_page_parameters_are_refused_plainly(visitor: Visitor, before: str) -> None:
    assert (await visitor.get(f"/actors/strike/outbox?page=true&before={before}")).status == 400
    assert (await visitor.get(f"/@strike?before={before}", BROWSER)).status == 404


async def test_followers_are_counted_and_never_named(visitor: Visitor) -> None:
    followers = (await visitor.get("/actors/strike/followers")).json
    assert followers == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{visitor.us.node.locations.actor('strike')}/followers",
        "type": "OrderedCollection",
        "totalItems": 0,
    }


async def test_webfinger_knows_addresses_ids_and_pages(visitor: Visitor) -> None:
    node = visitor.us.node
    for resource in (
        f"acct:strike@{node.locations.host}",
        node.locations.actor("strike"),
        f"{node.config.url}/@strike",
    ):
        found = await visitor.get(f"/.well-known/webfinger?resource={resource}", "*/*")
        assert found.headers["Content-Type"].startswith("application/jrd+json")
        assert found.json["subject"] == f"acct:strike@{node.locations.host}"
        assert found.json["links"][0]["href"] == node.locations.actor("strike")


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("acct:nobody@HOST", 404),
        ("acct:strike@other.example", 404),
        ("strike", 400),
        ("", 400),
        ("acct:@", 400),
        ("https://other.example/@strike", 404),
        ("file:///etc/passwd", 400),
    ],
)
async def test_webfinger_refuses_what_is_not_ours(visitor: Visitor, resource: str, status: int) -> None:
    asked = resource.replace("HOST", visitor.us.node.locations.host)
    assert (await visitor.get(f"/.well-known/webfinger?resource={asked}")).status == status


async def test_webfinger_without_a_question_is_400(visitor: Visitor) -> None:
    assert (await visitor.get("/.well-known/webfinger")).status == 400


async def test_nodeinfo_and_host_meta_say_what_this_is(visitor: Visitor) -> None:
    links = (await visitor.get("/.well-known/nodeinfo")).json["links"]
    documents = [(await visitor.get(link["href"])).json for link in links]
    assert [document["version"] for document in documents] == ["2.1", "2.0"]
    assert documents[0]["software"]["name"] == "picketline"
    assert documents[0]["usage"]["users"]["total"] == 2
    meta = await visitor.get("/.well-known/host-meta")
    assert b"/.well-known/webfinger?resource={uri}" in meta.body


@pytest.mark.parametrize(
    ("accept", "otherwise", "wanted"),
    [
        (ACTIVITY, False, True),
        (LD, False, True),
        (BROWSER, True, False),
        ("", True, True),
        ("", False, False),
        ("*/*", True, True),
        ("*/*", False, False),
        (f"text/html;q=0.5, {ACTIVITY}", False, True),
        (f"text/html, {ACTIVITY};q=0.5", True, False),
        (f"{ACTIVITY};q=nonsense, text/html", True, False),
        (f"{ACTIVITY};q=0", True, True),
        ("," * 10_000, True, True),
    ],
)
def test_what_a_request_wants(accept: str, otherwise: bool, wanted: bool) -> None:
    assert wants_activity(accept, otherwise=otherwise) is wanted
