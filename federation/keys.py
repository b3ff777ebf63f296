"""Key pairs, and the public keys of others in the two forms the network uses: PEM and Multikey (FEP-521a).

Loaded public keys are remembered by their text, so that no request parses a key twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from federation.errors import BadKey, BadSignature, Unintelligible
from storage.ids import Did
from storage.records import KeyKind

MAX_PEM: Final = 4096
"""Characters; the PEM of an RSA key of 8192 bits has 1,500."""
_MIN_RSA_BITS: Final = 2048
_MAX_RSA_BITS: Final = 8192
_MAX_EXPONENT: Final = 2**32
_REMEMBERED: Final = 4096

_PEM_HEADS: Final = ("-----BEGIN PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----")
_ED25519_CODE: Final = b"\xed\x01"
"""Multicodec of an Ed25519 public key, as a varint."""
_SHA256_CODE: Final = b"\x12\x20"
"""Multihash of SHA-256: its code and its 32 bytes."""
_DID_KEY: Final = "did:key:"

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_PAIRS: Final = [high + low for high in _BASE58 for low in _BASE58]
_NO_DIGIT: Final = 255
_BASE58_VALUES: Final = bytes(_BASE58.find(chr(code)) % 256 for code in range(256))
"""By the code of a character the value of the digit, or 255: what `find` says of none."""
_MAX_BASE58: Final = 256
"""Characters; decoding costs the square of the length, and a signature needs 88."""

_FOLDS: Final = [
    (8 * width, sum((1 << 8 * width) - 1 << 16 * width * pair for pair in range(_MAX_BASE58 // (2 * width))), 58**width)
    for width in (1, 2, 4, 8, 16, 32, 64, 128)
]
"""How 256 digits of one byte become 128 of two, of base 58², and so on until one number is left: all pairs at once."""

_FIELD: Final = 2**255 - 19
_SMALL_ORDER: Final = frozenset(
    {
        0,  # order 4
        1,  # the neutral element
        _FIELD - 1,  # order 2
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,  # order 8
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,  # order 8
    }
)
"""The y of the eight points of small order: under them one signature fits many messages (RFC 8032 §8.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key that passed our checks."""

    kind: KeyKind
    loaded: RSAPublicKey | Ed25519PublicKey

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check an RSASSA-PKCS1-v1_5 SHA-256 or Ed25519 signature by the key's kind; raises BadSignature."""
        try:
            if isinstance(self.loaded, RSAPublicKey):
                self.loaded.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            else:
                self.loaded.verify(signature, message)
        except InvalidSignature:
            raise _not_signed() from None

    def verify_pss(self, signature: bytes, message: bytes) -> None:
        """Check an RSASSA-PSS SHA-512 signature (RFC 9421 §3.3.1); raises BadSignature."""
        if not isinstance(self.loaded, RSAPublicKey):
            raise _not_signed()
        scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
        try:
            self.loaded.verify(signature, message, scheme, hashes.SHA512())
        except InvalidSignature:
            raise _not_signed() from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorKeys:
    """The private keys of one of our actors: RSA for requests, Ed25519 for proofs."""

    rsa: RSAPrivateKey
    ed25519: Ed25519PrivateKey


def new_rsa() -> RSAPrivateKey:
    """A fresh RSA-2048 key for an actor's `#main-key`."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def new_ed25519() -> Ed25519PrivateKey:
    """A fresh Ed25519 key."""
    return Ed25519PrivateKey.generate()


def new_actor_keys() -> ActorKeys:
    """Both keys of a new actor."""
    return ActorKeys(rsa=new_rsa(), ed25519=new_ed25519())


def dump_private_pem(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    """One of our own keys as unencrypted PKCS #8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_private_rsa(pem: bytes) -> RSAPrivateKey:
    """One of our own RSA keys from PEM, without the 27 ms of validation; raises BadKey."""
    key = _load_private(pem)
    if not isinstance(key, RSAPrivateKey):
        raise BadKey("This key file holds no RSA key; restore it from a backup.")
    return key


def load_private_ed25519(pem: bytes) -> Ed25519PrivateKey:
    """One of our own Ed25519 keys from PEM; raises BadKey."""
    key = _load_private(pem)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("This key file holds no Ed25519 key; restore it from a backup.")
    return key


def _load_private(pem: bytes) -> object:
    try:
        return serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("This key file is no private key in PEM; restore it from a backup.") from None


def dump_public_pem(public: RSAPublicKey) -> str:
    """A public RSA key as an actor document carries it in `publicKeyPem`."""
    encoded = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode("ascii")


def load_public_pem(pem: str) -> PublicKey:
    """A public key from `publicKeyPem`: RSA of 2048 to 8192 bits, or Ed25519; raises BadKey."""
    if len(pem) > MAX_PEM:
        raise BadKey("The key is longer than any public key we use; its owner must publish a usable one.")
    return _load_public_pem(pem)


@lru_cache(maxsize=_REMEMBERED)
def _load_public_pem(pem: str) -> PublicKey:
    text = pem.strip()
    if not text.startswith(_PEM_HEADS) or text.count("-----BEGIN ") != 1:
        raise BadKey("The key is not one public key in PEM; its owner must publish a usable one.")
    try:
        loaded = serialization.load_pem_public_key(text.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm):
        raise BadKey("The key's PEM cannot be read; its owner must publish a usable one.") from None
    if isinstance(loaded, RSAPublicKey):
        return _checked_rsa(loaded)
    if isinstance(loaded, Ed25519PublicKey):
        return _checked_ed25519(loaded.public_bytes_raw())
    raise BadKey("The key is neither RSA nor Ed25519; its owner must publish one of these.")


def _checked_rsa(loaded: RSAPublicKey) -> PublicKey:
    """Refuse what is weak, and what is slow on purpose."""
    numbers = loaded.public_numbers()
    if not _MIN_RSA_BITS <= loaded.key_size <= _MAX_RSA_BITS:
        raise BadKey(f"The RSA key has {loaded.key_size} bits; we use keys of 2048 to 8192 bits.")
    if numbers.n % 2 == 0 or numbers.e % 2 == 0 or not 3 <= numbers.e <= _MAX_EXPONENT:
        raise BadKey("The RSA key has a modulus or an exponent that no sound key has.")
    return PublicKey(kind="rsa", loaded=loaded)


def _checked_ed25519(raw: bytes) -> PublicKey:
    """Refuse points of small order and encodings that are not the canonical one."""
    height = int.from_bytes(raw, "little") & (2**255 - 1)
    if height >= _FIELD or height in _SMALL_ORDER:
        raise BadKey("The Ed25519 key is one under which signatures prove nothing.")
    return PublicKey(kind="ed25519", loaded=Ed25519PublicKey.from_public_bytes(raw))


@lru_cache(maxsize=_REMEMBERED)
def load_multikey(text: str) -> PublicKey:
    """An Ed25519 key from `publicKeyMultibase` (FEP-521a), `z` and base58btc of 34 bytes; raises BadKey."""
    try:
        coded = decode_multibase(text)
    except Unintelligible:
        raise BadKey("The Multikey is not base58btc; its owner must publish a usable one.") from None
    if len(coded) != 34 or not coded.startswith(_ED25519_CODE):
        raise BadKey("The Multikey is no Ed25519 key of 32 bytes; its owner must publish one.")
    return _checked_ed25519(coded[2:])


@lru_cache(maxsize=_REMEMBERED)
def load_raw_ed25519(raw: bytes) -> PublicKey:
    """An Ed25519 key from its 32 bytes; raises BadKey."""
    if len(raw) != 32:
        raise BadKey("An Ed25519 key has 32 bytes; this one has not.")
    return _checked_ed25519(raw)


def raw_ed25519(public: Ed25519PublicKey | PublicKey) -> bytes:
    """The 32 bytes of an Ed25519 key; raises BadKey for an RSA key."""
    loaded = public.loaded if isinstance(public, PublicKey) else public
    if not isinstance(loaded, Ed25519PublicKey):
        raise BadKey("An Ed25519 key is needed here, and this is an RSA key.")
    return loaded.public_bytes_raw()


def encode_multikey(public: Ed25519PublicKey | PublicKey) -> str:
    """The key as `publicKeyMultibase`, `z6Mk…`."""
    return encode_multibase(_ED25519_CODE + raw_ed25519(public))


def did_key(public: Ed25519PublicKey | PublicKey) -> Did:
    """The union that this root key stands for, `did:key:z6Mk…`."""
    return Did(_DID_KEY + encode_multikey(public))


def public_of_did(did: Did) -> PublicKey:
    """The root key in a union's name; raises BadKey."""
    if not did.startswith(_DID_KEY):
        raise BadKey("A union's name starts with did:key:z6Mk; this one does not.")
    return load_multikey(did.removeprefix(_DID_KEY))


def multihash_sha256(content: bytes) -> str:
    """The digest that names these bytes in the log: multibase base58btc of their sha2-256 multihash."""
    return encode_multibase(_SHA256_CODE + sha256(content).digest())


def encode_multibase(raw: bytes) -> str:
    """Bytes as `z` and base58btc."""
    number = int.from_bytes(raw, "big")
    parts: list[str] = []
    while number:
        number, part = divmod(number, 58**8)
        high, low = divmod(part, 58**4)
        parts += (
            _BASE58_PAIRS[low % 58**2],
            _BASE58_PAIRS[low // 58**2],
            _BASE58_PAIRS[high % 58**2],
            _BASE58_PAIRS[high // 58**2],
        )
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "z" + "1" * zeros + "".join(reversed(parts)).lstrip("1")


def decode_multibase(text: str) -> bytes:
    """The bytes that `z` and base58btc spell, at most 256 characters; raises Unintelligible."""
    if not text.startswith("z") or len(text) > _MAX_BASE58:
        raise Unintelligible("This text is not multibase base58btc (z…), or it is too long.")
    digits = text[1:].encode("ascii", "replace").translate(_BASE58_VALUES)
    if _NO_DIGIT in digits:
        raise Unintelligible("This text has characters that base58btc has not.")
    number = int.from_bytes(digits, "big")
    for bits, mask, base in _FOLDS:
        number = (number & mask) + (number >> bits & mask) * base
    zeros = len(digits) - len(digits.lstrip(b"\0"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _not_signed() -> BadSignature:
    return BadSignature("The signature does not fit the key and what was signed; whoever sent it must sign again.")
