"""Pictures of a peer's updates are held too, by digest, within a quota, and go when nothing names them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from federation.wire import Answer
from node.actions.pictures import UNNAMED_FOR, sweep_pictures
from node.cli.mirrors import verify_words
from node.cli.reading import text
from storage.ids import Digest
from storage.records import HeldMedia
from tests.stories.mirroring import answering, held, rounds, three
from tests.stories.picturing import given, grow_old
from tests.village import Village, Villager


async def rows(holder: Villager, origin: Villager) -> list[HeldMedia]:
    return await holder.node.store.list_held_media(origin.node.union.did, is_held=None, after=None, limit=100)


async def test_pictures_are_held_with_the_words_and_survive_the_sweep(village: Village) -> None:
    one, two, _ = await three(village)
    await one.do("post", handle="strike", text="Look", pictures=await given(one, 1))
    await village.settle()
    await rounds(village)
    found = await rows(two, one)
    assert found
    assert {(True, True)} == {(row.is_held, row.is_named) for row in found}
    assert (await held(two, one))["media_missing"] == 0
    assert UNNAMED_FOR.total_seconds() > 0
    await grow_old(two)
    await sweep_pictures(two.node)
    sizes = [await two.node.blobs.find_size(row.digest) for row in found]
    assert [row.size for row in found] == sizes
    report = await two.do("mirror verify", peer=one.node.config.url)
    assert (True, len(found)) == (report["ok"], report["media"])  # type: ignore[index,call-overload]


async def test_a_file_with_other_bytes_than_its_digest_names_is_not_taken(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = await three(village)

    def alter(url: str, answer: Answer) -> Answer:
        is_file = "/media/" in url and answer.body
        return replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 1])) if is_file else answer

    with answering(two.node.wire, alter, monkeypatch):
        await one.do("post", handle="strike", text="Look", pictures=await given(one, 1))
        await village.settle()
        await rounds(village)
    assert {(False, True)} == {(row.is_held, row.is_named) for row in await rows(two, one)}


async def test_what_was_taken_back_keeps_no_pictures_after_the_grace(village: Village) -> None:
    one, two, _ = await three(village)
    done = await one.do("post", handle="strike", text="Look", pictures=await given(one, 1))
    await village.settle()
    await rounds(village)
    await one.do("retract", id=text(done, "id"))
    await village.settle()
    await rounds(village)
    found = await rows(two, one)
    assert {(True, False)} == {(row.is_held, row.is_named) for row in found}
    village.clock.move(days=8)
    swept = await two.workers.mirrors.visits.media.sweep(one.node.union.did)
    assert (len(found), [None] * len(found)) == (swept, [await two.node.blobs.find_size(row.digest) for row in found])


async def test_a_picture_that_was_taken_back_and_is_shown_again_is_held_again(village: Village) -> None:
    one, two, _ = await three(village)
    pictures = await given(one, 1)
    done = await one.do("post", handle="strike", text="Look", pictures=pictures)
    await village.settle()
    await rounds(village)
    await one.do("retract", id=text(done, "id"))
    await village.settle()
    await rounds(village)
    await one.do("post", handle="strike", text="Look again", pictures=await given(one, 1))
    await village.settle()
    await rounds(village)
    assert {(True, True)} == {(row.is_held, row.is_named) for row in await rows(two, one)}


async def test_mir_07_the_oldest_pictures_make_room_for_newer_ones(village: Village) -> None:
    one, two, _ = await three(village)
    await one.do("post", handle="strike", text="First", pictures=await given(one, 1))
    await village.settle()
    await rounds(village)
    first = {row.digest for row in await rows(two, one)}
    media = two.workers.mirrors.visits.media
    media.quotas = replace(media.quotas, media=sum(row.size for row in await rows(two, one)))
    village.clock.move(minutes=1)
    await one.do("post", handle="strike", text="Second", pictures=await given(one, 2))
    await village.settle()
    await rounds(village)
    found = await rows(two, one)
    held_now: set[Digest] = {row.digest for row in found if row.is_held}
    assert not first <= held_now
    assert sum(row.size for row in found if row.is_held) <= media.quotas.media
    assert held_now - first
    assert (await held(two, one))["media_missing"] > 0
    assert (await held(two, one))["complete"] is True


async def test_verify_says_which_record_is_ours_which_are_copies_and_checks_our_own_pictures_too(
    village: Village,
) -> None:
    one, two, other = await three(village)
    await one.do("post", handle="strike", text="Look", pictures=await given(one, 1))
    await village.settle()
    await rounds(village)
    files = [file.digest for file in await one.node.store.list_media(after=None, limit=99)]
    document = await one.do("mirror verify")
    logs: list[Any] = document["logs"]  # type: ignore[index,call-overload,assignment]
    assert {(True, one.node.config.url, len(files))} == {
        (row["is_ours"], row["url"], row["media"]) for row in logs if row["union"] == one.node.union.did
    }
    assert {(False, two.node.config.url), (False, other.node.config.url)} == {
        (row["is_ours"], row["url"]) for row in logs if row["union"] != one.node.union.did
    }
    words = verify_words(document).splitlines()
    ours = next(line for line in words if line.startswith("Our own record, epoch 1:"))
    assert ours.endswith(f"{len(files)} files")
    assert any(line.startswith(f"Copy of {two.node.union.name} ({two.node.config.url}), epoch 1:") for line in words)
    await one.node.blobs.remove_blob(files[0])
    assert f"The file {files[0]} is damaged or missing; take it from a copy of this home" in verify_words(
        await one.do("mirror verify")
    )
