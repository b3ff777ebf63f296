"""RFC 9421: one signature, over the whole request, made within the hour."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from federation.errors import BadSignature
from federation.httpsig.request import SignedRequest
from federation.httpsig.verify import read_signature, verify
from tests.federation.httpsig.signing import (
    BODY,
    CREATED,
    ED25519,
    ED25519_PUBLIC,
    HOST,
    KEY_ID,
    KEYID,
    NOW,
    RSA,
    RSA_PUBLIC,
    Letter,
    cavage,
    check,
    read,
    rfc9421,
    with_header,
)

GOOD = rfc9421(Letter())
SECONDS = int(NOW.timestamp())
QUERY = Letter(target="/inbox?page=1")


def with_inputs(request: SignedRequest, inputs: str, signatures: str | None = None) -> SignedRequest:
    """The request with other signature headers."""
    headers = dict(request.headers) | {"signature-input": inputs}
    if signatures is not None:
        headers["signature"] = signatures
    return replace(request, headers=tuple(headers.items()))


def test_a_good_request_names_its_key() -> None:
    claim = check(GOOD)
    assert (claim.key_id, claim.algorithm, claim.scheme) == (KEY_ID, None, "rfc9421")


def test_an_altered_request_is_refused() -> None:
    for other in (replace(GOOD, target="/outbox"), replace(GOOD, method="PUT")):
        with pytest.raises(BadSignature):
            check(other)


def test_an_altered_body_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(replace(GOOD, body=BODY + b" "))


def test_a_request_for_another_host_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(rfc9421(Letter(headers=Letter().headers | {"host": "elsewhere.test"})))


COVERED = {
    "whole target": ('"@method" "@target-uri" "content-digest"', Letter()),
    "whole target with a query": ('"@method" "@target-uri" "content-digest"', QUERY),
    "host and path": ('"@method" "@authority" "@path" "content-digest"', Letter()),
    "host, path and query": ('"@method" "@authority" "@path" "@query" "content-digest"', QUERY),
    "host, path and no query": ('"@method" "@authority" "@path" "@query" "content-digest"', Letter()),
    "host and request target": ('"@method" "@authority" "@request-target" "content-digest"', QUERY),
    "headers too": ('"@method" "@scheme" "@target-uri" "content-type" "date" "content-digest"', Letter()),
}


@pytest.mark.parametrize(("covered", "letter"), COVERED.values(), ids=COVERED.keys())
def test_a_whole_cover_is_taken(covered: str, letter: Letter) -> None:
    check(rfc9421(letter, covered=covered))


UNCOVERED = {
    "nothing": ("", Letter()),
    "no method": ('"@target-uri" "content-digest"', Letter()),
    "no target": ('"@method" "content-digest"', Letter()),
    "no host": ('"@method" "@path" "content-digest"', Letter()),
    "no path": ('"@method" "@authority" "content-digest"', Letter()),
    "no body": ('"@method" "@target-uri"', Letter()),
    "another digest": ('"@method" "@target-uri" "digest"', Letter()),
    "no query": ('"@method" "@authority" "@path" "content-digest"', QUERY),
}


@pytest.mark.parametrize(("covered", "letter"), UNCOVERED.values(), ids=UNCOVERED.keys())
def test_sig_38_a_cover_with_a_hole_is_refused(covered: str, letter: Letter) -> None:
    with pytest.raises(BadSignature):
        read(rfc9421(letter, covered=covered))


def test_sig_38_a_signed_digest_of_a_weak_kind_is_refused() -> None:
    weak = Letter(headers=Letter().headers | {"content-digest": "md5=:AAAA:"})
    with pytest.raises(BadSignature):
        read(rfc9421(weak))


def test_a_request_without_body_needs_no_digest() -> None:
    letter = Letter(method="GET", target="/outbox?page=1", body=None, headers={"host": HOST})
    check(rfc9421(letter, covered='"@method" "@target-uri"'))


BAD_TIMES = {
    "missing": KEYID,
    "a text": f'created="{SECONDS}";{KEYID}',
    "2^63": f"created={2**63};{KEYID}",
    "fifteen digits": f"created={10**15 - 1};{KEYID}",
    "negative": f"created=-{SECONDS};{KEYID}",
    "a fraction": f"created={SECONDS}.5;{KEYID}",
    "a date": f"created=@{SECONDS};{KEYID}",
    "true": f"created;{KEYID}",
    "two hours ahead": f"created={SECONDS + 7200};{KEYID}",
    "two hours old": f"created={SECONDS - 7200};{KEYID}",
    "expired": f"{CREATED};expires={SECONDS - 360};{KEYID}",
    "expires as a text": f'{CREATED};expires="never";{KEYID}',
}


@pytest.mark.parametrize("parameters", BAD_TIMES.values(), ids=BAD_TIMES.keys())
def test_sig_39_a_time_that_is_none_or_far_is_refused(parameters: str) -> None:
    with pytest.raises(BadSignature):
        read(rfc9421(Letter(), parameters=parameters))


@pytest.mark.parametrize("seconds", [-3000, 240, -3600, 3600])
def test_a_time_within_the_hour_is_taken(seconds: int) -> None:
    check(rfc9421(Letter(), parameters=f"created={SECONDS + seconds};{KEYID}"))


def test_a_signature_not_yet_expired_is_taken() -> None:
    check(rfc9421(Letter(), parameters=f'{CREATED};expires={SECONDS + 300};{KEYID};tag="x";nonce="y"'))


def test_sig_40_two_labels_are_refused() -> None:
    first, second = rfc9421(Letter()), rfc9421(Letter(), key=ED25519)
    inputs = [dict(one.headers)["signature-input"] for one in (first, second)]
    made = [dict(one.headers)["signature"] for one in (first, second)]
    labels = [
        f"{inputs[0]}, {inputs[1].replace('sig1=', 'sig2=')}",
        f"{made[0]}, {made[1].replace('sig1=', 'sig2=')}",
    ]
    with pytest.raises(BadSignature):
        read(with_inputs(first, *labels))
    with pytest.raises(BadSignature):
        read(with_inputs(first, inputs[0], labels[1]))
    with pytest.raises(BadSignature):
        read(with_inputs(first, labels[0], made[0]))
    with pytest.raises(BadSignature):
        read(with_header(first, "signature-input", inputs[1].replace("sig1=", "sig2=")))


def test_a_label_given_twice_is_refused() -> None:
    headers = dict(GOOD.headers)
    doubled = f"{headers['signature']}, {headers['signature']}"
    with pytest.raises(BadSignature):
        read(with_inputs(GOOD, headers["signature-input"], doubled))


def test_both_kinds_of_signature_together_are_refused() -> None:
    old = dict(cavage(Letter()).headers)["signature"]
    with pytest.raises(BadSignature):
        read(with_header(GOOD, "signature", old))
    with pytest.raises(BadSignature):
        read(with_inputs(GOOD, dict(GOOD.headers)["signature-input"], old))


@pytest.mark.parametrize(
    "component",
    [
        '"date";sf',
        '"date";bs',
        '"digest";key="SHA-256"',
        '"@method";req',
        '"date";tr',
        '"@query-param";name="page"',
        '"@query-param"',
        '"@status"',
        '"@signature-params"',
        '"@unheard-of"',
        '"Date"',
        '"x-absent"',
        '"@method"',
        "date",
        "7",
    ],
)
def test_sig_42_a_component_we_do_not_implement_is_refused(component: str) -> None:
    with pytest.raises(BadSignature):
        read(rfc9421(Letter(), covered=f'"@method" "@target-uri" "content-digest" {component}'))


def test_sig_33_a_signed_header_given_twice_is_refused() -> None:
    covered = '"@method" "@target-uri" "content-digest" "date"'
    request = rfc9421(Letter(), covered=covered)
    with pytest.raises(BadSignature):
        read(with_header(request, "date", dict(request.headers)["date"]))


def pss_signed() -> SignedRequest:
    """The good request, signed by RSA-PSS under its name."""
    request = rfc9421(Letter(), parameters=f'{CREATED};{KEYID};alg="rsa-pss-sha512"')
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
    made = b64encode(RSA.sign(read(request).message, scheme, hashes.SHA512())).decode()
    return with_inputs(request, dict(request.headers)["signature-input"], f"sig1=:{made}:")


def test_the_algorithms_of_each_key_are_taken() -> None:
    check(rfc9421(Letter(), parameters=f'{CREATED};{KEYID};alg="rsa-v1_5-sha256"'))
    check(pss_signed())
    by_name = rfc9421(Letter(), parameters=f'{CREATED};{KEYID};alg="ed25519"', key=ED25519)
    verify(read(by_name), ED25519_PUBLIC)
    verify(read(rfc9421(Letter(), key=ED25519)), ED25519_PUBLIC)


@pytest.mark.parametrize("algorithm", ['"hmac-sha256"', '"ecdsa-p256-sha256"', '"hs2019"', '""', "rsa-v1_5-sha256"])
def test_sig_27_another_algorithm_is_refused_before_the_key(algorithm: str) -> None:
    with pytest.raises(BadSignature):
        read(rfc9421(Letter(), parameters=f"{CREATED};{KEYID};alg={algorithm}"))


@pytest.mark.parametrize("algorithm", ["ed25519", "rsa-pss-sha512"])
def test_a_signature_under_another_name_is_refused(algorithm: str) -> None:
    claim = read(rfc9421(Letter(), parameters=f'{CREATED};{KEYID};alg="{algorithm}"'))
    with pytest.raises(BadSignature):
        verify(claim, RSA_PUBLIC)


BROKEN = {
    "no key": f'sig1=("@method" "@target-uri" "content-digest");{CREATED}',
    "a key that is a token": f'sig1=("@method" "@target-uri" "content-digest");{CREATED};keyid=bob',
    "an empty key": f'sig1=("@method" "@target-uri" "content-digest");{CREATED};keyid=""',
    "no list": f'sig1="@method";{CREATED};{KEYID}',
    "a bare label": "sig1",
    "a parameter twice": f'sig1=("@method" "@target-uri" "content-digest");{CREATED};{CREATED};{KEYID}',
    "another label": f'sig2=("@method" "@target-uri" "content-digest");{CREATED};{KEYID}',
    "nothing": "",
    "not a field": "(((",
    "not ASCII": "sig1=é",
}


@pytest.mark.parametrize("inputs", BROKEN.values(), ids=BROKEN.keys())
def test_a_signature_input_that_cannot_be_read_is_refused(inputs: str) -> None:
    with pytest.raises(BadSignature):
        read(with_inputs(GOOD, inputs))


@pytest.mark.parametrize("signatures", ["", "sig1", 'sig1="text"', "sig1=:?:", "sig1=(:AAAA:)", "sig2=:AAAA:"])
def test_a_signature_that_cannot_be_read_is_refused(signatures: str) -> None:
    with pytest.raises(BadSignature):
        read(with_inputs(GOOD, dict(GOOD.headers)["signature-input"], signatures))


def test_our_scheme_is_part_of_the_target() -> None:
    with pytest.raises(BadSignature):
        verify(read_signature(GOOD, hosts=[HOST], now=NOW, scheme="http"), RSA_PUBLIC)


def test_spaces_in_the_input_are_signed_in_strict_form() -> None:
    headers = dict(GOOD.headers)
    loose = headers["signature-input"].replace('"@method" ', '  "@method"   ').replace(";keyid", ";  keyid")
    check(with_inputs(GOOD, loose))
