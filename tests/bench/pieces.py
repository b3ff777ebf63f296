"""The pieces of a delivery and of an inbox on one core and without the network, each beside its primitive."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from federation.httpsig.request import SignedRequest
from federation.httpsig.sign import sign_cavage
from federation.httpsig.verify import read_signature, verify
from federation.keys import dump_public_pem, load_public_pem, new_ed25519, new_rsa
from federation.log.append import append
from federation.proofs import integrity
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject
from federation.tlog.merkle import leaf_hashes, root_of, verify_subtree
from federation.tlog.tiles import TILE_WIDTH, Tiles, grow, read_bundle, write_bundle
from storage.backends import open_store
from storage.ids import KeyId
from tests.bench.figures import micros, tell_ratio

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
APPENDS = 200
KEY_ID = KeyId("https://union.example/actors/strike#main-key")
INBOX = "https://peer.example/inbox"


async def pieces(_folder: Path) -> None:
    """All of them that need no disk."""
    _requests()
    _proofs()
    _bundles()


def activity(number: int) -> JsonObject:
    """A Create of some 1 kB, as `post` makes it."""
    base = "https://union.example"
    note: JsonObject = {
        "id": f"{base}/objects/{number}",
        "type": "Note",
        "attributedTo": f"{base}/actors/strike",
        "content": "<p>We walked out at six this morning.</p>" * 12,
        "published": "2026-11-22T12:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
    }
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{base}/activities/{number}",
        "type": "Create",
        "actor": f"{base}/actors/strike",
        "object": note,
        "published": "2026-11-22T12:00:00Z",
    }


def _requests() -> None:
    """Signing and verifying one request, beside the RSA primitive."""
    key, body = new_rsa(), canonical(activity(1))
    public = load_public_pem(dump_public_pem(key.public_key()))

    def sign() -> dict[str, str]:
        return sign_cavage(
            method="POST",
            url=INBOX,
            body=body,
            content_type="application/activity+json",
            key_id=KEY_ID,
            key=key,
            now=NOW,
        )

    headers = tuple((name.lower(), value) for name, value in sign().items())
    request = SignedRequest(method="POST", target="/inbox", headers=headers, body=body)
    claim = read_signature(request, hosts=["peer.example"], now=NOW)
    bare_sign = micros(lambda: key.sign(body, PKCS1v15(), SHA256()))
    bare_verify = micros(lambda: public.verify(claim.signature, claim.message))
    tell_ratio("sign a delivery", micros(sign), bare_sign, "RSA-2048 sign")
    tell_ratio(
        "verify a delivery",
        micros(lambda: verify(read_signature(request, hosts=["peer.example"], now=NOW), public)),
        bare_verify,
        "RSA-2048 verify",
    )


def _proofs() -> None:
    """Proving one document, beside the Ed25519 primitive."""
    key, document = new_ed25519(), activity(1)
    bare = micros(lambda: key.sign(b"x" * 64))
    cost = micros(lambda: integrity.sign(document, key=key, method=KEY_ID, now=NOW))
    tell_ratio("prove a document", cost, bare, "Ed25519 sign")


def _bundles() -> None:
    """Checking 256 entries of a log against its head, beside the 511 hashes that this takes at least."""
    entries = [b"x" * 300 for _ in range(TILE_WIDTH)]
    raw, tiles = write_bundle(entries), Tiles(grow({}, 0, leaf_hashes(entries * 4)))
    root, proof = tiles.root(4 * TILE_WIDTH), tiles.subtree(0, TILE_WIDTH, 4 * TILE_WIDTH)

    def check() -> None:
        part = root_of(leaf_hashes(read_bundle(raw, most=TILE_WIDTH)))
        verify_subtree(start=0, end=TILE_WIDTH, subtree_root=part, size=4 * TILE_WIDTH, root=root, proof=proof)

    def bare() -> None:
        for entry in entries:
            sha256(entry).digest()
        for _ in range(TILE_WIDTH - 1):
            sha256(bytes(65)).digest()

    tell_ratio("verify a bundle of 256 entries", micros(check), micros(bare), "511 SHA-256")


async def appends(folder: Path) -> None:
    """Appending durably, beside writing and syncing a file on the same disk."""
    store = await open_store(f"sqlite:///{folder / 'bench.db'}")
    try:
        began = time.perf_counter()
        for number in range(APPENDS):
            await append(activity(number), store, expecting=number)
        cost = (time.perf_counter() - began) / APPENDS * 1e6
    finally:
        await store.close()
    tell_ratio("append an activity", [cost], [_synced_writes(folder)], "write and fsync of 2 kB")


def _synced_writes(folder: Path) -> float:
    with (folder / "plain").open("wb", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(APPENDS):
            file.write(b"x" * 2048)
            os.fsync(file.fileno())
        return (time.perf_counter() - began) / APPENDS * 1e6
