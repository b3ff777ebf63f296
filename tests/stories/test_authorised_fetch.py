"""Authorised fetch: ActivityStreams for those who sign, pages for everybody; and two such nodes talk to each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest

from federation.httpsig.sign import sign_cavage, sign_rfc9421
from node.actions.look_outside import look_at_address
from node.cli.reading import rows, text
from node.web.peers.routes import ROUTES as PEER_ROUTES
from node.web.readers.routes import ROUTES as READER_ROUTES
from storage.ids import KeyId, ObjectId
from tests.stories.strangers import ACTIVITY, Stranger, key_number, open_stranger
from tests.village import Village, Villager

OPEN = {"instance_actor", "instance_empty"}
PATHS = {
    "handle": "strike",
    "version": "2.1",
    "tag": "harbour",
    "form": "atom",
}


@pytest.fixture
async def us(village: Village) -> Villager:
    us = await village.add("koreno", authorized_fetch="true")
    await us.do("campaign add", handle="strike", name="Strike")
    return us


@pytest.fixture
async def eve() -> AsyncIterator[Stranger]:
    async with open_stranger(1) as eve:
        yield eve


async def ask(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, str, Mapping[str, str]]:
    given = {"Accept": ACTIVITY, **(headers or {})}
    async with aiohttp.ClientSession() as session, session.get(url, headers=given, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers


def signed(url: str, who: Stranger, village: Village, *, rfc9421: bool = False, name: str = "eve") -> dict[str, str]:
    sign = sign_rfc9421 if rfc9421 else sign_cavage
    key_id = KeyId(f"{who.actor(name)}#main-key")
    return sign(method="GET", url=url, body=None, content_type=None, key_id=key_id, key=who.key, now=village.clock())


async def addresses(us: Villager) -> dict[str, str]:
    """Every address that answers GET, by the name of its route, with something there."""
    update = await us.do("post", handle="strike", text="We walked out #harbour")
    boosted = await us.do("pin", id=text(update, "id"))
    serials = {"activity": text(boosted, "activity").rsplit("/", 1)[-1]}
    found = {}
    for route in [*PEER_ROUTES, *READER_ROUTES]:
        if route.method == "GET":
            name = str(route.kwargs["name"])
            serial = serials.get(name, text(update, "id").rsplit("/", 1)[-1])
            collection = {"reactions": "likes", "count": "followers", "instance_empty": "outbox"}.get(name, "")
            path = route.path.replace("{collection:", "{collection}{").partition("{collection}")
            whole = path[0] + (collection if path[1] else "")
            for part, value in {**PATHS, "serial": serial, "did": us.node.union.did}.items():
                head, cut, rest = whole.partition(f"{{{part}")
                whole = head + value + rest.partition("}")[2] if cut else whole
            found[name] = us.node.config.url + whole
    return found


async def test_whatever_is_activitystreams_needs_a_signature_but_the_nodes_own_actor(
    us: Villager, eve: Stranger, village: Village
) -> None:
    gated = set()
    for name, url in (await addresses(us)).items():
        status, body, headers = await ask(url, signed(url, eve, village))
        unsigned, other, others = await ask(url)
        if headers.get("Content-Type", "").startswith(ACTIVITY) and name not in OPEN:
            gated.add(name)
            assert (200, 401, "Signature needed") == (status, unsigned, other)
            assert ["Accept, Signature, Signature-Input"] * 2 == [headers["Vary"], others["Vary"]]
            assert "private, no-cache" == headers["Cache-Control"]
            assert "Accept-Signature" in others
        else:
            assert (status, body) == (unsigned, other)
    assert {
        "actor", "outbox", "featured", "count", "object", "reactions", "activity", "campaign_page", "update_page"
    } == gated  # fmt: skip


async def test_browsers_and_feed_readers_are_shown_everything_as_before(us: Villager) -> None:
    update = await us.do("post", handle="strike", text="We walked out")
    for url in (us.node.config.url, text(update, "url"), f"{us.node.config.url}/@strike/feed.atom"):
        status, body, _ = await ask(url, {"Accept": "text/html"})
        assert (200, True) == (status, "We walked out" in body)
    assert (await ask(text(update, "id"), {"Accept": "text/html"}))[0] == 303
    account = f"{us.node.config.url}/.well-known/webfinger?resource=acct:strike@{us.node.locations.host}"
    assert (await ask(account))[0] == 200


@pytest.mark.parametrize("rfc9421", [False, True])
async def test_both_schemes_are_understood(us: Villager, eve: Stranger, village: Village, rfc9421: bool) -> None:
    url = f"{us.node.locations.actor('strike')}/outbox?page=true"
    assert (await ask(url, signed(url, eve, village, rfc9421=rfc9421)))[0] == 200


async def test_a_304_needs_a_signature_too(us: Villager, eve: Stranger, village: Village) -> None:
    url = us.node.locations.actor("strike")
    _, _, headers = await ask(url, signed(url, eve, village))
    known = {"If-None-Match": headers["ETag"]}
    status, _, kept = await ask(url, {**signed(url, eve, village), **known})
    assert (304, headers["ETag"], headers["Vary"]) == (status, kept["ETag"], kept["Vary"])
    assert (await ask(url, known))[0] == 401
    assert (await ask(url, {"If-None-Match": "*"}))[0] == 401


async def test_a_signature_that_is_not_right_is_refused(us: Villager, eve: Stranger, village: Village) -> None:
    url, other = us.node.locations.actor("strike"), us.node.locations.actor("union")
    good = signed(url, eve, village)
    assert (await ask(other, good))[0] == 401  # made for another address
    village.clock.move(hours=2)
    assert (await ask(url, good))[0] == 401  # too old
    eve.key = key_number(5)
    assert (await ask(url, signed(url, eve, village)))[0] == 401  # another's key
    ours = KeyId(f"{us.node.union_actor}#main-key")
    forged = sign_cavage(
        method="GET", url=url, body=None, content_type=None, key_id=ours, key=eve.key, now=village.clock()
    )
    assert (await ask(url, forged))[0] == 401
    assert (await ask(url, signed(url, eve, village) | {"Signature": 'keyId="x"'}))[0] == 401


async def test_strangers_cannot_make_us_fetch_without_bound(us: Villager, eve: Stranger, village: Village) -> None:
    url = us.node.locations.actor("strike")
    eve.site.answer("/nobody", status=404)
    answers = []
    for number in range(20):
        good = signed(url, eve, village)
        lie = {**good, "Signature": good["Signature"].replace("/eve#main-key", f"/nobody#{number}")}
        answers.append((await ask(url, lie))[0])
    assert {401, 429} == set(answers)
    assert eve.site.fetches["/nobody"] <= 1


async def test_a_blocked_reader_is_answered_403_and_its_host_is_asked_nothing(
    us: Villager, eve: Stranger, village: Village
) -> None:
    url = us.node.locations.actor("strike")
    assert (await ask(url, signed(url, eve, village)))[0] == 200
    await us.do("block add", target=eve.actor("boss"))
    village.clock.move(minutes=1)
    eve.site.requests.clear()
    assert (await ask(url, signed(url, eve, village, name="boss")))[0] == 403
    assert (await ask(url, signed(url, eve, village)))[0] == 200
    forged = signed(url, eve, village, name="boss")
    forged["Signature"] = forged["Signature"].replace('signature="', 'signature="AAAA')
    assert (await ask(url, forged))[0] == 401  # nobody else learns that it is blocked
    assert eve.site.fetches["/boss"] == 0


async def test_check_finds_such_a_node_well(us: Villager) -> None:
    assert ("ok", "address") == ((found := await look_at_address(us.node)).level, found.what), found.says


async def test_two_such_nodes_follow_each_other_and_hear_what_is_said(us: Villager, village: Village) -> None:
    them = await village.add("docks", authorized_fetch="true")
    for here, there in ((us, them), (them, us)):
        await here.do("follow", address=f"@union@{there.node.locations.host}")
    await village.settle()
    for one in (us, them):
        assert [text(row, "state") for row in rows(await one.do("following"))] == ["accepted"]
    update = await them.do("post", handle="union", text="The port stands still")
    await village.settle()
    assert text(update, "id") in [text(row, "id") for row in rows(await us.do("timeline"))]
    await us.do("boost", url=text(update, "url"), handle="strike")
    await village.settle()
    assert (await them.node.store.count_reactions(ObjectId(text(update, "id"))))["share"] == 1
    await them.do("campaign rotate-keys", handle="union")
    await them.do("post", handle="union", text="Under a new key")
    await village.settle()
    assert "Under a new key" in str(await us.do("timeline"))


async def test_a_node_reads_what_such_a_node_shows_only_to_those_who_sign(us: Villager, village: Village) -> None:
    update = await us.do("post", handle="strike", text="Words for those who sign")
    them = await village.add("docks")
    await them.do("boost", url=text(update, "id"))
    _, body, _ = await ask(them.node.config.url, {"Accept": "text/html"})
    assert "Words for those who sign" in body
