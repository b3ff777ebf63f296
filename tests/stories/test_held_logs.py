"""Logs of peers, served as ours is: what is held, to the head that was signed and cosigned, and no secret of a pact."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.activitystreams.pictures import read_digest
from federation.keys import did_key, encode_multibase, multihash_sha256, new_ed25519
from federation.log.tree import log_name
from federation.proofs.jcs import canonical
from federation.tlog.checkpoints import Checkpoint, sign_checkpoint, write_checkpoint
from federation.tlog.cosignatures import cosign
from federation.tlog.merkle import leaf_hash, root_of
from federation.tlog.notes import read_note
from federation.tlog.tiles import grow
from storage.ids import ActivityId, ActorId, Did, Digest, LogName, ObjectId
from storage.records import HeldMedia, Leaf, Peer, Receipt, Tile, Withheld
from tests.storage.keeping import a_log
from tests.stories.reading_logs import by_origin, get, our_log, our_name, read_head
from tests.village import START, Village, Villager

HOME = "https://peer.example"
SAYS = ActorId(f"{HOME}/actors/union")


@dataclass(frozen=True, slots=True)
class Held:
    """A peer's log as we hold it."""

    us: Villager
    did: Did
    key: Ed25519PrivateKey
    bodies: tuple[bytes, ...]

    @property
    def name(self) -> LogName:
        return log_name(self.did, 1)

    @property
    def path(self) -> str:
        return f"/log/{self.did}"

    async def change(self, **changes: object) -> None:
        peer = await self.us.node.store.find_peer(self.did)
        assert peer is not None
        assert await self.us.node.store.save_peer(replace(peer, **changes))  # type: ignore[arg-type]


def a_peer(did: Did, **changes: object) -> Peer:
    peer = Peer(
        did=did,
        url=HOME,
        actor=ActorId(f"{HOME}/actor"),
        name="Peer",
        state="mutual",
        is_unlisted=False,
        follow=ActivityId(f"https://us.example/activities/{did[-8:]}"),
        their_follow=ActivityId(f"{HOME}/activities/1"),
        added_at=START,
        confirmed_at=START,
        heard_at=START,
        silent_since=None,
        poll_at=START,
        failures=0,
    )
    return replace(peer, **changes)  # type: ignore[arg-type]


def a_leaf(place: int, body: bytes) -> Leaf:
    activity, object = f"{HOME}/activities/{place}", f"{HOME}/objects/{place}"
    digest = multihash_sha256(body)
    entry = canonical({"activity": activity, "digest": digest, "object": object, "type": "Create"})
    return Leaf(
        place=place,
        entry=entry,
        digest=digest,
        activity=ActivityId(activity),
        actor=SAYS,
        object=ObjectId(object),
        type="Create",
        published_at=START,
        state="held",
        is_standing=True,
        kept_at=START,
        changed_at=START,
        body=body,
    )


@pytest.fixture
async def held(village: Village) -> Held:
    us = await village.add("koreno")
    key, did = new_ed25519(), did_key(new_ed25519().public_key())
    held = Held(us, did, key, tuple(canonical({"id": f"{HOME}/activities/{n}", "n": "x" * 60_000}) for n in range(40)))
    store = us.node.store
    await store.add_peer(a_peer(did))
    await store.add_log(a_log(held.name))
    leaves = [a_leaf(place, body) for place, body in enumerate(held.bodies)]
    hashes = [leaf_hash(leaf.entry) for leaf in leaves]
    tiles = [Tile(level=level, number=number, hashes=row) for (level, number), row in grow({}, 0, hashes).items()]
    assert await store.grow_log(held.name, expecting=0, leaves=leaves, tiles=tiles)
    note = sign_checkpoint(Checkpoint(held.name, 39, root_of(hashes[:39])), key=key)
    assert await store.set_checkpoint(held.name, expecting=0, size=39, checkpoint=note, at=START)
    return held


