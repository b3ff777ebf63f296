"""What the inbox door refuses: each case named after its id, with the answer and the absence of any effect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest

from federation.httpsig.times import http_date
from federation.httpsig.wishes import OUR_WISH
from federation.inbox.receive import LARGEST_BODY
from federation.strictjson import JsonObject
from node.cli.reading import rows, text
from storage.ids import ActorId, ObjectId
from tests.stories.strangers import ACTIVITY, Stranger, open_stranger, send
from tests.village import Village, Villager


@dataclass(slots=True)
class Scene:
    """Us, a good peer whose actor our union follows, and mal with a valid key of its own."""

    village: Village
    us: Villager
    peer: Stranger
    mal: Stranger

    @property
    def inbox(self) -> str:
        return f"{self.us.node.config.url}/inbox"

    @property
    def campaign(self) -> str:
        return self.us.node.locations.actor("strike")

    async def deliver(self, who: Stranger, document: JsonObject | bytes, **knobs: str | bool) -> int:
        """Sign as `who`, send to our shared inbox, let the effect happen; the answer."""
        body, headers = who.signed(self.inbox, document, self.village.clock(), **knobs)  # type: ignore[arg-type]
        status = await send(self.inbox, body, headers)
        await self.us.workers.inbox.run_once()
        return status

    async def timeline(self) -> list[str]:
        return [text(row, "id") for row in rows(await self.us.do("timeline"))]

    async def followers(self) -> list[str]:
        return [text(row, "actor") for row in rows(await self.us.do("followers"))]

    async def received(self) -> int:
        return sum((await self.us.node.store.count_received()).values())


@pytest.fixture
async def scene(village: Village) -> AsyncIterator[Scene]:
    us = await village.add("koreno")
    await us.do("campaign add", handle="strike", name="Strike")
    await us.node.fan_out.catch_up()  # the actors' own documents, before anybody follows
    async with open_stranger(1) as peer, open_stranger(2) as mal:
        scene = Scene(village, us, peer, mal)
        asked = await us.do("follow", address=peer.actor())
        follow = next(iter(await us.node.store.list_following(us.node.union_actor))).activity
        accept = peer.activity("Accept", {"id": follow, "type": "Follow"})
        assert text(asked, "state") == "asked"
        assert await scene.deliver(peer, accept) == 202
        peer.site.requests.clear()
        yield scene


def follow(scene: Scene, who: Stranger) -> JsonObject:
    return who.activity("Follow", scene.campaign)


async def test_a_good_delivery_is_taken_and_has_its_effect(scene: Scene) -> None:
    assert await scene.deliver(scene.mal, follow(scene, scene.mal)) == 202
    assert await scene.followers() == [scene.mal.actor()]


async def test_a_good_delivery_signed_by_rfc9421_is_taken_too(scene: Scene) -> None:
    assert await scene.deliver(scene.mal, follow(scene, scene.mal), rfc9421=True) == 202
    assert await scene.followers() == [scene.mal.actor()]


async def test_a_host_that_signs_by_rfc9421_is_answered_so(scene: Scene) -> None:
    await scene.deliver(scene.mal, follow(scene, scene.mal), rfc9421=True)
    await scene.us.workers.delivery.run_once()
    accept = next(request for request in scene.mal.site.requests if request.method == "POST")
    assert accept.headers["Signature-Input"].startswith('sig1=("@method" "@target-uri" "content-digest")')
    assert "Digest" not in accept.headers


async def test_a_401_says_what_should_be_signed(scene: Scene) -> None:
    unsigned = {"Content-Type": ACTIVITY}
    async with aiohttp.ClientSession() as session, session.post(scene.inbox, headers=unsigned) as answer:
        assert (answer.status, answer.headers["Accept-Signature"]) == (401, OUR_WISH)


async def test_sig_01_no_signature(scene: Scene) -> None:
    body = json.dumps(follow(scene, scene.mal)).encode()
    assert await send(scene.inbox, body, {"Content-Type": ACTIVITY}) == 401
    assert scene.mal.site.requests == []
    assert await scene.received() == 1  # the Accept of the scene


async def test_sig_02_digest_not_signed_and_body_altered(scene: Scene) -> None:
    document = follow(scene, scene.mal)
    body, headers = scene.mal.signed(scene.inbox, document, scene.village.clock())
    headers["Signature"] = headers["Signature"].replace(" digest", "")
    assert await send(scene.inbox, body.replace(b"Follow", b"Create"), headers) == 401
    assert await scene.received() == 1


async def test_sig_03_digest_signed_and_body_altered_by_a_byte(scene: Scene) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body.replace(b"strike", b"strika"), headers) == 401
    assert await scene.received() == 1


async def test_sig_07_only_the_date_is_signed(scene: Scene) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    headers["Signature"] = headers["Signature"].replace("(request-target) host date digest content-type", "date")
    assert await send(scene.inbox, body, headers) == 401


@pytest.mark.parametrize("type", ["Delete", "Like"])
async def test_a_key_whose_name_is_no_text_is_refused_and_no_mistake_of_ours(scene: Scene, type: str) -> None:
    body, headers = scene.mal.signed(scene.inbox, scene.mal.activity(type, scene.mal.actor()), scene.village.clock())
    host = scene.us.node.locations.host
    given = {"Host": host, "Content-Length": str(len(body)), "Connection": "close", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode()
    reader, writer = await asyncio.open_connection(*host.split(":"))
    writer.write(b"POST /inbox HTTP/1.1\r\n" + head.replace(b"#main-key", b"\xff#main-key") + b"\r\n" + body)
    assert b"HTTP/1.1 401 Unauthorized\r\n" == await reader.readline()
    writer.close()


async def test_sig_09_made_for_another_host(scene: Scene) -> None:
    body, headers = scene.mal.signed("http://other.example/inbox", follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body, headers) == 401
    headers["Host"] = scene.us.node.locations.host
    assert await send(scene.inbox, body, headers) == 401
    assert await scene.received() == 1


async def test_sig_10_replayed_at_another_inbox(scene: Scene) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(f"{scene.campaign}/inbox", body, headers) == 401
    assert await scene.received() == 1


@pytest.mark.parametrize("off", [timedelta(hours=-2), timedelta(hours=2)])
async def test_sig_11_date_two_hours_off(scene: Scene, off: timedelta) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock() + off)
    assert await send(scene.inbox, body, headers) == 401
    assert scene.mal.site.requests == []


async def test_sig_11_date_absent(scene: Scene) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    del headers["Date"]
    assert await send(scene.inbox, body, headers) == 401


@pytest.mark.parametrize("off", [timedelta(minutes=-50), timedelta(minutes=4)])
async def test_sig_12_date_a_little_off(scene: Scene, off: timedelta) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock() + off)
    assert headers["Date"] == http_date(scene.village.clock() + off)
    assert await send(scene.inbox, body, headers) == 202


async def test_sig_16_the_same_request_twice_has_one_effect(scene: Scene) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert [await send(scene.inbox, body, headers) for _ in range(2)] == [202, 202]
    await scene.us.workers.inbox.run_once()
    accepts = await scene.us.node.store.list_deliveries(None, None, after=None, limit=10)
    assert [delivery.type for delivery in accepts].count("Accept") == 1


async def test_sig_18_key_on_mal_and_actor_on_peer(scene: Scene) -> None:
    document = scene.mal.activity("Follow", scene.campaign, scene.peer.actor())
    assert await scene.deliver(scene.mal, document) == 401
    document["id"] = f"{scene.peer.base}/activities/77"
    assert await scene.deliver(scene.mal, document) == 401
    assert await scene.followers() == []


async def test_sig_18_another_actor_of_the_same_host(scene: Scene) -> None:
    document = scene.mal.activity("Follow", scene.campaign, scene.mal.actor("adam"))
    assert await scene.deliver(scene.mal, document) == 401
    assert await scene.followers() == []


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "ecdsa-sha256", "none"])
async def test_sig_27_another_algorithm_than_the_keys(scene: Scene, algorithm: str) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    headers["Signature"] = headers["Signature"].replace("rsa-sha256", algorithm)
    assert await send(scene.inbox, body, headers) == 401


async def test_org_01_a_taken_id_is_refused_and_stays_free(scene: Scene) -> None:
    real = scene.peer.activity("Create", scene.peer.note("1"))
    forged = {**scene.mal.activity("Create", scene.mal.note("1")), "id": real["id"]}
    assert await scene.deliver(scene.mal, forged) == 403
    assert await scene.deliver(scene.peer, real) == 202
    assert await scene.timeline() == [f"{scene.peer.base}/notes/1"]


async def test_org_02_03_a_note_of_peer_inside_a_create_by_mal(scene: Scene) -> None:
    by_id = scene.mal.activity("Create", {**scene.mal.note("2"), "id": f"{scene.peer.base}/notes/2"})
    by_author = scene.mal.activity("Create", scene.mal.note("3", author=scene.peer.actor()))
    assert [await scene.deliver(scene.mal, document) for document in (by_id, by_author)] == [403, 403]
    assert await scene.us.node.store.find_remote_post(ObjectId(f"{scene.peer.base}/notes/2")) is None
    assert await scene.us.node.store.find_remote_post(ObjectId(f"{scene.mal.base}/notes/3")) is None


async def test_org_05_a_note_without_id(scene: Scene) -> None:
    note = scene.peer.note("4")
    del note["id"]
    assert await scene.deliver(scene.peer, scene.peer.activity("Create", note)) == 202
    assert await scene.timeline() == []


@pytest.fixture
async def with_note(scene: Scene) -> Scene:
    """The peer's note stands in our timeline."""
    assert await scene.deliver(scene.peer, scene.peer.activity("Create", scene.peer.note("1", "<p>true</p>"))) == 202
    return scene


