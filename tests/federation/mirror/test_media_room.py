"""Newer pictures of a peer take the place of older ones, but a thief of its keys cannot push all of them out so; and
none is kept of who is no peer any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from federation.mirror.files import digest_of
from federation.mirror.media import MediaPuller
from federation.mirror.quotas import Quotas
from federation.mirror.source import PlainWire, Source
from federation.wire import Answer
from storage.blobs import DiskBlobs
from storage.ids import Did, LogName
from storage.records import HeldMedia
from storage.store import Store
from tests.elsewhere import Elsewhere
from tests.federation.mirror.logs import AT

SIZE = 60 * 1024 * 1024
"""Bytes, as the rows say; quotas go by that."""


def row_of(union: Elsewhere, number: int, *, is_held: bool) -> HeldMedia:
    return HeldMedia(
        did=union.did,
        digest=digest_of(b"%d" % number),
        media_type="image/png",
        size=SIZE,
        is_held=is_held,
        is_named=True,
        changed_at=AT + timedelta(minutes=number),
    )


async def test_of_older_files_only_so_much_makes_room_in_a_day(store: Store, tmp_path: Path) -> None:
    union, at = Elsewhere(), AT + timedelta(hours=1)
    await union.hold_nothing(store)
    older = [row_of(union, number, is_held=True) for number in range(4)]
    newer = [row_of(union, number, is_held=False) for number in range(4, 6)]
    await store.save_held_media([*older, *newer])

    async def is_mutual(_did: Did) -> bool:
        return True

    media = MediaPuller(
        store=store,
        blobs=DiskBlobs(tmp_path / "media"),
        is_mutual=is_mutual,
        now=lambda: at,
        free=lambda: 2**40,
        quotas=Quotas(media=4 * SIZE),
    )
    assert await media.keep_brought(newer[0], b"4")
    assert not await media.has_room(newer[1])
    assert not await media.keep_brought(newer[1], b"5")
    held = await store.list_held_media(union.did, is_held=True, after=None, limit=9)
    assert {row.digest for row in held} == {row.digest for row in (*older[1:], replace(newer[0], is_held=True))}
    at += timedelta(days=1)
    assert await media.keep_brought(newer[1], b"5")


async def test_a_file_that_comes_when_its_pact_has_ended_is_not_kept_and_no_other_is_asked_for(
    store: Store, tmp_path: Path
) -> None:
    union, stands, asked = Elsewhere(), [True], list[str]()
    await union.hold_nothing(store)
    rows = [replace(row_of(union, number, is_held=False), size=1) for number in (1, 2)]
    await store.save_held_media(rows)

    class Leaving:
        """Serves a file, and is no peer any more by the time that it is here."""

        async def get_plain(self, url: str, *, cap: int, seconds: float | None = None) -> Answer:
            asked.append(url)
            stands[:] = [False]
            return Answer(status=200, url=url, content_type="image/png", body=b"1" if rows[0].digest in url else b"2")

    async def is_mutual(_did: Did) -> bool:
        return stands[0]

    blobs = DiskBlobs(tmp_path / "media")
    media = MediaPuller(store=store, blobs=blobs, is_mutual=is_mutual, now=lambda: AT, free=lambda: 2**40)
    wire = cast(PlainWire, Leaving())
    sources = [Source(wire=wire, home=home, log=LogName(f"{union.did}/1")) for home in ("https://a", "https://b")]
    assert 0 == await media.pull(union.did, sources)
    assert 1 == len(asked)
    assert [] == await store.list_held_media(union.did, is_held=True, after=None, limit=9)
    assert not (tmp_path / "media").exists() or [] == [*(tmp_path / "media").rglob("*.*")]
