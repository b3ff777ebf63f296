"""Records for tests: each maker gives a whole one, and takes what the test cares about."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from storage.ids import ActivityId, ActorId, Did, Digest, Host, InboxUrl, KeyId, Lease, ObjectId
from storage.records import (
    Activity,
    Charter,
    Delivery,
    DeliveryResult,
    Entry,
    Follower,
    Following,
    HostHealth,
    HostScheme,
    LocalActor,
    MediaFile,
    NewDelivery,
    Picture,
    Post,
    Reaction,
    Received,
    RemoteActor,
    RemoteKey,
    RemotePost,
    Report,
    Union,
)

NOON: Final = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
OURS: Final = ActorId("https://union.example/actors/union")
OTHER_OURS: Final = ActorId("https://union.example/actors/koreno")
ANNA: Final = ActorId("https://peer.example/users/anna")
BELA: Final = ActorId("https://peer.example/users/bela")
LEASE: Final = Lease("worker-1")
OTHER_LEASE: Final = Lease("worker-2")


def after(**parts: float) -> datetime:
    """Noon and so many minutes, hours or days."""
    return NOON + timedelta(**parts)


def a_union(**changes: Any) -> Union:
    given = {"did": Did("did:key:z6MkOurs"), "name": "Union", "url": "https://union.example"}
    return Union(**{**given, "created_at": NOON, **changes})


def a_charter(**changes: Any) -> Charter:
    given = {"did": Did("did:key:z6MkOurs"), "epoch": 1, "digest": "zQmOne", "body": b'{"epoch":1}'}
    return Charter(**{**given, **changes})


def an_actor(handle: str = "union", **changes: Any) -> LocalActor:
    given = {
        "id": ActorId(f"https://union.example/actors/{handle}"),
        "handle": handle,
        "kind": "campaign",
        "type": "Person",
        "name": "우리 노조 ✊",
        "summary": "Wir *streiken*.",
        "rsa_public_pem": "-----BEGIN PUBLIC KEY-----\n…",
        "ed25519_multibase": "z6MkActor",
        "approves_followers": False,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return LocalActor(**{**given, **changes})


def an_activity(number: int = 1, **changes: Any) -> Activity:
    given = {
        "id": ActivityId(f"https://union.example/activities/{number}"),
        "actor": OURS,
        "type": "Create",
        "object": ObjectId(f"https://union.example/objects/{number}"),
        "body": b'{"type":"Create", "number": %d}\x00\xff' % number,
        "created_at": NOON,
    }
    return Activity(**{**given, **changes})


def an_entry(number: int = 1, **changes: Any) -> Entry:
    activity = an_activity(number)
    given = {
        "activity": activity.id,
        "actor": activity.actor,
        "type": activity.type,
        "object": activity.object,
        "published_at": NOON,
        "commitment": b'{"number":%d}' % number,
    }
    return Entry(**{**given, **changes})


def a_post(number: int = 1, **changes: Any) -> Post:
    given = {
        "id": ObjectId(f"https://union.example/objects/{number}"),
        "actor": OURS,
        "serial": str(number),
        "activity": ActivityId(f"https://union.example/activities/{number}"),
        "index": number - 1,
        "html": "<p>Streik!</p>",
        "text": "Streik!",
        "warning": None,
        "language": "de",
        "tags": ("streik", "파업"),
        "published_at": NOON,
        "updated_at": None,
        "retracted_at": None,
        "body": b'{"type":"Note"}',
    }
    return Post(**{**given, **changes})


def a_file(number: int = 1, **changes: Any) -> MediaFile:
    given = {"digest": Digest(f"{number:064x}"), "media_type": "image/jpeg", "width": 640, "height": 480, "size": 9045}
    return MediaFile(**{**given, **changes})


def a_picture(number: int = 1, preview: int | None = None, **changes: Any) -> Picture:
    given = {"file": a_file(number), "blurhash": "L00000fQfQfQfQfQfQfQfQfQfQfQ", "alt": "Eine Menge am Tor ✊"}
    return Picture(**{**given, "preview": None if preview is None else a_file(preview, width=64), **changes})


def a_follower(actor: ActorId = ANNA, **changes: Any) -> Follower:
    given = {
        "actor": actor,
        "follows": OURS,
        "activity": ActivityId(f"{actor}/follows/1"),
        "inbox": InboxUrl(f"{actor}/inbox"),
        "shared_inbox": None,
        "state": "accepted",
        "since": NOON,
    }
    return Follower(**{**given, **changes})


def a_following(follows: ActorId = ANNA, **changes: Any) -> Following:
    given = {
        "actor": OURS,
        "follows": follows,
        "activity": ActivityId("https://union.example/activities/follow"),
        "inbox": InboxUrl(f"{follows}/inbox"),
        "state": "asked",
        "asked_at": NOON,
    }
    return Following(**{**given, **changes})


def a_delivery(number: int = 1, host: str = "peer.example", **changes: Any) -> NewDelivery:
    """Number is the activity's; by default each activity is about an object of its own."""
    given = {
        "activity": ActivityId(f"https://union.example/activities/{number}"),
        "inbox": InboxUrl(f"https://{host}/inbox"),
        "host": Host(host),
        "actor": OURS,
        "object": ObjectId(f"https://union.example/objects/{number}"),
        "type": "Create",
        "due_at": NOON,
    }
    return NewDelivery(**{**given, **changes})


