"""What servers ask to be signed (RFC 9421 §5): granted, answered so that they can verify it, or left alone."""

from __future__ import annotations

import pytest

from federation.httpsig.request import SignedRequest
from federation.httpsig.sign import sign_rfc9421
from federation.httpsig.verify import read_signature, verify
from federation.httpsig.wishes import OUR_WISH, PLAIN, Wish, read_wish
from storage.ids import KeyId
from tests.federation.httpsig.signing import BODY, HOST, KEY_ID, NOW, RSA, RSA_PUBLIC


def signed(wish: Wish) -> dict[str, str]:
    return sign_rfc9421(
        method="POST",
        url=f"https://{HOST}/inbox?a=b",
        body=BODY,
        content_type="application/activity+json",
        key_id=KeyId(KEY_ID),
        key=RSA,
        now=NOW,
        wish=wish,
    )


def test_what_we_ask_of_others_is_what_we_sign_ourselves() -> None:
    assert read_wish(OUR_WISH) == PLAIN


def test_more_components_a_nonce_and_a_tag_are_granted() -> None:
    wish = read_wish('mine=("@method" "@authority" "content-digest");created;nonce="n0";tag="t";alg="rsa-v1_5-sha256"')
    assert wish == Wish(label="mine", components=("@authority",), texts=(("nonce", "n0"), ("tag", "t")))
    assert wish.is_more


def test_the_first_wish_that_can_be_granted_counts() -> None:
    assert read_wish('a=("x-secret");created, b=("@method");created') == Wish(label="b")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "no dictionary!",
        "sig1=7",
        'sig1="text"',
        "sig1",
        'sig1=("x-unknown");created',
        'sig1=("@method";req);created',
        'sig1=("@method" "@method");created',
        'sig1=("@method");alg="hmac-sha256"',
        'sig1=("@method");expires',
        'sig1=("@method");nonce="a\\"b"',
        f'sig1=("@method");nonce="{"n" * 257}"',
        'sig1=("@method");nonce=7',
        f'sig1=("@method"),{"x" * 1024}',
        'sig1=("@method"), sig1=("@path")',
        'sig1=("é")',
    ],
)
def test_what_we_cannot_grant_is_as_if_it_was_not_asked(header: str | None) -> None:
    assert read_wish(header) is None


def test_a_part_that_a_request_does_not_have_is_not_covered() -> None:
    headers = sign_rfc9421(
        method="GET",
        url=f"https://{HOST}/",
        body=None,
        content_type=None,
        key_id=KeyId(KEY_ID),
        key=RSA,
        now=NOW,
        wish=Wish(components=("content-type", "@path")),
    )
    assert headers["Signature-Input"].startswith('sig1=("@method" "@target-uri" "@path");')


def test_a_granted_wish_verifies() -> None:
    everything = ("@authority", "@scheme", "@path", "@query", "@request-target", "host", "content-type")
    headers = signed(Wish(label="mine", components=everything, texts=(("nonce", "n0"),)))
    assert headers["Signature-Input"].startswith("mine=(")
    assert ';nonce="n0"' in headers["Signature-Input"]
    lowered = tuple((name.lower(), value) for name, value in headers.items())
    request = SignedRequest(method="POST", target="/inbox?a=b", headers=lowered, body=BODY)
    claim = read_signature(request, hosts=[HOST], now=NOW)
    verify(claim, RSA_PUBLIC)
    message = claim.message.decode().splitlines()
    assert [
        f'"@authority": {HOST}',
        '"@scheme": https',
        '"@path": /inbox',
        '"@query": ?a=b',
        '"@request-target": /inbox?a=b',
        f'"host": {HOST}',
        '"content-type": application/activity+json',
    ] == message[3:10]
