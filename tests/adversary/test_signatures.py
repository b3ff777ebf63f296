"""Forged signatures at the real door: 401 in fixed words, nothing stored, nobody asked, nothing told of who sent it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.keys import dump_public_pem, encode_multikey
from federation.strictjson import JsonObject
from tests.adversary.forging import COVERED, Forger, Sign, by_rsa
from tests.adversary.stage import Sent, Stage
from tests.federation.people import show
from tests.federation.test_keys import BAD_PEMS
from tests.stories.strangers import key_number, open_stranger


def forger(stage: Stage, *, sign: Sign | None = None, key_id: str | None = None, url: str | None = None) -> Forger:
    """Mal, with its own valid key and an actor that is shown."""
    return Forger(
        url=url or stage.inbox,
        key_id=key_id or f"{stage.mal.actor()}#main-key",
        sign=sign or by_rsa(stage.mal.key),
        now=stage.scene.village.clock(),
    )


def later(sent: Sent, **headers: str) -> Sent:
    """The same, with headers set after it was signed."""
    body, signed = sent
    assert isinstance(signed, Mapping)
    return body, {**signed, **{name.replace("_", "-"): value for name, value in headers.items()}}


def twice(sent: Sent, name: str, value: str) -> Sent:
    """The same, with one header line more."""
    body, signed = sent
    assert isinstance(signed, Mapping)
    return body, [*signed.items(), (name, value)]


async def test_what_is_forged_below_is_good_when_nothing_is_made_wrong(stage: Stage) -> None:
    mal = forger(stage)
    assert [202, 202] == [await stage.post(mal.cavage(stage.follow())), await stage.post(mal.rfc9421(stage.follow()))]
    await stage.work()
    assert await stage.scene.followers() == [stage.mal.actor()]
    stage.unseen()


async def test_sig_05_a_digest_of_md5_alone(stage: Stage) -> None:
    mal, document = forger(stage), stage.follow()
    await stage.refused(mal.cavage(document, digest="MD5=1B2M2Y8AsgTpgAmY7PhCfg=="))


async def test_sig_07_only_the_date_is_signed(stage: Stage) -> None:
    await stage.refused(forger(stage).cavage(stage.follow(), covered="date"))


async def test_sig_11_a_date_two_hours_off_or_none(stage: Stage) -> None:
    mal, clock = forger(stage), stage.scene.village.clock
    old = [stage.mal.signed(stage.inbox, stage.follow(), clock() + timedelta(hours=hours)) for hours in (-2, 2)]
    await stage.refused(*old, mal.cavage(stage.follow(), covered="(request-target) host digest"))


async def test_sig_16_the_same_request_again_after_a_restart_has_one_effect(stage: Stage) -> None:
    sent = forger(stage).cavage(stage.follow())
    assert [202, 202] == [await stage.post(sent) for _ in range(2)]
    await stage.work()
    await stage.scene.village.stop(stage.us)
    await stage.scene.village.start(stage.us)
    assert 202 == await stage.post(sent)
    await stage.work()
    assert stage.mal.site.fetches["/eve/inbox"] == 1  # one Accept
    assert await stage.scene.followers() == [stage.mal.actor()]


async def test_sig_18_a_key_of_mals_for_an_actor_of_peers(stage: Stage) -> None:
    forged = stage.mal.activity("Follow", stage.scene.campaign, stage.peer.actor())
    await stage.refused(forger(stage).cavage(forged), forger(stage).rfc9421(forged))


async def test_sig_19_a_key_of_mals_that_claims_peer_as_its_owner(stage: Stage) -> None:
    key = f"{stage.mal.base}/key"
    pem = dump_public_pem(stage.mal.key.public_key())
    show(stage.mal.site, "/key", {"id": key, "type": "Key", "owner": stage.peer.actor(), "publicKeyPem": pem})
    by_peer = {**stage.follow(), "actor": stage.peer.actor()}
    by_mal = {**stage.follow(), "actor": f"{stage.mal.base}/key-holder"}
    await stage.refused(forger(stage, key_id=key).cavage(by_peer))
    await stage.refused(forger(stage, key_id=key).cavage(by_mal), fetched=1)
    assert stage.peer.site.requests == []


async def test_sig_23_a_key_document_whose_id_is_not_its_url(stage: Stage) -> None:
    key, pem = f"{stage.mal.base}/key", dump_public_pem(stage.mal.key.public_key())
    alone: JsonObject = {"id": f"{key}2", "type": "Key", "owner": stage.mal.actor(), "publicKeyPem": pem}
    show(stage.mal.site, "/key", alone)
    show(stage.mal.site, "/key2", {**alone, "id": f"{key}3"})
    show(stage.mal.site, "/eve", {**stage.mal.document(), "publicKey": [key, f"{key}2"]})
    await stage.refused(forger(stage, key_id=key).cavage(stage.follow()), fetched=2)


async def test_sig_25_a_thousand_bad_signatures_for_a_known_key_are_one_refetch(stage: Stage) -> None:
    assert 202 == await stage.post(forger(stage).cavage(stage.follow()))
    await stage.scene.village.settle()
    wrong = forger(stage, sign=by_rsa(key_number(9)))
    stage.mal.site.requests.clear()
    for _ in range(2):
        await stage.refused(*[wrong.cavage(stage.follow()) for _ in range(50)], fetched=1)
    stage.scene.village.clock.move(minutes=4)
    fresh = forger(stage, sign=by_rsa(key_number(9)))
    await stage.refused(fresh.cavage(stage.follow()), fetched=0)
    assert stage.mal.site.fetches == {"/eve": 1}


async def test_sig_26_a_key_that_is_not_there_is_asked_for_once(stage: Stage) -> None:
    lost = forger(stage, key_id=f"{stage.mal.base}/lost#main-key")
    document = {**stage.follow(), "actor": f"{stage.mal.base}/lost"}
    stage.mal.site.requests.clear()
    await stage.refused(*[lost.cavage(document) for _ in range(100)], fetched=1)
    assert stage.mal.site.fetches == {"/lost": 1}


async def test_sig_28_an_hmac_with_the_public_key_as_its_secret(stage: Stage) -> None:
    secret = dump_public_pem(stage.mal.key.public_key()).encode()
    mal = forger(stage, sign=lambda message: hmac.new(secret, message, hashlib.sha256).digest())
    await stage.refused(mal.cavage(stage.follow(), algorithm="hmac-sha256"))
    await stage.refused(mal.cavage(stage.follow(), algorithm="hs2019"), fetched=1)
    hmac_alg = f'created={int(mal.now.timestamp())};keyid="{mal.key_id}";alg="hmac-sha256"'
    await stage.refused(mal.rfc9421(stage.follow(), parameters=hmac_alg))


async def test_sig_30_what_is_no_sound_key_is_refused_and_no_mistake_of_ours(stage: Stage) -> None:
    for number, pem in enumerate(BAD_PEMS.values()):
        id = f"{stage.mal.base}/odd{number}"
        key: JsonObject = {"id": f"{id}#main-key", "owner": id, "publicKeyPem": pem}
        show(stage.mal.site, f"/odd{number}", {**stage.mal.document(f"odd{number}"), "publicKey": key})
        odd = forger(stage, key_id=f"{id}#main-key")
        await stage.refused(odd.cavage({**stage.follow(), "actor": id}), fetched=1)
        assert stage.mal.site.fetches[f"/odd{number}"] == 1
        stage.scene.village.clock.move(minutes=5)


async def test_sig_31_a_key_of_small_order_signs_nothing(stage: Stage) -> None:
    id = f"{stage.mal.base}/small"
    for number, point in enumerate((bytes(32), b"\x01" + bytes(31))):
        multikey = encode_multikey(Ed25519PrivateKey.generate().public_key())
        small = _multikey(point)
        assert multikey[:4] == small[:4]
        method: JsonObject = {"id": f"{id}#k", "type": "Multikey", "controller": id, "publicKeyMultibase": small}
        document: JsonObject = {**stage.mal.document("small"), "assertionMethod": [method]}
        del document["publicKey"]
        show(stage.mal.site, "/small", document)
        neutral = forger(stage, key_id=f"{id}#k", sign=lambda _message: b"\x01" + bytes(63))
        await stage.refused(neutral.cavage({**stage.follow(), "actor": id}, algorithm="hs2019"), fetched=1 - number)


def _multikey(point: bytes) -> str:
    """A Multikey of any 32 bytes, sound or not."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(b"\xed\x01" + point), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return f"z{text}"


