"""`charter show`: the epochs of this union, and the words by which people compare its key."""

from __future__ import annotations

from federation.identity import fingerprint
from federation.identity.charter import read_charter
from federation.mirror.charters import list_strange
from federation.strictjson import JsonObject, JsonValue
from federation.times import rfc3339
from node.context import Node


async def show_charters(node: Node) -> JsonObject:
    """The union's did and fingerprint, and its charters, newest first, each verified as it is read."""
    charters = await node.store.list_charters(node.union.did)
    claims = [(charter.digest, read_charter(charter.body)) for charter in charters]
    return {
        "union": node.union.did,
        "fingerprint": fingerprint.words(node.union.did),
        "digits": fingerprint.digits(node.union.did),
        "charters": [
            {
                "epoch": claim.epoch,
                "name": claim.name,
                "homes": list(claim.homes),
                "digest": digest,
                "after": claim.after.size,
                "published": rfc3339(claim.published_at),
            }
            for digest, claim in claims
        ],
        "against": list[JsonValue](await list_strange(node.store, node.union.did)),
    }
