"""Checks a union's public log from outside, by the specifications alone.

`python -m tests.outsider.check_log BASE_URL DID [--mirror URL ...]` prints a line for each check and a verdict;
its exit status is 0 if the log is good, else 1. Nothing of the node's own code is imported.
"""

import argparse
import gzip
import http.client
import re
import sys
import time
from contextlib import suppress
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from .formats import (
    Json,
    Wrong,
    canonical,
    need,
    parse,
    root_by_path,
    saying,
    sha256,
    signed_by,
    texts,
    tree_root,
    unbase58,
    unbase64,
)

PAGE, ENTRY, AHEAD, RECEIPTS = 2 * 1024 * 1024, 4096, 300, 15
FIELDS = ["activity", "digest", "object", "published", "type"]
PROOF = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod"}
HEAD = re.compile(r"([^\x00-\x1f]+)\n(0|[1-9][0-9]{0,18})\n([^\x00-\x1f]+)\n\n((?:— [^\s+]+ [^\s]+\n)+)")


class Missing(Wrong):
    """The host answered that it has no such thing."""


def get(site: str, path: str) -> bytes:
    parts = urlsplit(f"{site.rstrip('/')}{path}")
    secure = parts.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(parts.netloc, timeout=30)
    try:
        with saying(f"{site}{path} could not be read"):
            target = parts._replace(scheme="", netloc="").geturl()
            connection.request("GET", target, headers={"Accept-Encoding": "gzip, identity"})
            response = connection.getresponse()
            body = response.read(PAGE + 1)
            body = gzip.decompress(body) if response.getheader("Content-Encoding") == "gzip" else body
    finally:
        connection.close()
    if response.status in (404, 410):
        raise Missing(f"{site}{path} was answered with {response.status}.")
    need(response.status == 200, f"{site}{path} was answered with {response.status}.")
    need(len(body) <= PAGE, f"{site}{path} is longer than 2 MiB.")
    return body


class Charter(NamedTuple):
    epoch: int
    log_key: bytes
    cosigner_key: bytes
    after: tuple[int, bytes]
    content: bytes

    @classmethod
    def read(cls, site: str, did: str) -> Self:
        what = f"The charter of {did} at {site}"
        document = parse(get(site, f"/log/{did}/charter"), what)
        need(document.get("union") == did, f"{what} is that of another union, {document.get('union')}.")
        proof, epoch, after = document.pop("proof", None), document.get("epoch"), document.get("after")
        content = canonical(document, what)
        check_proof(proof, document, did, what)
        size = after.get("size") if isinstance(after, dict) else None
        if not isinstance(epoch, int) or not isinstance(after, dict) or not isinstance(size, int):
            raise Wrong(f"{what} does not say its epoch and after which tree it begins.")
        keys = texts(document, ["logKey", "cosignerKey"], what)
        root = unbase64(texts(after, ["root"], f'"after" of {what}')["root"], f'The root in "after" of {what}')
        log_key, cosigner_key = (unbase58(key, f"The {name} of {what}") for name, key in keys.items())
        return cls(epoch, log_key, cosigner_key, (size, root), content)


def check_proof(proof: Json, document: dict[str, Json], did: str, what: str) -> None:
    """An eddsa-jcs-2022 proof by the root key, which is the did itself."""
    if not isinstance(proof, dict) or not PROOF.items() <= proof.items():
        raise Wrong(f"{what} has no proof that says {PROOF}.")
    multikey = did.removeprefix("did:key:")
    named = proof.get("verificationMethod") in (did, f"{did}#{multikey}")
    need(named, f"The proof of {what} names another key than the root key {did}.")
    need(proof.get("@context") in (None, document.get("@context")), f"The proof of {what} has another @context.")
    value = texts(proof, ["proofValue"], f"The proof of {what}")["proofValue"]
    signature = unbase58(value, f"The proofValue of {what}", b"", 64)
    config: dict[str, Json] = {name: value for name, value in proof.items() if name != "proofValue"}
    hashes = sha256(canonical(config, what)) + sha256(canonical(document, what))
    need(signed_by(unbase58(multikey, did), signature, hashes), f"{what} is not signed by the root key {did}.")


def key_id(name: str, kind: int, key: bytes) -> bytes:
    return sha256(f"{name}\n".encode() + bytes([kind]) + key)[:4]


class Head(NamedTuple):
    """A checkpoint."""

    size: int
    root: bytes
    note: bytes
    cosignatures: list[tuple[str, bytes]]

    @classmethod
    def read(cls, data: bytes, origin: str, log_key: bytes, what: str) -> Self:
        found = HEAD.fullmatch(data.decode(errors="replace"))
        if not found:
            raise Wrong(f"{what} is not a signed note of three lines.")
        need(found[1] == origin, f"{what} is for the origin {found[1]}, not {origin}.")
        note, signatures = f"{found[1]}\n{found[2]}\n{found[3]}\n".encode(), []
        for line in found[4].splitlines():
            _, name, signature = line.split(" ")
            signatures.append((name, unbase64(signature, f"The signature of {name} on {what}")))
        mine = [signed[4:] for name, signed in signatures if (name, signed[:4]) == (origin, key_id(origin, 1, log_key))]
        good = bool(mine) and all(signed_by(log_key, signature, note) for signature in mine)
        need(good, f"{what} is not signed by the log key of the charter.")
        others = [(name, signed) for name, signed in signatures if name != origin]
        return cls(int(found[2]), unbase64(found[3], f"The root in {what}"), note, others)


