"""Pictures of ours as other servers read them, and other people's attachments as words."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from federation.activitystreams.pictures import attachment, in_words, read_pictures
from federation.errors import Unintelligible
from federation.keys import multihash_sha256
from federation.locations import Locations, media_name
from federation.strictjson import JsonObject, JsonValue
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


@pytest.mark.parametrize(
    ("attached", "words"),
    [
        (
            [{"type": "Document", "mediaType": "image/png", "url": "https://x.example/1", "name": "A cow"}],
            "picture: A cow",
        ),
        ({"type": "Image", "url": "https://x.example/1"}, "picture"),
        ([{"type": "Video", "name": " two\n lines "}], "video: two lines"),
        ([{"type": "Document", "mediaType": "audio/ogg"}], "sound"),
        ([{"type": "Document", "name": "Plan"}], "attachment: Plan"),
        (
            [{"type": "Image", "name": '<img src=x onerror="alert(1)">'}],
            "picture: &lt;img src=x onerror=&quot;alert(1)&quot;&gt;",
        ),
        ([{"type": "Image", "name": "x" * 2000}], f"picture: {'x' * 1500}…"),
    ],
)
def test_other_peoples_attachments_are_told_and_not_linked(attached: JsonValue, words: str) -> None:
    assert f"<p>[{words}]</p>" == in_words({"attachment": attached})


@pytest.mark.parametrize(
    "attached", [None, [], "https://x.example/1.png", [["a"]], [{"type": "Link", "href": "https://x.example"}], [{}], 7]
)
def test_what_is_no_picture_video_or_sound_is_not_told(attached: JsonValue) -> None:
    assert "" == in_words({"attachment": attached})


def test_at_most_sixteen_are_told() -> None:
    assert 16 == in_words({"attachment": [{"type": "Image"}] * 10_000}).count("[picture]")
