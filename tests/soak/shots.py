"""What a flood is made of: good deliveries by known people, and bad ones of every kind, ready to be sent."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from federation.strictjson import JsonObject
from tests.soak.senders import Shot
from tests.stories.strangers import ACTIVITY, Stranger

_SIGNED: Final = "(request-target) host date digest content-type"
_CHANCE: Final = random.Random(6)
GARBAGE: Final = (
    "noise",
    'keyId="' + "a" * 4000,
    "\xff\xfe=,,,;;;===",
    'keyId="x",headers="(request-target)",signature="!!!!"',
    "sig1=:AAAA:",
)


@dataclass(slots=True)
class Ammunition:
    """Requests to one inbox; `people` are servers whose actors the node knows or can ask for."""

    inbox: str
    people: Sequence[Stranger]
    _numbers: Iterator[int] = field(default_factory=count)

    def good(self, who: Stranger) -> bytes:
        """A signed reply, each another one."""
        return as_sent(self.inbox, *who.signed(self.inbox, self._reply(who.actor(), who.base), datetime.now(UTC)))

    def unknown(self) -> bytes:
        """By nobody: its key lies on a host of its own, where nobody answers."""
        number = next(self._numbers)
        return self._forged(f"http://127.{100 + number // 62500 % 100}.{number // 250 % 250}.{number % 250 + 1}:9")

    def unsigned_by_its_key(self) -> bytes:
        """In the name of somebody who is known."""
        return self._forged(_CHANCE.choice(self.people).base)

    def altered(self) -> bytes:
        """Another body than the digest says."""
        return self._forged(_CHANCE.choice(self.people).base, digest=b"something else")

    def garbage(self) -> bytes:
        """A signature that is none."""
        return as_sent(self.inbox, b"{}", {"Content-Type": ACTIVITY, "Signature": _CHANCE.choice(GARBAGE)})

    def oversize(self) -> bytes:
        """The beginning of ten megabytes."""
        headers = {"Content-Type": ACTIVITY, "Signature": GARBAGE[3]}
        return as_sent(self.inbox, b"x" * 4096, headers, length=10_000_000)

    def _forged(self, base: str, digest: bytes | None = None) -> bytes:
        actor = f"{base}/eve"
        return forged(self.inbox, self._reply(actor, base), f"{actor}#main-key", digest=digest)

    def _reply(self, actor: str, base: str) -> JsonObject:
        """Some 1.5 kB, in the words of Mastodon."""
        number = next(self._numbers)
        public = "https://www.w3.org/ns/activitystreams#Public"
        campaign = self.inbox.removesuffix("/inbox")
        note: JsonObject = {
            "id": f"{base}/notes/{number}",
            "type": "Note",
            "published": "2026-11-22T12:00:00Z",
            "attributedTo": actor,
            "to": [public],
            "cc": [campaign],
            "content": "<p>We stand with you, and tell everybody at our port.</p>" * 12,
            "tag": [{"type": "Mention", "href": campaign, "name": "@strike"}],
        }
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{base}/activities/{number}",
            "type": "Create",
            "actor": actor,
            "to": [public],
            "object": note,
        }


def forged(inbox: str, document: JsonObject, key_id: str, *, digest: bytes | None = None) -> bytes:
    """A request that only the key itself can tell from a good one."""
    body = json.dumps(document).encode()
    said = b64encode(sha256(digest or body).digest()).decode()
    noise = b64encode(_CHANCE.randbytes(256)).decode()
    signature = f'keyId="{key_id}",algorithm="rsa-sha256",headers="{_SIGNED}",signature="{noise}"'
    date = format_datetime(datetime.now(UTC), usegmt=True)
    headers = {"Date": date, "Digest": f"SHA-256={said}", "Content-Type": ACTIVITY, "Signature": signature}
    return as_sent(inbox, body, headers)


def as_sent(inbox: str, body: bytes, headers: Mapping[str, str], *, length: int | None = None) -> bytes:
    """A POST as it goes over the wire; `length` is what it says of its body, true or not."""
    at = urlsplit(inbox)
    given = {"Host": at.netloc, **headers, "Content-Length": str(len(body) if length is None else length)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"POST {at.path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


def spread(per_second: int, seconds: int) -> Iterator[float]:
    """When each is due."""
    return (number / per_second for number in range(per_second * seconds))


def good_shots(made: Ammunition, per_second: int, seconds: int, source: Callable[[int], str]) -> list[Shot]:
    """Good ones, each person in turn; `source` is the address of the person with that number."""
    who = len(made.people)
    return [
        Shot(due, source(turn % who), "good", made.good(made.people[turn % who]))
        for turn, due in enumerate(spread(per_second, seconds))
    ]


def bad_shots(
    made: Ammunition, per_second: int, seconds: int, source: Callable[[int], str], heard: Sequence[bytes]
) -> list[Shot]:
    """Every kind of bad one in turn; `heard` are good ones that are said again."""
    kinds: Sequence[tuple[str, Callable[[], bytes]]] = (
        ("unknown key", made.unknown),
        ("bad signature", made.unsigned_by_its_key),
        ("bad digest", made.altered),
        ("garbage", made.garbage),
        ("oversize", made.oversize),
        ("said again", lambda: _CHANCE.choice(heard)),
    )
    shots = []
    for turn, due in enumerate(spread(per_second, seconds)):
        kind, make = kinds[turn % len(kinds)]
        shots.append(Shot(due, source(turn), kind, make()))
    return shots
