"""What a file is, by its content; and what is too large, in no time."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from node.pictures.headers import MOST_FRAMES, Header, examine
from node.pictures.refusals import NotTaken
from tests.node.pictures.making import (
    FORMATS,
    MOVING,
    TELLING,
    a_moving_picture,
    a_photo,
    encoded,
    frames_in,
    gif_of,
    jpeg_of,
    png_of,
    webp_of,
)

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
STRANGE = {
    "svg": SVG,
    "svg behind a blank": b"\n" + SVG,
    "tiff": encoded(Image.new("RGB", (9, 9)), "TIFF"),
    "big-endian tiff": b"MM\x00\x2a" + bytes(60),
    "psd": b"8BPS\x00\x01" + bytes(60),
    "ico": encoded(Image.new("RGB", (16, 16)), "ICO"),
    "avif": b"\x00\x00\x00\x20ftypavif" + bytes(60),
    "heic": b"\x00\x00\x00\x20ftypheic" + bytes(60),
    "mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(60),
    "quicktime": b"\x00\x00\x00\x14ftypqt  " + bytes(60),
    "webm": b"\x1a\x45\xdf\xa3" + bytes(60),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "pdf": b"%PDF-1.7\n" + bytes(60),
    "bmp": encoded(Image.new("RGB", (9, 9)), "BMP"),
    "jpeg 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(60),
    "html": b"<!doctype html><img src=x onerror=alert(1)>",
    "a web audio": b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(60),
    "gif in name only": b"GIF88a" + bytes(60),
    "nothing": b"",
    "one byte": b"\xff",
}


def reason(raw: bytes) -> str:
    with pytest.raises(NotTaken) as refused:
        examine(raw)
    return refused.value.reason


class Counted(bytes):
    """Bytes that count how often somebody looks at a place in them."""

    times = 0

    def __getitem__(self, place: Any) -> Any:
        self.times += 1
        return super().__getitem__(place)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (96, 64), (300, 2)])
def test_a_picture_says_what_it_is_and_how_large(format: str, size: tuple[int, int]) -> None:
    raw = encoded(a_photo(*size), format)
    assert Header(media_type=f"image/{format.lower()}", width=size[0], height=size[1], frames=1) == examine(raw)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", [{"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}, {"quality": 1}])
def test_every_kind_of_webp_is_read(how: dict[str, object]) -> None:
    header = examine(encoded(a_photo(), "WEBP", **how))
    assert (96, 64, 1) == (header.width, header.height, header.frames)


def test_a_progressive_jpeg_with_everything_before_its_frame_is_read() -> None:
    assert (96, 64) == (examine(TELLING["JPEG"]()).width, examine(TELLING["JPEG"]()).height)
    assert 96 == examine(encoded(a_photo(), "JPEG", progressive=True)).width


@pytest.mark.parametrize("format", MOVING)
def test_frames_are_counted(format: str) -> None:
    assert 7 == examine(a_moving_picture(format, 7)).frames == frames_in(a_moving_picture(format, 7))


@pytest.mark.parametrize("name", STRANGE)
def test_med_05_and_08_other_formats_are_refused_whatever_their_name(name: str) -> None:
    assert "strange" == reason(STRANGE[name])


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (png_of(30_000, 30_000), "large"),
        (png_of(2**31 - 1, 1), "large"),
        (jpeg_of(30_000, 30_000), "large"),
        (gif_of(1, 30_000, 30_000), "large"),
        (webp_of(1, 30_000, 30_000), "large"),
        (encoded(Image.new("1", (20_001, 1)), "PNG"), "large"),
        (gif_of(100_000), "frames"),
        (webp_of(100_000), "frames"),
        (gif_of(MOST_FRAMES + 1), "frames"),
        (gif_of(100, 500, 400), "frames"),
        (webp_of(17, 1000, 1000), "frames"),
        (png_of(0, 9), "damaged"),
        (jpeg_of(9, 0), "damaged"),
    ],
)
def test_med_07_what_is_too_large_is_refused_before_anything_is_decoded(raw: bytes, why: str) -> None:
    looked = Counted(raw)
    assert why == reason(looked)
    assert looked.times < 10_000


def test_as_many_frames_as_are_taken_are_taken() -> None:
    assert MOST_FRAMES == examine(gif_of(MOST_FRAMES)).frames


@pytest.mark.parametrize("format", FORMATS)
def test_every_beginning_of_a_picture_is_a_header_or_a_refusal(format: str) -> None:
    raw = TELLING[format]()
    for length in range(min(len(raw), 3000)):
        try:
            examine(raw[:length])
        except NotTaken as refused:
            assert refused.reason in {"strange", "damaged"}  # noqa: PT017


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xd8\xff" + b"\xff" * 1_000_000,
        b"\xff\xd8\xff" + b"\xd0\xff" * 1_000_000,
        b"\xff\xd8" + b"\xff\xe0\x00\x00" * 300_000,
        b"GIF89a" + bytes(7) + b"\x21\x00\x00" * 1_000_000,
        b"RIFF\0\0\0\0WEBPVP8X" + bytes(5_000_000),
    ],
)
def test_a_file_that_leads_in_circles_is_given_up_soon(raw: bytes) -> None:
    looked = Counted(raw)
    assert "damaged" == reason(looked)
    assert looked.times < 500_000