async def test_what_is_held_is_served_to_its_mirror_checkpoint_and_no_further(held: Held) -> None:
    for prefix in (held.path, f"{held.path}/1", by_origin(held.name)):
        head = await get(held.us, f"{prefix}/checkpoint")
        assert (200, b"39") == (head.status, head.body.split(b"\n")[1])
        for path in ("tile/0/000.p/39", "tile/entries/000.p/39", "proof/38", "activities?from=38"):
            assert 200 == (await get(held.us, f"{prefix}/{path}")).status, path
        for path in ("tile/0/000.p/40", "tile/entries/000.p/40", "proof/39", "activities?from=40"):
            assert 404 == (await get(held.us, f"{prefix}/{path}")).status, path
        assert 1 == (await get(held.us, f"{prefix}/activities?from=38")).body.count(b"\n")
        digest = multihash_sha256(held.bodies[39])
        assert 404 == (await get(held.us, f"{prefix}/activity/{digest}")).status


async def test_a_page_of_activities_ends_at_one_mebibyte(held: Held) -> None:
    page = (await get(held.us, f"{held.path}/activities?from=0&limit=1000")).body
    lines = page.splitlines()
    assert held.bodies[: len(lines)] == tuple(lines)
    assert 1024 * 1024 - 61_000 < len(page) <= 1024 * 1024
    rest = (await get(held.us, f"{held.path}/activities?from={len(lines)}&limit=1000")).body.splitlines()
    assert held.bodies[len(lines) : 2 * len(lines)] == tuple(rest)


async def test_what_is_not_fetched_yet_is_not_called_withdrawn(held: Held) -> None:
    """A leaf that waits for its bytes lies above the mirror checkpoint; asked for by digest it is not there."""
    store, body = held.us.node.store, b'{"later":1}'
    wanted = replace(a_leaf(40, body), state="wanted", body=None, actor=None, is_standing=False)
    hashes = (await store.find_tiles(held.name, [(0, 0)]))[0, 0] + leaf_hash(wanted.entry)
    assert await store.grow_log(
        held.name, expecting=40, leaves=[wanted], tiles=[Tile(level=0, number=0, hashes=hashes)]
    )
    assert 404 == (await get(held.us, f"{held.path}/activity/{multihash_sha256(body)}")).status


async def test_what_organisers_withhold_is_not_given_out_and_the_reason_is(held: Held) -> None:
    object = ObjectId(f"{HOME}/objects/3")
    await held.us.node.store.withhold(Withheld(did=held.did, object=object, reason="A court said so", since=START))
    digest = multihash_sha256(held.bodies[3])
    assert 410 == (await get(held.us, f"{held.path}/activity/{digest}")).status
    assert 410 == (await get(held.us, f"{held.path}/proof/3")).status
    assert b'{"withdrawn":3}\n' == (await get(held.us, f"{held.path}/activities?from=3&limit=1")).body
    told = json.loads((await get(held.us, f"{held.path}/withheld")).body)
    assert [{"object": object, "reason": "A court said so", "since": "2026-11-22T12:00:00Z"}] == told["withheld"]
    assert 200 == (await get(held.us, f"{held.path}/tile/entries/000.p/4")).status


async def test_a_pact_that_we_ended_ends_serving_and_one_that_they_ended_does_not(held: Held) -> None:
    await held.change(state="removed", their_follow=None)
    assert 200 == (await get(held.us, f"{held.path}/checkpoint")).status
    await held.change(state="removed", is_ended=True)
    for prefix in (held.path, f"{held.path}/1", by_origin(held.name)):
        for path in ("checkpoint", "activities", "tile/0/000.p/1", "proof/0", "receipts", "withheld"):
            assert 404 == (await get(held.us, f"{prefix}/{path}")).status