async def test_sig_31_a_second_form_of_a_signature_is_refused(stage: Stage) -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    id, key = f"{stage.mal.base}/other", Ed25519PrivateKey.generate()
    public = encode_multikey(key.public_key())
    method: JsonObject = {"id": f"{id}#k", "type": "Multikey", "controller": id, "publicKeyMultibase": public}
    show(stage.mal.site, "/other", {**stage.mal.document("other"), "assertionMethod": [method]})

    def malleable(message: bytes) -> bytes:
        signature = key.sign(message)
        return signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")

    odd = forger(stage, key_id=f"{id}#k", sign=malleable)
    await stage.refused(odd.cavage({**stage.follow(), "actor": id}, algorithm="hs2019"), fetched=1)
    good = forger(stage, key_id=f"{id}#k", sign=key.sign)
    assert 202 == await stage.post(good.cavage({**stage.follow(), "actor": id}, algorithm="hs2019"))


async def test_sig_33_a_signed_header_given_twice(stage: Stage) -> None:
    mal = forger(stage)
    good = mal.cavage(stage.follow())
    doubled = [twice(good, name, "x") for name in ("date", "digest", "signature")]
    await stage.refused(*doubled, mal.cavage(stage.follow(), covered=f"{COVERED} date"))
    await stage.refused(twice(mal.rfc9421(stage.follow()), "content-digest", "sha-256=:AA==:"))


