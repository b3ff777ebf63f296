"""The one write that matters: an entry is a commitment, its place is never given twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from federation.errors import Unintelligible
from federation.keys import multihash_sha256
from federation.log.append import LARGEST_ACTIVITY, TooLong, append, commit_to
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject
from storage.backends import open_store
from storage.errors import HeadMoved
from storage.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield opened
    await opened.close()


def create(number: int, **changes: object) -> JsonObject:
    base = "https://union.example"
    return {
        "id": f"{base}/activities/{number}",
        "type": "Create",
        "actor": f"{base}/actors/union",
        "object": {"id": f"{base}/objects/{number}", "type": "Note"},
        "published": "2026-11-22T12:00:00Z",
        **changes,  # type: ignore[dict-item]
    }


def test_an_entry_commits_to_the_exact_bytes_and_holds_no_word() -> None:
    document = create(1)
    entry, activity = commit_to(document)
    assert activity.body == canonical(document)
    assert json.loads(entry.commitment) == {
        "activity": "https://union.example/activities/1",
        "digest": multihash_sha256(activity.body),
        "object": "https://union.example/objects/1",
        "published": "2026-11-22T12:00:00Z",
        "type": "Create",
    }
    assert entry.commitment == canonical(json.loads(entry.commitment))


async def test_of_twenty_at_once_who_saw_the_same_head_one_takes_the_place(store: Store) -> None:
    racing = (append(create(number), store, expecting=0) for number in range(20))
    lost = [each for each in await asyncio.gather(*racing, return_exceptions=True) if isinstance(each, HeadMoved)]
    assert (19, 1) == (len(lost), await store.size())


async def test_the_same_activity_never_stands_twice(store: Store) -> None:
    first = await append(create(1), store, expecting=0)
    await append(create(2), store, expecting=1)
    for same in (create(1), create(1, published="2026-11-22T12:00:01Z")):  # signed again a moment later
        again = await append(same, store, expecting=2)
        assert (again.index, again.size) == (first.index, 2)


@pytest.mark.parametrize(
    "changes", [{"object": None}, {"object": {"type": "Note"}}, {"published": None}, {"published": "soon"}]
)
async def test_what_cannot_be_logged_is_refused(store: Store, changes: JsonObject) -> None:
    with pytest.raises(Unintelligible):
        await append(create(1, **changes), store, expecting=0)
    assert await store.size() == 0


async def test_what_other_servers_would_not_take_is_refused(store: Store) -> None:
    with pytest.raises(TooLong, match="split it in two"):
        await append(create(1, summary="x" * LARGEST_ACTIVITY), store, expecting=0)
    assert await store.size() == 0


async def test_ids_longer_than_an_entry_are_refused(store: Store) -> None:
    long = {"id": "https://union.example/objects/" + "1" * 1900, "type": "Note"}
    too_long = create(1, object=long, type="x" * 64, id="https://union.example/" + "2" * 2000)
    with pytest.raises(TooLong):
        await append(too_long, store, expecting=0)