def entry_fields(entry: bytes, index: int) -> dict[str, str]:
    what = f"Entry {index}"
    value = parse(entry, what)
    need(len(entry) <= ENTRY, f"{what} is longer than 4 KiB.")
    need(sorted(value) == FIELDS, f"{what} has the fields {sorted(value)}, not {FIELDS}.")
    need(canonical(value, what) == entry, f"{what} is not in RFC 8785 form.")
    return texts(value, FIELDS, what)


def check_activity(line: bytes, index: int, entry: dict[str, str]) -> None:
    what = f"The activity of entry {index}"
    digest = unbase58(entry["digest"], f"The digest in entry {index}", b"\x12\x20")
    need(digest == sha256(line), f"{what} has not the digest that the entry names.")
    activity = parse(line, what)
    need(canonical(activity, what) == line, f"{what} is not in RFC 8785 form.")
    need(isinstance(activity.get("proof"), dict), f"{what} has no proof.")
    thing = activity.get("object")
    activity |= {"activity": activity.get("id"), "object": thing.get("id") if isinstance(thing, dict) else thing}
    for name in ("activity", "object", "published", "type"):
        need(activity.get(name) == entry[name], f"{what} has another {name} than the entry: {activity.get(name)}.")


class Checker:
    """What was read so far, and one method for each check; each answers with a sentence or raises one."""

    def __init__(self, site: str, did: str, mirrors: list[str]) -> None:
        self.site, self.did, self.mirrors = site, did, mirrors
        self.withdrawn: set[int] = set()

    def get(self, path: str) -> bytes:
        return get(self.site, f"/log/{self.origin}/{path}")

    def charter(self) -> str:
        self.own = Charter.read(self.site, self.did)
        self.origin = f"{self.did}/{self.own.epoch}"
        return f"that of epoch {self.own.epoch} is signed by the root key."

    def checkpoint(self) -> str:
        data = get(self.site, f"/log/{self.did}/checkpoint")
        self.head = Head.read(data, self.origin, self.own.log_key, "The checkpoint")
        return f"that of size {self.head.size} is signed by the log key."

    def known(self, did: str) -> Charter:
        found = []
        for site in (*self.mirrors, self.site):
            with suppress(Missing):
                found.append(Charter.read(site, did))
        need(bool(found), f"No charter of {did} was found, so its cosignature cannot be checked.")
        return max(found, key=lambda charter: charter.epoch)

    def count(self, head: Head) -> int:
        """How many good cosignatures there are; one dated ahead of time is not counted, a bad one is said."""
        need(len(head.cosignatures) <= RECEIPTS, f"The checkpoint has more than {RECEIPTS} cosignatures.")
        counted = 0
        for name, data in head.cosignatures:
            need(name.endswith("/mirror"), f"{name} has signed the checkpoint, but is not the name of a mirror.")
            key, when = self.known(name.removesuffix("/mirror")).cosigner_key, int.from_bytes(data[4:12], "big")
            named = data[:4] == key_id(name, 4, key)
            need(named, f"The cosignature of {name} is not by the cosignerKey of its charter.")
            good = signed_by(key, data[12:], f"cosignature/v1\ntime {when}\n".encode() + head.note)
            need(good, f"The cosignature of {name} does not fit this checkpoint.")
            counted += when <= time.time() + AHEAD
        return counted

    def cosignatures(self) -> str:
        return f"{self.count(self.head)} are good."

    def tile(self, kind: int | str, at: int, width: int) -> tuple[str, bytes, int]:
        """Path, bytes and width of a tile; the full tile instead of a partial one that is gone."""
        path = f"{at % 1000:03d}"
        while at := at // 1000:
            path = f"x{at % 1000:03d}/{path}"
        path = f"tile/{kind}/{path}"
        if width < 256:
            with suppress(Missing):
                return f"{path}.p/{width}", self.get(f"{path}.p/{width}"), width
        return path, self.get(path), 256

    def bundles(self) -> str:
        entries: list[bytes] = []
        for start in range(0, self.head.size, 256):
            path, data, count = self.tile("entries", start // 256, min(256, self.head.size - start))
            for index in range(start, start + count):
                end = 2 + int.from_bytes(data[:2], "big")
                need(2 <= len(data) >= end, f"{path} ends before the end of entry {index}.")
                entries.append(data[2:end])
                data = data[end:]
            need(not data, f"{path} has more than its {count} entries.")
        self.entries = entries[: self.head.size]
        self.leaves = [sha256(b"\0" + entry) for entry in self.entries]
        return f"all {self.head.size} entries were read."

    def same_tree(self, head: Head, what: str) -> None:
        if head.size <= self.head.size:
            need(tree_root(self.leaves[: head.size]) == head.root, f"The entries have not the root of {what}.")

    def root(self) -> str:
        self.same_tree(self.head, "the checkpoint")
        size, root = self.own.after
        need(0 <= size <= self.head.size, "The checkpoint is smaller than the tree before this epoch.")
        need(tree_root(self.leaves[:size]) == root, f"The first {size} entries have not the root in the charter.")
        return "the entries have that of the checkpoint, and begin as the charter says."

    def tiles(self) -> str:
        level, hashes, count = 0, self.leaves, 0
        while hashes:
            for start in range(0, len(hashes), 256):
                part = hashes[start : start + 256]
                path, data, width = self.tile(level, start // 256, len(part))
                need(len(data) == 32 * width, f"{path} has {len(data)} bytes, not {32 * width}.")
                for at, found in enumerate(part):
                    need(data[32 * at : 32 * at + 32] == found, f"{path} has another hash {at} than the entries.")
                count += 1
            level, hashes = level + 1, [tree_root(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        return f"{count} at {level} levels have the hashes of the entries."

    def activities(self) -> str:
        fields = [entry_fields(entry, index) for index, entry in enumerate(self.entries)]
        last = {entry["object"]: at for at, entry in enumerate(fields) if entry["type"] in ("Delete", "Update")}
        index = unexplained = 0
        while index < self.head.size:
            lines = self.get(f"activities?from={index}").removesuffix(b"\n").split(b"\n")
            need(lines != [b""], f"activities?from={index} has no line.")
            for line in lines[: self.head.size - index]:
                value = parse(line, f"The line for entry {index}")
                if value.keys() == {"withdrawn"}:
                    need(value["withdrawn"] == index, f"In the place of entry {index} another is said to be withdrawn.")
                    self.withdrawn.add(index)
                    unexplained += last.get(fields[index]["object"], 0) <= index
                else:
                    check_activity(line, index, fields[index])
                index += 1
        said = f", {unexplained} of them without a later Delete or Update of the object" if unexplained else ""
        withdrawn = len(self.withdrawn)
        return f"{index - withdrawn} fit their entries, {withdrawn} are withdrawn{said}."

    def proofs(self) -> str:
        shown = [index for index in range(self.head.size) if index not in self.withdrawn]
        for index in sorted({shown[0], shown[len(shown) // 2], shown[-1]}) if shown else ():
            what = f"proof/{index}"
            proof, _, checkpoint = self.get(what).partition(b"\n\n")
            first, *lines = proof.decode(errors="replace").split("\n")
            lines = lines[1:] if lines and lines[0].startswith("extra ") else lines
            said = [first, *lines[:1]] == ["c2sp.org/tlog-proof@v1", f"index {index}"]
            need(said, f"{what} is not a proof for this entry.")
            head = Head.read(checkpoint, self.origin, self.own.log_key, f"The checkpoint of {what}")
            path = [unbase64(line, f"A hash of {what}") for line in lines[1:]]
            self.same_tree(head, what)
            right = index < head.size and root_by_path(self.leaves[index], index, head.size, path) == head.root
            need(right, f"{what} does not lead from the entry to the root.")
        return "those of the first, the middle and the last entry that is shown lead to the root."

    def copies(self) -> str:
        for mirror in self.mirrors:
            other = Charter.read(mirror, self.did)
            same = other.epoch < self.own.epoch or other.content == self.own.content
            need(same, f"{mirror} knows another charter, of epoch {other.epoch}.")
            data = get(mirror, f"/log/{sha256(self.origin.encode()).hex()}/checkpoint")
            head = Head.read(data, self.origin, self.own.log_key, f"The checkpoint at {mirror}")
            self.same_tree(head, f"the checkpoint at {mirror}")
            need(self.count(head) > 0, f"The checkpoint at {mirror} has no cosignature of a mirror.")
        return f"{len(self.mirrors)} mirrors hold the same tree."

    def run(self) -> bool:
        needed, wrong = [self.charter, self.checkpoint, self.bundles], 0
        for check in (*needed, self.cosignatures, self.root, self.tiles, self.activities, self.proofs, self.copies):
            try:
                line = f"good   {check.__name__}: {check()}"
            except Wrong as error:
                line, wrong = f"WRONG  {check.__name__}: {error}", wrong + 1
            sys.stdout.write(f"{line}\n")
            if wrong and check in needed:
                break
        verdict = f"NOT good: {wrong} of the checks went wrong" if wrong else "good"
        sys.stdout.write(f"The log of {self.did} at {self.site} is {verdict}.\n")
        return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a union's public log from outside.")
    parser.add_argument("base_url")
    parser.add_argument("did")
    parser.add_argument("--mirror", action="append", default=[], metavar="URL")
    given = parser.parse_args()
    return 0 if Checker(given.base_url, given.did, given.mirror).run() else 1


if __name__ == "__main__":
    sys.exit(main())
