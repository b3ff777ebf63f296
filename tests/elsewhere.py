"""A union elsewhere, made by hand: its keys, its charter, what it says, and its log as a mirror holds it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from federation.activitystreams.render import NoteText, note, public_activity, tombstone
from federation.identity.actors import Profile, actor_document
from federation.identity.charter import EMPTY_TREE, charter_digest, new_charter
from federation.identity.signer import Signer
from federation.keys import did_key, dump_public_pem, encode_multikey, new_ed25519, new_rsa
from federation.locations import Locations
from federation.log.append import commit_to
from federation.strictjson import JsonObject, load_object
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint, write_checkpoint
from federation.tlog.cosignatures import add_lines, cosign
from federation.tlog.merkle import leaf_hash, root_of
from federation.tlog.tiles import grow
from storage.ids import ActivityId, ActorId, Did, LogName, ObjectId
from storage.records import Activity, Charter, Entry, KeptLog, Leaf, LocalActor, Peer, Receipt, Tile
from storage.store import Store
from tests.storage.keeping import a_log
from tests.storage.making import NOON

SERIAL: Final = 1000
_RSA: Final = new_rsa()
_PEM: Final = dump_public_pem(_RSA.public_key())
_AGE: Final = x25519.Identity.generate().to_public()


@dataclass(slots=True)
class Elsewhere:
    """A union on another host: `say`, `edit` and `retract` write its record, `hold` puts it into a store."""

    url: str = "https://harbour.example"
    name: str = "Harbour Workers"
    at: datetime = NOON
    root: Ed25519PrivateKey = field(default_factory=new_ed25519)
    log_key: Ed25519PrivateKey = field(default_factory=new_ed25519)
    cosigner: Ed25519PrivateKey = field(default_factory=new_ed25519)
    actor_key: Ed25519PrivateKey = field(default_factory=new_ed25519)
    said: list[tuple[Entry, Activity]] = field(default_factory=list)
    _serial: int = SERIAL

    @property
    def did(self) -> Did:
        return did_key(self.root.public_key())

    @property
    def log(self) -> LogName:
        return LogName(f"{self.did}/1")

    @property
    def locations(self) -> Locations:
        return Locations(self.url)

    @property
    def campaign(self) -> ActorId:
        return self.locations.actor("dock")

    @property
    def size(self) -> int:
        return len(self.said)

    def charter(self, **changes: object) -> Charter:
        given: dict[str, object] = {
            "union": self.did,
            "epoch": 1,
            "name": self.name,
            "homes": [self.url],
            "log_key": encode_multikey(self.log_key.public_key()),
            "cosigner_key": encode_multikey(self.cosigner.public_key()),
            "after": EMPTY_TREE,
            "recipient": str(_AGE),
            "previous": [],
            "published": NOON.replace(microsecond=0),
            "root_key": self.root,
        }
        body = new_charter(**{**given, **changes})  # type: ignore[arg-type]
        return Charter(did=self.did, epoch=1, digest=charter_digest(body), body=body)

    def introduce(
        self, name: str = "Dockers of Hamburg", handle: str = "dock", summary: str = "<p>We strike.</p>"
    ) -> None:
        """The Create of an actor, with its keys."""
        id = self.locations.actor(handle)
        actor = LocalActor(
            id=id,
            handle=handle,
            kind="campaign",
            type="Person",
            name=name,
            summary="",
            rsa_public_pem=_PEM,
            ed25519_multibase=encode_multikey(self.actor_key.public_key()),
            approves_followers=False,
            created_at=self._moment(),
            updated_at=self._moment(),
        )
        profile = Profile(locations=self.locations, did=self.did, summary_html=summary)
        self._log("Create", actor_document(actor, profile), id)

    def say(self, html: str, *, handle: str = "dock", **changes: object) -> ObjectId:
        """The Create of a note."""
        id = ObjectId(self.locations.post(self._next()))
        self._log("Create", {**self._note(id, html, handle), **changes}, self.locations.actor(handle))  # type: ignore[dict-item]
        return id

    def edit(self, id: ObjectId, html: str) -> None:
        self._log("Update", {**self._note(id, html, "dock"), "updated": self._text()}, self.campaign)

    def retract(self, id: ObjectId) -> None:
        self._log("Delete", tombstone(id=id, deleted=self._moment()), self.campaign)

    def _note(self, id: ObjectId, html: str, handle: str) -> JsonObject:
        text = NoteText(html=html, source=html, warning=None, language="en", mentions=(), hashtags=())
        author, serial = self.locations.actor(handle), id.rsplit("/", 1)[-1]
        page = self.locations.post_page(handle, serial)
        return note(id=id, author=author, page=page, text=text, published=self._moment(), updated=None)

    def _log(self, type: str, object: JsonObject, actor: ActorId) -> None:
        self.at += timedelta(minutes=1)
        signer = Signer(actor=actor, rsa=_RSA, ed25519=self.actor_key)
        activity = public_activity(
            type,
            id=ActivityId(self.locations.activity(self._next())),
            actor=actor,
            object=signer.prove(object, self._moment()),
            published=self._moment(),
        )
        self.said.append(commit_to(signer.prove(activity, self._moment())))

    def checkpoint(self, size: int | None = None) -> bytes:
        return sign_checkpoint(self.head(size), key=self.log_key)

    def head(self, size: int | None = None) -> Checkpoint:
        count = self.size if size is None else size
        hashes = [leaf_hash(entry.commitment) for entry, _ in self.said[:count]]
        return Checkpoint(self.log, count, root_of(hashes))

    def receipt(self, of: Elsewhere, *, at: datetime, size: int | None = None) -> Receipt:
        """What this union signs as a mirror of another."""
        return self.receipt_for(of.head(size), at=at)

    def receipt_for(self, head: Checkpoint, *, at: datetime) -> Receipt:
        line = cosign(write_checkpoint(head), name=f"{self.did}/mirror", key=self.cosigner, at=at)
        return Receipt(log=LogName(head.origin), mirror=self.did, size=head.size, at=at, line=line)

    def peer(self, **changes: object) -> Peer:
        given: dict[str, object] = {
            "did": self.did,
            "url": self.url,
            "actor": self.locations.instance_actor,
            "name": self.name,
            "state": "mutual",
            "is_unlisted": False,
            "follow": ActivityId("https://union.example/activities/1"),
            "their_follow": ActivityId(f"{self.url}/activities/1"),
            "added_at": NOON,
            "confirmed_at": NOON,
            "heard_at": self.at,
            "silent_since": None,
            "poll_at": self.at,
            "failures": 0,
        }
        return Peer(**{**given, **changes})  # type: ignore[arg-type]

    async def hold(self, store: Store, *, mirror: Elsewhere | None = None, **changes: object) -> None:
        """Keep the pact, the charter and the whole record, complete and cosigned, with what it takes back withdrawn."""
        await store.add_peer(self.peer(**changes))
        await store.add_charter(self.charter())
        await store.add_log(a_log(self.log))
        await self.hold_more(store, mirror=mirror)

    async def hold_nothing(self, store: Store) -> None:
        """Know of it as a mirror of others: its pact and its charter."""
        await store.add_peer(self.peer())
        await store.add_charter(self.charter())

    async def hold_more(
        self, store: Store, *, mirror: Elsewhere | None = None, spared: Collection[ObjectId] = ()
    ) -> None:
        """What was said since, until the head: leaves, withdrawals but for what is spared, checkpoint."""
        log = await store.find_log(self.log)
        assert log is not None
        leaves = [self._leaf(place) for place in range(log.size, self.size)]
        known = await store.find_tiles(self.log, {(level, number) for level in range(3) for number in range(5)})
        changed = grow(known, log.size, [leaf_hash(leaf.entry) for leaf in leaves])
        tiles = [Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in changed.items()]
        assert await store.grow_log(self.log, expecting=log.size, leaves=leaves, tiles=tiles)
        await self._withdraw(store, log, spared)
        note = self.checkpoint()
        if mirror is not None:
            note = add_lines(note, [mirror.receipt(self, at=self.at).line])
        assert await store.set_pending(self.log, expecting=log.pending_size, size=self.size, checkpoint=note)
        assert await store.set_checkpoint(
            self.log, expecting=log.checkpoint_size, size=self.size, checkpoint=note, at=self.at
        )

    async def _withdraw(self, store: Store, log: KeptLog, spared: Collection[ObjectId]) -> None:
        newest = {entry.object: place for place, (entry, _) in enumerate(self.said) if entry.object not in spared}
        old = [
            place
            for place, (entry, _) in enumerate(self.said)
            if newest.get(entry.object, place) != place and not entry.is_profile and entry.type != "Delete"
        ]
        standing = {place: _is_note(self.said[place][0]) for place in newest.values()}
        standing |= dict.fromkeys(old, False)
        assert await store.withdraw_leaves(
            self.log, expecting=log.withdrawn_to, to=self.size, places=old, standing=standing, at=self.at
        )

    def _leaf(self, place: int) -> Leaf:
        entry, activity = self.said[place]
        return Leaf(
            place=place,
            entry=entry.commitment,
            digest=_digest(entry),
            activity=entry.activity,
            actor=entry.actor,
            object=entry.object,
            type=entry.type,
            published_at=entry.published_at,
            state="held",
            is_standing=_is_note(entry),
            kept_at=self.at,
            changed_at=self.at,
            body=activity.body,
        )

    def _next(self) -> str:
        self._serial += 1
        return str(self._serial)

    def _moment(self) -> datetime:
        return self.at.replace(microsecond=0)

    def _text(self) -> str:
        return self._moment().strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_note(entry: Entry) -> bool:
    return entry.type in ("Create", "Update") and not entry.is_profile


def _digest(entry: Entry) -> str:
    return str(load_object(entry.commitment)["digest"])
