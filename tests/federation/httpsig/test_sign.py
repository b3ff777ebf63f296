"""What we sign, we would accept; and others' software would too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from federation.errors import Unintelligible
from federation.httpsig.digest import content_digest, digest_header
from federation.httpsig.request import SignedRequest
from federation.httpsig.sign import sign_cavage, sign_rfc9421
from federation.httpsig.verify import Claim, read_signature, verify
from storage.ids import KeyId
from tests.federation.httpsig.signing import BODY, ED25519, ED25519_PUBLIC, KEY_ID, NOW, RSA, RSA_PUBLIC

INBOX = "https://union.example/inbox"


def arrived(headers: dict[str, str], *, method: str, target: str, body: bytes | None) -> Claim:
    """The claim of these headers at union.example."""
    lower = tuple((name.lower(), value) for name, value in headers.items())
    request = SignedRequest(method=method, target=target, headers=lower, body=body)
    return read_signature(request, hosts=["union.example"], now=NOW)


def cavage_headers(method: str, url: str, body: bytes | None, digest: str | None = None) -> dict[str, str]:
    return sign_cavage(
        method=method,
        url=url,
        body=body,
        content_type="application/activity+json" if body else None,
        key_id=KeyId(KEY_ID),
        key=RSA,
        now=NOW,
        digest=digest,
    )


def rfc_headers(method: str, url: str, body: bytes | None, digest: str | None = None) -> dict[str, str]:
    return sign_rfc9421(
        method=method,
        url=url,
        body=body,
        content_type="application/activity+json" if body else None,
        key_id=KeyId(KEY_ID),
        key=RSA,
        now=NOW,
        digest=digest,
    )


Signing = Callable[[str, str, bytes | None], dict[str, str]]
both = pytest.mark.parametrize("signing", [cavage_headers, rfc_headers])


@both
def test_a_signed_post_verifies(signing: Signing) -> None:
    headers = signing("POST", INBOX, BODY)
    verify(arrived(headers, method="POST", target="/inbox", body=BODY), RSA_PUBLIC)
    assert headers["Content-Type"] == "application/activity+json"


@both
def test_a_signed_get_with_a_query_verifies(signing: Signing) -> None:
    headers = signing("GET", "https://Union.example:443/outbox?page=1#top", None)
    verify(arrived(headers, method="GET", target="/outbox?page=1", body=None), RSA_PUBLIC)
    assert headers["Host"] == "union.example"


@both
def test_an_address_without_a_path_is_the_root(signing: Signing) -> None:
    verify(
        arrived(signing("GET", "https://union.example", None), method="GET", target="/", body=None),
        RSA_PUBLIC,
    )


def test_a_post_covers_what_mastodon_asks_for_in_its_order() -> None:
    headers = cavage_headers("POST", INBOX, BODY)
    assert list(headers) == ["Host", "Date", "Digest", "Content-Type", "Signature"]
    assert 'headers="(request-target) host date digest content-type"' in headers["Signature"]
    assert 'algorithm="rsa-sha256"' in headers["Signature"]
    assert f'keyId="{KEY_ID}"' in headers["Signature"]


def test_a_get_covers_target_host_and_date() -> None:
    headers = cavage_headers("GET", INBOX, None)
    assert list(headers) == ["Host", "Date", "Signature"]
    assert 'headers="(request-target) host date"' in headers["Signature"]


def test_a_body_hashed_before_is_signed_alike() -> None:
    assert cavage_headers("POST", INBOX, BODY) == cavage_headers("POST", INBOX, BODY, digest_header(BODY))
    assert rfc_headers("POST", INBOX, BODY) == rfc_headers("POST", INBOX, BODY, content_digest(BODY))


def test_an_ed25519_key_signs_by_rfc9421() -> None:
    headers = sign_rfc9421(
        method="POST", url=INBOX, body=BODY, content_type=None, key_id=KeyId(KEY_ID), key=ED25519, now=NOW
    )
    verify(arrived(headers, method="POST", target="/inbox", body=BODY), ED25519_PUBLIC)


def test_a_port_of_its_own_stays_in_the_host() -> None:
    assert cavage_headers("GET", "http://127.0.0.1:8021/actor", None)["Host"] == "127.0.0.1:8021"


@both
@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://union.example/inbox",
        "https:///inbox",
        "https://user@union.example/inbox",
        "https://union.example/in box",
        "https://union.example/inbox\r\nX: y",
        "https://union.example/inböx",
    ],
)
def test_an_address_that_cannot_be_sent_is_refused(signing: Signing, url: str) -> None:
    with pytest.raises(Unintelligible):
        signing("POST", url, BODY)
