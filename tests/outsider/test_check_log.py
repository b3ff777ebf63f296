"""The checker from outside, against logs that are made here: good ones pass, each tampered copy is named."""

import base64
import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread
from typing import Any

import pytest
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


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    return Made(600).pages()


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_a_good_log_passes(size: int) -> None:
    assert checked(Made(size).pages()) == []


def test_bundles_may_come_zipped_without_being_asked_for(good: dict[str, bytes]) -> None:
    assert checked(good, zipped=True) == []


def test_a_full_tile_will_do_where_the_partial_one_is_gone() -> None:
    pages, grown = Made(600).pages(), Made(768).pages()
    for path in ("tile/entries/002", "tile/0/002"):
        del pages[path_of(f"1/{path}.p/88")]
        pages[path_of(f"1/{path}")] = grown[path_of(f"1/{path}")]
    assert checked(pages) == []


def test_the_script_stands_alone(good: dict[str, bytes]) -> None:
    with served(good) as url:
        command = [sys.executable, "-I", check_log.__file__, url, did_of("union")]
        well = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        badly = subprocess.run([*command[:-1], did_of("mirror")], capture_output=True, text=True, check=False, cwd="/")
    assert (well.returncode, badly.returncode) == (0, 1)
    assert well.stdout.splitlines()[0] == "good   charter: that of epoch 1 is signed by the root key."
    assert well.stdout.splitlines()[-1] == f"The log of {did_of('union')} at {url} is good."
    assert "NOT good" in badly.stdout.splitlines()[-1]


def test_one_byte_in_an_entry(good: dict[str, bytes]) -> None:
    path = path_of("1/tile/entries/001")
    place = good[path].index(b"/activities/300")
    wrong = checked({**good, path: flipped(good[path], place + len("/activities/30"))})
    assert wrong == [
        "root: The entries have not the root of the checkpoint.",
        "tiles: tile/0/001 has another hash 44 than the entries.",
        f"activities: The activity of entry 300 has another activity than the entry: {HOME}/activities/300.",
        "proofs: The entries have not the root of proof/0.",
    ]


@pytest.mark.parametrize(("path", "where"), [("0/000", 0), ("0/002.p/88", 87), ("1/000.p/2", 1)])
def test_one_byte_in_a_tile(good: dict[str, bytes], path: str, where: int) -> None:
    tile = path_of(f"1/tile/{path}")
    wrong = checked({**good, tile: flipped(good[tile], 32 * where + 7)})
    assert wrong == [f"tiles: tile/{path} has another hash {where} than the entries."]


def test_a_tile_that_is_too_short(good: dict[str, bytes]) -> None:
    tile = path_of("1/tile/1/000.p/2")
    assert checked({**good, tile: good[tile][:32]}) == ["tiles: tile/1/000.p/2 has 32 bytes, not 64."]


def test_one_byte_in_an_activity(good: dict[str, bytes]) -> None:
    path = path_of("1/activities?from=200")
    wrong = checked({**good, path: flipped(good[path], good[path].index(b"Streik 217"))})
    assert wrong == ["activities: The activity of entry 217 has not the digest that the entry names."]


def test_activities_that_are_not_there(good: dict[str, bytes]) -> None:
    path = path_of("1/activities?from=200")
    assert checked({**good, path: b""}) == ["activities: activities?from=200 has no line."]
    gone = checked({name: body for name, body in good.items() if name != path})
    assert gone[0].endswith("/1/activities?from=200 was answered with 404.")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (b'{"withdrawn":217}', []),
        (b'{"withdrawn": 217}', []),
        (b'{"withdrawn":218}', ["activities: In the place of entry 217 another is said to be withdrawn."]),
    ],
)
def test_a_withdrawn_activity(good: dict[str, bytes], said: bytes, wrong: list[str]) -> None:
    path = path_of("1/activities?from=200")
    lines = good[path].split(b"\n")
    assert checked({**good, path: b"\n".join([*lines[:17], said, *lines[18:]])}) == wrong


def test_what_nothing_in_the_log_withdraws_is_counted() -> None:
    made = Made(4)
    delete = {**json.loads(made.lines[3]), "type": "Delete", "object": f"{HOME}/objects/1"}
    made.lines[3] = plain(delete)
    made.entries[3] = entry_of(made.lines[3])
    made.lines[1:3] = [b'{"withdrawn":1}', b'{"withdrawn":2}']
    with served(made.pages()) as url:
        checker = check_log.Checker(url, did_of("union"), [])
        said = [check() for check in (checker.charter, checker.checkpoint, checker.bundles, checker.activities)][-1]
    assert said == "2 fit their entries, 2 are withdrawn, 1 of them without a later Delete or Update of the object."


