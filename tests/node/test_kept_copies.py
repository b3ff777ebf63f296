"""Pages of copies are drawn once until something about them changes, and nothing in them has our origin's powers."""

from __future__ import annotations

import pytest

from federation.activitystreams.media_types import ACTIVITY_JSON
from node.cli.reading import text
from node.refusal import Refusal
from storage.records import Withheld
from tests.node.test_mirrors import Held, held  # noqa: F401

UNION = "/mirrors/harbour.example/"
PLAIN = "default-src 'none'; sandbox"


async def withheld_behind_our_back(held: Held, id: object) -> None:  # noqa: F811
    """A change that rang no bell: what was drawn before does not show it."""
    await held.us.node.store.withhold(Withheld(did=held.them.did, object=id, reason="A court", since=held.them.at))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["", "@dock", "feed.atom", "@dock/feed.json", "?before=2", "@dock?before=2&utm=x"])
async def test_a_page_of_a_copy_is_drawn_once_until_readers_would_see_something_else(
    held: Held,  # noqa: F811
    path: str,
) -> None:
    id = held.them.say("<p>Two hundred at gate B.</p>")
    await held.them.hold(held.us.node.store)
    _, first, headers = await held.get(UNION + path)
    await withheld_behind_our_back(held, id)
    _, again, same = await held.get(UNION + path)
    assert (first, headers["ETag"]) == (again, same["ETag"])
    assert 304 == (await held.get(UNION + path, **{"If-None-Match": headers["ETag"]}))[0]
    held.us.node.readers_bell.ring()
    assert "Two hundred" not in (await held.get(UNION + path))[1]
    assert "Two hundred" in first


async def test_an_update_s_page_and_the_list_of_copies_are_kept_too_and_a_refusal_is_not(held: Held) -> None:  # noqa: F811
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    assert [200, 200] == [(await held.get(path))[0] for path in ("/mirrors/", held.path(id))]
    await withheld_behind_our_back(held, id)
    assert 200 == (await held.get(held.path(id)))[0]
    await held.us.do("mirror withhold", id=id, reason="A court")
    assert 451 == (await held.get(held.path(id)))[0]
    await held.us.node.store.show_again(held.them.did, id)
    assert 200 == (await held.get(held.path(id)))[0]


async def test_an_update_is_withheld_by_any_address_that_an_organiser_sees(held: Held) -> None:  # noqa: F811
    id = held.them.say("<p>A name</p>")
    await held.them.hold(held.us.node.store)
    at_home = held.them.locations.post_page("dock", id.rsplit("/", 1)[-1])
    for named in (id, at_home, f" {held.us.node.config.url}{held.path(id)}"):
        assert id == text(await held.us.do("mirror withhold", id=named, reason="A court"), "id")
        assert 451 == (await held.get(held.path(id)))[0]
        assert id == text(await held.us.do("mirror withhold", id=named, again=True), "id")
        assert 200 == (await held.get(held.path(id)))[0]


async def test_who_speaks_is_not_withheld(held: Held) -> None:  # noqa: F811
    await held.them.hold(held.us.node.store)
    with pytest.raises(Refusal, match="not an update"):
        await held.us.do("mirror withhold", id=held.them.campaign, reason="A court")
    assert [] == await held.us.node.store.list_withheld(held.them.did)


@pytest.mark.parametrize("named", ["https://harbour.example/@dock/77", "/mirrors/nobody.example/1", "77", ""])
async def test_what_is_no_update_of_a_peer_s_is_not_withheld(held: Held, named: str) -> None:  # noqa: F811
    held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    with pytest.raises(Refusal, match="is held here of a peer"):
        await held.us.do("mirror withhold", id=named, reason="A court")
    with pytest.raises(Refusal, match="is not withheld"):
        await held.us.do("mirror withhold", id=named, again=True)


async def test_mirrors_know_a_peer_by_the_same_names_as_pacts_do(held: Held) -> None:  # noqa: F811
    await held.them.hold(held.us.node.store)
    for named in ("harbour.example", "https://Harbour.example/", held.them.did):
        assert "stopped" == text(await held.us.do("mirror freeze", peer=named), "state")


async def test_freezing_a_peer_is_seen_at_once(held: Held) -> None:  # noqa: F811
    await held.them.hold(held.us.node.store)
    assert "Nothing new is taken" not in (await held.get(UNION))[1]
    await held.us.do("mirror freeze", peer=held.them.url)
    assert "Nothing new is taken" in (await held.get(UNION))[1]
    await held.us.do("mirror freeze", peer=held.them.url, again=True)
    assert "Nothing new is taken" not in (await held.get(UNION))[1]


async def test_pages_of_a_record_are_countable(held: Held) -> None:  # noqa: F811
    held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    assert [200, 404] == [(await held.get(f"{UNION}?before={place}"))[0] for place in (2, 3)]


async def test_another_spelling_of_a_domain_takes_no_place_among_the_kept(held: Held) -> None:  # noqa: F811
    id = held.them.say("<p>We are out.</p>")
    await held.them.hold(held.us.node.store)
    assert "We are out." in (await held.get("/mirrors/HARBOUR.example/"))[1]
    await withheld_behind_our_back(held, id)
    assert "We are out." not in (await held.get("/mirrors/HARBOUR.example/"))[1]


async def test_a_peer_s_html_and_media_have_none_of_our_origin_s_powers(held: Held) -> None:  # noqa: F811
    id, hidden = held.them.say("<p>We are out.</p>"), held.them.say("<p>A name</p>")
    await held.them.hold(held.us.node.store)
    await withheld_behind_our_back(held, hidden)
    for path in ("/mirrors/", UNION, f"{UNION}@dock", held.path(id), held.path(hidden)):
        policy = (await held.get(path))[2]["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self';")
        assert "sandbox allow-downloads" == policy.rpartition("; ")[2]
    for path, accept in (
        (f"{UNION}feed.atom", "*/*"),
        (f"{UNION}@dock/feed.json", "*/*"),
        (f"{held.path(id)}.tlog-proof", "*/*"),
        (held.path(id), ACTIVITY_JSON),
        (f"{UNION}@dock", ACTIVITY_JSON),
    ):
        status, _, headers = await held.get(path, accept)
        assert (200, PLAIN) == (status, headers["Content-Security-Policy"])
        assert "nosniff" == headers["X-Content-Type-Options"]
    assert "sandbox" not in (await held.get("/"))[2]["Content-Security-Policy"]
