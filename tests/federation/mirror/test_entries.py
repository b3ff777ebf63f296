"""Entries of another union's log: what no log may hold stops it."""

from __future__ import annotations

from typing import Any

import pytest

from federation.mirror.entries import LARGEST_ENTRY, is_actor_id, read_entry
from federation.mirror.errors import BrokenLog
from federation.proofs.jcs import canonical
from tests.federation.mirror.logs import HOME, ORIGINS


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "activity": f"{HOME}/activities/1",
        "digest": "zQm",
        "object": f"{HOME}/objects/1",
        "published": "2026-11-22T12:00:00Z",
        "type": "Create",
        **changes,
    }


def test_an_entry_is_read_as_its_five_fields() -> None:
    read = read_entry(canonical(entry()), ORIGINS)
    assert (read.activity, read.object, read.type) == (f"{HOME}/activities/1", f"{HOME}/objects/1", "Create")


@pytest.mark.parametrize("kind", ["Announce", "Add", "Remove"])
def test_what_acts_on_things_of_others_may_name_them(kind: str) -> None:
    raw = canonical(entry(type=kind, object="https://other.test/objects/9"))
    assert read_entry(raw, ORIGINS).object == "https://other.test/objects/9"


@pytest.mark.parametrize(
    "changes",
    [
        {"object": "https://other.test/objects/9"},
        {"activity": "https://other.test/activities/9"},
        {"activity": "https://seoul.test.evil/activities/9"},
        {"activity": "http://seoul.test/activities/1"},
        {"type": "Announce", "activity": "https://other.test/activities/9"},
        {"activity": "no address"},
    ],
)
def test_an_id_on_a_strange_host_is_evidence_about_homes(changes: dict[str, Any]) -> None:
    with pytest.raises(BrokenLog) as refusal:
        read_entry(canonical(entry(**changes)), ORIGINS)
    assert refusal.value.kind == "home"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b" " + canonical(entry()),
        canonical(entry(more="x")),
        canonical({name: value for name, value in entry().items() if name != "type"}),
        canonical(entry(published="yesterday")),
        canonical(entry(type="")),
        canonical(entry(type="x" * 65)),
        canonical(entry(digest=7)),
        canonical(entry(object=["a"])),
        canonical(entry(object=f"{HOME}/objects/{'1' * 4096}")),
        b'{"activity":"a","activity":"b"}',
    ],
)
def test_anything_but_five_texts_in_their_one_form_stops_the_log(raw: bytes) -> None:
    with pytest.raises(BrokenLog):
        read_entry(raw, ORIGINS)


def test_an_entry_of_4_kib_is_read_and_one_byte_more_stops_the_log() -> None:
    room = LARGEST_ENTRY - len(canonical(entry(digest="")))
    largest = canonical(entry(digest="z" * room))
    assert (4096, "z" * room) == (len(largest), read_entry(largest, ORIGINS).digest)
    with pytest.raises(BrokenLog, match="4097 bytes"):
        read_entry(canonical(entry(digest="z" * (room + 1))), ORIGINS)


def test_what_is_about_an_actor_is_known_by_its_id() -> None:
    ids = [f"{HOME}/actors/strike", f"{HOME}/actor", f"{HOME}/objects/1", f"{HOME}/objects/actors/1"]
    assert [True, True, False, False] == [is_actor_id(id) for id in ids]
