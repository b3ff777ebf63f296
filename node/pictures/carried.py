"""Pictures as commands carry them: the files lie in the media folder already, and are named by digest."""

from __future__ import annotations

from federation.locations import MEDIA_ENDINGS
from federation.strictjson import JsonObject, JsonValue
from node.refusal import Refusal
from storage.blobs import is_digest
from storage.ids import Digest
from storage.records import MediaFile, Picture


def read_carried(given: JsonValue) -> tuple[Picture, ...] | None:
    """The pictures a command names; None when it says nothing of them."""
    if given is None:
        return None
    if not isinstance(given, list):
        raise _not_understood()
    return tuple(_picture(document) for document in given)


def carried(picture: Picture) -> JsonObject:
    """A picture as a command carries it."""
    return {
        "file": _written_file(picture.file),
        "preview": None if picture.preview is None else _written_file(picture.preview),
        "blurhash": picture.blurhash,
        "alt": picture.alt,
    }


def _written_file(file: MediaFile) -> JsonObject:
    return {
        "digest": file.digest,
        "media_type": file.media_type,
        "width": file.width,
        "height": file.height,
        "size": file.size,
    }


def _picture(document: JsonValue) -> Picture:
    match document:
        case {"file": file, "preview": preview, "blurhash": str() as blurhash, "alt": str() as alt}:
            small = None if preview is None else _file(preview)
            return Picture(file=_file(file), preview=small, blurhash=blurhash, alt=alt)
    raise _not_understood()


def _file(document: JsonValue) -> MediaFile:
    match document:
        case {
            "digest": str() as digest,
            "media_type": str() as media_type,
            "width": int() as width,
            "height": int() as height,
            "size": int() as size,
        } if is_digest(digest) and media_type in MEDIA_ENDINGS:
            return MediaFile(digest=Digest(digest), media_type=media_type, width=width, height=height, size=size)
    raise _not_understood()


def _not_understood() -> Refusal:
    return Refusal("The command names a picture in words this node does not know. Is it another release's?")
