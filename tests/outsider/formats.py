"""What the specifications fix of bytes and texts: JSON, RFC 8785, base58 and base64, Ed25519, RFC 6962 trees."""

import base64
import hashlib
import http.client
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
OUTSIDE = (ValueError, OverflowError, RecursionError, OSError, EOFError, zlib.error, http.client.HTTPException)


class Wrong(Exception):
    """A sentence about what is wrong."""


def need(right: bool, sentence: str) -> None:
    if not right:
        raise Wrong(sentence)


@contextmanager
def saying(sentence: str) -> Iterator[None]:
    """Whatever the standard library finds wrong inside is said with this sentence."""
    try:
        yield
    except OUTSIDE as error:
        raise Wrong(f"{sentence}: {error}.") from error


def parse(data: bytes, what: str) -> dict[str, Json]:
    with saying(f"{what} is not JSON"):
        value: Json = json.loads(data.decode())
    if not isinstance(value, dict):
        raise Wrong(f"{what} is not a JSON object.")
    return value


def texts(value: dict[str, Json], names: list[str], what: str) -> dict[str, str]:
    found = {name: text for name in names if isinstance(text := value.get(name), str)}
    need(len(found) == len(names), f"{what} has not the texts {', '.join(names)}.")
    return found


def number(value: float) -> str:
    """As ECMAScript writes it, which RFC 8785 asks for; Python finds the same shortest digits."""
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    digits, _, exponent = repr(value).partition("e")
    return f"{digits}e{int(exponent):+d}"


def jcs(value: Json) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{jcs(name)}:{jcs(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(float(value))
    return json.dumps(value, ensure_ascii=False)


def canonical(value: Json, what: str) -> bytes:
    with saying(f"{what} has no RFC 8785 form"):
        return jcs(value).encode()


def unbase58(text: str, what: str, prefix: bytes = b"\xed\x01", size: int = 32) -> bytes:
    """The bytes after the prefix, of this size; an Ed25519 key unless told otherwise."""
    need(text.startswith("z") and not set(text[1:]) - set(BASE58), f"{what} is not multibase base58btc.")
    value = 0
    for letter in text[1:]:
        value = value * 58 + BASE58.index(letter)
    data = bytes(len(text[1:]) - len(text[1:].lstrip("1"))) + value.to_bytes((value.bit_length() + 7) // 8, "big")
    need(data.startswith(prefix) and len(data) == len(prefix) + size, f"{what} has not the prefix and size it should.")
    return data[len(prefix) :]


def unbase64(text: str, what: str) -> bytes:
    with saying(f"{what} is not base64"):
        return base64.b64decode(text, validate=True)


def signed_by(key: bytes, signature: bytes, message: bytes) -> bool:
    with suppress(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    return False


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def tree_root(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"")
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1" + tree_root(hashes[:half]) + tree_root(hashes[half:]))


def root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to, by the definition of PATH in RFC 6962, section 2.1.1."""
    need((size == 1) == (not path), f"The proof has too {'many' if path else 'few'} hashes.")
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return sha256(b"\1" + root_by_path(leaf, index, half, path[:-1]) + path[-1])
    return sha256(b"\1" + path[-1] + root_by_path(leaf, index - half, size - half, path[:-1]))
