"""Which media files an activity names, so that they can be held too; tolerant, because the note counts without them."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from federation.activitystreams.pictures import read_pictures
from federation.errors import Unintelligible
from federation.locations import MEDIA_ENDINGS
from federation.strictjson import JsonObject
from storage.ids import Did, Digest
from storage.records import HeldMedia, MediaFile

LARGEST_FILE: Final = 64 * 1024 * 1024
_MOST_FILES: Final = 32
"""Of one note."""


class Files(Protocol):
    """Where bytes lie by their digest; what `storage.blobs.Blobs` offers of it."""

    async def add_blob(self, body: bytes) -> Digest:
        """Keep these bytes."""

    async def read_blob(self, digest: Digest, start: int = 0, length: int = -1) -> bytes:
        """These bytes, or `NotFound`."""

    async def remove_blob(self, digest: Digest) -> None:
        """Forget these bytes."""


def digest_of(body: bytes) -> Digest:
    """The name of these bytes."""
    return Digest(sha256(body).hexdigest())


def media_of(document: JsonObject) -> list[MediaFile]:
    """The files of the note inside an activity, of types that we serve and sizes that we take."""
    note = document.get("object")
    if document.get("type") not in {"Create", "Update"} or not isinstance(note, dict):
        return []
    try:
        pictures = read_pictures(note)
    except Unintelligible:
        return []
    files = [file for one in pictures for file in (one.file, one.preview) if file is not None]
    return [file for file in files if file.media_type in MEDIA_ENDINGS and 0 < file.size <= LARGEST_FILE][:_MOST_FILES]


def files_in(document: JsonObject, *, did: Did, at: datetime) -> list[HeldMedia]:
    """The same as rows of what is to be held of this union."""
    return [
        HeldMedia(
            did=did,
            digest=file.digest,
            media_type=file.media_type,
            size=file.size,
            is_held=False,
            is_named=True,
            changed_at=at,
        )
        for file in media_of(document)
    ]