def a_result(claimed: Delivery, **changes: Any) -> DeliveryResult:
    """By default: delivered."""
    given = {
        "serial": claimed.serial,
        "lease": claimed.lease,
        "state": "delivered",
        "due_at": claimed.due_at,
        "attempts": claimed.attempts + 1,
        "first_failed_at": None,
        "gone_answers": 0,
        "error": None,
    }
    return DeliveryResult(**{**given, **changes})


def a_host(host: str = "peer.example", **changes: Any) -> HostHealth:
    given = {"host": Host(host), "failures": 3, "first_failure_at": NOON, "rests": 1}
    return HostHealth(**{**given, "resting_until": after(hours=1), **changes})


def a_scheme(host: str = "peer.example", **changes: Any) -> HostScheme:
    return HostScheme(**{"host": Host(host), "scheme": "rfc9421", "learnt_at": NOON, **changes})


def a_received(number: int = 1, **changes: Any) -> Received:
    given = {
        "id": ActivityId(f"https://peer.example/activities/{number}"),
        "actor": ANNA,
        "type": "Create",
        "body": b'{"type":"Create"} ',
        "received_at": NOON,
    }
    return Received(**{**given, **changes})


def a_remote_key(name: str = "main-key", owner: ActorId = ANNA, **changes: Any) -> RemoteKey:
    given = {"id": KeyId(f"{owner}#{name}"), "owner": owner, "kind": "rsa", "public": f"PEM of {name}"}
    return RemoteKey(**{**given, "fetched_at": NOON, **changes})


def a_remote_actor(id: ActorId = ANNA, **changes: Any) -> RemoteActor:
    given = {
        "id": id,
        "type": "Person",
        "handle": "anna",
        "name": "Anna",
        "url": "https://peer.example/@anna",
        "inbox": InboxUrl(f"{id}/inbox"),
        "shared_inbox": InboxUrl("https://peer.example/inbox"),
        "keys": (a_remote_key("main-key", id), a_remote_key("a-second", id, kind="ed25519")),
        "fetched_at": NOON,
    }
    return RemoteActor(**{**given, **changes})


def a_remote_post(number: int = 1, **changes: Any) -> RemotePost:
    given = {
        "id": ObjectId(f"https://peer.example/notes/{number}"),
        "actor": ANNA,
        "type": "Note",
        "html": "<p>Solidarity</p>",
        "warning": None,
        "url": f"https://peer.example/@anna/{number}",
        "in_reply_to": None,
        "comment_on": None,
        "comment_state": None,
        "in_timeline": True,
        "is_public": True,
        "published_at": after(minutes=number),
        "updated_at": None,
        "received_at": after(minutes=number, seconds=5),
    }
    return RemotePost(**{**given, **changes})


def a_reaction(actor: ActorId = ANNA, **changes: Any) -> Reaction:
    given = {
        "object": ObjectId("https://union.example/objects/1"),
        "kind": "like",
        "actor": actor,
        "activity": ActivityId(f"{actor}/likes/1"),
        "received_at": NOON,
    }
    return Reaction(**{**given, **changes})


def a_report(number: int = 1, **changes: Any) -> Report:
    given = {
        "id": ActivityId(f"https://peer.example/flags/{number}"),
        "actor": ANNA,
        "objects": ("https://union.example/objects/1", "https://peer.example/notes/1"),
        "text": "Spam, they say.",
        "received_at": after(minutes=number),
    }
    return Report(**{**given, **changes})
