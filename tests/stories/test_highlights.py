"""Boosts and pins: said to followers and authors, in order, kept in the record, shown on our pages, taken back."""

from __future__ import annotations

import json

import aiohttp
import pytest

from federation.keys import load_multikey
from federation.log.own import read_document
from federation.proofs import integrity
from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import rows, text
from node.refusal import Refusal
from storage.ids import ActivityId, ObjectId
from tests.federation.people import show
from tests.node.reading import Reading
from tests.stories.strangers import ACTIVITY, PUBLIC, Stranger
from tests.stories.test_refusals import Scene, follow, scene  # noqa: F401
from tests.village import Village, Villager


async def ask(url: str, accept: str = ACTIVITY) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers={"Accept": accept}) as answer:
        return answer.status, await answer.text()


async def page(us: Villager, path: str) -> Reading:
    return Reading((await ask(us.node.config.url + path, "text/html"))[1])


def sent(who: Stranger, type: str) -> list[JsonObject]:
    """What of this type arrived in the inboxes of a stranger."""
    bodies = [json.loads(body) for body in who.site.bodies]
    return [body for body in bodies if body["type"] == type]


def note_of(who: Stranger, url: str | None = None) -> str:
    """A public note that its server shows; `url` is its page."""
    note = who.note("1", "<p>We strike too <script>alert(1)</script><img src=https://spy.example/x></p>")
    show(who.site, "/notes/1", {"@context": "https://www.w3.org/ns/activitystreams", **note, "url": url})
    return text(note, "id")


async def test_a_boost_reaches_followers_and_the_author_and_stands_in_the_record(scene: Scene) -> None:  # noqa: F811
    url, us = note_of(scene.peer), scene.us
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    size = await us.node.store.size()
    boosted = await us.do("boost", url=url, handle="strike")
    assert (url, size, size + 1) == (text(boosted, "id"), *[int(text(boosted, key)) for key in ("index", "size")])
    await us.work()
    for who in (scene.mal, scene.peer):
        (announce,) = sent(who, "Announce")
        assert (scene.campaign, url, [PUBLIC]) == (announce["actor"], announce["object"], announce["to"])
        assert announce["cc"] == [f"{scene.campaign}/followers", scene.peer.actor()]
    placed = await us.node.store.find_entry(ActivityId(text(boosted, "activity")))
    assert placed is not None
    assert {"type": "Announce", "object": url}.items() <= json.loads(placed.entry.commitment).items()
    assert (200, True) == ((await ask(text(boosted, "activity")))[0], "proof" in announce)


async def test_a_boost_is_shown_with_its_author_and_link_and_nothing_that_runs_or_loads(scene: Scene) -> None:  # noqa: F811
    url = note_of(scene.peer, url="https://peer.example/@eve/1")
    await scene.us.do("boost", url=url, handle="strike")
    for path in ("/@strike", "/"):
        reading = await page(scene.us, path)
        assert ("We strike too" in reading.text, "alert" in reading.text) == (True, False)
        assert f"@eve@{scene.peer.base.removeprefix('http://')}" in reading.text
        assert "https://peer.example/@eve/1" in reading.links()
        assert reading.all("img") == []


async def test_a_boost_given_twice_is_said_once(scene: Scene) -> None:  # noqa: F811
    url, serial = note_of(scene.peer), scene.us.node.new_serial()
    first = await scene.us.do("boost", url=url, serial=serial)
    assert first == await scene.us.do("boost", url=url, serial=serial)
    assert first == await scene.us.do("boost", url=url)
    assert text(first, "activity").endswith(serial)


async def test_nobody_stands_in_the_way_of_a_boost_by_claiming_its_page(scene: Scene) -> None:  # noqa: F811
    good = note_of(scene.peer)
    claiming = note_of(scene.mal, url=good)
    await scene.us.do("boost", url=claiming)
    assert text(await scene.us.do("boost", url=good), "id") == good
    assert await scene.us.node.store.count_boosts(scene.us.node.union_actor) == 2


async def test_an_unboost_follows_its_boost_to_everybody_and_takes_it_off_the_pages(scene: Scene) -> None:  # noqa: F811
    address, us = f"{scene.peer.base}/@eve/1", scene.us
    url = note_of(scene.peer, url=address)
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    boosted = await us.do("boost", url=url, handle="strike")
    await us.node.fan_out.catch_up()
    undone = await us.do("unboost", url=address, handle="strike")
    assert (url, False) == (text(undone, "id"), undone == boosted)
    await us.work()
    for who in (scene.mal, scene.peer):
        kinds = [json.loads(body)["type"] for body in who.site.bodies if b"Follow" not in body]
        assert kinds[-2:] == ["Announce", "Undo"]
        (undo,) = sent(who, "Undo")
        assert sent(who, "Announce") == [undo["object"]]
    assert "We strike too" not in (await page(us, "/@strike")).text
    assert (404, 200) == ((await ask(text(boosted, "activity")))[0], (await ask(text(undone, "activity")))[0])
    with pytest.raises(Refusal, match="does not boost"):
        await us.do("unboost", url=url, handle="strike")