async def test_org_11_update_by_mal_of_what_is_peers(with_note: Scene) -> None:
    forged = {**with_note.peer.note("1", "<p>false</p>"), "attributedTo": with_note.mal.actor()}
    assert await with_note.deliver(with_note.mal, with_note.mal.activity("Update", forged)) == 403
    assert [text(row, "content") for row in rows(await with_note.us.do("timeline"))] == ["<p>true</p>"]


async def test_org_13_update_that_changes_the_type(with_note: Scene) -> None:
    changed = {**with_note.peer.note("1", "<p>other</p>"), "type": "Article"}
    await with_note.deliver(with_note.peer, with_note.peer.activity("Update", changed))
    assert [text(row, "content") for row in rows(await with_note.us.do("timeline"))] == ["<p>true</p>"]


async def test_org_15_delete_by_mal_of_what_is_peers(with_note: Scene) -> None:
    note = f"{with_note.peer.base}/notes/1"
    assert await with_note.deliver(with_note.mal, with_note.mal.activity("Delete", note)) == 403
    assert await with_note.timeline() == [note]


async def test_org_15_delete_by_another_actor_of_the_same_host(with_note: Scene) -> None:
    note, other = f"{with_note.peer.base}/notes/1", with_note.peer.actor("other")
    document = with_note.peer.activity("Delete", note, other)
    assert await with_note.deliver(with_note.peer, document, key_id=f"{other}#main-key") == 202
    assert await with_note.timeline() == [note]