def test_the_size_in_the_checkpoint(good: dict[str, bytes]) -> None:
    path = path_of("checkpoint")
    wrong = checked({**good, path: good[path].replace(b"\n600\n", b"\n599\n")})
    assert wrong == ["checkpoint: The checkpoint is not signed by the log key of the charter."]


@pytest.mark.parametrize("size", [512, 599, 601])
def test_a_signed_checkpoint_of_another_size(good: dict[str, bytes], size: int) -> None:
    pages = {**good, path_of("checkpoint"): Made(600).checkpoint(size)}
    sentence = "answered with 404." if size != 512 else "root: The entries have not the root of the checkpoint."
    assert checked(pages)[0].endswith(sentence)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"/1\n600", b"/2\n600", f"is for the origin {did_of('union')}/2, not {did_of('union')}/1."),
        (b"\n600\n", b"\n0600\n", "is not a signed note of three lines."),
        (b"=\n\n", b"=\nmore\n\n", "is not a signed note of three lines."),
    ],
)
def test_a_checkpoint_of_another_form(good: dict[str, bytes], old: bytes, new: bytes, sentence: str) -> None:
    path = path_of("checkpoint")
    assert checked({**good, path: good[path].replace(old, new, 1)}) == [f"checkpoint: The checkpoint {sentence}"]


def test_cosignatures_that_are_not_good(good: dict[str, bytes]) -> None:
    name, path, made = f"{did_of('mirror')}/mirror", path_of("checkpoint"), Made(600)
    made.cosigners = [("mirror", "another cosigner", 1_760_000_000)]
    assert checked({**good, path: made.checkpoint()}) == [
        f"cosignatures: The cosignature of {name} is not by the cosignerKey of its charter."
    ]
    signed, _, receipt = good[path].decode().rpartition(" ")
    bent = f"{signed} {b64(flipped(base64.b64decode(receipt), 11))}\n".encode()
    assert checked({**good, path: bent}) == [f"cosignatures: The cosignature of {name} does not fit this checkpoint."]
    made.cosigners = [("stranger", "stranger cosigner", 1_760_000_000)]
    assert checked({**good, path: made.checkpoint()}) == [
        f"cosignatures: No charter of {did_of('stranger')} was found, so its cosignature cannot be checked."
    ]
    made.cosigners = [RECEIPT] * 16
    assert checked({**good, path: made.checkpoint()}) == ["cosignatures: The checkpoint has more than 15 cosignatures."]


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (-1, "tile/entries/002.p/88 ends before the end of entry 599."),
        (None, "tile/entries/002.p/88 has more than its 88 entries."),
    ],
)
def test_a_truncated_bundle_and_one_too_long(good: dict[str, bytes], kept: int | None, sentence: str) -> None:
    path = path_of("1/tile/entries/002.p/88")
    body = good[path][:kept] if kept else good[path] + good[path]
    assert checked({**good, path: body}) == [f"bundles: {sentence}"]


def test_a_bundle_cut_between_two_entries(good: dict[str, bytes]) -> None:
    path, last = path_of("1/tile/entries/002.p/88"), 2 + len(Made(600).entries[599])
    assert checked({**good, path: good[path][:-last]}) == [
        "bundles: tile/entries/002.p/88 ends before the end of entry 599."
    ]


def test_reordered_entries(good: dict[str, bytes]) -> None:
    made = Made(600)
    made.entries[40], made.entries[41] = made.entries[41], made.entries[40]
    path = path_of("1/tile/entries/000")
    wrong = checked({**good, path: made.tiles()["tile/entries/000"]})
    assert wrong == [
        "root: The entries have not the root of the checkpoint.",
        "tiles: tile/0/000 has another hash 40 than the entries.",
        "activities: The activity of entry 40 has not the digest that the entry names.",
        "proofs: The entries have not the root of proof/0.",
    ]


def test_a_log_reordered_throughout_does_not_fit_its_activities() -> None:
    made = Made(300)
    made.entries[40], made.entries[41] = made.entries[41], made.entries[40]
    assert checked(made.pages()) == ["activities: The activity of entry 40 has not the digest that the entry names."]


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (charter("mirror"), f"is that of another union, {did_of('mirror')}."),
        (charter("mirror", union=did_of("union")), f"names another key than the root key {did_of('union')}."),
        ({**charter("union"), "name": "Another"}, f"is not signed by the root key {did_of('union')}."),
        (
            {name: value for name, value in charter("union").items() if name != "proof"},
            f"has no proof that says {check_log.PROOF}.",
        ),
        (
            {**charter("union"), "proof": {**charter("union")["proof"], "cryptosuite": "other"}},
            f"has no proof that says {check_log.PROOF}.",
        ),
        ({**charter("union"), "proof": {**charter("union")["proof"], "@context": "other"}}, "has another @context."),
        (charter("union", logKey="zO0"), "is not multibase base58btc."),
        (charter("union", logKey="zabc"), "has not the prefix and size it should."),
        (charter("union", epoch="1"), "does not say its epoch and after which tree it begins."),
    ],
)
def test_another_charter(good: dict[str, bytes], other: dict[str, Any], sentence: str) -> None:
    wrong = checked({**good, path_of("charter"): plain(other)})
    assert len(wrong) == 1
    assert wrong[0].startswith("charter: The ")
    assert wrong[0].endswith(sentence)


