"""The story that `demo` tells: three unions hold each other's record, one host dies, and its words stay."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from itertools import permutations
from typing import Final

from federation.strictjson import JsonValue
from node.cli.reading import member, rows, text
from node.cli.stage import Home, PlayFailed, Stage
from node.cli.tampering import alter_a_held_post, alter_a_proof

ACTIVITY: Final = "application/activity+json"
_WORDS: Final = "We are still here. #koreno"


class Play:
    """The story, step by step."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._tell = stage.tell

    def perform(self) -> tuple[str, ...]:
        """Tell the whole story; the addresses of pages worth opening. Raises `PlayFailed`."""
        origin, *mirrors = self._open()
        self._make_pacts([origin, *mirrors])
        self._stage.command(origin, "campaign", "add", "strike", "--name", "Strike at Koreno")
        self._tell("The Koreno union opened the campaign “Strike at Koreno”")
        self._follow(mirrors[0], f"@strike@{origin.domain}")
        self._change(origin, mirrors[0], self._publish(origin, mirrors[0]))
        self._follow(mirrors[1], f"@wire@{mirrors[0].domain}")
        kept = self._hold(origin, mirrors)
        exact = self._stage.fetch(text(kept, "id"), accept=ACTIVITY)
        self._kill(origin, mirrors)
        pages = [self._serve_copy(mirror, origin, kept, exact) for mirror in mirrors]
        self._read_wire(mirrors[1], mirrors[0])
        self._check_proof(mirrors[0], origin, pages[0])
        self._catch_liar(mirrors[1], origin)
        return (*pages, *(f"{mirror.url}/network" for mirror in mirrors))

    def _open(self) -> list[Home]:
        homes = []
        for name, title in (("koreno", "Koreno Workers' Union"), ("harbour", "Harbour Union"), ("tram", "Tram Union")):
            homes.append(self._stage.open_union(name, title))
            self._tell(f"{title} runs at {homes[-1].url}")
            self._tell(f"    its fingerprint: {homes[-1].fingerprint}")
        return homes

    def _make_pacts(self, homes: Sequence[Home]) -> None:
        for here, there in permutations(homes, 2):
            self._stage.command(here, "peer", "add", there.url)
        for home in homes:
            self._stage.until("the pacts stand", partial(self._is_sure_of, home, len(homes) - 1))
        self._tell("Each added the two others as peers: the pacts stand, each charter confirmed by a second source")

    def _is_sure_of(self, home: Home, number: int) -> bool:
        peers = rows(self._stage.command(home, "peer", "list"))
        sure = [one for one in peers if text(one, "state") == "mutual" and member(one, "confirmed_at")]
        return len(sure) == number

    def _follow(self, follower: Home, address: str) -> None:
        self._stage.command(follower, "follow", address)
        before = len(rows(self._stage.command(follower, "following"))) - 1
        self._stage.until("the Follow is accepted", lambda: self._accepted(follower) > before)
        self._tell(f"The {follower.name} follows {address}: asked, signed, verified, accepted")

    def _accepted(self, home: Home) -> int:
        return sum(text(row, "state") == "accepted" for row in rows(self._stage.command(home, "following")))

    def _publish(self, origin: Home, follower: Home) -> JsonValue:
        began = time.monotonic()
        post = self._stage.command(origin, "post", "strike", "We **walked out** at six this morning. #koreno")
        self._stage.until("the post arrives", lambda: "walked out" in self._read(follower, post))
        self._tell(f"A post arrived, its signature verified, {_since(began)} after the command")
        return post

    def _change(self, origin: Home, follower: Home, post: JsonValue) -> None:
        began = time.monotonic()
        words = "We **walked out** at six, and 110 of us stayed out. #koreno"
        self._stage.command(origin, "edit", text(post, "id"), words)
        self._stage.until("the edit arrives", lambda: "110 of us" in self._read(follower, post))
        self._tell(f"Its edit arrived, verified, after {_since(began)}")
        began = time.monotonic()
        self._stage.command(origin, "retract", text(post, "id"))
        self._stage.until("the retraction arrives", lambda: self._read(follower, post) == "")
        self._tell(f"Its retraction arrived, verified, after {_since(began)}: nothing of it is left on the other node")

    def _hold(self, origin: Home, mirrors: Sequence[Home]) -> JsonValue:
        began = time.monotonic()
        kept = self._stage.command(origin, "post", "strike", _WORDS)
        size = member(kept, "size")
        self._stage.until("both mirrors hold it", lambda: self._receipts(origin, size) == len(mirrors))
        self._tell(f"A last post is held by both mirrors, {_since(began)} after the command: two receipts, each signed")
        return kept

    def _receipts(self, origin: Home, size: JsonValue) -> int:
        """How many mirrors promise to hold so much."""
        ours = member(self._stage.command(origin, "mirror", "status"), "ours")
        return sum(member(receipt, "size") == size for receipt in rows(member(ours, "receipts")))

    def _kill(self, origin: Home, mirrors: Sequence[Home]) -> None:
        began = time.monotonic()
        self._stage.kill(origin)
        self._tell(f"The host of {origin.name} is gone: {origin.url} answers no more")
        for mirror in mirrors:
            self._stage.until("the origin is seen as silent", partial(self._sees_silence, mirror, origin))
        self._tell(f"Both mirrors show it as silent, each confirmed by the other, {_since(began)} later")

    def _sees_silence(self, mirror: Home, origin: Home) -> bool:
        held = rows(member(self._stage.command(mirror, "mirror", "status"), "held"))
        return any(text(one, "union") == origin.union and member(one, "confirmed") is True for one in held)

    def _serve_copy(self, mirror: Home, origin: Home, post: JsonValue, exact: bytes) -> str:
        """The page of the copy; its words and its exact bytes are there."""
        page = f"{mirror.url}/mirrors/{origin.domain}/{text(post, 'id').rsplit('/', 1)[-1]}"
        if b"We are still here" not in self._stage.fetch(page):
            raise PlayFailed(f"{page} does not show the post")
        if not exact or self._stage.fetch(page, accept=ACTIVITY) != exact:
            raise PlayFailed(f"{page} does not give the exact bytes of {origin.name}")
        self._tell(f"The {mirror.name} serves it, byte for byte as it was signed: {page}")
        return page

    def _read_wire(self, reader: Home, mirror: Home) -> None:
        self._stage.until("the wire brings a copy", lambda: self._has_copy(reader, mirror))
        self._tell(f"Whoever follows @wire@{mirror.domain} was sent the copy, with whose it is and where it is held")

    def _has_copy(self, reader: Home, mirror: Home) -> bool:
        found = rows(self._stage.command(reader, "timeline"))
        return any(
            text(row, "actor") == f"{mirror.url}/actors/wire" and "still here" in str(member(row, "content"))
            for row in found
        )

    def _check_proof(self, mirror: Home, origin: Home, page: str) -> None:
        """What a reader takes home can be checked without any of us."""
        proof = self._stage.folder / "post.tlog-proof"
        proof.write_bytes(self._stage.fetch(f"{page}.tlog-proof"))
        self._stage.command(mirror, "verify", str(proof), "--union", origin.fingerprint)
        self._tell("A reader's proof of it is checked offline against the eight words: true")
        alter_a_proof(proof)
        if not self._stage.is_refused(mirror, "verify", str(proof), "--union", origin.fingerprint):
            raise PlayFailed("an altered proof was believed")
        self._tell("The same proof with one letter of the post altered: refused")

    def _catch_liar(self, mirror: Home, origin: Home) -> None:
        """A mirror whose copy is altered by one byte finds it out; then it is put right."""
        self._stage.stop(mirror)
        with alter_a_held_post(mirror.folder, origin.union):
            if not self._stage.is_refused(mirror, "mirror", "verify"):
                raise PlayFailed("an altered copy was not noticed")
        self._tell(f"One byte altered in the copy of the {mirror.name}: `mirror verify` finds it")
        self._stage.command(mirror, "mirror", "verify")
        self._stage.serve(mirror)

    def _read(self, home: Home, post: JsonValue) -> str:
        """What the other union's timeline holds of a post; empty when nothing."""
        found = [row for row in rows(self._stage.command(home, "timeline")) if text(row, "id") == text(post, "id")]
        return str(member(found[0], "content")) if found else ""


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
