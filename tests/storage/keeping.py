"""Kept logs, peers and what goes with them, for tests: each maker gives one, and takes what the test cares about."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from storage.ids import ActivityId, ActorId, Did, Digest, LogName, ObjectId
from storage.records import Evidence, HeldMedia, KeptLog, Leaf, Peer, Receipt, Retraction, Tile, Withheld, empty_log
from storage.store import Store
from tests.storage.making import NOON, after

PEER: Final = Did("did:key:z6MkPeer")
OTHER_PEER: Final = Did("did:key:z6MkPeer2")
LOG: Final = LogName(f"{PEER}/1")
OTHER_LOG: Final = LogName(f"{OTHER_PEER}/1")
SAYS: Final = ActorId("https://peer.example/actors/union")
ALSO_SAYS: Final = ActorId("https://peer.example/actors/mine")


def a_log(name: LogName = LOG, **changes: Any) -> KeptLog:
    did, _, epoch = name.rpartition("/")
    return replace(empty_log(name, did=Did(did), epoch=int(epoch), state="following"), **changes)


def a_leaf(place: int = 0, **changes: Any) -> Leaf:
    """By default wanted, each about a note of its own."""
    given = {
        "place": place,
        "entry": b'{"place":%d}' % place,
        "digest": f"zQm{place}",
        "activity": ActivityId(f"https://peer.example/activities/{place}"),
        "actor": None,
        "object": ObjectId(f"https://peer.example/objects/{place}"),
        "type": "Create",
        "published_at": after(minutes=place),
        "state": "wanted",
        "is_standing": False,
        "kept_at": NOON,
        "changed_at": NOON,
        "body": None,
    }
    return Leaf(**{**given, **changes})


def a_held(place: int = 0, **changes: Any) -> Leaf:
    """A leaf with its body, of a note that stands."""
    body = b'{"held":%d}\x00\xff' % place
    return a_leaf(place, **{"state": "held", "actor": SAYS, "is_standing": True, "body": body, **changes})


def tiles_over(size: int) -> list[Tile]:
    """Tiles as wide as those over so many leaves, of hashes that mean nothing."""
    tiles, level = [], 0
    while size:
        for number in range(-(-size // 256)):
            width = min(256, size - 256 * number)
            tiles.append(Tile(level=level, number=number, hashes=bytes([level, number % 256]) * 16 * width))
        size, level = size // 256, level + 1
    return tiles


async def keep(store: Store, leaves: Sequence[Leaf], name: LogName = LOG, **changes: Any) -> None:
    """A log with these leaves."""
    await store.add_log(a_log(name, **changes))
    assert await store.grow_log(name, expecting=0, leaves=leaves, tiles=tiles_over(len(leaves)))


def a_receipt(mirror: str = "did:key:z6MkMirror", **changes: Any) -> Receipt:
    given = {"log": LOG, "mirror": Did(mirror), "size": 3, "at": NOON, "line": f"— {mirror}/mirror AAAA\n"}
    return Receipt(**{**given, **changes})


def a_peer(did: Did = PEER, **changes: Any) -> Peer:
    given = {
        "did": did,
        "url": "https://peer.example",
        "actor": ActorId(f"https://peer.example/{did}/actor"),
        "name": "Gewerkschaft ✊",
        "state": "mutual",
        "is_unlisted": False,
        "follow": None,
        "their_follow": ActivityId("https://peer.example/activities/follow"),
        "added_at": NOON,
        "confirmed_at": None,
        "heard_at": after(hours=1),
        "silent_since": None,
        "poll_at": after(hours=2),
        "failures": 0,
    }
    return Peer(**{**given, **changes})


OLDER_EVIDENCE: Final[tuple[tuple[str, bytes, bytes, str], ...]] = (
    ("fork", b"one head", b"another", "fork"),
    ("charter", b"{}", b"{}", "charter"),
    ("home", b"{}", b"", "home"),
    ("home", b"", b"{}", "claim"),
    ("unserved", b"no entry", b"", "unserved"),
    ("unserved", b"{}", b"an activity", "unserved"),
    ("unserved", "— a promise".encode(), b"{}", "lapse"),
    ("unserved", b"", b"a smaller head", "lapse"),
)
"""Kind, first and second as they were kept before claims and lapses had kinds of their own, and the kind now."""


def some_evidence(digest: str = "ab" * 32, **changes: Any) -> Evidence:
    given = {"did": PEER, "kind": "fork", "digest": digest, "first": b"one head", "second": b"another\x00\xff"}
    return Evidence(**{**given, "found_at": NOON, **changes})


def a_withheld(number: int = 1, **changes: Any) -> Withheld:
    given = {"did": PEER, "object": ObjectId(f"https://peer.example/objects/{number}"), "reason": "Klage läuft"}
    return Withheld(**{**given, "since": NOON, **changes})


def a_retraction(number: int = 1, **changes: Any) -> Retraction:
    given = {"did": PEER, "object": ObjectId(f"https://peer.example/objects/{number}"), "body": b'{"signed":1}\x00\xff'}
    return Retraction(**{**given, "kept_at": NOON, **changes})


def a_held_file(number: int = 1, **changes: Any) -> HeldMedia:
    given = {"did": PEER, "digest": Digest(f"{number:064x}"), "media_type": "image/png", "size": 100 + number}
    return HeldMedia(**{**given, "is_held": True, "is_named": True, "changed_at": NOON, **changes})
