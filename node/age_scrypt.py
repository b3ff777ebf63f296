"""Write an age v1 file sealed with a passphrase, armoured (C2SP age: header, payload, scrypt, ASCII armor).

Only a writer: pyrage cannot set the scrypt work factor and may take 1 GiB. It and `age` open what we write.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

WORK_FACTOR: Final = 16
"""log2 of scrypt's N: 64 MiB and about a quarter of a second, so that a small machine opens the file."""
ARMOUR_BEGIN: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
ARMOUR_END: Final = b"-----END AGE ENCRYPTED FILE-----"
_CHUNK: Final = 64 * 1024
_COLUMNS: Final = 64
_FILE_KEY_WRAP_NONCE: Final = bytes(12)


def seal(plaintext: bytes, passphrase: str, *, chance: Callable[[int], bytes]) -> bytes:
    """The armoured age file; `chance(n)` gives n random bytes, from `os.urandom` outside tests."""
    file_key, salt, nonce = chance(16), chance(16), chance(16)
    header = _header(file_key, salt, passphrase)
    return _armour(header + nonce + b"".join(_payload(plaintext, _derive(file_key, nonce, b"payload"))))


def open_armour(text: bytes) -> bytes | None:
    """The age file in the armour, whatever mail or a scanner put before, after and between its lines.

    None when the armour is cut short or its base64 is not whole.
    """
    _, begin, rest = text.partition(ARMOUR_BEGIN)
    inside, end, _ = rest.partition(ARMOUR_END)
    if not begin or not end:
        return None
    try:
        return base64.b64decode(b"".join(inside.replace(b">", b"").split()), validate=True)
    except binascii.Error:
        return None


def _header(file_key: bytes, salt: bytes, passphrase: str) -> bytes:
    wrap_key = Scrypt(salt=b"age-encryption.org/v1/scrypt" + salt, length=32, n=1 << WORK_FACTOR, r=8, p=1).derive(
        passphrase.encode()
    )
    body = ChaCha20Poly1305(wrap_key).encrypt(_FILE_KEY_WRAP_NONCE, file_key, None)
    stanza = f"-> scrypt {_base64(salt)} {WORK_FACTOR}\n{_base64(body)}\n"
    head = f"age-encryption.org/v1\n{stanza}---".encode()
    return head + f" {_base64(_mac(file_key, head))}\n".encode()


def _mac(file_key: bytes, head: bytes) -> bytes:
    mac = HMAC(_derive(file_key, b"", b"header"), SHA256())
    mac.update(head)
    return mac.finalize()


def _derive(file_key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(file_key)


def _payload(plaintext: bytes, key: bytes) -> Iterator[bytes]:
    """STREAM: 64 KiB chunks, nonce = 11 bytes of counter and a last byte that marks the final chunk."""
    cipher = ChaCha20Poly1305(key)
    starts = range(0, max(len(plaintext), 1), _CHUNK)
    for counter, start in enumerate(starts):
        nonce = counter.to_bytes(11, "big") + bytes([start == starts[-1]])
        yield cipher.encrypt(nonce, plaintext[start : start + _CHUNK], None)


def _armour(body: bytes) -> bytes:
    """Strict PEM (RFC 7468 section 3): padded base64 in lines of 64."""
    text = base64.b64encode(body)
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return b"\n".join([ARMOUR_BEGIN, *lines, ARMOUR_END, b""])


def _base64(body: bytes) -> str:
    return base64.b64encode(body).decode().rstrip("=")
