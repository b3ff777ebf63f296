"""Deliveries signed truly by a key, over parts that were made wrong before: what a liar with a good key can send."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.httpsig.digest import content_digest, digest_header
from federation.httpsig.times import http_date
from federation.strictjson import JsonObject
from tests.adversary.stage import Sent
from tests.stories.strangers import ACTIVITY

Sign = Callable[[bytes], bytes]
COVERED: Final = "(request-target) host date digest content-type"
COMPONENTS: Final = '"@method" "@target-uri" "content-digest"'


def by_rsa(key: RSAPrivateKey) -> Sign:
    """RSASSA-PKCS1-v1_5 with SHA-256."""
    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Forger:
    """Signs for one address under one key id."""

    url: str
    key_id: str
    sign: Sign
    now: datetime

    @property
    def _host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def _target(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _headers(self, body: bytes, changed: Mapping[str, str]) -> dict[str, str]:
        sound = {
            "host": self._host,
            "date": http_date(self.now),
            "digest": digest_header(body),
            "content-digest": content_digest(body),
            "content-type": ACTIVITY,
        }
        return {**sound, **changed}

    def cavage(
        self, document: JsonObject, *, covered: str = COVERED, algorithm: str = "rsa-sha256", **changed: str
    ) -> Sent:
        """By draft-cavage-12; `changed` are headers with `_` for `-`."""
        body = json.dumps(document).encode()
        headers = self._headers(body, {name.replace("_", "-"): value for name, value in changed.items()})
        values = {**headers, "(request-target)": f"post {self._target}"}
        message = "\n".join(f"{name}: {values.get(name, '')}" for name in covered.split())
        parts = (
            f'keyId="{self.key_id}"',
            f'algorithm="{algorithm}"',
            f'headers="{covered}"',
            f'signature="{b64encode(self.sign(message.encode())).decode()}"',
        )
        return body, {**headers, "signature": ",".join(parts)}

    def rfc9421(
        self, document: JsonObject, *, covered: str = COMPONENTS, parameters: str | None = None, label: str = "sig1"
    ) -> Sent:
        """By RFC 9421, with exactly these components and parameters."""
        body = json.dumps(document).encode()
        headers = self._headers(body, {})
        created = f'created={int(self.now.timestamp())};keyid="{self.key_id}"'
        inner = f"({covered});{created if parameters is None else parameters}"
        values = {
            **headers,
            "@method": "POST",
            "@target-uri": self.url,
            "@authority": self._host,
            "@path": urlsplit(self.url).path,
        }
        names = [name.partition(";")[0].strip('"') for name in covered.split()]
        lines = [f"{part}: {values.get(name, '')}" for part, name in zip(covered.split(), names, strict=True)]
        message = "\n".join([*lines, f'"@signature-params": {inner}']).encode()
        signed = b64encode(self.sign(message)).decode()
        return body, {**headers, "signature-input": f"{label}={inner}", "signature": f"{label}=:{signed}:"}
