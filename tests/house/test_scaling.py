"""deploy/SCALING.md shards what can be sharded: collections of ours, by keys with which what must be unique begins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storage.mongo.indexes import INDEXES

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
SHARDED = re.findall(
    r'^    sh\.shardCollection\("picketline\.([a-z_.]+)", \{ (.+) \}\)$',
    (DEPLOY / "SCALING.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def fields(key: str) -> tuple[str, ...]:
    return tuple(re.findall(r"(\w+): 1", key))


def test_the_line_of_one_object_to_one_inbox_lives_in_one_shard() -> None:
    assert dict(SHARDED)["deliveries"] == "turn: 1"


@pytest.mark.parametrize(("collection", "key"), SHARDED)
def test_what_must_be_unique_begins_with_the_shard_key(collection: str, key: str) -> None:
    unique = [index.fields for index in INDEXES.get(collection, ()) if index.unique]
    assert fields(key)
    assert [one for one in unique if one[: len(fields(key))] != fields(key)] == []


@pytest.mark.parametrize("collection", [collection for collection, _ in SHARDED])
def test_what_is_sharded_is_a_collection_of_ours(collection: str) -> None:
    assert collection in {*INDEXES, "media.chunks"}


@pytest.mark.parametrize("document", sorted(path.name for path in DEPLOY.glob("*.md")))
def test_links_between_the_pages_lead_somewhere(document: str) -> None:
    text = (DEPLOY / document).read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    assert [target for target in targets if not (DEPLOY / target).exists()] == []