async def test_a_file_of_a_peer_is_bytes_to_be_stored_and_nothing_to_be_shown(held: Held) -> None:
    node, body = held.us.node, b"<script>alert(1)</script>" * 9000
    digest = await node.blobs.add_blob(body)
    media = HeldMedia(
        did=held.did,
        digest=digest,
        media_type="text/html",
        size=len(body),
        is_held=True,
        is_named=True,
        changed_at=START,
    )
    assert 404 == (await get(held.us, f"{held.path}/media/{digest}")).status
    await node.store.save_held_media([media])
    multibase = encode_multibase(b"\x12\x20" + bytes.fromhex(digest))
    assert digest == read_digest(multibase)
    for name in (digest, multibase):
        answer = await get(held.us, f"{held.path}/media/{name}")
        assert (200, body) == (answer.status, answer.body)
        assert "application/octet-stream" == answer.headers["Content-Type"]
        assert ("attachment", "nosniff") == (
            answer.headers["Content-Disposition"],
            answer.headers["X-Content-Type-Options"],
        )
    assert 404 == (await get(held.us, f"{our_log(held.us)}/media/{digest}")).status
    await node.store.save_held_media([replace(media, is_named=False)])
    assert 410 == (await get(held.us, f"{held.path}/media/{digest}")).status
    other = Digest(hashlib.sha256(b"other").hexdigest())
    assert 404 == (await get(held.us, f"{held.path}/media/{other}")).status


async def add_receipt(us: Villager, mirror: Peer, *, size: int | None = None) -> str:
    """A mirror's receipt for our head, or one for another size."""
    head, key = await read_head(us), new_ed25519()
    line = cosign(write_checkpoint(head), name=f"{mirror.did}/mirror", key=key, at=START)
    receipt = Receipt(log=our_name(us), mirror=mirror.did, size=size or head.size, at=START, line=line)
    assert await us.node.store.save_receipt(receipt)
    return line


async def test_a_checkpoint_carries_receipts_for_its_size_and_the_others_are_at_receipts(held: Held) -> None:
    us = held.us
    await us.do("campaign add", handle="strike", name="Strike")
    one, other = (did_key(new_ed25519().public_key()) for _ in range(2))
    for did in (one, other):
        await us.node.store.add_peer(a_peer(did, actor=ActorId(f"{HOME}/{did}")))
    line = await add_receipt(us, a_peer(one))
    await add_receipt(us, a_peer(other), size=1)
    note = read_note((await get(us, f"{our_log(us)}/checkpoint")).body)
    assert [our_name(us), f"{one}/mirror"] == [signature.name for signature in note.signatures]
    rows = json.loads((await get(us, f"{our_log(us)}/receipts")).body)["receipts"]
    assert [(one, 2, line), (other, 1)] == [
        (rows[0]["mirror"], rows[0]["size"], rows[0]["line"]),
        (rows[1]["mirror"], rows[1]["size"]),
    ]


async def test_nobody_learns_of_a_mirror_that_is_unlisted_or_was_removed_or_is_unknown(held: Held) -> None:
    us = held.us
    peers = [
        a_peer(did_key(new_ed25519().public_key()), **changes)
        for changes in ({"is_unlisted": True}, {"state": "removed", "is_ended": True})
    ]
    for number, peer in enumerate(peers):
        await us.node.store.add_peer(replace(peer, actor=ActorId(f"{HOME}/{number}")))
    for peer in [*peers, a_peer(did_key(new_ed25519().public_key()))]:
        await add_receipt(us, peer)
    for path in ("checkpoint", "receipts", "proof/0"):
        answer = await get(us, f"{our_log(us)}/{path}")
        assert 200 == answer.status
        assert not [peer.did for peer in peers if peer.did.encode() in answer.body]
        assert b"/mirror" not in answer.body


async def test_a_checkpoint_has_fifteen_receipts_at_most(held: Held) -> None:
    us = held.us
    for number in range(17):
        peer = a_peer(did_key(new_ed25519().public_key()), added_at=START + timedelta(minutes=number))
        await us.node.store.add_peer(replace(peer, actor=ActorId(f"{HOME}/{number}")))
        await add_receipt(us, peer)
    note = read_note((await get(us, f"{our_log(us)}/checkpoint")).body)
    assert 16 == len(note.signatures)
    assert 17 == len(json.loads((await get(us, f"{our_log(us)}/receipts")).body)["receipts"])
