"""What activities mean, in all the spellings servers use."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import FrameType

import pytest

from federation.activitystreams.audience import PUBLIC, is_public
from federation.activitystreams.parse import parse_activity, read_id, read_ids, read_time
from federation.activitystreams.spelling import respelled
from federation.activitystreams.validation import check_activity
from federation.errors import NotActivity
from federation.strictjson import JsonObject, JsonValue

FOLLOW: JsonObject = {
    "id": "https://a.example/1",
    "type": "Follow",
    "actor": "https://a.example/u",
    "object": "https://b.example/v",
}


@pytest.mark.parametrize("field", ["id", "type", "actor"])
@pytest.mark.parametrize("value", [None, 7, [], {}, "", [[]], {"id": 7}])
def test_an_activity_without_id_type_or_actor_is_none(field: str, value: JsonValue) -> None:
    with pytest.raises(NotActivity):
        parse_activity({**FOLLOW, field: value})


@pytest.mark.parametrize("inside", [["https://a.example/u"], None, 7])
def test_what_is_no_actor_stays_in_its_list_however_often_it_is_read(inside: JsonValue) -> None:
    document: JsonObject = {**FOLLOW, "actor": [inside]}
    assert document == respelled(respelled(document))


@pytest.mark.parametrize(
    ("value", "id"),
    [
        ("https://a.example/1", "https://a.example/1"),
        ({"id": "https://a.example/1", "type": "Note"}, "https://a.example/1"),
        (["https://a.example/1", "https://a.example/2"], "https://a.example/1"),
        ([{"id": "https://a.example/1"}], "https://a.example/1"),
        ({"type": "Link", "href": "https://a.example/1"}, "https://a.example/1"),
        ("x" * 2049, None),
        (None, None),
        ([], None),
        ([["https://a.example/1"]], None),
        ({"id": ["https://a.example/1"]}, None),
    ],
)
def test_an_id_is_read_from_every_shape_it_comes_in(value: JsonValue, id: str | None) -> None:
    assert read_id(value) == id


def test_one_or_many_ids_are_read_alike() -> None:
    assert read_ids("https://a.example/1") == ("https://a.example/1",)
    assert read_ids(["https://a.example/1", 7, {"id": "https://a.example/2"}]) == (
        "https://a.example/1",
        "https://a.example/2",
    )


@pytest.mark.parametrize("spelling", [PUBLIC, "as:Public", "Public"])
@pytest.mark.parametrize("field", ["to", "cc"])
@pytest.mark.parametrize("many", [True, False])
def test_everybody_is_spelled_in_three_ways_in_to_or_cc(spelling: str, field: str, many: bool) -> None:
    note: JsonObject = {"id": "https://a.example/n", "type": "Note", field: [spelling] if many else spelling}
    parsed = parse_activity({**FOLLOW, "type": "Create", "object": note})
    assert parsed.object is not None
    assert parsed.object.is_public
    assert not parsed.is_public


@pytest.mark.parametrize(
    "address", ["https://a.example/followers", "public", f"{PUBLIC}x", "https://evil.example/#Public"]
)
def test_other_addresses_are_not_everybody(address: str) -> None:
    assert not is_public([address])


def test_two_authors_are_no_author() -> None:
    note: JsonObject = {
        "id": "https://a.example/n",
        "type": "Note",
        "attributedTo": ["https://a.example/u", "https://b.example/v"],
    }
    parsed = parse_activity({**FOLLOW, "object": note})
    assert parsed.object is not None
    assert parsed.object.author is None


def test_content_comes_from_its_language_map_when_it_stands_nowhere_else() -> None:
    parsed = parse_activity({**FOLLOW, "object": {"contentMap": {"ko": "우리"}}})
    assert parsed.object is not None
    assert parsed.object.content == "우리"


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://a.example/p", "https://a.example/p"),
        ([{"type": "Link", "href": "https://a.example/v.mp4", "mediaType": "video/mp4"},
          {"type": "Link", "href": "https://a.example/p", "mediaType": "text/html"}], "https://a.example/p"),
        ({"type": "Link", "href": "https://a.example/p"}, "https://a.example/p"),
        ([], None),
        ([[]], None),
        (7, None),
    ],
)  # fmt: skip
def test_a_page_is_found_among_links(url: JsonValue, page: str | None) -> None:
    parsed = parse_activity({**FOLLOW, "object": {"url": url}})
    assert parsed.object is not None
    assert parsed.object.url == page


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-22T09:29:02Z", datetime(2026, 11, 22, 9, 29, 2, tzinfo=UTC)),
        ("2026-11-22T10:29:02.5+01:00", datetime(2026, 11, 22, 9, 29, 2, 500_000, tzinfo=UTC)),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
        (7, None),
    ],
)
def test_times_are_utc_or_nothing(text: JsonValue, at: datetime | None) -> None:
    assert read_time(text) == at


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "not a url"},
        {"id": None},
        {"type": 7},
        {"type": []},
        {"actor": ["https://a.example/u"]},
        {"object": 7},
        {"object": {"type": 7}},
        {"to": 7},
        {"to": "https://a.example/" + "x" * 2100},
        {"to": ["https://a.example/u"] * 10_001},
        {"object": ["https://a.example/1"] * 101},
        {"object": {"content": 7}},
        {"object": {"content": "x" * 262_145}},
    ],
)
def test_another_shape_is_refused_by_the_schema(changes: JsonObject) -> None:
    with pytest.raises(NotActivity):
        check_activity({**FOLLOW, **changes})


HOSTILE: list[JsonObject] = [
    {"object": [{}] * 9_999},
    {"object": [0] * 9_999},
    {"object": [{"to": ["", ""]}] * 9_999},
    {"type": ["x"] * 60_000},
    {"object": {"type": ["x"] * 60_000}},
    {"object": [{"type": ["x"] * 60_000}]},
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: str(hostile)[:40])
def test_dos_04_ten_thousand_things_cost_no_more_than_one(hostile: JsonObject) -> None:
    with pytest.raises(NotActivity):
        check_activity({**FOLLOW, **hostile})
    assert steps_of({**FOLLOW, **hostile}) < 1_000


def test_dos_04_ten_thousand_addresses_cost_no_more_than_one() -> None:
    many: list[JsonValue] = ["https://a.example/u"] * 9_999
    assert steps_of({**FOLLOW, "to": many, "object": {"cc": many}}) < 3_000


def steps_of(document: JsonObject) -> int:
    """How many calls a check takes."""
    steps = 0

    def count(_frame: FrameType, event: str, _given: object) -> None:
        nonlocal steps
        steps += event == "call"

    sys.setprofile(count)
    try:
        check_activity(document)
    except NotActivity:
        pass
    finally:
        sys.setprofile(None)
    return steps
