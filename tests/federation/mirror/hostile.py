"""Logs of a hostile peer: as long as asked for, cheap to make, and served from memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.keys import multihash_sha256
from federation.proofs import integrity
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject
from federation.times import rfc3339
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint
from federation.tlog.merkle import leaf_hashes
from federation.tlog.tiles import TILE_WIDTH, Tiles, grow, needed_for_growth, parse_tile_path, write_bundle
from federation.wire import Answer
from tests.federation.mirror.logs import ACTOR, AT, HOME, PUBLIC, actor_document, entry_of, note

Kind = Literal["versions", "creates", "deletes"]
"""Of one note; of a note each; of a note each that nobody ever saw."""

_STEP: Final = 4096


@dataclass(slots=True)
class HostileLog:
    """What no later entry takes back has a true body, made when it is asked for; the rest only hashes."""

    kind: Kind
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    log_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    name: str = "did:key:z6MkexampleUnion/1"
    size: int = 0
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    last: set[int] = field(default_factory=set)
    """Places up to which it was grown: there `versions` has true bodies."""

    def grow(self, size: int) -> None:
        """Become so long."""
        self.last.add(size - 1)
        while self.size < size:
            end = min(self.size - self.size % _STEP + _STEP, size)
            known = {key: self.tiles[key] for key in needed_for_growth(self.size)}
            self.tiles |= grow(known, self.size, leaf_hashes(self.entry(place) for place in range(self.size, end)))
            self.size = end

    def sign(self) -> bytes:
        """The signed head."""
        root = Tiles(self.tiles).root(self.size)
        return sign_checkpoint(Checkpoint(self.name, self.size, root), key=self.log_key)

    def entry(self, place: int) -> bytes:
        """The commitment at a place."""
        if self.kind == "versions" and place not in self.last and place > 0:
            document = self._document(place)
            return entry_of(document, b"%d" % place)
        document, body = self._signed(place)
        return entry_of(document, body)

    def body(self, place: int) -> bytes:
        """The activity at a place, or what says that it is no more."""
        if self.kind == "versions" and place not in self.last and place > 0:
            return b'{"withdrawn":%d}' % place
        return self._signed(place)[1]

    def _signed(self, place: int) -> tuple[JsonObject, bytes]:
        document = integrity.sign(self._document(place), key=self.key, method=f"{ACTOR}#ed25519-key", now=AT)
        return document, canonical(document)

    def _document(self, place: int) -> JsonObject:
        kind, about = self._said(place)
        return {
            "id": f"{HOME}/activities/{place + 1}",
            "type": kind,
            "actor": ACTOR,
            "object": about,
            "published": rfc3339(AT - timedelta(days=30)),
            "to": [PUBLIC],
        }

    def _said(self, place: int) -> tuple[str, Any]:
        if place == 0:
            return "Create", actor_document(self.key)
        if self.kind == "versions":
            return "Update", note(1)
        if self.kind == "deletes":
            return "Delete", f"{HOME}/objects/{place}"
        return "Create", note(place)


@dataclass(slots=True)
class HostileWire:
    """Serves it; tells whoever wants to know of each request."""

    log: HostileLog
    told: Callable[[str], None] = lambda _path: None
    requests: int = 0

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        """One GET."""
        path = url.partition(f"/log/{self.log.name}/")[2]
        self.requests += 1
        self.told(path)
        await asyncio.sleep(0)  # nobody's answer comes at once
        body = self._find(path)
        assert len(body) <= cap
        return Answer(status=200 if body else 404, url=url, content_type="", body=body)

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        """Nothing of a pull is posted."""
        raise AssertionError(url)

    def _find(self, path: str) -> bytes:
        tile = parse_tile_path(path)
        if tile is not None and tile.level is None:
            start = tile.number * TILE_WIDTH
            return write_bundle([self.log.entry(place) for place in range(start, start + tile.width)])
        if tile is not None:
            return self.log.tiles[tile.level or 0, tile.number][: tile.width * 32]
        if path.startswith("activities?from="):
            start, limit = (int(part.rpartition("=")[2]) for part in path.split("&"))
            places = range(start, min(start + limit, self.log.size))
            return b"".join(self.log.body(place) + b"\n" for place in places)
        wanted = path.removeprefix("activity/")
        true = (self.log.body(place) for place in sorted({0, *self.log.last}))
        return next((body for body in true if multihash_sha256(body) == wanted), b"")
