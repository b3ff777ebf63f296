"""Activities and files that somebody brings: taken when they are named, and when they are what is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from federation.errors import NoAnswer
from federation.keys import multihash_sha256
from federation.mirror.files import digest_of
from federation.mirror.quotas import Quotas
from federation.mirror.source import Source
from federation.proofs.jcs import canonical
from federation.wire import Answer
from storage.backends import open_store
from storage.blobs import DiskBlobs
from storage.ids import Digest
from storage.records import HeldMedia
from storage.store import Store
from tests.federation.mirror.bringing import PEER, Mirror, stranger
from tests.federation.mirror.logs import HOME, MadeLog, note

PICTURE = b"picture " * 100
OLDER = b"another " * 100


def picture(body: bytes) -> dict[str, Any]:
    return {
        "type": "Image",
        "mediaType": "image/png",
        "url": f"{HOME}/media/{digest_of(body)}.png",
        "name": "A crowd",
        "blurhash": "L00000fQfQfQfQfQfQfQfQfQfQfQ",
        "width": 8,
        "height": 8,
        "digestMultibase": multihash_sha256(body),
        "size": len(body),
    }


@pytest.fixture
async def mirror(tmp_path: Path) -> AsyncIterator[Mirror]:
    opened = await open_store(f"sqlite:///{tmp_path}/store.db")
    yield await a_mirror(opened, tmp_path)
    await opened.close()


async def a_mirror(store: Store, folder: Path) -> Mirror:
    """It has the entries: an actor, a note, one with a picture, a change of the first."""
    log = MadeLog()
    log.introduce()
    log.post(1)
    log.post(2, attachment=[picture(PICTURE)])
    log.post(1, "Update")
    made = Mirror(store, log, DiskBlobs(folder / "media"))
    await made.begin()
    assert 200 == await made.tell()
    assert 202 == (await made.add(made.upload(0, 4))).status
    return made


async def states(mirror: Mirror) -> list[str]:
    return [leaf.state for leaf in await mirror.store.list_leaves((await mirror.kept()).name, 0, 99)]


async def files(mirror: Mirror) -> list[HeldMedia]:
    return await mirror.store.list_held_media(PEER.did, is_held=None, after=None, limit=9)


async def test_what_an_entry_names_is_taken_once_and_known_again(mirror: Mirror) -> None:
    assert [204, 204] == [await mirror.put(0), await mirror.put(0, b"not read")]
    assert ["held", "wanted", "wanted", "wanted"] == await states(mirror)


async def test_what_no_entry_names_is_not_taken(mirror: Mirror) -> None:
    body = canonical({"id": f"{HOME}/activities/99"})
    assert 404 == await mirror.put_named(multihash_sha256(body), body)
    assert 404 == await mirror.put_named("zQmNothing", body)


async def test_other_bytes_than_those_named_are_not_taken(mirror: Mirror) -> None:
    assert 204 == await mirror.put(0)
    for body in (b"", b"{}", mirror.log.bodies[2][:-1], mirror.log.bodies[1]):
        assert 422 == await mirror.put(2, body)
    assert ("following", "wanted") == ((await mirror.kept()).state, (await states(mirror))[2])


async def test_an_actors_words_wait_for_its_document(mirror: Mirror) -> None:
    assert [409, 204, 204] == [await mirror.put(2), await mirror.put(0), await mirror.put(2)]
    assert "following" == (await mirror.kept()).state


async def test_what_a_later_entry_takes_back_is_not_taken(mirror: Mirror) -> None:
    assert [204, 410] == [await mirror.put(0), await mirror.put(1)]
    assert [204, 204] == [await mirror.put(2), await mirror.put(3)]
    assert 200 == (await mirror.add(mirror.head(4, 4))).status
    assert ["held", "gone", "held", "held"] == await states(mirror)
    assert 410 == await mirror.put(1)


async def test_an_activity_with_the_proof_of_a_stranger_stops_the_log(mirror: Mirror) -> None:
    mirror.log.say("Create", note(9), key=stranger())
    assert 200 == await mirror.tell(old=4)
    assert 202 == (await mirror.add(mirror.upload(4, 5))).status
    assert [204, 422] == [await mirror.put(0), await mirror.put(4)]
    assert "stopped" == (await mirror.kept()).state
    assert 1 == len(await mirror.store.list_evidence(PEER.did))
    assert 404 == await mirror.put(2)


async def test_nothing_is_taken_without_a_pact_or_of_a_log_that_is_frozen(mirror: Mirror) -> None:
    mirror.is_mutual = False
    assert 404 == await mirror.put(0)
    mirror.is_mutual = True
    await mirror.store.set_log_state((await mirror.kept()).name, "stopped")
    assert 404 == await mirror.put(0)
    assert ["wanted"] * 4 == await states(mirror)


async def test_mir_07_beyond_the_quota_no_body_is_taken(mirror: Mirror) -> None:
    mirror.quotas = Quotas(text=100)
    assert 507 == await mirror.put(0)
    assert "wanted" == (await states(mirror))[0]


async def test_wrong_bytes_use_up_the_budget_of_who_sends_them_alone(mirror: Mirror) -> None:
    answers = [await mirror.put(0, b"{}") for _ in range(30)]
    assert (422, 429) == (answers[0], answers[-1])
    assert 204 == await mirror.put(0, asker=2)
    mirror.wait(minutes=1)
    assert 204 == await mirror.put(0)


async def test_a_file_is_taken_once_an_activity_names_it_on_every_engine(store: Store, tmp_path: Path) -> None:
    mirror = await a_mirror(store, tmp_path)
    assert 404 == await mirror.put_file(PICTURE)
    assert [204, 204] == [await mirror.put(0), await mirror.put(2)]
    assert [204, 204] == [await mirror.put_file(PICTURE), await mirror.put_file(PICTURE)]
    assert [(digest_of(PICTURE), True)] == [(row.digest, row.is_held) for row in await files(mirror)]
    assert PICTURE == await mirror.blobs.read_blob(digest_of(PICTURE))


async def test_a_file_of_another_size_or_of_other_bytes_is_not_taken(mirror: Mirror) -> None:
    assert [204, 204] == [await mirror.put(0), await mirror.put(2)]
    assert 404 == await mirror.put_file(PICTURE, size=len(PICTURE) + 1)
    assert 404 == await mirror.put_file(PICTURE, size=0)
    assert 422 == await mirror.put_file(bytes(len(PICTURE)), digest=digest_of(PICTURE))
    assert 422 == await mirror.put_file(PICTURE[:-1], digest=digest_of(PICTURE), size=len(PICTURE))
    assert 404 == await mirror.put_file(b"nobody named it")
    assert [False] == [row.is_held for row in await files(mirror)]


async def test_a_file_that_nothing_names_any_more_is_not_taken(mirror: Mirror) -> None:
    assert [204, 204] == [await mirror.put(0), await mirror.put(2)]
    row = (await files(mirror))[0]
    await mirror.store.save_held_media(
        [HeldMedia(**{name: getattr(row, name) for name in row.__slots__} | {"is_named": False})]
    )
    assert 410 == await mirror.put_file(PICTURE)


async def test_mir_07_beyond_its_quota_no_file_is_taken_and_a_larger_one_drops_nothing(mirror: Mirror) -> None:
    assert [204, 204] == [await mirror.put(0), await mirror.put(2)]
    mirror.bodies.media.quotas = Quotas(media=10)
    assert 507 == await mirror.put_file(PICTURE)
    assert [False] == [row.is_held for row in await files(mirror)]


async def test_who_only_promises_a_newer_file_drops_no_older_one(mirror: Mirror) -> None:
    assert [204, 204, 204] == [await mirror.put(0), await mirror.put(2), await mirror.put_file(PICTURE)]
    mirror.log.post(5, attachment=[picture(OLDER)])
    assert 200 == await mirror.tell(old=4)
    mirror.wait(minutes=1)
    await mirror.add(mirror.upload(4, 5))
    assert 204 == await mirror.put(4)
    mirror.bodies.media.quotas = Quotas(media=len(PICTURE))
    assert 422 == await mirror.put_file(bytes(len(OLDER)), digest=digest_of(OLDER))
    assert {digest_of(PICTURE): True, digest_of(OLDER): False} == {
        row.digest: row.is_held for row in await files(mirror)
    }
    assert 204 == await mirror.put_file(OLDER)
    held: set[Digest] = {row.digest for row in await files(mirror) if row.is_held}
    assert {digest_of(OLDER)} == held


@dataclass(slots=True)
class Lacking:
    """A source that lacks one activity, which somebody brings while it is asked."""

    mirror: Mirror
    place: int

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        assert (cap > 0, seconds) == (True, None)
        start = int(url.partition("from=")[2].partition("&")[0])
        assert 204 == await self.mirror.put(self.place)
        lines = [
            b'{"withdrawn":%d}' % place if place == self.place else self.mirror.log.bodies[place]
            for place in range(start, len(self.mirror.log.bodies))
        ]
        return Answer(status=200, url=url, content_type="", body=b"\n".join([*lines, b""]))

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        raise AssertionError(f"{url} {media_type} {cap} {len(body)}")


async def test_what_is_brought_while_the_rest_is_fetched_is_promised_once_all_of_it_was_looked_at(
    mirror: Mirror,
) -> None:
    """Else a word that the log takes back would still be shown under a promise that says it is not."""
    assert [204] * 3 == [await mirror.put(place) for place in (0, 2, 3)]
    assert 200 == (await mirror.add(mirror.head(4, 4))).status
    mirror.log.post(7)
    mirror.log.post(2, "Update")
    assert 200 == await mirror.tell(old=4)
    assert 202 == (await mirror.add(mirror.upload(4, 6))).status
    union, puller = await mirror.union(), mirror.puller()
    source = Source(wire=Lacking(mirror, 4), home=HOME, log=union.log)
    pulled = await puller.pull(union.log, union, [source], may_promise=True)
    assert (1, False, "held") == (pulled.filled, pulled.is_promised, (await states(mirror))[2])
    assert (await puller.pull(union.log, union, [], may_promise=True)).is_promised
    assert ["held", "gone", "hidden", "held", "held", "held"] == await states(mirror)


@dataclass(slots=True)
class Silent:
    """Accepts no connection."""

    asked: int = 0

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        assert (url, cap > 0, seconds is not None) == (url, True, True)
        self.asked += 1
        raise NoAnswer("It accepts no connection.")

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        raise AssertionError(f"{url} {media_type} {cap} {len(body)}")


async def test_a_source_of_files_that_does_not_answer_is_asked_once_in_a_pull(mirror: Mirror) -> None:
    mirror.log.post(5, attachment=[picture(OLDER)])
    assert 200 == await mirror.tell(old=4)
    await mirror.add(mirror.upload(4, 5))
    assert [204] * 3 == [await mirror.put(place) for place in (0, 2, 4)]
    wire = Silent()
    union = await mirror.union()
    assert 0 == await mirror.bodies.media.pull(PEER.did, [Source(wire=wire, home=HOME, log=union.log)])
    assert (1, 2) == (wire.asked, len(await files(mirror)))