def test_a_charter_with_another_log_key_or_another_tree_before_it(good: dict[str, bytes]) -> None:
    path = path_of("charter")
    other = charter("union", logKey=multikey(key("another")))
    assert checked({**good, path: plain(other)}) == [
        "checkpoint: The checkpoint is not signed by the log key of the charter."
    ]
    after = {"size": 20, "root": b64(mth(Made(20).leaves))}
    assert checked({**good, path: plain(charter("union", after=after))}) == []
    longer = charter("union", after={"size": 601, "root": b64(mth(Made(600).leaves))})
    assert checked({**good, path: plain(longer)}) == [
        "root: The checkpoint is smaller than the tree before this epoch."
    ]
    after["size"] = 21
    assert checked({**good, path: plain(charter("union", after=after))}) == [
        "root: The first 21 entries have not the root in the charter."
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda entry: entry.replace(b'"type":', b'"type": '), "is not in RFC 8785 form."),
        (lambda entry: entry.replace(b'"type":', b'"kind":'), "has the fields ["),
        (lambda entry: entry.replace(b'"type":"Create"', b'"type":1'), "has not the texts"),
        (lambda entry: entry.replace(b"Create", b"C" * 4096), "is longer than 4 KiB."),
        (lambda entry: entry.replace(b"Create", b"Update"), "has another type than the entry: Create."),
        (lambda entry: entry[:-1] + b"\xff", "is not JSON"),
    ],
)
def test_a_log_with_an_entry_of_another_form(change: Callable[[bytes], bytes], sentence: str) -> None:
    made = Made(3)
    made.entries[1] = change(made.entries[1])
    wrong = checked(made.pages())
    assert len(wrong) == 1
    assert wrong[0].startswith("activities: ")
    assert sentence in wrong[0]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (activity(1).replace(b'"type"', b' "type"'), "is not in RFC 8785 form."),
        (activity(1).replace(b'"proof"', b'"proog"'), "has no proof."),
    ],
)
def test_a_log_with_an_activity_of_another_form(line: bytes, sentence: str) -> None:
    made = Made(3)
    made.lines[1], made.entries[1] = line, entry_of(line)
    assert checked(made.pages()) == [f"activities: The activity of entry 1 {sentence}"]


@pytest.mark.parametrize(
    ("body", "sentence"), [(BROKEN, "was answered with 500."), (b" " * (2 * 1024 * 1024 + 1), "is longer than 2 MiB.")]
)
def test_an_answer_that_is_none(good: dict[str, bytes], body: bytes, sentence: str) -> None:
    wrong = checked({**good, path_of("1/activities?from=200"): body})
    assert len(wrong) == 1
    assert wrong[0].endswith(f"/1/activities?from=200 {sentence}")


def test_a_signature_by_something_that_is_no_mirror(good: dict[str, bytes]) -> None:
    path = path_of("checkpoint")
    wrong = checked({**good, path: good[path].replace(b"/mirror ", b"/witness ")})
    assert wrong == [
        f"cosignatures: {did_of('mirror')}/witness has signed the checkpoint, but is not the name of a mirror."
    ]


def test_proofs_that_do_not_prove(good: dict[str, bytes]) -> None:
    path, elsewhere = path_of("1/proof/300"), path_of("1/proof/0")
    lines = good[path].split(b"\n")
    assert checked({**good, path: b"\n".join([lines[0], b"extra AAAA", *lines[1:]])}) == []
    assert checked({**good, path: good[elsewhere]}) == ["proofs: proof/300 is not a proof for this entry."]
    bent = b"\n".join([*lines[:2], lines[3], lines[2], *lines[4:]])
    assert checked({**good, path: bent}) == ["proofs: proof/300 does not lead from the entry to the root."]
    short = b"\n".join([*lines[:2], *lines[3:]])
    assert checked({**good, path: short}) == ["proofs: The proof has too few hashes."]


def mirror_pages(made: Made) -> dict[str, bytes]:
    folder = sha(f"{did_of('union')}/1".encode()).hex()
    return {
        f"/log/{did_of('mirror')}/charter": plain(charter("mirror")),
        path_of("charter"): plain(charter("union")),
        f"/log/{folder}/checkpoint": made.checkpoint(),
    }


