"""Put clean pictures into the media folder, before any update names them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from node.pictures.clean import CleanFile, CleanPicture
from node.refusal import Refusal
from storage.blobs import Blobs
from storage.records import MediaFile, Picture

FOLDER: Final = "media"
"""Below the home folder."""
_MEBIBYTE: Final = 1024 * 1024
LEFT_FOR_TEXT: Final = 200 * _MEBIBYTE


def refuse_little_disk(home: Path) -> None:
    """`Refusal` while the disk is nearly full: what is left is for the record, the queue and their text."""
    free = shutil.disk_usage(home).free
    if free < LEFT_FOR_TEXT:
        raise Refusal(
            f"Only {free // _MEBIBYTE} MiB are free where the home folder lies, and pictures stop below "
            f"{LEFT_FOR_TEXT // _MEBIBYTE} MiB, so that words still get through. Nothing was published. Free some "
            "space, or publish without the picture."
        )


async def keep(picture: CleanPicture, alt: str, blobs: Blobs) -> Picture:
    """Put a clean picture's files in place; nobody can see them until an update names them."""
    preview = None if picture.preview is None else await _keep_file(picture.preview, blobs)
    return Picture(file=await _keep_file(picture.file, blobs), preview=preview, blurhash=picture.blurhash, alt=alt)


async def _keep_file(file: CleanFile, blobs: Blobs) -> MediaFile:
    digest = await blobs.add_blob(file.body)
    return MediaFile(
        digest=digest, media_type=file.media_type, width=file.width, height=file.height, size=len(file.body)
    )
