"""Pictures of peers' updates: shown from here when they are held, and never anything that could run."""

from __future__ import annotations

import json

from federation.activitystreams.pictures import attachment
from node.actions.mirrors import show_again, withhold
from storage.ids import ObjectId
from storage.records import HeldMedia, MediaFile, Picture
from tests.node.test_mirrors import Held, held  # noqa: F401


async def _say_again(held: Held) -> str:  # noqa: F811
    """Another update with the same picture."""
    picture = json.loads(held.them.said[-1][1].body)["object"]["attachment"]
    id = held.them.say("<p>Look again</p>", attachment=picture)
    await held.them.hold_more(held.us.node.store)
    return held.path(id)


async def _hold_picture(held: Held, media_type: str = "image/png", *, is_held: bool = True) -> tuple[str, str]:  # noqa: F811
    """An update with a picture, and where the picture is asked for."""
    body = b"\x89PNG and so on"
    digest = await held.us.node.blobs.add_blob(body)
    file = MediaFile(digest=digest, media_type="image/png", width=2, height=3, size=len(body))
    picture = Picture(file=file, preview=None, blurhash="L00000fQ", alt="The <gate>")
    id = held.them.say("<p>Look</p>", attachment=[attachment(picture, held.them.locations.media)])
    await held.them.hold(held.us.node.store)
    media = HeldMedia(
        did=held.them.did,
        digest=digest,
        media_type=media_type,
        size=len(body),
        is_held=is_held,
        is_named=True,
        changed_at=held.them.at,
    )
    await held.us.node.store.save_held_media([media])
    return held.path(id), f"/media/{digest}.png"


async def test_a_held_picture_is_shown_from_here_and_can_run_nothing(held: Held) -> None:  # noqa: F811
    page, path = await _hold_picture(held)
    assert f'<img src="{path}"' in (await held.get(page))[1]
    async with held.client.get(held.us.node.config.url + path) as answer:
        assert (200, b"\x89PNG and so on") == (answer.status, await answer.read())
    assert "image/png" == answer.headers["Content-Type"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert 404 == (await held.get(path.replace(".png", ".jpg")))[0]


async def test_a_picture_that_is_not_here_is_told_in_words(held: Held) -> None:  # noqa: F811
    page, path = await _hold_picture(held, is_held=False)
    _, words, _ = await held.get(page)
    assert ("<img" in words, "[The &lt;gate&gt;]" in words) == (False, True)
    assert 404 == (await held.get(path))[0]


async def test_a_peer_s_file_of_another_type_is_never_served_to_readers(held: Held) -> None:  # noqa: F811
    _, path = await _hold_picture(held, "text/html")
    assert 404 == (await held.get(path))[0]


def _raw(held: Held, path: str) -> str:  # noqa: F811
    """Where mirrors ask for the same file."""
    return f"/log/{held.them.did}/media/{path.removeprefix('/media/').removesuffix('.png')}"


def _newest(held: Held) -> ObjectId:  # noqa: F811
    return held.them.said[-1][0].object


async def test_the_pictures_of_what_is_withheld_are_withheld_too_until_it_is_shown_again(held: Held) -> None:  # noqa: F811
    page, path = await _hold_picture(held)
    raw = _raw(held, path)
    assert (200, 200, 200) == await _statuses(held, page, path, raw)
    await withhold(_newest(held), "A face", held.us.node)
    assert (451, 451, 410) == await _statuses(held, page, path, raw)
    _, words, _ = await held.get(path)
    assert "A face" in words
    await show_again(_newest(held), held.us.node)
    assert (200, 200, 200) == await _statuses(held, page, path, raw)


async def test_a_picture_that_another_shown_update_names_stays(held: Held) -> None:  # noqa: F811
    page, path = await _hold_picture(held)
    raw = _raw(held, path)
    await withhold(_newest(held), "A face", held.us.node)
    assert (451, 451, 410) == await _statuses(held, page, path, raw)
    again = await _say_again(held)
    assert (451, 200, 200) == await _statuses(held, page, path, raw)
    await withhold(_newest(held), "A face", held.us.node)
    assert (451, 451, 410) == await _statuses(held, again, path, raw)


async def test_a_picture_is_withheld_once_the_other_update_that_named_it_is_taken_back(held: Held) -> None:  # noqa: F811
    page, path = await _hold_picture(held)
    await withhold(_newest(held), "A face", held.us.node)
    await _say_again(held)
    assert (451, 200, 200) == await _statuses(held, page, path, _raw(held, path))
    held.them.retract(held.them.said[-1][0].object)
    await held.them.hold_more(held.us.node.store)
    assert (451, 451, 410) == await _statuses(held, page, path, _raw(held, path))


async def _statuses(held: Held, *paths: str) -> tuple[int, ...]:  # noqa: F811
    found = []
    for path in paths:
        async with held.client.get(held.us.node.config.url + path) as answer:
            found.append(answer.status)
    return tuple(found)
