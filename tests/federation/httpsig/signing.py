"""Signed requests to try: the good one, and every part of it to be made wrong."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation import keys
from federation.httpsig.digest import content_digest, digest_header
from federation.httpsig.request import SignedRequest
from federation.httpsig.times import http_date
from federation.httpsig.verify import Claim, read_signature, verify

NOW: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOST: Final = "union.example"
KEY_ID: Final = "https://peer.test/actors/peer#main-key"
BODY: Final = b'{"type":"Create"}'

RSA: Final = keys.new_rsa()
ED25519: Final = keys.new_ed25519()
RSA_PUBLIC: Final = keys.load_public_pem(keys.dump_public_pem(RSA.public_key()))
ED25519_PUBLIC: Final = keys.load_multikey(keys.encode_multikey(ED25519.public_key()))

Key = RSAPrivateKey | Ed25519PrivateKey


def signature_by(key: Key, message: str) -> str:
    """The base64 of this key's signature."""
    raw = message.encode("utf-8")
    made = key.sign(raw) if isinstance(key, Ed25519PrivateKey) else key.sign(raw, padding.PKCS1v15(), hashes.SHA256())
    return b64encode(made).decode()


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A request before it is signed; every field may be made wrong."""

    method: str = "POST"
    target: str = "/inbox"
    body: bytes | None = BODY
    headers: dict[str, str] = field(
        default_factory=lambda: {
            "host": HOST,
            "date": http_date(NOW),
            "digest": digest_header(BODY),
            "content-digest": content_digest(BODY),
            "content-type": "application/activity+json",
        }
    )

    def sent(self, extra: dict[str, str]) -> SignedRequest:
        """This request with its signature's headers."""
        headers = tuple((self.headers | extra).items())
        return SignedRequest(method=self.method, target=self.target, headers=headers, body=self.body)


def cavage(
    letter: Letter,
    *,
    covered: str = "(request-target) host date digest content-type",
    key: Key = RSA,
    algorithm: str | None = "rsa-sha256",
    parameters: dict[str, str] | None = None,
) -> SignedRequest:
    """The letter signed by draft-cavage-12; `parameters` are further ones, such as created."""
    more = parameters or {}
    special = {
        "(request-target)": f"{letter.method.lower()} {letter.target}",
        "(created)": more.get("created", ""),
        "(expires)": more.get("expires", ""),
    }
    values = letter.headers | special
    message = "\n".join(f"{name}: {values.get(name, '')}" for name in covered.split(" "))
    parts = [f'keyId="{KEY_ID}"', f'headers="{covered}"', f'signature="{signature_by(key, message)}"']
    parts += [f'algorithm="{algorithm}"'] if algorithm else []
    parts += [f"{name}={value}" for name, value in more.items()]
    return letter.sent({"signature": ",".join(parts)})


CREATED: Final = f"created={int(NOW.timestamp())}"
KEYID: Final = f'keyid="{KEY_ID}"'


def rfc9421(
    letter: Letter,
    *,
    covered: str = '"@method" "@target-uri" "content-digest"',
    parameters: str = f"{CREATED};{KEYID}",
    key: Key = RSA,
) -> SignedRequest:
    """The letter signed by RFC 9421, with exactly these components and parameters."""
    path, _, query = letter.target.partition("?")
    values = letter.headers | {
        "@method": letter.method,
        "@target-uri": f"https://{letter.headers.get('host', '')}{letter.target}",
        "@authority": letter.headers.get("host", ""),
        "@scheme": "https",
        "@request-target": letter.target,
        "@path": path,
        "@query": f"?{query}",
    }
    names = covered.split(" ") if covered else []
    lines = [f"{name}: {values.get(name.strip(chr(34)), '')}" for name in names]
    lines.append(f'"@signature-params": ({covered});{parameters}')
    signed = signature_by(key, "\n".join(lines))
    return letter.sent({"signature-input": f"sig1=({covered});{parameters}", "signature": f"sig1=:{signed}:"})


def read(request: SignedRequest) -> Claim:
    """The claim of a request, read by the union at union.example at nine thirty."""
    return read_signature(request, hosts=[HOST], now=NOW)


def check(request: SignedRequest) -> Claim:
    """The claim of a request that must verify, by the peer's RSA key."""
    claim = read(request)
    verify(claim, RSA_PUBLIC)
    return claim


def with_header(request: SignedRequest, name: str, value: str) -> SignedRequest:
    """The request with one header line more, added on the way."""
    headers = (*request.headers, (name, value))
    return SignedRequest(method=request.method, target=request.target, headers=headers, body=request.body)
