"""Both readers of request signatures: whatever is sent, one signer signed all that counts, or it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from federation.errors import BadSignature
from federation.httpsig.authority import normal
from federation.httpsig.fields import read_dictionary
from federation.httpsig.request import SignedRequest
from federation.httpsig.verify import Claim, read_signature, verify
from federation.httpsig.wishes import OUR_WISH, read_wish
from tests.federation.httpsig.signing import (
    ED25519,
    HOST,
    KEY_ID,
    NOW,
    RSA_PUBLIC,
    Letter,
    cavage,
    read,
    rfc9421,
)
from tests.fuzz.driving import tried, within
from tests.fuzz.seeds import REQUESTS
from tests.fuzz.tape import Tape
from tests.fuzz.wild import NUMBERS, broken, broken_text, text

MOMENT: Final = str(int(NOW.timestamp()))
BY_CAVAGE: Final = (
    cavage(Letter()),
    cavage(
        Letter(), algorithm="hs2019", covered="(request-target) (created) host digest", parameters={"created": MOMENT}
    ),
    cavage(Letter(), algorithm=None, covered="date host (request-target) digest"),
    cavage(Letter(method="GET", target="/actor?a=b", body=None), covered="(request-target) host date"),
)
BY_RFC9421: Final = (
    rfc9421(Letter()),
    rfc9421(Letter(), parameters=f'created={MOMENT};expires={MOMENT};keyid="{KEY_ID}";alg="rsa-v1_5-sha256";nonce="a"'),
    rfc9421(Letter(), covered='"@authority" "@method" "@path" "content-digest" "content-type" "date"'),
    rfc9421(Letter(method="GET", target="/actor?a=b", body=None), covered='"@method" "@target-uri"'),
)
PAIRS: Final = (
    (rfc9421(Letter()), rfc9421(Letter(), key=ED25519)),
    (cavage(Letter()), cavage(Letter(), key=ED25519, algorithm="hs2019")),
    (cavage(Letter()), cavage(Letter())),
)
WISHES: Final = (
    OUR_WISH,
    'sig1=("@method" "@authority" "content-digest");created;keyid;nonce="abc";tag="x";alg="rsa-v1_5-sha256", sig2=()',
)
PIECES: Final = (
    *('"@method"', '"@target-uri"', '"@authority"', '"@query"', '"@status"', '"host"', '"content-digest"', ";req"),
    *(";sf", ";bs"),
    *("sig1=(", "sig2=(", ");created=", ';keyid="b"', "sig1=:", ":", "=:YQ==:", "created=", "expires=", "?1", "@1"),
    *('%"a%c3"',),
    *('keyId="b",', "keyId=", "KEYID=", 'headers="date"', "(request-target)", "(created)", "algorithm="),
    *("hmac-sha256", "rsa-sha256"),
    *("date", "host", "digest", "SHA-256=", "MD5=", "sha-256=:", "sha-512=::", "====", "\\", '"', "é", "GMT", "Nov"),
    *NUMBERS,
)  # fmt: skip
NAMES: Final = ("host", "date", "digest", "content-digest", "signature", "signature-input", "content-type")


def forged(tape: Tape, sound: SignedRequest) -> SignedRequest:
    """A truly signed request, changed in one to three ways on its way."""
    request = sound
    for _ in range(tape.randrange(3) + 1):
        headers = list(request.headers)
        at = tape.randrange(len(headers)) if headers else 0
        match tape.randrange(8):
            case 0:
                request = replace(request, method=broken_text(tape, request.method))
            case 1:
                request = replace(request, target=broken_text(tape, request.target, pieces=("?", "//", "#", "/inbox")))
            case 2:
                request = replace(request, body=broken(tape, request.body or b""))
            case 3:
                headers.insert(at, (tape.choice(NAMES), text(tape, pieces=PIECES)))
            case 4:
                headers.insert(at, tape.choice(headers or [("host", HOST)]))
            case 5:
                del headers[at : at + 1]
            case _ if headers:
                name, said = headers[at]
                headers[at] = name, broken_text(tape, said, pieces=PIECES)
        request = replace(request, headers=tuple(headers))
    return request


def bound(request: SignedRequest) -> tuple[str, str, str, bytes]:
    """What a signature must bind."""
    host = request.values("host")[0].strip(" \t")
    return request.method.lower(), request.target, normal(host, "https"), request.body or b""


def length(request: SignedRequest) -> int:
    return len(request.method + request.target) + sum(len(name + said) for name, said in request.headers)


def read_or_none(request: SignedRequest) -> Claim | None:
    """The claim; None when it is refused as it should be."""
    try:
        return within(1_500 + 40 * length(request), read, request)
    except BadSignature:
        return None


def check_claim(claim: Claim, request: SignedRequest, sound: SignedRequest) -> None:
    assert claim.message.isascii()
    assert claim.key_id.isprintable()
    assert request.target.partition("?")[0].encode() in claim.message
    assert len(request.values("signature")) == 1
    try:
        verify(claim, RSA_PUBLIC)
    except BadSignature:
        return
    assert bound(sound) == bound(request)
    assert claim.key_id == KEY_ID or claim.scheme == "cavage"  # the draft does not sign the key's name


@tried
def test_sig_01_to_11_a_request_altered_on_its_way_by_cavage_is_refused_or_means_the_same(tape: Tape) -> None:
    sound = tape.choice(BY_CAVAGE)
    request = forged(tape, sound)
    claim = read_or_none(request)
    if claim is not None:
        check_claim(claim, request, sound)


@tried
def test_sig_38_to_42_a_request_altered_on_its_way_by_rfc_9421_is_refused_or_means_the_same(tape: Tape) -> None:
    sound = tape.choice(BY_RFC9421)
    request = forged(tape, sound)
    claim = read_or_none(request)
    if claim is None:
        return
    check_claim(claim, request, sound)
    if claim.scheme == "rfc9421":
        for name in ("signature-input", "signature"):
            assert 1 == len(read_dictionary(request.values(name)))


@tried
def test_sig_40_two_sound_signatures_make_no_request_however_they_are_put_together(tape: Tape) -> None:
    one, other = tape.choice(PAIRS)
    label = tape.choice(("sig1", "sig2"))
    parts, theirs = list(one.headers), {name: said.replace("sig1=", f"{label}=") for name, said in other.headers}
    for name in [name for name in theirs if name.startswith("signature")]:
        at = [name for name, _ in parts].index(name)
        if tape.randrange(2):
            parts.insert(tape.randrange(len(parts) + 1), (name, theirs[name]))
        else:
            both = tape.sample([parts[at][1], theirs[name]], k=2)
            parts[at] = name, tape.choice((", ", ",", " , ", ",\t")).join(both)
    if tape.randrange(2):
        tape.shuffle(parts)
    assert read_or_none(replace(one, headers=tuple(parts))) is None


@tried
def test_a_request_of_a_real_server_altered_on_its_way_is_read_or_refused(tape: Tape) -> None:
    sent = tape.choice(REQUESTS)
    url, at = urlsplit(sent["url"]), datetime.fromisoformat(sent["at"])
    sound = SignedRequest(
        method=sent["method"], target=url.path, headers=tuple(sent["headers"].items()), body=sent["body"].encode()
    )
    request = forged(tape, sound)
    try:
        claim = within(1_500 + 40 * length(request), read_signature, request, hosts=[url.netloc], now=at)
    except BadSignature:
        return
    hosts = [normal(host.strip(" \t"), "https") for host in request.values("host")]  # its case says nothing
    assert (request.body or b"", hosts) == (sound.body, [url.netloc])
    assert claim.signature


@tried
def test_whatever_is_asked_to_be_signed_is_granted_in_plain_letters_or_not_at_all(tape: Tape) -> None:
    asked = broken_text(tape, tape.choice(WISHES), pieces=PIECES)
    wish = within(500 + 40 * len(asked), read_wish, asked)
    if wish is not None:
        assert all(said.isprintable() and not set(said) & set('"\\') for _, said in wish.texts)
        assert len(wish.components) == len(set(wish.components))
        assert len(wish.label) <= 256
