"""Sign our own requests: draft-cavage-12 as Mastodon expects it, and RFC 9421."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from federation.errors import Unintelligible
from federation.httpsig.authority import normal
from federation.httpsig.digest import content_digest, digest_header
from federation.httpsig.times import http_date
from federation.httpsig.wishes import PLAIN, Wish
from storage.ids import KeyId
from storage.records import Scheme

_SCHEMES: Final = ("https", "http")


def sign(
    scheme: Scheme,
    *,
    method: str,
    url: str,
    body: bytes | None = None,
    content_type: str | None = None,
    key_id: KeyId,
    key: RSAPrivateKey,
    now: datetime,
    digest: str | None = None,
    wish: Wish = PLAIN,
) -> dict[str, str]:
    """The headers of a request signed by a scheme; `digest` is of use to draft-cavage, `wish` to RFC 9421."""
    if scheme == "cavage":
        return sign_cavage(
            method=method,
            url=url,
            body=body,
            content_type=content_type,
            key_id=key_id,
            key=key,
            now=now,
            digest=digest,
        )
    return sign_rfc9421(
        method=method, url=url, body=body, content_type=content_type, key_id=key_id, key=key, now=now, wish=wish
    )


def sign_cavage(
    *,
    method: str,
    url: str,
    body: bytes | None,
    content_type: str | None,
    key_id: KeyId,
    key: RSAPrivateKey,
    now: datetime,
    digest: str | None = None,
) -> dict[str, str]:
    """The headers of a signed request: Host, Date, with a body Digest and Content-Type, and Signature.

    `digest` is the `Digest` value when the body was hashed before. The request must go out with exactly
    the path and query of `url`. Raises Unintelligible for a URL that cannot be sent as it is.
    """
    host, target = split_url(url)
    headers = {"Host": host, "Date": http_date(now)}
    if body is not None:
        headers["Digest"] = digest or digest_header(body)
        if content_type is not None:
            headers["Content-Type"] = content_type
    covered = [("(request-target)", f"{method.lower()} {target}")]
    covered += [(name.lower(), value) for name, value in headers.items()]
    message = "\n".join(f"{name}: {value}" for name, value in covered).encode("ascii")
    headers["Signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(name for name, _ in covered)}",'
        f'signature="{_sign(key, message)}"'
    )
    return headers


def sign_rfc9421(
    *,
    method: str,
    url: str,
    body: bytes | None,
    content_type: str | None,
    key_id: KeyId,
    key: RSAPrivateKey | Ed25519PrivateKey,
    now: datetime,
    digest: str | None = None,
    wish: Wish = PLAIN,
) -> dict[str, str]:
    """The headers of a request signed by RFC 9421: Host, the signature, with a body its digest and type.

    Covers what Mastodon asks for: `@method`, `@target-uri`, `content-digest`. `digest` is the
    `Content-Digest` value when the body was hashed before. What `wish` adds is covered and said too. Raises
    Unintelligible for a URL that cannot be sent as it is.
    """
    host, target = split_url(url)
    headers = {"Host": host}
    covered = [("@method", method), ("@target-uri", f"{urlsplit(url).scheme}://{host}{target}")]
    if body is not None:
        headers["Content-Digest"] = digest or content_digest(body)
        covered.append(("content-digest", headers["Content-Digest"]))
        if content_type is not None:
            headers["Content-Type"] = content_type
    parts = _parts(url, headers)
    covered += [(name, parts[name]) for name in wish.components if name in parts]
    algorithm = "ed25519" if isinstance(key, Ed25519PrivateKey) else "rsa-v1_5-sha256"
    names = " ".join(f'"{name}"' for name, _ in covered)
    parameters = f'({names});created={int(now.timestamp())};keyid="{key_id}";alg="{algorithm}"'
    parameters += "".join(f';{name}="{text}"' for name, text in wish.texts)
    lines = [f'"{name}": {value}' for name, value in [*covered, ("@signature-params", parameters)]]
    headers["Signature-Input"] = f"{wish.label}={parameters}"
    headers["Signature"] = f"{wish.label}=:{_sign(key, chr(10).join(lines).encode('ascii'))}:"
    return headers


def _parts(url: str, headers: dict[str, str]) -> dict[str, str]:
    """What a request has of the components that a `Wish` may name (RFC 9421 §2)."""
    host, target = split_url(url)
    path, _, query = target.partition("?")
    parts = {
        "@authority": host,
        "@scheme": urlsplit(url).scheme,
        "@path": path,
        "@query": f"?{query}",
        "@request-target": target,
    }
    return parts | {name.lower(): value for name, value in headers.items()}


@lru_cache(maxsize=2048)
def split_url(url: str) -> tuple[str, str]:
    """The Host header and the request target of a URL; raises Unintelligible."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Unintelligible("An address has characters that no request can carry; its owner must correct it.")
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.netloc or "@" in parts.netloc:
        raise Unintelligible("An address is no http or https URL of a host; its owner must correct it.")
    host = normal(parts.netloc, parts.scheme)
    target = parts.path or "/"
    return host, f"{target}?{parts.query}" if parts.query else target


def _sign(key: RSAPrivateKey | Ed25519PrivateKey, message: bytes) -> str:
    """The signature in base64: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519."""
    if isinstance(key, Ed25519PrivateKey):
        return b64encode(key.sign(message)).decode("ascii")
    return b64encode(key.sign(message, padding.PKCS1v15(), SHA256())).decode("ascii")