async def test_what_its_author_changes_is_only_linked_and_what_is_deleted_goes(scene: Scene) -> None:  # noqa: F811
    url, us = note_of(scene.peer), scene.us
    await us.do("boost", url=url)
    await scene.deliver(scene.peer, scene.peer.activity("Update", scene.peer.note("1", "<p>Other words</p>")))
    reading = await page(us, "/")
    assert ("Other words" in reading.text, "We strike too" in reading.text) == (False, False)
    assert ("changed it since" in reading.text, url in reading.links()) == (True, True)
    await us.do("unboost", url=url)
    scene.village.clock.move(seconds=1)
    await us.do("boost", url=url)
    assert "Other words" in (await page(us, "/")).text
    await scene.deliver(scene.peer, scene.peer.activity("Delete", url))
    assert "Other words" not in (await page(us, "/")).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"to": []}, "not written to everybody"),
        ({"type": "Announce"}, "itself a boost"),
        ({"type": "Person"}, "no post"),
        ({"attributedTo": "https://other.example/eve"}, "one author"),
        ({"attributedTo": None}, "one author"),
        ({"id": "https://other.example/1"}, "cannot be boosted"),
    ],
)
async def test_what_may_not_be_passed_on_is_refused_with_a_sentence(
    scene: Scene,  # noqa: F811
    changes: dict[str, JsonValue],
    says: str,
) -> None:
    shown = {**scene.peer.note("1"), **changes}
    show(scene.peer.site, "/notes/1", {name: value for name, value in shown.items() if value is not None})
    size = await scene.us.node.store.size()
    with pytest.raises(Refusal, match=says):
        await scene.us.do("boost", url=f"{scene.peer.base}/notes/1")
    told = [one.text.strip() for one in (await page(scene.us, "/")).all("p")]
    assert (size, "words" in told) == (await scene.us.node.store.size(), False)


async def test_a_boost_of_our_own_boost_is_refused(scene: Scene) -> None:  # noqa: F811
    boosted = await scene.us.do("boost", url=note_of(scene.peer))
    with pytest.raises(Refusal, match="no update"):
        await scene.us.do("boost", url=text(boosted, "activity"))


async def test_a_campaign_boosts_an_update_of_another(scene: Scene) -> None:  # noqa: F811
    update = await scene.us.do("post", handle="union", text="From the **union**")
    boosted = await scene.us.do("boost", url=text(update, "id"), handle="strike")
    assert (text(update, "id"), text(update, "url")) == (text(boosted, "id"), text(boosted, "url"))
    reading = await page(scene.us, "/@strike")
    assert ("From the union" in reading.text, "Passed on by: Strike" in " ".join(reading.text.split())) == (True, True)
    assert (await page(scene.us, "/")).text.count("From the union") == 1
    await scene.us.do("retract", id=text(update, "id"))
    assert "From the union" not in (await page(scene.us, "/@strike")).text


async def test_the_outbox_holds_boosts_among_updates(scene: Scene) -> None:  # noqa: F811
    await scene.us.do("post", handle="strike", text="First")
    scene.village.clock.move(minutes=1)
    await scene.us.do("boost", url=note_of(scene.peer), handle="strike")
    status, body = await ask(f"{scene.campaign}/outbox?page=true")
    assert (200, ["Announce", "Create"]) == (status, [item["type"] for item in json.loads(body)["orderedItems"]])
    assert json.loads((await ask(f"{scene.campaign}/outbox"))[1])["totalItems"] == 2


async def featured(us: Villager, handle: str = "strike") -> list[str]:
    document = json.loads((await ask(f"{us.node.locations.actor(handle)}/featured"))[1])
    assert document["totalItems"] == len(document["orderedItems"])
    assert all(item["type"] == "Note" and "proof" in item for item in document["orderedItems"])
    return [item["id"] for item in document["orderedItems"]]


async def test_a_pin_is_told_to_followers_and_stands_on_top(scene: Scene) -> None:  # noqa: F811
    us = scene.us
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    old = await us.do("post", handle="strike", text="Fund for the strike")
    scene.village.clock.move(minutes=1)
    await us.do("post", handle="strike", text="Newer words")
    pinned = await us.do("pin", id=text(old, "id"))
    assert pinned == await us.do("pin", id=text(old, "url"))
    await us.work()
    (add,) = sent(scene.mal, "Add")
    assert (f"{scene.campaign}/featured", text(old, "id")) == (add["target"], add["object"])
    assert await featured(us) == [text(old, "id")]
    words = (await page(us, "/@strike")).text
    assert words.index("Pinned") < words.index("Fund for the strike") < words.index("Newer words")
    assert (words.count("Fund for the strike"), (await ask(text(pinned, "activity")))[0]) == (1, 200)


