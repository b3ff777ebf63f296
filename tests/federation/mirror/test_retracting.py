"""Retractions at a mirror: within budgets, at once and past every guard, with the files nobody else names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from federation.activitystreams.pictures import attachment
from federation.errors import BadAnswer, TooMany, Unintelligible
from federation.identity.retraction import new_retraction
from federation.mirror.media import MediaPuller
from federation.mirror.retracting import Retractor, erase_everywhere
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, load_object
from federation.wire import Answer
from storage.blobs import DiskBlobs
from storage.errors import NotFound
from storage.ids import Did, Digest, ObjectId
from storage.records import HeldMedia, MediaFile, Picture
from storage.store import Store
from tests.elsewhere import Elsewhere
from tests.federation.mirror.logs import AT


class Wire:
    """Serves retractions; notes what is sent."""

    def __init__(self, served: Sequence[bytes] = (), status: int = 200) -> None:
        self.served, self.status = served, status
        self.sent: list[str] = []

    async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
        rows = [load_object(one) for one in self.served]
        odd = [{"type": "Retraction", "union": row["union"], "object": []} for row in rows]
        body = canonical({"retractions": [*odd, *rows, 7, {"type": "Retraction"}]})
        return Answer(status=self.status, url=f"{url}?{cap}{seconds}", content_type="", body=body)

    async def post_plain(self, url: str, body: bytes, *, media_type: str, cap: int) -> Answer:
        self.sent.append(url)
        if "away" in url:
            raise BadAnswer(f"{len(body)} {media_type} {cap}")
        return Answer(status=200, url=url, content_type="", body=b"")


@pytest.fixture
def union() -> Elsewhere:
    made = Elsewhere()
    made.introduce()
    return made


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "media")


def a_retractor(store: Store, blobs: DiskBlobs, wire: Wire | None = None, *, is_unlisted: bool = False) -> Retractor:
    async def is_open_to(_did: Did, word: str | None) -> bool:
        return not is_unlisted or word is not None

    async def is_mutual(_did: Did) -> bool:
        return True

    media = MediaPuller(store=store, blobs=blobs, is_mutual=is_mutual, now=lambda: AT, free=lambda: 2**40)
    return Retractor(store=store, wire=wire or Wire(), media=media, now=lambda: AT, is_open_to=is_open_to)


def sign(union: Elsewhere, object: ObjectId, seconds: int = 0) -> bytes:
    return new_retraction(union=union.did, object=object, published=AT.replace(second=seconds), root_key=union.root)


async def states(store: Store, union: Elsewhere) -> list[str]:
    return [leaf.state for leaf in await store.list_leaves(union.log, 0, 999)]


async def test_more_than_a_thief_may_take_back_goes_when_the_kit_says_so(
    store: Store, blobs: DiskBlobs, union: Elsewhere
) -> None:
    notes = [union.say(f"<p>{number}</p>") for number in range(24)]
    await union.hold(store)
    retractor = a_retractor(store, blobs)
    assert [200] * 24 == [await retractor.receive(sign(union, note)) for note in notes]
    assert ["held", *["gone"] * 24] == await states(store, union)
    assert 0 == (await store.measure_log(union.log)).standing


async def test_a_flood_of_strangers_is_refused_before_any_signature(
    store: Store, blobs: DiskBlobs, union: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = union.say("<p>Words</p>")
    await union.hold(store)
    retractor, looked = a_retractor(store, blobs), 0

    def read(_document: object) -> None:
        nonlocal looked
        looked += 1
        raise BadAnswer("never")

    monkeypatch.setattr("federation.mirror.retracting.read_retraction", read)
    for _ in range(60):
        with pytest.raises(BadAnswer):
            await retractor.receive(sign(union, note), asker=7)
    with pytest.raises(TooMany):
        await retractor.receive(sign(union, note), asker=7)
    assert 60 == looked
    with pytest.raises(BadAnswer):
        await retractor.receive(sign(union, note), asker=8)


async def test_neither_a_forged_nor_a_repeated_one_tells_anybody_that_an_unlisted_pact_stands(
    store: Store, blobs: DiskBlobs, union: Elsewhere
) -> None:
    note = union.say("<p>Words</p>")
    await union.hold(store)
    forged = sign(union, note).replace(b'"Retraction","union"', b'"Retraction","x":1,"union"')
    assert 403 == await a_retractor(store, blobs).receive(forged)
    hidden = a_retractor(store, blobs, is_unlisted=True)
    assert (404, 404) == (await hidden.receive(forged), await hidden.receive(sign(union, note)))
    assert ["held", "gone"] == await states(store, union), "it is carried out all the same"
    assert (403, 200) == (
        await hidden.receive(forged, word="said"),
        await hidden.receive(sign(union, note), word="said"),
    )


async def test_what_names_no_union_is_refused_before_it_is_remembered(
    store: Store, blobs: DiskBlobs, union: Elsewhere
) -> None:
    """Each name that is counted stays in memory: ten thousand of eight kibibytes would be eighty mebibytes."""
    with pytest.raises(Unintelligible):
        await a_retractor(store, blobs).receive(canonical({"type": "Retraction", "union": union.did + "z" * 4096}))


async def test_it_is_passed_on_once_and_not_by_whom_it_is_no_news(
    store: Store, blobs: DiskBlobs, union: Elsewhere
) -> None:
    note = union.say("<p>Words</p>")
    await union.hold(store)
    retractor = a_retractor(store, blobs, wire := Wire())
    for second in (0, 1, 0):
        assert 200 == await retractor.receive(sign(union, note, second))
    homes = ["https://one.example", "https://away.example"]
    assert [2, 0] == [await retractor.pass_on(lambda _did: homes) for _ in range(2)]
    assert [f"{home}/log/retract" for home in homes] == wire.sent
    assert [sign(union, note)] == [one.body for one in await store.list_retractions(union.did)]


async def test_what_a_home_or_a_mirror_tells_is_believed_by_its_proof_alone(
    store: Store, blobs: DiskBlobs, union: Elsewhere
) -> None:
    one, two, other = (union.say(f"<p>{number}</p>") for number in range(3))
    await union.hold(store)
    forged = new_retraction(union=union.did, object=two, published=AT, root_key=Elsewhere().root)
    strange = sign(Elsewhere(), other)
    told = Wire([sign(union, one), forged, strange, sign(union, ObjectId(f"{other}0"))])
    assert await a_retractor(store, blobs, told).ask("https://home.example", union.did)
    assert [one] == [kept.object for kept in await store.list_retractions(union.did)]
    assert ["held", "gone", "held", "held"] == await states(store, union)
    assert await a_retractor(store, blobs, Wire(status=404)).ask("https://home.example", union.did)


async def test_a_body_that_comes_later_or_from_an_older_copy_goes_before_anything_is_served(
    store: Store, blobs: DiskBlobs, union: Elsewhere
) -> None:
    note = union.say("<p>Words</p>")
    await union.hold(store)
    await a_retractor(store, blobs).receive(sign(union, note))
    union.edit(note, "<p>The same words again</p>")
    await union.hold_more(store)
    assert ["held", "gone", "held"] == await states(store, union)
    await erase_everywhere(store, at=AT)
    assert ["held", "gone", "gone"] == await states(store, union)
    union.retract(note)
    await union.hold_more(store)
    await erase_everywhere(store, at=AT)
    assert ["held", "gone", "gone", "held"] == await states(store, union)


async def test_an_actors_document_is_never_taken_back(store: Store, blobs: DiskBlobs, union: Elsewhere) -> None:
    await union.hold(store)
    assert 404 == await a_retractor(store, blobs).receive(sign(union, ObjectId(union.campaign)))
    assert ["held"] == await states(store, union)


async def test_files_that_nothing_else_names_go_at_once(store: Store, blobs: DiskBlobs, union: Elsewhere) -> None:
    body = b"picture"
    digest = await blobs.add_blob(body)
    named = [picture_of(digest, len(body))]
    first, second = union.say("<p>One</p>", attachment=named), union.say("<p>Two</p>", attachment=named)
    await union.hold(store)
    row = HeldMedia(
        did=union.did,
        digest=digest,
        media_type="image/png",
        size=len(body),
        is_held=True,
        is_named=True,
        changed_at=AT,
    )
    await store.save_held_media([row])
    retractor = a_retractor(store, blobs)
    await retractor.receive(sign(union, first))
    assert body == await blobs.read_blob(digest)
    await retractor.receive(sign(union, second))
    with pytest.raises(NotFound):
        await blobs.read_blob(digest)
    (left,) = await store.list_held_media(union.did, is_held=None, after=None, limit=9)
    assert replace(row, is_held=False, is_named=False) == left


def picture_of(digest: Digest, size: int) -> JsonObject:
    file = MediaFile(digest=digest, media_type="image/png", size=size, width=8, height=8)
    picture = Picture(file=file, preview=None, alt="", blurhash="L00000fQfQfQfQfQfQfQfQfQfQfQ")
    return attachment(picture, lambda one: f"https://harbour.example/media/{one.digest}.png")
