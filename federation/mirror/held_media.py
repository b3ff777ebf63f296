"""Files of peers' updates that readers may have from here: held, named by something that stands, and not withheld."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from federation.mirror.held import Shelves, find_held_by_did
from federation.mirror.notes import HeldNote
from federation.mirror.withholding import WithheldFiles
from storage.ids import Did, Digest
from storage.records import HeldMedia, Picture, Withheld
from storage.store import Holdings

_PAGE = 16


async def list_held_digests(store: Holdings, did: Did, wanted: Iterable[Digest]) -> set[Digest]:
    """Which of these files of a union are held."""
    return {digest for digest in set(wanted) if await _find(store, did, digest)}


def held_pictures(original: HeldNote, here: Collection[Digest]) -> tuple[Picture, ...]:
    """The pictures whose files are here, without small ones that are not."""
    shown = [one for one in original.pictures if one.file.digest in here]
    return tuple(
        one if one.preview is None or one.preview.digest in here else replace(one, preview=None) for one in shown
    )


async def find_held_file(store: Shelves, files: WithheldFiles, digest: Digest) -> HeldMedia | Withheld | None:
    """A file that some union's shown update names, or why it is not shown; None when nobody may see it here."""
    why: Withheld | None = None
    after = _just_before(digest)
    for media in await store.list_held_media(None, is_held=True, after=after, limit=_PAGE):
        if media.digest == digest and media.is_named:
            held = await find_held_by_did(store, media.did)
            withheld = None if held is None else await files.find(media.did, digest)
            if held is not None and withheld is None:
                return media
            why = why or withheld
    return why


async def _find(store: Holdings, did: Did, digest: Digest) -> bool:
    found = await store.list_held_media(did, is_held=True, after=_just_before(digest), limit=1)
    return bool(found) and found[0].digest == digest


def _just_before(digest: Digest) -> Digest | None:
    """The digest before this one in order, behind which a list begins with it."""
    number = int(digest, 16)
    return Digest(f"{number - 1:064x}") if number else None