async def test_an_unpin_is_told_and_the_update_goes_back_to_its_place(scene: Scene) -> None:  # noqa: F811
    us = scene.us
    await scene.deliver(scene.mal, follow(scene, scene.mal))
    update = await us.do("post", handle="strike", text="Fund")
    pinned = await us.do("pin", id=text(update, "id"))
    await us.do("unpin", id=text(update, "id"))
    await us.work()
    (remove,) = sent(scene.mal, "Remove")
    assert (f"{scene.campaign}/featured", text(update, "id")) == (remove["target"], remove["object"])
    assert (await featured(us), "Pinned" in (await page(us, "/@strike")).text) == ([], False)
    assert (await ask(text(pinned, "activity")))[0] == 404
    with pytest.raises(Refusal, match="not pinned"):
        await us.do("unpin", id=text(update, "id"))


async def test_five_updates_of_a_campaign_may_be_pinned_and_no_sixth(scene: Scene) -> None:  # noqa: F811
    updates = [await scene.us.do("post", handle="strike", text=f"Update {number}") for number in range(6)]
    for update in updates[:5]:
        await scene.us.do("pin", id=text(update, "id"))
    with pytest.raises(Refusal, match="unpin"):
        await scene.us.do("pin", id=text(updates[5], "id"))
    await scene.us.do("pin", id=text(await scene.us.do("post", handle="union", text="Ours"), "id"))
    await scene.us.do("unpin", id=text(updates[0], "id"))
    await scene.us.do("pin", id=text(updates[5], "id"))
    assert await featured(scene.us) == [text(updates[number], "id") for number in (5, 4, 3, 2, 1)]


async def test_a_retracted_update_is_pinned_no_more(scene: Scene) -> None:  # noqa: F811
    update = await scene.us.do("post", handle="strike", text="Fund")
    pinned = await scene.us.do("pin", id=text(update, "id"))
    await scene.us.do("retract", id=text(update, "id"))
    assert (await featured(scene.us), (await ask(text(pinned, "activity")))[0]) == ([], 404)
    assert await scene.us.node.store.find_pin(ObjectId(text(update, "id"))) is None


async def test_pages_made_again_from_the_record_show_the_same(scene: Scene) -> None:  # noqa: F811
    us = scene.us
    update = await us.do("post", handle="strike", text="Fund")
    await us.do("pin", id=text(update, "id"))
    await us.do("boost", url=note_of(scene.peer), handle="strike")
    before = await page(us, "/@strike")
    await us.node.store.drop_posts()
    place = await us.node.store.get_cursor("pages")
    await us.node.store.advance_cursor("pages", expecting=place, to=0)
    await us.node.projector.catch_up()
    assert before.text == (await page(us, "/@strike")).text


async def test_a_boost_goes_from_node_to_node_and_counts_there(village: Village) -> None:
    us, them = await village.add("koreno"), await village.add("docks")
    update = await them.do("post", handle="union", text="The port stands still")
    await us.do("boost", url=text(update, "url"))
    await village.settle()
    assert (await them.node.store.count_reactions(ObjectId(text(update, "id"))))["share"] == 1
    assert "The port stands still" in (await page(us, "/")).text
    await us.do("unboost", url=text(update, "url"))
    await village.settle()
    assert (await them.node.store.count_reactions(ObjectId(text(update, "id"))))["share"] == 0
    assert [text(row, "state") for row in rows(await us.do("deliveries"))] == ["delivered", "delivered"]


async def test_the_proofs_of_a_boost_and_its_undo_hold(scene: Scene) -> None:  # noqa: F811
    url, us = note_of(scene.peer), scene.us
    for command in ("boost", "unboost"):
        said = await us.do(command, url=url)
        activity = await us.node.store.find_activity(ActivityId(text(said, "activity")))
        actor = await us.node.store.find_actor(us.node.union_actor)
        assert activity is not None
        assert actor is not None
        document, method = read_document(activity.body), f"{actor.id}#ed25519-key"
        integrity.verify(document, load_multikey(actor.ed25519_multibase), method=method)


async def test_what_a_neighbour_says_later_under_the_id_of_a_boosted_note_is_not_shown_as_boosted(
    scene: Scene,  # noqa: F811
) -> None:
    """Its author takes it back, and an accomplice on the same host claims its id in a reply that nobody approved."""
    url = note_of(scene.mal)
    update = await scene.us.do("post", handle="strike", text="We walked out")
    await scene.us.do("boost", url=url, handle="strike")
    assert "We strike too" in (await page(scene.us, "/@strike")).text
    scene.village.clock.move(minutes=1)
    carol = scene.mal.actor("carol")
    claimed = scene.mal.note("1", "<p>The strike is off</p>", author=carol, inReplyTo=text(update, "id"))
    create = scene.mal.activity("Create", claimed, carol)
    assert await scene.deliver(scene.mal, create, key_id=f"{carol}#main-key") == 202
    assert "We strike too" in (await page(scene.us, "/@strike")).text
    assert await scene.deliver(scene.mal, scene.mal.activity("Delete", url)) == 202
    assert ["held"] == [text(row, "state") for row in rows(await scene.us.do("comments"))]
    assert "The strike is off" not in (await page(scene.us, "/@strike")).text
