"""Who follows a campaign is for its organisers only: no door tells anybody else, or answers differently for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest

from node.cli.reading import rows, text
from tests.adversary.routes import ROLES, ROWS, Role
from tests.adversary.stage import PLANTED
from tests.adversary.visiting import Got, Visit, open_visit
from tests.stories.strangers import PUBLIC
from tests.stories.test_running import ask
from tests.village import Village

_NAME: Final = "planted-follower"
_COUNTED: Final = "count"
"""The route that tells how many follow, as ActivityPub wants it, and never who."""
_TELLING_TIME: Final = frozenset({"Date"})


@pytest.fixture(params=["open", "gated"])
async def visit(request: pytest.FixtureRequest, village: Village) -> AsyncIterator[Visit]:
    settings = {"authorized_fetch": "true"} if request.param == "gated" else {}
    async with open_visit(village, **settings) as visit:
        await visit.village.settle()
        yield visit


def seen(got: Got) -> tuple[int, Mapping[str, str], bytes]:
    """All that an answer tells: also its length, its ETag and the names of its headers."""
    return got.status, {name: value for name, value in got.headers.items() if name not in _TELLING_TIME}, got.body


async def see_all(visit: Visit) -> dict[tuple[Role, str], tuple[int, Mapping[str, str], bytes]]:
    """Every address of every route in the eyes of everybody."""
    reading = {name: row for name, row in ROWS.items() if row.kind in {"for all", "signed"}}
    found = {(role, name): seen(await visit.go(role, row)) for role in ROLES for name, row in reading.items()}
    for name in ("union_page", "campaign_page", "update_page", "network", "mirrors", "feed"):
        page = await visit.ask("GET", visit.path(ROWS[name]), {"Accept": "text/html"})
        found["anonymous", f"{name} as a page"] = seen(page)
    return found


async def tell(visit: Visit, name: str, document: dict[str, Any]) -> Got:
    """What an actor says, signed, taken and with its effect."""
    inbox = f"{visit.us.node.config.url}/inbox"
    key_id = f"{visit.eve.actor(name)}#main-key"
    body, headers = visit.eve.signed(inbox, document, visit.village.clock(), key_id=key_id)
    got = await visit.ask("POST", "/inbox", {**PLANTED, **headers}, body)
    await visit.village.settle()
    return got


async def test_sec_11_no_answer_to_anybody_changes_when_somebody_follows(visit: Visit) -> None:
    campaign = visit.us.node.locations.actor("strike")
    before = await see_all(visit)
    follow = visit.eve.activity("Follow", campaign, visit.eve.actor(_NAME))
    assert (await tell(visit, _NAME, follow)).status == 202
    assert [text(one, "actor") for one in rows(await visit.us.do("followers"))] == [visit.eve.actor(_NAME)]
    after = await see_all(visit)
    changed = {name for (role, name), what in after.items() if what != before[role, name]}
    assert changed == {_COUNTED}
    told = [where for where, (_, headers, body) in after.items() if _NAME in (str(headers) + body.decode("latin-1"))]
    assert told == []


async def test_sec_11_how_many_follow_is_a_number_and_never_a_name(visit: Visit) -> None:
    for name in (_NAME, f"{_NAME}-2"):
        follow = visit.eve.activity("Follow", visit.us.node.locations.actor("strike"), visit.eve.actor(name))
        assert (await tell(visit, name, follow)).status == 202
    for path, count in (
        ("followers", 2),
        ("following", 0),
        ("followers?page=true", 2),
        ("followers?page=1", 2),
    ):
        got = await visit.read("remote actor", f"/actors/strike/{path}")
        document = json.loads(got.body)
        assert (got.status, document["totalItems"]) == (200, count)
        assert {*document} == {"@context", "id", "type", "totalItems"}


async def test_sec_11_the_inbox_answers_a_follower_as_it_answers_a_stranger(visit: Visit) -> None:
    campaign, eve = visit.us.node.locations.actor("strike"), visit.eve
    names = (_NAME, "planted-stranger")
    own = {name: eve.activity("Follow", campaign, eve.actor(name)) for name in names}
    assert (await tell(visit, _NAME, own[_NAME])).status == 202
    for type in ("Like", "Undo", "Undo", "Block", "Follow"):
        said = {name: eve.activity(type, own[name] if type == "Undo" else campaign, eve.actor(name)) for name in names}
        answers = [seen(await tell(visit, name, document)) for name, document in said.items()]
        assert (type, 202, answers[0]) == (type, answers[1][0], answers[1])


async def test_sec_11_what_one_follower_was_told_cannot_be_read_by_anybody(visit: Visit) -> None:
    campaign, eve = visit.us.node.locations.actor("strike"), visit.eve
    assert (await tell(visit, _NAME, eve.activity("Follow", campaign, eve.actor(_NAME)))).status == 202
    await visit.us.do("follow", address=eve.actor("planted-friend"))
    await visit.village.settle()
    letters = [one for one in map(json.loads, eve.site.bodies) if one["type"] in {"Accept", "Follow"}]
    assert {one["type"] for one in letters} == {"Accept", "Follow"}
    for letter in letters:
        path = letter["id"].removeprefix(visit.us.node.config.url)
        answers = [(await visit.read(role, path)).status for role in ROLES]
        assert set(answers) <= {401, 403, 404}
        assert answers[ROLES.index("remote actor")] == 404


async def test_sec_11_who_likes_and_passes_on_is_counted_and_not_named(visit: Visit) -> None:
    eve, update = visit.eve, f"{visit.us.node.config.url}/objects/{visit.places['update']}"
    for type in ("Like", "Announce"):
        said = {**eve.activity(type, update, eve.actor(_NAME)), "to": [PUBLIC]}
        assert (await tell(visit, _NAME, said)).status == 202
    for collection in ("likes", "shares"):
        got = await visit.read("remote actor", f"/objects/{visit.places['update']}/{collection}")
        assert json.loads(got.body)["totalItems"] == 1
    assert [where for where, (_, _, body) in (await see_all(visit)).items() if _NAME.encode() in body] == []


async def test_sec_11_operators_are_told_numbers(visit: Visit) -> None:
    campaign = visit.us.node.locations.actor("strike")
    assert (await tell(visit, _NAME, visit.eve.activity("Follow", campaign, visit.eve.actor(_NAME)))).status == 202
    for path in ("/-/live", "/-/ready", "/-/metrics"):
        assert _NAME not in (await ask(visit.us.node, path))[1]