async def test_org_16_delete_of_an_actor_by_another_of_its_host(with_note: Scene) -> None:
    victim, other = with_note.peer.actor(), with_note.peer.actor("other")
    document = with_note.peer.activity("Delete", victim, other)
    await with_note.deliver(with_note.peer, document, key_id=f"{other}#main-key")
    assert await with_note.us.node.store.find_remote_actor(ActorId(victim)) is not None
    assert await with_note.timeline() == [f"{with_note.peer.base}/notes/1"]


async def test_org_17_undo_by_mal_of_what_is_peers(scene: Scene) -> None:
    await scene.deliver(scene.peer, follow(scene, scene.peer))
    whole: JsonObject = {"type": "Follow", "actor": scene.peer.actor(), "object": scene.campaign}
    assert await scene.deliver(scene.mal, scene.mal.activity("Undo", whole)) == 403
    by_id = next(iter(await scene.us.node.store.list_followers(None, after=None, limit=1))).activity
    assert await scene.deliver(scene.mal, scene.mal.activity("Undo", by_id)) == 403
    assert await scene.followers() == [scene.peer.actor()]


async def test_org_29_our_own_id_as_actor(scene: Scene) -> None:
    document = {**scene.mal.activity("Follow", scene.campaign), "actor": scene.us.node.union_actor}
    assert await scene.deliver(scene.mal, document) == 401
    ours = {**document, "id": f"{scene.us.node.config.url}/activities/1"}
    assert await scene.deliver(scene.mal, ours, key_id=f"{scene.us.node.union_actor}#main-key") == 401
    assert await scene.followers() == []


