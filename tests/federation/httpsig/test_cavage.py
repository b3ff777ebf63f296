"""draft-cavage-12: what must be covered, when it was signed, and by what."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from federation import keys
from federation.errors import BadSignature
from federation.httpsig.digest import content_digest, digest_header
from federation.httpsig.request import SignedRequest
from federation.httpsig.times import http_date
from federation.httpsig.verify import Claim, read_signature, verify
from tests.federation.httpsig.signing import (
    BODY,
    ED25519,
    ED25519_PUBLIC,
    HOST,
    KEY_ID,
    NOW,
    RSA,
    RSA_PUBLIC,
    Letter,
    cavage,
    check,
    read,
    with_header,
)

GOOD = cavage(Letter())


def dated(when: str | None, **more: str) -> Letter:
    headers = {name: value for name, value in Letter().headers.items() if name != "date"}
    return Letter(headers=headers | ({"date": when} if when is not None else {}) | more)


def getting(target: str) -> Letter:
    return Letter(method="GET", target=target, body=None, headers={"host": HOST, "date": http_date(NOW)})


def altered(request: SignedRequest, old: str, new: str) -> SignedRequest:
    """The request with this text of its Signature header replaced."""
    headers = dict(request.headers)
    assert old in headers["signature"]
    headers["signature"] = headers["signature"].replace(old, new)
    return replace(request, headers=tuple(headers.items()))


def test_a_good_request_names_its_key() -> None:
    claim = check(GOOD)
    assert (claim.key_id, claim.algorithm, claim.scheme) == (KEY_ID, "rsa-sha256", "cavage")
    assert claim.message.startswith(b"(request-target): post /inbox\nhost: union.example\ndate: Sun, 22 Nov 2026")


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(BadSignature):
        verify(read(GOOD), keys.load_public_pem(keys.dump_public_pem(keys.new_rsa().public_key())))


def test_sig_01_an_unsigned_request_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(Letter().sent({}))


def test_sig_02_an_unsigned_digest_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(), covered="(request-target) host date"))


def test_sig_03_an_altered_body_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(replace(GOOD, body=BODY[:-1] + b"]"))


def test_sig_05_a_signed_md5_beside_an_unsigned_sha_256_is_refused() -> None:
    md5 = "MD5=" + b64encode(hashlib.md5(BODY, usedforsecurity=False).digest()).decode()
    with pytest.raises(BadSignature):
        read(cavage(Letter(headers=Letter().headers | {"digest": md5})))


def test_sig_07_only_the_date_signed_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(), covered="date"))


@pytest.mark.parametrize("left_out", ["(request-target)", "host", "date", "digest"])
def test_each_needed_part_must_be_covered(left_out: str) -> None:
    covered = " ".join(name for name in ("(request-target)", "host", "date", "digest") if name != left_out)
    with pytest.raises(BadSignature):
        read(cavage(Letter(), covered=covered))


def test_a_request_without_covered_headers_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(altered(GOOD, 'headers="(request-target) host date digest content-type",', ""))


def test_sig_09_a_request_for_another_host_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(headers=Letter().headers | {"host": "elsewhere.test"})))
    with pytest.raises(BadSignature):
        read(cavage(Letter(headers=Letter().headers | {"host": "union.example.evil.test"})))


@pytest.mark.parametrize("host", ["UNION.example", "union.example:443"])
def test_our_host_is_known_in_capitals_and_with_its_port(host: str) -> None:
    check(cavage(Letter(headers=Letter().headers | {"host": host})))


def test_another_port_of_our_host_is_another_host() -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(headers=Letter().headers | {"host": "union.example:8443"})))


def test_a_host_with_a_port_is_ours_when_configured() -> None:
    request = cavage(Letter(headers=Letter().headers | {"host": "127.0.0.1:8021"}))
    verify(read_signature(request, hosts=["127.0.0.1:8021"], now=NOW, scheme="http"), RSA_PUBLIC)
    with pytest.raises(BadSignature):
        read_signature(request, hosts=["127.0.0.1"], now=NOW, scheme="http")


def test_sig_10_a_request_for_one_inbox_is_refused_at_another() -> None:
    with pytest.raises(BadSignature):
        check(replace(GOOD, target="/actors/campaign/inbox"))
    with pytest.raises(BadSignature):
        check(replace(GOOD, method="PUT"))


@pytest.mark.parametrize("hours", [-2, 2])
def test_sig_11_a_date_two_hours_off_is_refused(hours: int) -> None:
    with pytest.raises(BadSignature):
        read(cavage(dated(http_date(NOW + timedelta(hours=hours)))))


@pytest.mark.parametrize("when", [None, "", "yesterday"])
def test_sig_11_a_date_absent_or_unreadable_is_refused(when: str | None) -> None:
    with pytest.raises(BadSignature):
        read(cavage(dated(when)))


@pytest.mark.parametrize("minutes", [-50, 4, -60, 60])
def test_sig_12_a_date_within_the_hour_is_taken(minutes: int) -> None:
    check(cavage(dated(http_date(NOW + timedelta(minutes=minutes)))))


@pytest.mark.parametrize("minutes", [-61, 61])
def test_a_date_over_an_hour_off_is_refused(minutes: int) -> None:
    with pytest.raises(BadSignature):
        read(cavage(dated(http_date(NOW + timedelta(minutes=minutes)))))


def created(minutes: int, *, expires: int | None = None, algorithm: str | None = "hs2019") -> SignedRequest:
    """Signed by (created) instead of a date, this many minutes from now."""
    times = {"created": str(int(NOW.timestamp()) + minutes * 60)}
    covered = "(request-target) host digest (created)"
    if expires is not None:
        times["expires"] = str(int(NOW.timestamp()) + expires * 60)
        covered += " (expires)"
    return cavage(dated(None), covered=covered, algorithm=algorithm, parameters=times)


@pytest.mark.parametrize("minutes", [-50, 4])
def test_created_can_stand_for_the_date(minutes: int) -> None:
    check(created(minutes))


@pytest.mark.parametrize("minutes", [-120, 120])
def test_sig_11_created_two_hours_off_is_refused(minutes: int) -> None:
    with pytest.raises(BadSignature):
        read(created(minutes))


def test_created_does_not_go_with_rsa_sha256() -> None:
    with pytest.raises(BadSignature):
        read(created(0, algorithm="rsa-sha256"))


def test_created_must_be_given_to_be_covered() -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(), covered="(request-target) host digest (created)", algorithm="hs2019"))


@pytest.mark.parametrize("value", ['"soon"', '"1e9"', "9" * 20, '"-1"', '""'])
def test_created_must_be_whole_seconds(value: str) -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(), algorithm="hs2019", parameters={"created": value}))


@pytest.mark.parametrize("minutes", [5, -4])
def test_a_signature_that_just_expired_is_taken(minutes: int) -> None:
    check(created(0, expires=minutes))


def test_a_signature_that_expired_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(created(0, expires=-6))


def test_sig_16_the_same_request_reads_the_same_twice() -> None:
    assert read(GOOD) == read(GOOD)


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "rsa-sha1", "ecdsa-sha256", "none", "RSA-SHA256", " "])
def test_sig_27_an_algorithm_we_do_not_take_is_refused_before_the_key(algorithm: str) -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(), algorithm=algorithm))


def test_sig_28_an_hmac_by_the_public_key_is_refused() -> None:
    secret = keys.dump_public_pem(RSA.public_key()).encode()
    claim = read(cavage(Letter(), algorithm="hs2019"))
    forged = replace(claim, signature=hmac.digest(secret, claim.message, "sha256"))
    with pytest.raises(BadSignature):
        verify(forged, RSA_PUBLIC)
    with pytest.raises(BadSignature):
        verify(replace(forged, algorithm="hmac-sha256"), RSA_PUBLIC)


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "hs2019", None])
def test_an_rsa_key_is_taken_under_its_names(algorithm: str | None) -> None:
    check(cavage(Letter(), algorithm=algorithm))


@pytest.mark.parametrize("algorithm", ["ed25519", "hs2019", None])
def test_an_ed25519_key_is_taken_under_its_names(algorithm: str | None) -> None:
    verify(read(cavage(Letter(), key=ED25519, algorithm=algorithm)), ED25519_PUBLIC)


def test_the_key_must_be_of_the_named_algorithm() -> None:
    with pytest.raises(BadSignature):
        verify(read(cavage(Letter(), key=ED25519, algorithm="rsa-sha256")), ED25519_PUBLIC)
    with pytest.raises(BadSignature):
        verify(read(cavage(Letter(), algorithm="ed25519")), RSA_PUBLIC)


@pytest.mark.parametrize("name", ["host", "date", "digest", "content-type"])
def test_sig_33_a_signed_header_given_twice_is_refused(name: str) -> None:
    with pytest.raises(BadSignature):
        read(with_header(GOOD, name, dict(GOOD.headers)[name]))


def test_sig_33_a_header_signed_twice_is_refused() -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(), covered="(request-target) host date digest date"))


def test_an_unsigned_header_given_twice_is_no_matter() -> None:
    check(with_header(with_header(GOOD, "accept", "a"), "accept", "b"))


def test_two_signatures_are_refused() -> None:
    with pytest.raises(BadSignature):
        read(with_header(GOOD, "signature", dict(GOOD.headers)["signature"]))


def test_sig_36_a_query_is_taken_when_signed() -> None:
    covered = "(request-target) host date"
    check(cavage(getting("/outbox?page=1"), covered=covered))


def test_sig_36_a_query_added_later_is_refused() -> None:
    request = cavage(getting("/outbox"), covered="(request-target) host date")
    with pytest.raises(BadSignature):
        check(replace(request, target="/outbox?page=1"))


def test_a_digest_signed_on_get_is_that_of_nothing() -> None:
    letter = getting("/actors/union")
    signed = replace(letter, headers=letter.headers | {"digest": digest_header(b"")})
    check(cavage(signed, covered="(request-target) host digest date"))


def test_a_content_digest_does_not_stand_for_a_signed_digest() -> None:
    letter = Letter(headers={"host": HOST, "date": http_date(NOW), "content-digest": content_digest(BODY)})
    with pytest.raises(BadSignature):
        read(cavage(letter, covered="(request-target) host date content-digest"))


@pytest.mark.parametrize(
    "target", ["https://union.example/inbox", "inbox", "", "*", "/in box", "/inböx", "/inbox\nhost: evil"]
)
def test_a_target_that_is_no_plain_path_is_refused(target: str) -> None:
    with pytest.raises(BadSignature):
        read(cavage(Letter(target=target)))


BROKEN = {
    "no keyId": ("keyId=", "keyid="),
    "empty keyId": (KEY_ID, ""),
    "not base64": ('signature="', 'signature="!'),
    "a parameter twice": ("keyId=", 'keyId="https://mal.test/key",keyId='),
    "an open quote": ('headers="', 'headers="\\"'),
    "no commas": (",", " "),
    "too long": ("keyId=", 'padding="' + "x" * 9000 + '",keyId='),
    "a covered name that is not there": ("content-type", "x-absent"),
    "two spaces": ("host date", "host  date"),
}


@pytest.mark.parametrize(("old", "new"), BROKEN.values(), ids=BROKEN.keys())
def test_a_signature_header_that_cannot_be_read_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadSignature):
        read(altered(GOOD, old, new))


def test_unknown_parameters_have_no_power() -> None:
    check(altered(GOOD, "keyId=", 'opaque="anything", keyId='))


@pytest.mark.parametrize("value", ["application/activity+json\nhost: evil", "a\rb", "é", "\udcff"])
def test_a_signed_header_that_is_no_plain_line_is_refused(value: str) -> None:
    headers = dict(GOOD.headers) | {"content-type": value}
    with pytest.raises(BadSignature):
        read(replace(GOOD, headers=tuple(headers.items())))


def test_an_error_repeats_no_body_and_no_key() -> None:
    claim: Claim = read(GOOD)
    with pytest.raises(BadSignature) as refusal:
        verify(claim, ED25519_PUBLIC)
    assert KEY_ID not in str(refusal.value)
