"""The inbox as a whole: whatever mal signs, the answer is one of five, and what is peer's or ours stays as it is."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import pytest
from hypothesis import given, settings

from federation.errors import FederationError
from federation.httpsig.request import SignedRequest
from federation.inbox.dispatch import HANDLERS
from federation.inbox.receive import LARGEST_BODY, Receiver
from federation.strictjson import JsonObject, JsonValue
from node.app import _receiver
from node.cli.reading import text
from node.middlewares import _status
from storage.store import Store
from tests.fuzz.driving import CASES, TAPES
from tests.fuzz.tape import Tape
from tests.fuzz.test_activities import NAMES, WORDS
from tests.fuzz.wild import changed, written
from tests.stories.conftest import village
from tests.stories.strangers import PUBLIC, Stranger
from tests.stories.test_refusals import Scene, scene

__all__ = ["scene", "village"]

ANSWERS: Final = frozenset({202, 400, 401, 403})
"""413 is given before anything is read; the real door's tests see to that."""
OURS: Final = ("unions", "charters", "actors", "entries", "posts", "boosts", "pins", "blocks", "following")
"""Tables in which nobody else may change anything."""
SHARED: Final = (
    "remote_actors",
    "remote_keys",
    "remote_posts",
    "remote_tombstones",
    "followers",
    "reactions",
    "reports",
)
"""Tables in which everybody has rows, and nobody may touch another's."""
_PAGE: Final = 500

Rows = Mapping[str, list[Mapping[str, Any]]]


class Faults(logging.Handler):
    """Errors of ours that the worker outlives."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Attacked:
    """One node for all cases: what it held before mal wrote to it, and whom mal writes about."""

    def __init__(self, scene: Scene, before: Rows, sound: list[JsonObject], words: tuple[str, ...]) -> None:
        self.scene = scene
        self.before = before
        self.sound = sound
        self.words = words
        self.receiver: Receiver = _receiver(scene.us.node, scene.us.workers)
        self.faults = Faults()

    def __repr__(self) -> str:
        return "the node"

    async def post(self, body: bytes, key_id: str | None) -> int:
        """Deliver what mal signed, at the door and behind it; the answer."""
        self.scene.village.clock.move(seconds=1)
        _, headers = self.scene.mal.signed(self.scene.inbox, body, self.scene.village.clock(), key_id=key_id)
        sent = tuple((name.lower(), value) for name, value in headers.items())
        try:
            await self.receiver.receive(SignedRequest(method="POST", target="/inbox", headers=sent, body=body))
        except FederationError as refusal:
            return _status(refusal)
        await self.scene.us.workers.inbox.run_once()
        return 202

    async def check_unchanged(self) -> None:
        """All of ours is there and no more, and so is all that is neither ours nor mal's."""
        now = await rows_of(self.scene.us.node.store)
        for table in OURS:
            assert self.before[table] == now[table], f"{table} is not what it was"
        for table in SHARED:
            assert self._of_others(self.before[table]) == self._of_others(now[table]), (
                f"others' rows in {table} changed"
            )

    def _of_others(self, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Without the time an actor was fetched: a signature that does not fit makes us ask its own host again."""
        kept = [row for row in rows if not self._is_mals(row)]
        return [{name: value for name, value in row.items() if name != "fetched_at"} for row in kept]

    def _is_mals(self, row: Mapping[str, Any]) -> bool:
        owner = row.get("actor") or row.get("owner") or row["id"]
        return str(owner).startswith(f"{self.scene.mal.base}/")


async def rows_of(store: Store) -> Rows:
    """What is looked at."""
    return {table: (await store.list_rows(table, after=None, limit=_PAGE))[0] for table in (*OURS, *SHARED)}


@pytest.fixture
def new_store() -> Callable[[], str | None]:
    """One engine is enough: the contracts of both are the same, and have tests of their own."""
    return lambda: None


@pytest.fixture
async def attacked(scene: Scene) -> AsyncIterator[Attacked]:
    update = text(await scene.us.do("post", handle="strike", text="We walked out"), "id")
    peer = scene.peer
    reply = peer.note("reply", inReplyTo=update, cc=[scene.campaign])
    theirs = [
        peer.activity("Follow", scene.campaign),
        peer.activity("Create", peer.note("heard")),
        peer.activity("Create", reply),
        peer.activity("Like", update),
        peer.activity("Flag", [scene.campaign], content="words"),
    ]
    assert [202] * len(theirs) == [await scene.deliver(peer, one) for one in theirs]
    assert 202 == await scene.deliver(scene.mal, scene.mal.activity("Like", update))
    await scene.village.settle()
    words = (scene.campaign, update, scene.us.node.union_actor, *(str(one["id"]) for one in theirs), peer.actor())
    sound = [*about(scene.mal, [update, *words, reply, peer.document()]), *theirs]
    attacked = Attacked(scene, await rows_of(scene.us.node.store), sound, (*words, scene.mal.actor()))
    log = logging.getLogger("federation")
    log.addHandler(attacked.faults)
    yield attacked
    log.removeHandler(attacked.faults)


def about(mal: Stranger, others: list[JsonValue]) -> list[JsonObject]:
    """Whole activities of mal of every kind, about its own things and everybody's."""
    own: list[JsonValue] = [
        mal.note("own", inReplyTo=others[0], tag=[{"type": "Mention", "href": mal.actor()}]),
        {"id": f"{mal.base}/notes/own", "type": "Tombstone"},
        mal.document(),
        mal.actor(),
    ]
    more: JsonObject = {"to": [PUBLIC], "target": mal.actor("adam"), "content": "words"}
    return [{**mal.activity(kind, object), **more} for kind in HANDLERS for object in (*own, *others)]


@settings(max_examples=CASES)
@given(TAPES)
async def test_org_01_to_29_whatever_mal_signs_changes_nothing_of_others(attacked: Attacked, tape: Tape) -> None:
    words = (*attacked.words * 4, *WORDS)
    body = written(tape, changed(tape, tape.choice(attacked.sound), NAMES, words))
    key_id = f"{attacked.scene.peer.actor()}#main-key" if tape.rarely() else None
    if len(body) <= LARGEST_BODY:
        assert await attacked.post(body, key_id) in ANSWERS
    assert attacked.faults.lines == []
    await attacked.check_unchanged()