def test_a_mirror_with_the_same_tree_and_one_with_another(good: dict[str, bytes]) -> None:
    assert checked(good, mirror_pages(Made(600))) == []
    assert checked(good, mirror_pages(Made(500))) == []
    forked = Made(500)
    forked.entries[3] = forked.entries[4]
    wrong = checked(good, mirror_pages(forked))
    assert len(wrong) == 1
    assert wrong[0].startswith("copies: The entries have not the root of the checkpoint at http://127.0.0.1")
    silent = Made(600, cosigners=[])
    assert checked(good, mirror_pages(silent))[0].endswith("has no cosignature of a mirror.")
    newer = {**mirror_pages(Made(600)), path_of("charter"): plain(charter("union", epoch=2))}
    assert checked(good, newer)[0].endswith("knows another charter, of epoch 2.")


def test_the_mirrors_own_site_is_asked_for_its_charter(good: dict[str, bytes]) -> None:
    alone = {path: body for path, body in good.items() if path != f"/log/{did_of('mirror')}/charter"}
    assert checked(alone)[0].endswith("was found, so its cosignature cannot be checked.")
    assert checked(alone, mirror_pages(Made(600))) == []


def test_a_cosignature_dated_ahead_is_not_counted(good: dict[str, bytes]) -> None:
    made = Made(600, cosigners=[("mirror", "mirror cosigner", 2**40)])
    assert checked({**good, path_of("checkpoint"): made.checkpoint()}) == []
    assert checked(good, mirror_pages(made))[0].endswith("has no cosignature of a mirror.")


def test_the_vectors_of_the_specifications() -> None:
    leaves = [sha(b"\0" + f"entry-{index}".encode()) for index in range(257)]
    known = {
        0: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        1: "QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU=",
        5: "GqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw=",
        255: "RdqfN0dI4Xo3L3HABCKxLiv5aELx9hxXQP5JTkvs/w8=",
        256: "+F9OrTQIBxC00egIMBVDqquBqgTeuIWZNQ3Cak8vWN4=",
        257: "kYsc7GTzF8duPPVcBTaEHAOe/wZ3LruIKM58F2Aotaw=",
    }
    assert {size: b64(check_log.tree_root(leaves[:size])) for size in known} == known
    public = base64.b64decode("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")[1:]
    assert check_log.key_id("example.com/foo", 1, public).hex() == "530d903a"
    signature = base64.b64decode(
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    )
    assert check_log.signed_by(public, signature[4:], b"This is an example message.\n")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("-0.0", "0"),
        ("1e0", "1"),
        ("-71.184902", "-71.184902"),
        ("333333333.33333329", "333333333.3333333"),
        ("1E30", "1e+30"),
        ("4.50", "4.5"),
        ("2e-3", "0.002"),
        ("0.000000000000000000000000001", "1e-27"),
        ("1e-7", "1e-7"),
        ("0.000001", "0.000001"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("123456789012345678901", "123456789012345680000"),
        ("9007199254740993", "9007199254740992"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("295147905179352830000", "295147905179352830000"),
    ],
)
def test_numbers_are_written_as_rfc_8785_writes_them(text: str, form: str) -> None:
    assert check_log.canonical(json.loads(text), "A number").decode() == form


def test_names_are_sorted_by_their_utf_16_units_and_texts_are_hardly_escaped() -> None:
    value: check_log.Json = {"€": 1, "\r": True, "\ufb33": None, "1": [], "😀": {}, "\x80": '\x0f\n</\u20ac\x7f"\\'}
    form = '{"\\r":true,"1":[],"\x80":"\\u000f\\n</€\x7f\\"\\\\","€":1,"😀":{},"\ufb33":null}'
    assert check_log.canonical(value, "A value").decode() == form
    for bad in ("\ud800", float("inf"), 10**400):
        with pytest.raises(check_log.Wrong, match="has no RFC 8785 form"):
            check_log.canonical(bad, "A value")


def test_the_proof_of_the_feature_file_is_good() -> None:
    did = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    context = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"]
    place = {"type": "Place", "longitude": -71.184902, "latitude": 25.273962}
    thing = {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "content": "Hello world",
        "location": place,
        "attributedTo": "https://server.example/users/alice",
    }
    document: Any = {
        "@context": context,
        "id": "https://server.example/activities/1",
        "type": "Create",
        "actor": "https://server.example/users/alice",
        "object": thing,
    }
    config: Any = {
        **check_log.PROOF,
        "@context": context,
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": "https://server.example/users/alice#ed25519-key",
    }
    value = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
    hashes = sha(check_log.canonical(config, "")) + sha(check_log.canonical(document, ""))
    public = check_log.unbase58(did.removeprefix("did:key:"), "")
    assert check_log.signed_by(public, check_log.unbase58(value, "", b"", 64), hashes)
