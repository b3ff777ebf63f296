"""Only the pixels come through: upright, in sRGB, no larger than pages need."""

from __future__ import annotations

import math

import pytest
from PIL import Image, ImageOps

from node.pictures.blurhash import blurhash
from node.pictures.headers import MOST_PIXELS
from node.pictures.redraw import LONGEST, PREVIEW, Redrawn, redraw
from node.pictures.refusals import NotTaken
from tests.node.pictures.making import (
    FORMATS,
    MOVING,
    PLANTED,
    TELLING,
    a_moving_picture,
    a_photo,
    a_profile,
    chunk,
    encoded,
    frames_in,
    opened,
    png_of,
    some_frames,
    telling_jpeg,
)

Colour = tuple[int, ...]


def bodies(redrawn: Redrawn) -> list[bytes]:
    return [redrawn.picture.body, *([redrawn.preview.body] if redrawn.preview else [])]


def colour(image: Image.Image, x: int, y: int) -> Colour:
    found = image.convert("RGB").getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(map(int, found))


def is_near(one: Colour, other: Colour, by: int = 40) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("format", FORMATS)
def test_med_01_to_04_nothing_that_tells_anything_remains(format: str) -> None:
    raw = TELLING[format]()
    assert PLANTED in raw
    redrawn = redraw(raw)
    for body in bodies(redrawn):
        assert PLANTED not in body
        for word in (b"Exif", b"exif", b"eXIf", b"XMP", b"xmp", b"adobe", b"ICC", b"iCCP", b"tEXt", b"zTXt", b"PK\x03"):
            assert word not in body
        image = opened(body)
        assert {} == dict(image.getexif())
        assert set(image.info) <= {
            *("jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"),
            *("version", "background", "duration", "loop", "extension", "timestamp", "transparency"),
        }
        assert PLANTED.decode() not in str(image.info)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_med_04_a_picture_is_turned_upright(orientation: int) -> None:
    raw = telling_jpeg(orientation)
    wanted, got = ImageOps.exif_transpose(opened(raw)), opened(redraw(raw).picture.body)
    assert wanted is not None
    assert wanted.size == got.size
    for x, y in ((5, 5), (wanted.width - 5, 5), (5, wanted.height - 5), (wanted.width - 5, wanted.height - 5)):
        assert is_near(colour(wanted, x, y), colour(got, x, y))


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_png_and_webp_are_turned_too(format: str) -> None:
    redrawn = redraw(TELLING[format]())
    assert (64, 96) == (redrawn.picture.width, redrawn.picture.height)


def test_a_colour_profile_is_carried_out_and_dropped() -> None:
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    for format, how in (("PNG", {}), ("JPEG", {"quality": 95}), ("WEBP", {"lossless": True})):
        got = opened(redraw(encoded(red, format, icc_profile=a_profile(swapped=True), **how)).picture.body)
        assert is_near((0, 0, 255), colour(got, 9, 9), 60)
        kept = opened(redraw(encoded(red, format, icc_profile=a_profile(), **how)).picture.body)
        assert is_near((255, 0, 0), colour(kept, 9, 9), 12)


@pytest.mark.parametrize("profile", [b"\x00", b"no profile at all" * 99, a_profile()[:200]])
def test_a_broken_colour_profile_does_not_matter(profile: bytes) -> None:
    got = opened(redraw(encoded(a_photo(), "JPEG", icc_profile=profile)).picture.body)
    assert is_near((200, 30, 30), colour(got, 5, 5))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_becomes_colours(mode: str) -> None:
    image = a_photo().convert("L" if mode.startswith("I") else "LA" if mode == "PA" else mode)
    if mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * 257).convert(mode)
    raw = encoded(image.convert("P") if mode == "PA" else image, "PNG")
    got = opened(redraw(raw).picture.body)
    bright = 255 if mode == "1" else 220
    assert is_near((bright,) * 3, colour(got, 90, 60), 60)
    assert got.mode == "RGB"


def test_a_cmyk_jpeg_becomes_colours() -> None:
    got = opened(redraw(encoded(a_photo(mode="CMYK"), "JPEG", quality=95)).picture.body)
    assert is_near((30, 30, 200), colour(got, 5, 60), 60)


def test_what_was_erased_to_transparent_is_gone_for_good() -> None:
    face = Image.new("RGBA", (64, 64), (250, 200, 180, 255))
    face.paste((1, 2, 3, 0), (0, 0, 32, 64))
    for format, how in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True})):
        got = opened(redraw(encoded(face, format, **how)).picture.body)
        assert (0, 0, 0, 0) == got.convert("RGBA").getpixel((5, 5))
        alpha = got.convert("RGBA").getpixel((60, 5))
        assert isinstance(alpha, tuple)
        assert 255 == alpha[3]