async def test_sig_36_a_query_is_taken_only_when_it_is_signed(stage: Stage) -> None:
    asked = f"{stage.inbox}?page=1"
    await stage.refused(forger(stage).cavage(stage.follow()), url=asked, fetched=1)
    await stage.refused(forger(stage, url=asked).cavage(stage.follow()))
    assert 202 == await stage.post(forger(stage, url=asked).cavage(stage.follow()), url=asked)


@pytest.mark.parametrize(
    "covered",
    [
        '"@target-uri" "content-digest"',
        '"@method" "content-digest"',
        '"@method" "@authority" "content-digest"',
        '"@method" "@path" "content-digest"',
        '"@method" "@target-uri"',
        "",
    ],
)
async def test_sig_38_rfc_9421_over_a_part_of_the_request(stage: Stage, covered: str) -> None:
    await stage.refused(forger(stage).rfc9421(stage.follow(), covered=covered))


async def test_sig_39_rfc_9421_with_a_time_that_is_none(stage: Stage) -> None:
    mal = forger(stage)
    ahead = int((mal.now + timedelta(hours=2)).timestamp())
    times = ("", 'created="now";', f"created={2**63};", f"created={ahead};", "created=1.5;", "created=-1;")
    await stage.refused(
        *[mal.rfc9421(stage.follow(), parameters=f'{time}keyid="{mal.key_id}"'.strip(";")) for time in times]
    )


async def test_sig_40_rfc_9421_with_two_labels_by_two_keys(stage: Stage) -> None:
    async with open_stranger(3) as other:
        document = stage.follow()
        one = forger(stage).rfc9421(document)
        two = forger(stage, key_id=f"{other.actor()}#main-key", sign=by_rsa(other.key)).rfc9421(document, label="sig2")
        headers = [part[1] for part in (one, two)]
        both = {name: ", ".join(one[name] for one in headers) for name in ("signature-input", "signature")}  # type: ignore[call-overload]
        await stage.refused(later(one, **both))
        assert other.site.requests == []


@pytest.mark.parametrize("parameter", ["sf", "bs", "req", "tr", 'key="a"'])
async def test_sig_42_parameters_of_components_that_we_do_not_implement(stage: Stage, parameter: str) -> None:
    covered = f'"@method" "@target-uri" "content-digest";{parameter}'
    await stage.refused(forger(stage).rfc9421(stage.follow(), covered=covered))
