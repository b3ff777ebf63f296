"""The digest binds the body, by strong algorithms only."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import BadSignature
from federation.httpsig.digest import check_digest, content_digest, digest_header
from federation.httpsig.request import SignedRequest

BODY = b'{"type":"Create"}'
MD5 = "MD5=" + b64encode(hashlib.md5(BODY, usedforsecurity=False).digest()).decode()
SHA512 = b64encode(hashlib.sha512(BODY).digest()).decode()


def sent(*headers: tuple[str, str], body: bytes | None = BODY) -> SignedRequest:
    return SignedRequest(method="POST", target="/inbox", headers=headers, body=body)


def test_the_digest_of_a_known_text() -> None:
    """RFC 9530 §D and RFC 3230: the example body with its line end."""
    body = b'{"hello": "world"}\n'
    assert content_digest(body) == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    assert digest_header(body) == "SHA-256=RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="


GOOD = {
    "Digest": [("digest", digest_header(BODY))],
    "lower case": [("digest", digest_header(BODY).replace("SHA", "sha"))],
    "Content-Digest": [("content-digest", content_digest(BODY))],
    "both": [("digest", digest_header(BODY)), ("content-digest", content_digest(BODY))],
    "SHA-512": [("digest", f"SHA-512={SHA512}")],
    "content SHA-512": [("content-digest", f"sha-512=:{SHA512}:")],
    "beside MD5": [("digest", f"{MD5},{digest_header(BODY)}")],
    "beside unknown": [("content-digest", f"crc32c=:AAAA:, {content_digest(BODY)}")],
}


@pytest.mark.parametrize("headers", GOOD.values(), ids=GOOD.keys())
def test_a_matching_strong_digest_is_taken(headers: list[tuple[str, str]]) -> None:
    check_digest(sent(*headers))


@pytest.mark.parametrize("headers", GOOD.values(), ids=GOOD.keys())
def test_sig_03_a_body_altered_by_a_byte_is_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(BadSignature):
        check_digest(sent(*headers, body=BODY[:-1] + b" "))


BAD = {
    "none": [],
    "MD5 only": [("digest", MD5)],
    "one of two wrong": [("digest", f"{digest_header(BODY)},SHA-512={b64encode(bytes(64)).decode()}")],
    "one header wrong": [("digest", digest_header(BODY)), ("content-digest", content_digest(b""))],
    "two header lines, one wrong": [("digest", digest_header(BODY)), ("digest", digest_header(b""))],
    "not base64": [("digest", "SHA-256=?")],
    "empty": [("digest", "SHA-256=")],
    "hexadecimal": [("digest", f"SHA-256={hashlib.sha256(BODY).hexdigest()}")],
    "a text": [("content-digest", f'sha-256="{digest_header(BODY)[8:]}"')],
    "upper-case key": [("content-digest", content_digest(BODY).replace("sha", "SHA"))],
    "one key twice": [("content-digest", f"{content_digest(b'')}, {content_digest(BODY)}")],
    "not ASCII": [("content-digest", "sha-256=:é:")],
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD.keys())
def test_sig_05_a_body_without_a_sound_digest_is_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(BadSignature):
        check_digest(sent(*headers))


def test_a_request_without_body_needs_no_digest() -> None:
    check_digest(sent(body=None))


def test_a_digest_sent_without_a_body_is_that_of_nothing() -> None:
    check_digest(sent(("digest", digest_header(b"")), body=None))
    with pytest.raises(BadSignature):
        check_digest(sent(("digest", digest_header(BODY)), body=None))


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_any_header_is_a_digest_or_refused(old: str, new: str) -> None:
    with pytest.raises(BadSignature):
        check_digest(sent(("digest", old), ("content-digest", new)))