@pytest.mark.parametrize(("size", "wanted"), [((4096, 64), (2048, 32)), ((10, 3000), (7, 2048)), ((64, 9), (64, 9))])
def test_no_side_is_longer_than_pages_need(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    for format in ("JPEG", "PNG", "WEBP"):
        redrawn = redraw(encoded(a_photo(*size), format))
        assert wanted == opened(redrawn.picture.body).size == (redrawn.picture.width, redrawn.picture.height)
    assert max(wanted) <= LONGEST


def test_a_preview_is_made_where_it_saves_something() -> None:
    noise = Image.effect_noise((800, 600), 50).convert("RGB")
    preview = redraw(encoded(noise, "JPEG")).preview
    assert preview is not None
    assert ("image/jpeg", PREVIEW, 480) == (preview.media_type, preview.width, preview.height)
    assert (PREVIEW, 480) == opened(preview.body).size
    assert redraw(encoded(a_photo(), "JPEG")).preview is None
    noise.putalpha(Image.linear_gradient("L").resize(noise.size))
    clear = redraw(encoded(noise, "PNG")).preview
    assert clear is not None
    assert ("image/webp", "RGBA") == (clear.media_type, opened(clear.body).mode)


@pytest.mark.parametrize("format", MOVING)
def test_a_moving_picture_keeps_moving(format: str) -> None:
    redrawn = redraw(a_moving_picture(format, 4))
    image = opened(redrawn.picture.body)
    assert (4, (48, 32), format) == (frames_in(redrawn.picture.body), image.size, image.format)
    assert (90, 0) == (image.info["duration"], image.info["loop"])
    image.seek(1)
    assert is_near((80, 40, 200), colour(image, 9, 9))
    assert redrawn.preview is None


def test_a_moving_picture_that_plays_once_plays_once() -> None:
    first, *more = some_frames()
    got = opened(redraw(encoded(first, "GIF", save_all=True, append_images=more)).picture.body)
    assert "loop" not in got.info


def test_of_an_animated_png_the_still_is_taken() -> None:
    first, *more = (Image.new("RGB", (32, 32), shade) for shade in ("red", "blue"))
    raw = encoded(first, "PNG", save_all=True, append_images=more)
    got = opened(redraw(raw).picture.body)
    assert (255, 0, 0) == colour(got, 5, 5)
    assert 1 == frames_in(redraw(raw).picture.body)


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_drawn_twice_is_the_same_kind_again(format: str) -> None:
    once = redraw(TELLING[format]())
    twice = redraw(once.picture.body)
    assert once.picture.media_type == twice.picture.media_type == f"image/{format.lower()}"
    assert (once.picture.width, once.picture.height) == (twice.picture.width, twice.picture.height)


def test_a_file_that_lies_about_its_size_is_damaged() -> None:
    raw = encoded(a_photo(), "PNG")
    with pytest.raises((NotTaken, OSError, SyntaxError, ValueError)):
        redraw(png_of(9000, 4000, raw[33:-12]))
    with pytest.raises((NotTaken, OSError, SyntaxError, ValueError)):
        redraw(png_of(96, 64, chunk(b"IHDR", bytes.fromhex("00007530000075300802000000")), raw[33:-12]))


def test_as_many_pixels_as_are_taken_can_be_said() -> None:
    assert MOST_PIXELS >= 24_000_000  # an ordinary camera's


def test_blurhash_is_the_published_one_for_what_is_known() -> None:
    assert "L00000fQfQfQfQfQfQfQfQfQfQfQ" == blurhash(bytes(32 * 32 * 3), 32, 32)


def number(letters: str) -> int:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
    found = 0
    for letter in letters:
        found = found * 83 + digits.index(letter)
    return found


def shown(hash: str, x: float, y: float) -> Colour:
    """What an app draws at a place between 0 and 1, as the algorithm's page tells it."""
    assert 3 + 2 * 9 == number(hash[0])
    largest, mean = (number(hash[1]) + 1) / 166, number(hash[2:6])
    linear = [((byte / 255 + 0.055) / 1.055) ** 2.4 for byte in (mean >> 16, mean >> 8 & 255, mean & 255)]
    for place in range(1, 12):
        detail = number(hash[4 + 2 * place : 6 + 2 * place])
        weight = math.cos(math.pi * (place % 4) * x) * math.cos(math.pi * (place // 4) * y)
        for channel, part in enumerate((detail // 361, detail // 19 % 19, detail % 19)):
            linear[channel] += math.copysign(((part - 9) / 9) ** 2, part - 9) * largest * weight
    bright = [max(0.0, min(1.0, value)) for value in linear]
    return tuple(round((1.055 * value ** (1 / 2.4) - 0.055) * 255) for value in bright)


def test_blurhash_is_what_the_reference_implementation_makes() -> None:
    """Compared with the TypeScript one of its inventors (2.0.5), on pixels that any language can make."""
    seed, pixels = 12345, bytearray()
    for index in range(32 * 20):
        for channel in range(3):
            seed = seed * 48271 % (2**31 - 1)
            pixels.append((index * 3 + channel * 40 + seed % 90) % 256)
    assert "L6HLoAO,rM?m}@s?;Tt8OuU|sqo$" == blurhash(bytes(pixels), 32, 20)


def test_blurhash_shows_where_which_colours_are() -> None:
    hash = blurhash(a_photo(64, 64).tobytes(), 64, 64)
    for x, y, wanted in ((0.1, 0.1, (200, 30, 30)), (0.9, 0.1, (30, 200, 30)), (0.1, 0.9, (30, 30, 200))):
        assert is_near(wanted, shown(hash, x, y), 90)
    assert min(shown(hash, 0.9, 0.9)) > 170
