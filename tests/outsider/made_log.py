"""Logs that are made here by the specifications, page by page, and a web server for them: what the checker is shown."""

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.outsider import check_log

LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


HOME = "https://union.example"


PER_PAGE = 100


BROKEN = b"Something broke."


RECEIPT = ("mirror", "mirror cosigner", 1_760_000_000)


def key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def base58(data: bytes) -> str:
    value, text = int.from_bytes(data, "big"), ""
    while value:
        value, rest = divmod(value, 58)
        text = LETTERS[rest] + text
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def multikey(secret: Ed25519PrivateKey) -> str:
    return base58(b"\xed\x01" + secret.public_key().public_bytes_raw())


def did_of(name: str) -> str:
    return f"did:key:{multikey(key(name))}"


def plain(value: Any) -> bytes:
    """RFC 8785 for what these tests use: ASCII names, texts and whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mth(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, over leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha(b"")
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha(b"\x01" + mth(leaves[:half]) + mth(leaves[half:]))


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if index < half:
        return [*inclusion(index, leaves[:half]), mth(leaves[half:])]
    return [*inclusion(index - half, leaves[half:]), mth(leaves[:half])]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def prove(document: dict[str, Any], root: str) -> dict[str, Any]:
    did = did_of(root)
    config = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"{did}#{did.removeprefix('did:key:')}",
        "created": "2026-01-01T00:00:00Z",
    }
    value = base58(key(root).sign(sha(plain(config)) + sha(plain(document))))
    return {**document, "proof": {**config, "proofValue": value}}


def charter(name: str, **changes: Any) -> dict[str, Any]:
    """Signed by the root key of that name; log and cosigner keys are named after it."""
    document = {
        "union": did_of(name),
        "epoch": 1,
        "name": f"Union Größe {name}",
        "homes": [HOME],
        "logKey": multikey(key(f"{name} log")),
        "cosignerKey": multikey(key(f"{name} cosigner")),
        "after": {"size": 0, "root": b64(sha(b""))},
        "recipient": "age1example",
        "previous": [],
        "published": "2026-01-01T00:00:00Z",
    }
    return prove({**document, **changes}, name)


def signature_line(name: str, kind: int, secret: Ed25519PrivateKey, between: bytes, message: bytes) -> str:
    id = sha(f"{name}\n".encode() + bytes([kind]) + secret.public_key().public_bytes_raw())[:4]
    return f"— {name} {b64(id + between + secret.sign(message))}\n"


def cosignature(note: str, name: str, secret: Ed25519PrivateKey, when: int) -> str:
    message = f"cosignature/v1\ntime {when}\n{note}".encode()
    return signature_line(f"{did_of(name)}/mirror", 4, secret, when.to_bytes(8, "big"), message)


def activity(index: int) -> bytes:
    thing: Any = {"id": f"{HOME}/objects/{index}", "type": "Note", "content": f"Streik {index} – für „alle“\n"}
    return plain(
        {
            "id": f"{HOME}/activities/{index}",
            "type": "Create",
            "actor": f"{HOME}/actors/union",
            "object": thing if index % 2 else thing["id"],
            "published": f"2026-01-01T00:00:{index % 60:02d}Z",
            "proof": {"type": "DataIntegrityProof"},
        }
    )


def entry_of(line: bytes) -> bytes:
    made = json.loads(line)
    thing = made["object"] if isinstance(made["object"], str) else made["object"]["id"]
    return plain(
        {
            "activity": made["id"],
            "digest": base58(b"\x12\x20" + sha(line)),
            "object": thing,
            "published": made["published"],
            "type": made["type"],
        }
    )


@dataclass
class Made:
    """A log before it is laid out as pages; tests change it before or after."""

    size: int
    lines: list[bytes] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    cosigners: list[tuple[str, str, int]] = field(default_factory=lambda: [RECEIPT])

    def __post_init__(self) -> None:
        self.lines = [activity(index) for index in range(self.size)]
        self.entries = [entry_of(line) for line in self.lines]

    @property
    def leaves(self) -> list[bytes]:
        return [sha(b"\x00" + entry) for entry in self.entries]

    def checkpoint(self, size: int | None = None) -> bytes:
        origin = f"{did_of('union')}/1"
        note = f"{origin}\n{self.size if size is None else size}\n{b64(mth(self.leaves))}\n"
        signed = signature_line(origin, 1, key("union log"), b"", note.encode())
        receipts = [cosignature(note, name, key(secret), when) for name, secret, when in self.cosigners]
        return f"{note}\n{signed}{''.join(receipts)}".encode()

    def pages(self) -> dict[str, bytes]:
        short = f"/log/{did_of('union')}"
        pages = {
            f"{short}/charter": json.dumps(charter("union"), indent=1).encode(),
            f"/log/{did_of('mirror')}/charter": plain(charter("mirror")),
            f"{short}/checkpoint": self.checkpoint(),
        }
        pages |= {f"{short}/1/{path}": data for path, data in {**self.tiles(), **self.read()}.items()}
        return pages

    def tiles(self) -> dict[str, bytes]:
        bundles = [len(entry).to_bytes(2, "big") + entry for entry in self.entries]
        pages = laid("entries", bundles)
        level, hashes = 0, self.leaves
        while hashes:
            pages |= laid(str(level), hashes)
            hashes = [mth(hashes[at : at + 256]) for at in range(0, len(hashes) // 256 * 256, 256)]
            level += 1
        return pages

    def read(self) -> dict[str, bytes]:
        pages = {
            f"activities?from={at}": b"".join(line + b"\n" for line in self.lines[at : at + PER_PAGE])
            for at in range(0, self.size, PER_PAGE)
        }
        for index in {0, self.size // 2, self.size - 1} if self.size else ():
            path = "".join(f"{b64(each)}\n" for each in inclusion(index, self.leaves))
            text = f"c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n"
            pages[f"proof/{index}"] = text.encode() + self.checkpoint()
        return pages


def laid(kind: str, items: list[bytes]) -> dict[str, bytes]:
    """Full tiles, and the partial one at the end; these logs have fewer than a thousand tiles."""
    found = {}
    for at in range(0, len(items), 256):
        part = items[at : at + 256]
        found[f"tile/{kind}/{at // 256:03d}" + (f".p/{len(part)}" if len(part) < 256 else "")] = b"".join(part)
    return found


@contextmanager
def served(pages: dict[str, bytes], zipped: bool = False) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 500 if body == BROKEN else 200)
            if zipped and "/tile/entries/" in self.path:
                body = gzip.compress(body or b"")
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def checked(pages: dict[str, bytes], mirror: dict[str, bytes] | None = None, zipped: bool = False) -> list[str]:
    """What the checker says is wrong; its verdict agrees."""
    with served(pages, zipped) as url, served(mirror or {}) as other, redirect_stdout(StringIO()) as said:
        good = check_log.Checker(url, did_of("union"), [other] if mirror else []).run()
    wrong = [line.removeprefix("WRONG").strip() for line in said.getvalue().splitlines() if line.startswith("WRONG")]
    assert good == (not wrong)
    return wrong


def path_of(path: str) -> str:
    return f"/log/{did_of('union')}/{path}"


def flipped(data: bytes, where: int) -> bytes:
    return data[:where] + bytes([data[where] ^ 1]) + data[where + 1 :]


def mirror_pages(made: Made) -> dict[str, bytes]:
    folder = sha(f"{did_of('union')}/1".encode()).hex()
    return {
        f"/log/{did_of('mirror')}/charter": plain(charter("mirror")),
        path_of("charter"): plain(charter("union")),
        f"/log/{folder}/checkpoint": made.checkpoint(),
    }
