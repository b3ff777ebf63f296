"""Pictures of our notes as `attachment` (FEP-1311, with Mastodon's `blurhash`): written, and read back.

`digestMultibase` is the multibase base58btc of the sha2-256 multihash (VC Data Integrity §2.6), so that whoever holds
the signed note can check a file from anywhere. `preview` (vocabulary §4) is the small one of our own pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from federation.errors import Unintelligible
from federation.keys import decode_multibase, encode_multibase
from federation.strictjson import JsonObject, JsonValue
from storage.ids import Digest
from storage.records import MediaFile, Picture

_SHA256: Final = b"\x12\x20"
"""Multihash: sha2-256, 32 bytes."""


def attachment(picture: Picture, url_of: Callable[[MediaFile], str]) -> JsonObject:
    """A picture of ours as it stands in the signed note, which alone is enough to know it again."""
    document = {**_image(picture.file, url_of), "blurhash": picture.blurhash}
    if picture.alt:
        document["name"] = picture.alt
    if picture.preview is not None:
        document["preview"] = _image(picture.preview, url_of)
    return document


def read_pictures(note: JsonObject) -> tuple[Picture, ...]:
    """The pictures in a note of ours; `Unintelligible` when they are not as we write them."""
    attachments = note.get("attachment")
    return tuple(_picture(document) for document in attachments) if isinstance(attachments, list) else ()


def read_digest(multibase: str) -> Digest | None:
    """The SHA-256 that a `digestMultibase` names; None when it names none."""
    try:
        multihash = decode_multibase(multibase)
    except Unintelligible:
        return None
    is_ours = len(multihash) == len(_SHA256) + 32 and multihash.startswith(_SHA256)
    return Digest(multihash.removeprefix(_SHA256).hex()) if is_ours else None


def _image(file: MediaFile, url_of: Callable[[MediaFile], str]) -> JsonObject:
    return {
        "type": "Image",
        "mediaType": file.media_type,
        "url": url_of(file),
        "width": file.width,
        "height": file.height,
        "size": file.size,
        "digestMultibase": encode_multibase(_SHA256 + bytes.fromhex(file.digest)),
    }


def _picture(document: JsonValue) -> Picture:
    if not isinstance(document, dict):
        raise _not_ours()
    preview, alt = document.get("preview"), document.get("name", "")
    return Picture(
        file=_file(document),
        preview=None if preview is None else _file(preview),
        blurhash=_text(document.get("blurhash")),
        alt=_text(alt),
    )


def _file(document: JsonValue) -> MediaFile:
    if not isinstance(document, dict):
        raise _not_ours()
    digest = read_digest(_text(document.get("digestMultibase")))
    if digest is None:
        raise _not_ours()
    return MediaFile(
        digest=digest,
        media_type=_text(document.get("mediaType")),
        width=_number(document.get("width")),
        height=_number(document.get("height")),
        size=_number(document.get("size")),
    )


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise _not_ours()
    return value


def _number(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise _not_ours()
    return value


def _not_ours() -> Unintelligible:
    return Unintelligible("A logged note has an attachment that is not as we write them.")
