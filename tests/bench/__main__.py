"""`make bench`: each figure beside its limit, measured in one run, one JSON line each.

What is timed here are the pieces of a delivery and of an inbox, on one core and without the network;
pages are asked for over loopback.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

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
from storage.backends import open_store
from storage.ids import KeyId
from tests.bench.pages import page_costs

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROUNDS, TIMES = 7, 200
KEY_ID = KeyId("https://union.example/actors/strike#main-key")
INBOX = "https://peer.example/inbox"


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


def micros(work: Callable[[], object]) -> float:
    """Median µs of one call, over rounds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(TIMES):
            work()
        rounds.append((time.perf_counter() - began) / TIMES * 1e6)
    return median(rounds)


def tell(figure: str, cost: float, limit: float, what: str) -> None:
    """One JSON line: cost and limit in µs, and how much of the limit's rate is reached."""
    line = {"figure": figure, "us": round(cost, 1), "limit_us": round(limit, 1), "limit": what}
    sys.stdout.write(json.dumps({**line, "of_limit": round(limit / cost, 3)}) + "\n")


def requests() -> None:
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
    tell("sign a delivery", micros(sign), bare_sign, "RSA-2048 sign")
    tell(
        "verify a delivery",
        micros(lambda: verify(read_signature(request, hosts=["peer.example"], now=NOW), public)),
        bare_verify,
        "RSA-2048 verify",
    )


def proofs() -> None:
    """Proving one document, beside the Ed25519 primitive."""
    key, document = new_ed25519(), activity(1)
    bare = micros(lambda: key.sign(b"x" * 64))
    cost = micros(lambda: integrity.sign(document, key=key, method=KEY_ID, now=NOW))
    tell("prove a document", cost, bare, "Ed25519 sign")


async def appends(folder: Path) -> None:
    """Appending durably, beside writing and syncing a file on the same disk."""
    store = await open_store(f"sqlite:///{folder / 'bench.db'}")
    try:
        began = time.perf_counter()
        for number in range(TIMES):
            await append(activity(number), store)
        cost = (time.perf_counter() - began) / TIMES * 1e6
    finally:
        await store.close()
    tell("append an activity", cost, _synced_writes(folder), "write and fsync of 2 kB")


def _synced_writes(folder: Path) -> float:
    with (folder / "plain").open("wb", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(TIMES):
            file.write(b"x" * 2048)
            os.fsync(file.fileno())
        return (time.perf_counter() - began) / TIMES * 1e6


async def pages(folder: Path) -> None:
    """A reader's page, drawn already; target 0.3 of the limit."""
    page, known, plain = await page_costs(folder)
    tell("a campaign page", page, plain, "plain aiohttp GET of as many bytes")
    tell("304 for that page", known, plain, "plain aiohttp GET of as many bytes")


def main() -> None:
    """All figures."""
    requests()
    proofs()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(appends(Path(folder)))
        asyncio.run(pages(Path(folder)))


main()
