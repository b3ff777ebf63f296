"""Pictures of updates in whole nodes: published, changed, taken back, looked after."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from federation.log import project
from federation.strictjson import JsonObject
from node.actions.doctor import check
from node.actions.pictures import sweep_pictures
from node.actions.retract import retract
from node.cli.reading import text
from node.refusal import Refusal
from storage.ids import ObjectId
from tests.sharing import Shared
from tests.stories.picturing import alter, ask, attachments, given, grow_old, kept, publishing
from tests.twins import Hourglass, Stalled, a_twin
from tests.village import Village


async def test_an_edit_keeps_replaces_or_drops_the_pictures(village: Village) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="Look", pictures=await given(us, 1))
    first = await attachments(post)
    await us.do("edit", id=text(post, "id"), text="Look again")
    assert first == await attachments(post)
    await us.do("edit", id=text(post, "id"), text="Look again", pictures=await given(us, 2))
    assert first != await attachments(post)
    assert (2, 404) == (len(await kept(us)), (await ask(first[0]["url"]))[0].status)
    await us.do("edit", id=text(post, "id"), text="Look again", pictures=[])
    assert ([], []) == (await attachments(post), await kept(us))
    with pytest.raises(Refusal, match="exactly that already"):
        await us.do("edit", id=text(post, "id"), text="Look again", pictures=[])


async def test_a_retraction_takes_the_files_unless_another_update_names_them(village: Village) -> None:
    us = await publishing(village)
    one = await us.do("post", handle="strike", text="One", pictures=await given(us, 1))
    two = await us.do("post", handle="strike", text="Two", pictures=await given(us, 1))
    url = (await attachments(one))[0]["url"]
    await us.do("retract", id=text(one, "id"))
    assert (200, 2) == ((await ask(url))[0].status, len(await kept(us)))
    await us.do("retract", id=text(two, "id"))
    assert (404, []) == ((await ask(url))[0].status, await kept(us))


async def test_a_retraction_that_was_broken_off_is_finished_by_the_sweep(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    us = await publishing(village)
    post = await us.do("post", handle="strike", text="One", pictures=await given(us, 1))
    stays = await us.do("post", handle="strike", text="Two", pictures=await given(us, 2))

    async def broken(_self: object, _digest: str) -> None:
        raise OSError("the disk hangs")

    with monkeypatch.context() as patched:
        patched.setattr(type(us.node.blobs), "remove_blob", broken)
        await us.do("retract", id=text(post, "id"))  # what was said stands, whatever the disk does
    assert 4 == len(await kept(us))
    await grow_old(us)
    await given(us, 3)  # handed in this moment; its update comes next
    assert 2 == await sweep_pictures(us.node)
    assert 4 == len(await kept(us))
    (image,) = await attachments(stays)
    assert (200, 200) == ((await ask(image["url"]))[0].status, (await ask(image["preview"]["url"]))[0].status)


async def test_rows_made_again_from_the_record_have_their_pictures(village: Village) -> None:
    us = await publishing(village)
    await us.do("post", handle="strike", text="One", pictures=await given(us, 1, 2))
    store = us.node.store
    before = await store.list_posts(None, before=None, limit=9)
    assert 2 == len(before[0].pictures)
    await store.drop_posts()
    assert await store.advance_cursor(project.CURSOR, expecting=await store.size(), to=0)
    assert 0 == await sweep_pictures(us.node)  # reads the record on before it looks
    assert before == await store.list_posts(None, before=None, limit=9)


async def test_a_picture_that_is_not_in_place_is_refused_and_nothing_is_said(village: Village) -> None:
    us = await publishing(village)
    pictures = await given(us, 1)
    for digest in await kept(us):
        await us.node.blobs.remove_blob(digest)
    with pytest.raises(Refusal, match="not in the media folder any more"):
        await us.do("post", handle="strike", text="Look", pictures=pictures)
    (file,) = await given(us, 2)
    await alter(us, (await kept(us))[0], b"changed")
    with pytest.raises(Refusal, match="not in the media folder any more"):
        await us.do("post", handle="strike", text="Look", pictures=[file])
    assert 0 == await us.node.store.count_posts(None)


@pytest.mark.parametrize(
    "damage",
    [
        {"alt": None},
        {"file": None},
        {"file": {"digest": "../../picketline.db", "media_type": "image/png", "width": 1, "height": 1, "size": 1}},
        {"file": {"digest": "0" * 64, "media_type": "text/html", "width": 1, "height": 1, "size": 1}},
        {"preview": {"digest": 7}},
    ],
)
async def test_a_command_with_a_strange_picture_is_refused(village: Village, damage: JsonObject) -> None:
    us = await publishing(village)
    (picture,) = await given(us, 1)
    assert isinstance(picture, dict)
    with pytest.raises(Refusal, match="words this node does not know"):
        await us.do("post", handle="strike", text="Look", pictures=[{**picture, **damage}])


async def test_too_many_pictures_and_too_long_descriptions_are_refused(village: Village) -> None:
    us = await publishing(village)
    with pytest.raises(Refusal, match="at most 4 pictures"):
        await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, 2, 3, 4, 5))
    with pytest.raises(Refusal, match="1501 letters"):
        await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, alt="x" * 1501))
    with pytest.raises(Refusal, match="no text"):
        await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, alt="a\x00b"))


async def test_check_tells_of_files_that_are_missing_or_altered(village: Village) -> None:
    us = await publishing(village)
    await us.do("post", handle="strike", text="Look", pictures=await given(us, 1, 2))
    (well,) = [finding for finding in await check(us.node) if finding.what == "pictures"]
    assert ("ok", "All 4 media files that updates name are here.") == (well.level, well.says)
    gone, cut, *_ = await kept(us)
    await us.node.blobs.remove_blob(gone)
    await alter(us, cut, b"short")
    (found,) = [finding for finding in await check(us.node) if finding.what == "pictures"]
    assert "warn" == found.level
    assert found.says.startswith("2 of 4 media files are missing or altered")
    assert found.do


async def test_the_same_command_given_again_publishes_once(village: Village) -> None:
    us = await publishing(village)
    pictures, serial = await given(us, 1), us.node.new_serial()
    first = await us.do("post", handle="strike", text="Look", pictures=pictures, serial=serial)
    again = await us.do("post", handle="strike", text="Look", pictures=pictures, serial=serial)
    assert first == again
    post = await us.node.store.find_post(ObjectId(text(first, "id")))
    assert post is not None
    assert 1 == len(post.pictures)


async def test_no_update_names_a_file_that_another_process_drops_at_this_moment(village: Village) -> None:
    us = await publishing(village)
    pictures = await given(us, 1)
    first = text(await us.do("post", handle="strike", text="One", pictures=pictures), "id")
    glass, store = Hourglass(village.clock), Shared(us.node.store)
    async with a_twin(us, store, glass) as one, a_twin(us, store, glass) as other:
        stalled: Any = Stalled(one.node.blobs, "remove_blob")  # type: ignore[arg-type]
        dropping = asyncio.create_task(retract(first, us.node.new_serial(), replace(one.node, blobs=stalled)))
        await stalled.stalls.acquire()
        naming = asyncio.create_task(other.do("post", handle="strike", text="Two", pictures=pictures))
        waits = asyncio.create_task(glass.rest(seconds=1))
        await asyncio.wait({naming, waits}, return_when=asyncio.FIRST_COMPLETED)
        stalled.goes.release()
        stalled.goes.release()
        await dropping
        glass.move(seconds=1)
        with pytest.raises(Refusal, match="not in the media folder any more"):
            await naming
        waits.cancel()
    assert await us.node.store.count_posts(None) == 0
