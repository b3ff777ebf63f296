"""Keys: our own come back from their files, and only sound ones of others are taken."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import keys
from federation.errors import BadKey, BadSignature, Unintelligible
from storage.ids import Did

VECTORS = Path(__file__).parents[1] / "vectors"
RSA = keys.new_rsa()
ED25519 = keys.new_ed25519()
FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493


def vector() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VECTORS / "fep-8b32.json").read_text())
    return loaded


def pem_of(public: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    raw: bytes = public.public_bytes(serialization.Encoding.PEM, form)
    return raw.decode()


def rsa_pem(modulus: int, exponent: int) -> str:
    """The PEM of an RSA key of these numbers, sound or not."""

    def integer(number: int) -> bytes:
        return tagged(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    def tagged(tag: int, content: bytes) -> bytes:
        size = len(content)
        length = bytes([0x82]) + size.to_bytes(2, "big") if size > 255 else bytes([size])
        return bytes([tag]) + length + content

    der = tagged(0x30, integer(modulus) + integer(exponent))
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN RSA PUBLIC KEY-----\n{body}-----END RSA PUBLIC KEY-----\n"


def certificate_pem() -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peer.test")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(RSA.public_key())
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    made = built.serial_number(1).not_valid_before(begin).not_valid_after(end).sign(RSA, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_an_rsa_key_in_pem_checks_its_own_signatures(form: PublicFormat) -> None:
    key = keys.load_public_pem(pem_of(RSA.public_key(), form))
    key.verify(RSA.sign(b"said", padding.PKCS1v15(), hashes.SHA256()), b"said")
    assert key.kind == "rsa"


def test_an_ed25519_key_in_pem_checks_its_own_signatures() -> None:
    key = keys.load_public_pem(pem_of(ED25519.public_key()))
    key.verify(ED25519.sign(b"said"), b"said")
    assert key.kind == "ed25519"


def test_a_pss_signature_is_checked_as_such() -> None:
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
    key = keys.load_public_pem(keys.dump_public_pem(RSA.public_key()))
    key.verify_pss(RSA.sign(b"said", scheme, hashes.SHA512()), b"said")
    with pytest.raises(BadSignature):
        key.verify_pss(RSA.sign(b"said", padding.PKCS1v15(), hashes.SHA256()), b"said")
    with pytest.raises(BadSignature):
        keys.load_multikey(keys.encode_multikey(ED25519.public_key())).verify_pss(b"", b"said")


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\0" * 256, b"x" * 1000])
def test_a_signature_of_nobody_is_refused(signature: bytes) -> None:
    for pem in (pem_of(RSA.public_key()), pem_of(ED25519.public_key())):
        with pytest.raises(BadSignature):
            keys.load_public_pem(pem).verify(signature, b"said")


def test_a_pem_with_odd_spacing_is_still_read() -> None:
    text = "\n  " + pem_of(RSA.public_key()).replace("\n", "\r\n") + "\n\n"
    assert RSA.public_key() == keys.load_public_pem(text).loaded


BAD_PEMS = {
    "certificate": certificate_pem(),
    "private RSA key": keys.dump_private_pem(RSA).decode(),
    "private Ed25519 key": keys.dump_private_pem(ED25519).decode(),
    "DSA key": pem_of(dsa.generate_private_key(1024).public_key()),  # noqa: S505 - it is to be refused
    "elliptic curve key": pem_of(ec.generate_private_key(ec.SECP256R1()).public_key()),
    "RSA of 1024 bits": pem_of(rsa.generate_private_key(65537, 1024).public_key()),  # noqa: S505 - it is to be refused
    "RSA of 9000 bits": rsa_pem((1 << 8999) + 1, 65537),
    "exponent one": rsa_pem(RSA.public_key().public_numbers().n, 1),
    "even exponent": rsa_pem(RSA.public_key().public_numbers().n, 65536),
    "huge exponent": rsa_pem(RSA.public_key().public_numbers().n, 2**64 + 1),
    "even modulus": rsa_pem(1 << 2047, 65537),
    "two keys": pem_of(RSA.public_key()) * 2,
    "text before": "hello\n" + pem_of(RSA.public_key()),
    "cut short": pem_of(RSA.public_key())[:200],
    "not ASCII": "-----BEGIN PUBLIC KEY-----\nÄÖÜ\n-----END PUBLIC KEY-----\n",
    "nothing": "",
    "a megabyte of noise": "-----BEGIN PUBLIC KEY-----\n" + "A" * 1_000_000,
    "more than a key needs": pem_of(RSA.public_key()) + "\n" * keys.MAX_PEM,
}


@pytest.mark.parametrize("pem", BAD_PEMS.values(), ids=BAD_PEMS.keys())
def test_sig_30_what_is_no_sound_public_key_is_refused(pem: str) -> None:
    with pytest.raises(BadKey):
        keys.load_public_pem(pem)


def test_the_rsa_builder_of_these_tests_makes_good_keys_too() -> None:
    assert RSA.public_key() == keys.load_public_pem(rsa_pem(RSA.public_key().public_numbers().n, 65537)).loaded


def test_the_multikey_of_the_fep_is_read_and_written() -> None:
    pair = vector()["keypair"]
    key = keys.load_multikey(pair["publicKeyMultibase"])
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(pair["seedHex"]))
    assert private.public_key() == key.loaded
    assert pair["publicKeyMultibase"] == keys.encode_multikey(key)


BAD_MULTIKEYS = {
    "no multibase": keys.encode_multikey(ED25519.public_key())[1:],
    "hex multibase": "fed01" + ED25519.public_key().public_bytes_raw().hex(),
    "secret key": vector()["keypair"]["secretKeyMultibase"],
    "P-256 code": keys.encode_multibase(b"\x80\x24" + b"\x02" * 33),
    "31 bytes": keys.encode_multibase(b"\xed\x01" + b"\x02" * 31),
    "33 bytes": keys.encode_multibase(b"\xed\x01" + b"\x02" * 33),
    "leading zero": "z1" + keys.encode_multikey(ED25519.public_key())[1:],
    "forbidden letter": "z6MkO0Il",
    "nothing": "",
    "only the letter": "z",
    "endless": "z" + "6" * 100_000,
    "not ASCII": "zé",
}


@pytest.mark.parametrize("text", BAD_MULTIKEYS.values(), ids=BAD_MULTIKEYS.keys())
def test_what_is_no_ed25519_multikey_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        keys.load_multikey(text)


def eighth_order_heights() -> list[int]:
    """The y of the points of order 8: where doubling gives the points (±sqrt(-1), 0) of order 4.

    Doubling gives y = 0 when x² = −y²; with the curve −x² + y² = 1 + d·x²·y² this is d·y⁴ + 2·y² − 1 = 0.
    """
    d = -121665 * pow(121666, -1, FIELD) % FIELD
    root = square_root((1 + d) % FIELD)
    squares = [(-1 + sign * root) * pow(d, -1, FIELD) % FIELD for sign in (1, -1)]
    return [sign * square_root(square) % FIELD for square in squares if is_square(square) for sign in (1, -1)]


def is_square(number: int) -> bool:
    return pow(number, (FIELD - 1) // 2, FIELD) == 1


def square_root(number: int) -> int:
    root = pow(number, (FIELD + 3) // 8, FIELD)
    return root if root * root % FIELD == number else root * pow(2, (FIELD - 1) // 4, FIELD) % FIELD


HEIGHTS = [0, 1, FIELD - 1, *eighth_order_heights(), *range(FIELD, 2**255)]
SMALL_ORDER = [(height | sign << 255).to_bytes(32, "little") for height in HEIGHTS for sign in (0, 1)]


def test_there_are_two_heights_of_order_eight() -> None:
    assert len(set(eighth_order_heights())) == 2


@pytest.mark.parametrize("raw", SMALL_ORDER, ids=bytes.hex)
def test_sig_31_a_small_order_or_odd_encoding_of_a_key_is_refused(raw: bytes) -> None:
    with pytest.raises(BadKey):
        keys.load_multikey(keys.encode_multibase(b"\xed\x01" + raw))


def test_sig_31_the_library_alone_would_take_a_small_order_key() -> None:
    neutral = (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"anything at all")
    with pytest.raises(BadKey):
        keys.load_public_pem(pem_of(Ed25519PublicKey.from_public_bytes(neutral)))


def test_sig_31_a_second_form_of_a_signature_is_refused() -> None:
    signature = ED25519.sign(b"said")
    larger = int.from_bytes(signature[32:], "little") + ORDER
    key = keys.load_multikey(keys.encode_multikey(ED25519.public_key()))
    with pytest.raises(BadSignature):
        key.verify(signature[:32] + larger.to_bytes(32, "little"), b"said")


def test_a_key_is_parsed_once() -> None:
    pem, multikey = pem_of(RSA.public_key()), keys.encode_multikey(ED25519.public_key())
    assert keys.load_public_pem(pem) is keys.load_public_pem(pem)
    assert keys.load_multikey(multikey) is keys.load_multikey(multikey)


def test_a_did_names_its_key() -> None:
    did = keys.did_key(ED25519.public_key())
    assert did[:12] == "did:key:z6Mk"
    assert ED25519.public_key() == keys.public_of_did(did).loaded
    assert did == keys.did_key(keys.public_of_did(did))


@pytest.mark.parametrize("did", ["", "did:web:union.example", "did:key:", "did:key:zQ3shokFTS3brHcDQrn82RUDf"])
def test_a_did_of_another_kind_is_refused(did: str) -> None:
    with pytest.raises(BadKey):
        keys.public_of_did(Did(did))


def test_an_rsa_key_has_no_multikey() -> None:
    with pytest.raises(BadKey):
        keys.encode_multikey(keys.load_public_pem(pem_of(RSA.public_key())))


def test_our_own_keys_come_back_from_their_files() -> None:
    pair = keys.new_actor_keys()
    rsa_again = keys.load_private_rsa(keys.dump_private_pem(pair.rsa))
    ed25519_again = keys.load_private_ed25519(keys.dump_private_pem(pair.ed25519))
    assert pair.rsa.private_numbers() == rsa_again.private_numbers()
    assert pair.ed25519.private_bytes_raw() == ed25519_again.private_bytes_raw()
    assert pair.rsa.key_size == 2048


def test_a_key_file_of_the_other_kind_or_of_noise_is_refused() -> None:
    with pytest.raises(BadKey):
        keys.load_private_rsa(keys.dump_private_pem(ED25519))
    with pytest.raises(BadKey):
        keys.load_private_ed25519(keys.dump_private_pem(RSA))
    with pytest.raises(BadKey):
        keys.load_private_rsa(b"noise")


def test_base58_is_that_of_everybody_else() -> None:
    """The example of draft-msporny-base58, and leading zeros."""
    assert keys.encode_multibase(b"Hello World!") == "z2NEpo7TZRRrLZSi2U"
    assert keys.decode_multibase("z112NEpo7TZRRrLZSi2U") == b"\0\0Hello World!"


def test_a_digest_is_a_multihash_in_base58() -> None:
    """The SHA-256 of nothing, known wherever multihashes are used."""
    assert keys.multihash_sha256(b"") == "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"


@pytest.mark.parametrize("text", ["", "2NEpo7TZRRrLZSi2U", "m2NEpo7T", "z0", "z" + "1" * 256])
def test_what_is_no_short_base58_is_refused(text: str) -> None:
    with pytest.raises(Unintelligible):
        keys.decode_multibase(text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=128))
def test_base58_comes_back(raw: bytes) -> None:
    assert raw == keys.decode_multibase(keys.encode_multibase(raw))


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_is_a_key_or_refused(text: str) -> None:
    with pytest.raises(Unintelligible):
        keys.load_public_pem(text)
    with pytest.raises(Unintelligible):
        keys.load_multikey(text)
