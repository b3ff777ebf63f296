"""A mirror that is brought a made log: what it is told, and what is brought to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.errors import TooMany, Unintelligible
from federation.identity.charter import read_charter
from federation.keys import encode_multikey
from federation.mirror.adding import Added, EntryReceiver
from federation.mirror.brought import BodyReceiver
from federation.mirror.charters import admit_charter
from federation.mirror.files import digest_of
from federation.mirror.media import MediaPuller
from federation.mirror.pull import Puller, has_all
from federation.mirror.quotas import Quotas
from federation.mirror.receive import HeadReceiver, Reply, Submission, write_submission
from federation.mirror.unions import KnownUnion, know_union
from federation.tlog.merkle import leaf_hashes
from federation.tlog.packages import Upload, spans, write_package, write_upload
from federation.tlog.tiles import Tiles, grow
from storage.blobs import DiskBlobs
from storage.ids import Did, Digest
from storage.records import KeptLog, Union
from storage.store import Store
from tests.federation.mirror.charters import UnionOf, key
from tests.federation.mirror.logs import AT, HOME, MadeLog
from tests.federation.mirror.peers import a_peer

US = UnionOf(1, "Koreno")
PEER = UnionOf(2, "Seoul")
OUR_HOME = "https://koreno.example"
REFUSED_429 = 429
REFUSED_400 = 400


@dataclass(slots=True)
class Mirror:
    """Ours, of the made log of a peer."""

    store: Store
    log: MadeLog
    blobs: DiskBlobs
    quotas: Quotas = field(default_factory=Quotas)
    at: datetime = AT
    is_mutual: bool = True
    concluded: int = 0
    entries: EntryReceiver = field(init=False)
    bodies: BodyReceiver = field(init=False)
    heads: HeadReceiver = field(init=False)

    async def begin(self) -> None:
        """The pact stands, and the charter is known."""
        self.log.name = f"{PEER.did}/1"
        await self.store.add_union(Union(did=US.did, name=US.name, url=OUR_HOME, created_at=AT))
        await self.store.add_peer(a_peer(did=PEER.did, url=HOME))
        raw = PEER.charter(HOME, log_key=encode_multikey(self.log.log_key.public_key()))
        await admit_charter(self.store, read_charter(raw), raw, home=HOME, at=AT)
        common: dict[str, Any] = {
            "store": self.store,
            "own_url": OUR_HOME,
            "is_mutual": self._mutual,
            "may_take": self._mutual,
            "now": lambda: self.at,
        }
        self.heads = HeadReceiver(**common, wake=lambda _: None)
        self.entries = EntryReceiver(
            **common,
            us=US.did,
            is_open_to=self._is_listed,
            room_for=lambda kept: self.puller().room_for(kept),
            conclude=self._conclude,
        )
        self.bodies = BodyReceiver(
            **common, media=self._media(), check_room=lambda name: self.puller().check_room(name)
        )

    def puller(self) -> Puller:
        return Puller(
            store=self.store, us=US.did, key=lambda: key(102), is_mutual=self._mutual, now=lambda: self.at,
            free=lambda: 2**40, quotas=self.quotas,
        )  # fmt: skip

    async def union(self) -> KnownUnion:
        found = await know_union(self.store, PEER.did, own_url=OUR_HOME)
        assert found is not None
        return found

    async def kept(self) -> KeptLog:
        found = await self.store.find_log((await self.union()).log)
        assert found is not None
        return found

    async def tell(self, size: int | None = None, *, old: int = 0, asker: int | None = 1) -> int:
        """Of the head of this size; the status."""
        proof = tuple(self.tree().consistency(old, self.log.head(size).size))
        raw = write_submission(Submission(old, proof, self.log.sign(size)))
        try:
            return (await self.heads.receive(raw, asker=asker)).status
        except TooMany:
            return REFUSED_429

    def tree(self) -> Tiles:
        return Tiles(grow({}, 0, leaf_hashes(self.log.entries)))

    def upload(self, start: int, end: int, **more: Any) -> bytes:
        """A whole upload, as it should be."""
        return self.head(start, end, **more) + b"".join(
            write_package(self.log.entries[span.start : span.end], self.tree().subtree(span.first, span.end, end))
            for span in spans(start, end)
        )

    def head(self, start: int, end: int, *, origin: str | None = None) -> bytes:
        return write_upload(Upload(origin=origin or self.log.name, start=start, end=end))

    async def add(self, raw: bytes, *, asker: int | None = 1, step: int = 1000) -> Added:
        """Bring entries; what it is answered."""
        try:
            return await self.entries.receive(in_pieces(raw, step), asker=asker)
        except TooMany:
            return Added(status=REFUSED_429)
        except Unintelligible:
            return Added(status=REFUSED_400)

    async def put(self, place: int, body: bytes | None = None, *, asker: int | None = 1) -> int:
        """Bring an activity; the status."""
        leaf = (await self.store.list_leaves((await self.kept()).name, place, 1))[0]
        return await self.put_named(leaf.digest, self.log.bodies[place] if body is None else body, asker=asker)

    async def put_named(self, digest: str, body: bytes, *, asker: int | None = 1) -> int:
        try:
            wanted = await self.bodies.find_activity(await self.kept(), digest, asker=asker)
        except TooMany:
            return REFUSED_429
        if isinstance(wanted, Reply):
            return wanted.status
        return (await self.bodies.take_activity(wanted, body, asker=asker)).status

    async def put_file(self, body: bytes, *, digest: Digest | None = None, size: int | None = None) -> int:
        """Bring a file under a name and a size, its own if none are given; the status."""
        named = digest or digest_of(body)
        row = await self.bodies.find_file(await self.kept(), named, len(body) if size is None else size, asker=1)
        return row.status if isinstance(row, Reply) else (await self.bodies.take_file(row, body, asker=1)).status

    async def hold(self) -> None:
        """Everything is brought, and promised."""
        assert await self.tell() == 200
        await self.add(self.upload(0, len(self.log.entries)))
        assert [204] * len(self.log.bodies) == [await self.put(place) for place in range(len(self.log.bodies))]

    async def _is_listed(self, _did: Did, _word: str | None) -> bool:
        return True

    async def _mutual(self, did: Did) -> bool:
        return self.is_mutual and did == PEER.did

    async def _conclude(self, did: Did) -> None:
        self.concluded += 1
        kept, union = await self.kept(), await self.union()
        if await has_all(self.store, kept):
            await self.puller().pull(kept.name, union, [], may_promise=True)

    def _media(self) -> MediaPuller:
        return MediaPuller(
            store=self.store, blobs=self.blobs, is_mutual=self._mutual, now=lambda: self.at, free=lambda: 2**40,
            quotas=self.quotas,
        )  # fmt: skip

    def wait(self, **by: float) -> None:
        self.at += timedelta(**by)


async def in_pieces(raw: bytes, step: int) -> AsyncIterator[bytes]:
    for at in range(0, len(raw), step):
        yield raw[at : at + step]


def other(hashes: Sequence[bytes]) -> list[bytes]:
    """A proof with a flipped bit."""
    return [bytes([hashes[0][0] ^ 1]) + hashes[0][1:], *hashes[1:]]


def forged(log: MadeLog, place: int) -> MadeLog:
    """The same log with another entry at a place."""
    return replace(log, entries=[*log.entries[:place], b"{}", *log.entries[place + 1 :]])


def stranger() -> Ed25519PrivateKey:
    return key(77)
