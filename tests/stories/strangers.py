"""Other servers as tests need them: real HTTP on loopback, keys of their own, and every knob a liar could turn."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.httpsig.sign import sign_cavage, sign_rfc9421
from federation.keys import dump_public_pem, new_rsa
from federation.strictjson import JsonObject, JsonValue
from storage.ids import KeyId
from tests.federation.loopback import Site, open_site
from tests.federation.people import show

ACTIVITY: Final = "application/activity+json"
PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"


@cache
def key_number(number: int) -> RSAPrivateKey:
    """One of several keys, made once for all tests."""
    return new_rsa()


@dataclass(slots=True)
class Stranger:
    """A server with actors; `name` picks its key."""

    site: Site
    key: RSAPrivateKey
    _count: int = field(default=0)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.site.port}"

    def actor(self, name: str = "eve") -> str:
        """An actor's id; its document is shown from now on, unless something else is shown there already."""
        if f"/{name}" not in self.site.handlers:
            show(self.site, f"/{name}", self.document(name))
            self.site.answer(f"/{name}/inbox", status=202)
        return f"{self.base}/{name}"

    def document(self, name: str = "eve") -> JsonObject:
        """What this server shows of an actor."""
        id = f"{self.base}/{name}"
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": id,
            "type": "Person",
            "preferredUsername": name,
            "name": name.title(),
            "inbox": f"{id}/inbox",
            "publicKey": {
                "id": f"{id}#main-key",
                "owner": id,
                "publicKeyPem": dump_public_pem(self.key.public_key()),
            },
        }

    def activity(self, type: str, object: JsonValue, actor: str | None = None, **more: JsonValue) -> JsonObject:
        """An activity by an actor of this server, with an id of its own."""
        self._count += 1
        actor = actor or self.actor()
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{self.base}/activities/{self._count}",
            "type": type,
            "actor": actor,
            "object": object,
            **more,
        }

    def note(
        self, name: str, content: str = "<p>words</p>", author: str | None = None, **more: JsonValue
    ) -> JsonObject:
        """A public note by an actor of this server."""
        return {
            "id": f"{self.base}/notes/{name}",
            "type": "Note",
            "attributedTo": author or self.actor(),
            "content": content,
            "to": [PUBLIC],
            **more,
        }

    def signed(
        self,
        inbox: str,
        document: JsonObject | bytes,
        now: datetime,
        *,
        key_id: str | None = None,
        rfc9421: bool = False,
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a delivery signed by this server's key."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        sign = sign_rfc9421 if rfc9421 else sign_cavage
        headers = sign(
            method="POST",
            url=inbox,
            body=body,
            content_type=ACTIVITY,
            key_id=KeyId(key_id or f"{self.actor()}#main-key"),
            key=self.key,
            now=now,
        )
        return body, headers


@asynccontextmanager
async def open_stranger(number: int) -> AsyncIterator[Stranger]:
    """A running server; the same number has the same key."""
    async with open_site() as site:
        yield Stranger(site, key_number(number))


async def send(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST exactly this; the answer's status."""
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        assert answer.headers["Vary"] == "Accept"
        return answer.status
