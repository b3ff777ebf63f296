"""Actor documents as servers show them, and as nobody should: each is an actor, or refused by name."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from federation.activitystreams.remote_actor import parse_actor
from federation.errors import FederationError, NotActivity
from federation.strictjson import JsonObject, load_object
from storage.ids import ActorId
from tests.federation.loopback import open_site, url
from tests.federation.mutants import mutant
from tests.federation.people import Clock, actor_at, open_world, show

NOW = Clock()()
CAPTURED = json.loads((Path(__file__).parents[1] / "vectors" / "captured_actors.json").read_text("utf-8"))


def test_the_actors_of_real_servers_are_read_whole() -> None:
    for id, document in CAPTURED.items():
        actor = parse_actor(document, NOW)
        assert (actor.id, len(actor.keys) >= 1, actor.inbox != "") == (id, True, True)


@pytest.mark.parametrize("id", sorted(CAPTURED))
def test_jsn_11_a_mutant_of_a_real_actor_is_an_actor_or_none(id: str) -> None:
    chance, outcomes = Random(id), Counter[str]()
    for _ in range(500):
        try:
            actor = parse_actor(load_object(json.dumps(mutant(CAPTURED[id], chance)).encode()), NOW)
        except FederationError as refusal:
            outcomes[type(refusal).__name__] += 1
        else:
            assert {type(word) for word in (actor.id, actor.type, actor.handle, actor.name, actor.url)} == {str}
            outcomes["actor"] += 1
    assert set(outcomes) == {"actor", "NotActivity"}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, ""),
        ({"type": ["Person", "ex:Worker"], "name": "Ann"}, "Ann"),
        ({"name": None, "icon": None, "tag": None, "attachment": [None], "summary": None}, ""),
        ({"name": ["Ann"], "preferredUsername": 7, "url": [None, {"href": None}]}, ""),
        ({"endpoints": None, "sharedInbox": [], "followers": 7}, ""),
        ({"name": "Ann" * 1000}, ("Ann" * 1000)[:500]),
        ({"type": "Sandwich"}, None),
        ({"type": None}, None),
        ({"inbox": None}, None),
        ({"inbox": "javascript:alert(1)"}, None),
        ({"id": None}, None),
    ],
)
async def test_an_odd_actor_is_resolved_or_refused_by_name(
    tmp_path: Path, changes: JsonObject, name: str | None
) -> None:
    async with open_site() as peer, open_world(tmp_path) as world:
        show(peer, "/alice", {**actor_at(peer), "name": "", **changes})
        asked = world.resolver.actor(ActorId(url(peer, "/alice")))
        if name is not None:
            assert name == (await asked).name
            return
        with pytest.raises(FederationError) as refusal:
            await asked
        assert isinstance(refusal.value, NotActivity) or "id" in changes
        assert await world.store.find_remote_actor(ActorId(url(peer, "/alice"))) is None
