"""Everything that servers really send is stored, shown safely, or refused for a named reason; nothing raises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

import pytest

from federation.activitystreams.html import plain_text
from federation.strictjson import JsonObject, JsonValue
from node.cli.reading import member, text
from tests.stories.odd_inputs import POSITIONS, Door, Position, cases_beside, moved, our_cases
from tests.stories.test_refusals import Scene, scene  # noqa: F401


@pytest.fixture
def new_store() -> Callable[[], str | None]:
    """One engine is enough: what is tried here is read and judged before anything is kept."""
    return lambda: None


USUAL: Final[Mapping[Position, str]] = {"reply": "shown", "followed": "timeline", "edit": "timeline"}
UNREADABLE: Final = {
    "necessary_properties 56": "no id",
    "necessary_properties 58": "no author",
    "necessary_properties 59": "no type",
    "object_types 94": "a Place",
    "object_types 95": "a Profile",
    "object_types 96": "a Relationship",
    "object_types 97": "a Tombstone",
    "object_types 100": "no type",
    "attributed_to 218": "two authors",
}
"""Of the pasture's objects those that cannot be shown, and why."""
REPLIES_ELSEWHERE: Final = {f"in_reply_to {number}" for number in range(165, 172)}
"""They bring an answer to something that is not ours, and come from somebody whom nobody here follows."""
NO_ACTIVITIES: Final = {
    "create_activity null actor",
    "create_activity null id",
    "create_activity null type",
    "create_activity without actor",
    "create_activity without id",
    "create_activity without type",
}
NO_NOTES: Final = {
    "necessary_properties without attributedTo",
    "necessary_properties without type",
    "necessary_properties_notes without attributedTo",
    "necessary_properties_notes without type",
    "necessary_properties_notes without content",
    "necessary_properties_polls without attributedTo",
    "necessary_properties_polls without type",
}


@pytest.fixture
async def door(scene: Scene, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Door]:  # noqa: F811
    caplog.set_level("INFO", "federation.inbox.worker")
    update = await scene.us.do("post", handle="strike", text="We walked out")
    door = Door(scene, text(update, "id"), text(update, "url"), caplog)
    yield door
    await door.look()


@pytest.mark.parametrize("position", POSITIONS)
async def test_each_variation_of_an_object_is_shown_or_refused_by_name(door: Door, position: Position) -> None:
    cases = cases_beside("pasture_inputs.json")
    expected = {}
    for number, case in enumerate(cases):
        name = f"{text(case, 'group')} {number}"
        await door.put(members(member(case, "object_overrides")), position, name)
        is_elsewhere = position == "reply" and name in REPLIES_ELSEWHERE
        shown = "passed" if is_elsewhere else USUAL[position]
        expected[name] = "refused: NothingToRead" if name in UNREADABLE else shown
    assert expected == door.outcomes
    assert len(cases) == len(expected)


async def test_each_whole_activity_is_shown_or_refused_by_name(door: Door) -> None:
    expected, peer = {}, door.scene.peer
    for case in cases_beside("funfedi_cases.json"):
        name = f"{text(case, 'suite')} {text(case, 'name')}"
        await door.send(name, peer, moved(members(member(case, "activity")), peer, door.scene.campaign))
        expected[name] = "timeline"
        if name in NO_ACTIVITIES:
            expected[name] = "refused 400"
        elif name in NO_NOTES:
            expected[name] = "refused: NothingToRead"
        elif name.startswith("announce_create"):
            expected[name] = "passed"  # somebody passes on what is not ours
    assert expected == door.outcomes


@pytest.mark.parametrize("position", POSITIONS)
async def test_odd_objects_of_our_own_making_are_shown_or_refused_by_name(door: Door, position: Position) -> None:
    expected = {}
    for case in our_cases():
        why, refused = text(case, "why"), text(case, "refused")
        await door.put(members(member(case, "object")), position, why)
        shown = text(case, position) or USUAL[position]
        expected[why] = f"refused: {refused}" if refused else shown
    assert expected == door.outcomes


async def test_what_is_shown_of_an_odd_object_are_its_words_and_nothing_else(door: Door) -> None:
    for case in our_cases():
        why = text(case, "why")
        outcome = await door.put(members(member(case, "object")), "followed", why)
        post = door.newest
        if outcome != "timeline":
            continue
        assert post is not None
        assert (why, text(case, "text")) == (why, plain_text(post.html))
        if "warning" in case:
            assert (why, case["warning"]) == (why, post.warning)


def members(value: JsonValue) -> JsonObject:
    assert isinstance(value, dict)
    return value
