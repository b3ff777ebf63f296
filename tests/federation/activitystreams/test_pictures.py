"""Pictures of ours as other servers read them, and as we read them again."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from federation.activitystreams.pictures import attachment, read_pictures
from federation.errors import Unintelligible
from federation.keys import multihash_sha256
from federation.locations import Locations, media_name
from federation.strictjson import JsonObject
from storage.ids import Digest
from tests.storage.making import a_file, a_picture

BODY = b"a picture's bytes"
FILE = a_file(digest=Digest(hashlib.sha256(BODY).hexdigest()), size=len(BODY))
LOCATIONS = Locations("https://union.example")


def written(**changes: Any) -> JsonObject:
    return attachment(a_picture(**{"preview": 2, "file": FILE, **changes}), LOCATIONS.media)


def test_a_picture_is_an_image_as_fep_1311_and_mastodon_have_it() -> None:
    document = written(preview=None)
    assert document == {
        "type": "Image",
        "mediaType": "image/jpeg",
        "url": f"https://union.example/media/{FILE.digest}.jpg",
        "width": 640,
        "height": 480,
        "size": len(BODY),
        "digestMultibase": multihash_sha256(BODY),
        "blurhash": "L00000fQfQfQfQfQfQfQfQfQfQfQ",
        "name": "Eine Menge am Tor ✊",
    }
    assert str(document["digestMultibase"]).startswith("zQm")


def test_decoration_has_no_name() -> None:
    assert "name" not in written(alt="")


@pytest.mark.parametrize(
    ("type", "ending"), [("image/jpeg", "jpg"), ("image/png", "png"), ("image/webp", "webp"), ("image/gif", "gif")]
)
def test_a_file_is_named_by_digest_and_type_alone(type: str, ending: str) -> None:
    assert f"{FILE.digest}.{ending}" == media_name(a_file(digest=FILE.digest, media_type=type))


@pytest.mark.parametrize("preview", [None, 2])
@pytest.mark.parametrize("alt", ["", "A crowd"])
def test_what_was_written_is_read_back_whole(preview: int | None, alt: str) -> None:
    picture = a_picture(1, preview=preview, alt=alt)
    assert (picture, picture) == read_pictures({"attachment": [attachment(picture, LOCATIONS.media)] * 2})


def test_a_note_without_attachment_has_no_pictures() -> None:
    assert () == read_pictures({})


@pytest.mark.parametrize(
    "damage",
    [
        {"digestMultibase": None},
        {"digestMultibase": "zQm"},
        {"digestMultibase": multihash_sha256(BODY)[:-1]},
        {"size": "9"},
        {"width": None},
        {"mediaType": 7},
        {"blurhash": None},
        {"preview": "https://union.example/media/x"},
        {"name": ["a"]},
    ],
)
def test_a_picture_not_as_we_write_them_is_damage(damage: JsonObject) -> None:
    with pytest.raises(Unintelligible):
        read_pictures({"attachment": [{**written(), **damage}]})