async def test_an_accept_of_a_follow_we_did_not_send_to_them_has_no_effect(scene: Scene) -> None:
    asked = await scene.us.do("follow", address=scene.mal.actor())
    ours = next(one for one in await scene.us.node.store.list_following() if one.follows == text(asked, "actor"))
    await scene.deliver(scene.peer, scene.peer.activity("Accept", ours.activity))
    states = {text(row, "actor"): text(row, "state") for row in rows(await scene.us.do("following"))}
    assert states[scene.mal.actor()] == "asked"


async def test_an_unknown_activity_is_answered_202_and_ignored(scene: Scene) -> None:
    assert await scene.deliver(scene.mal, scene.mal.activity("Knit", scene.campaign)) == 202
    assert await scene.followers() == []


async def test_a_delete_of_a_stranger_costs_no_fetch(scene: Scene) -> None:
    gone = scene.mal.actor("gone")
    document = scene.mal.activity("Delete", gone, gone)
    assert await scene.deliver(scene.mal, document, key_id=f"{gone}#main-key") == 202
    assert scene.mal.site.requests == []


async def test_dos_01_a_body_over_the_cap(scene: Scene) -> None:
    body, headers = scene.mal.signed(scene.inbox, b"x" * (LARGEST_BODY + 1), scene.village.clock())
    assert await send(scene.inbox, body, headers) == 413
    assert scene.mal.site.requests == []


async def test_dos_02_compressed_bodies(scene: Scene) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body, {**headers, "Content-Encoding": "gzip"}) == 415


@pytest.mark.parametrize("kind", ["text/html", "application/json", "text/plain"])
async def test_another_content_type(scene: Scene, kind: str) -> None:
    body, headers = scene.mal.signed(scene.inbox, follow(scene, scene.mal), scene.village.clock())
    assert await send(scene.inbox, body, {**headers, "Content-Type": kind}) == 415


@pytest.mark.parametrize(
    "body",
    [b'{"id": "a", "id": "b"}', b"[]", b"null", b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'"' + b"1" * 5000],
    ids=["duplicate", "list", "null", "open", "no-utf8", "nan", "nested", "string"],
)
async def test_jsn_01_what_is_no_strict_json(scene: Scene, body: bytes) -> None:
    assert await scene.deliver(scene.mal, body) == 400
    assert scene.mal.site.requests == []


async def test_a_held_follower_is_not_answered_until_an_organiser_approves(scene: Scene) -> None:
    await scene.us.do("campaign edit", handle="strike", approves_followers=True)
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    assert [text(row, "state") for row in rows(await scene.us.do("followers"))] == ["waiting"]
    await scene.us.workers.delivery.run_once()
    assert "/eve/inbox" not in scene.mal.site.fetches
    await scene.us.do("followers approve", actor=scene.mal.actor())
    await scene.us.workers.delivery.run_once()
    assert scene.mal.site.fetches["/eve/inbox"] == 1
