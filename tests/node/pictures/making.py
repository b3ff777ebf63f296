"""Picture files for tests, made here: every format, with everything in them that must not come through."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageCms, PngImagePlugin

PLANTED: Final = b"PLANTED-SECRET"
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
MOVING: Final = ("GIF", "WEBP")


def encoded(image: Image.Image, format: str, **how: Any) -> bytes:
    body = BytesIO()
    image.save(body, format=format, **how)
    return body.getvalue()


def opened(body: bytes) -> Image.Image:
    image = Image.open(BytesIO(body))
    image.load()
    return image


def frames_in(body: bytes) -> int:
    return int(getattr(opened(body), "n_frames", 1))


def a_photo(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Four corners of four colours, so that it is known when it is turned."""
    image = Image.new("RGB", (width, height), (200, 30, 30))
    image.paste((30, 200, 30), (width // 2, 0, width, height // 2))
    image.paste((30, 30, 200), (0, height // 2, width // 2, height))
    image.paste((220, 220, 220), (width // 2, height // 2, width, height))
    return image.convert(mode)


def some_frames(count: int = 3, size: tuple[int, int] = (48, 32)) -> list[Image.Image]:
    return [Image.new("RGB", size, (80 * (number % 4), 40, 200)) for number in range(count)]


def a_moving_picture(format: str, count: int = 3, size: tuple[int, int] = (48, 32)) -> bytes:
    first, *more = some_frames(count, size)
    return encoded(first, format, save_all=True, append_images=more, duration=[90] * count, loop=0)


def telling_exif(orientation: int | None = None) -> Image.Exif:
    """Where, when, with what and by whom: what phones write."""
    exif, words = Image.Exif(), PLANTED.decode()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298, 0x9C9B):
        exif[tag] = words
    if orientation is not None:
        exif[0x0112] = orientation
    exif.get_ifd(0x8769).update({0x927C: PLANTED * 20, 0x9286: PLANTED, 0xA430: words, 0x9003: words})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.5), 3: "E", 4: (13.0, 24.0, 2.5), 27: PLANTED})
    return exif


def xmp() -> bytes:
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><gps>' + PLANTED + b"</gps></x:xmpmeta>"


def telling_jpeg(orientation: int | None = None) -> bytes:
    thumbnail = b"\xff\xed" + struct.pack(">H", 2 + len(PLANTED)) + PLANTED  # APP13, as Photoshop writes
    raw = encoded(
        a_photo(), "JPEG", exif=telling_exif(orientation), xmp=xmp(), comment=PLANTED, icc_profile=a_profile()
    )
    return raw[:2] + thumbnail + raw[2:] + PLANTED + a_zip()


def telling_png() -> bytes:
    words, chunks = PLANTED.decode(), PngImagePlugin.PngInfo()
    chunks.add_text("Comment", words)
    chunks.add_text("Packed", words, zip=True)
    chunks.add_itxt("XML:com.adobe.xmp", xmp().decode())
    chunks.add(b"prVt", PLANTED)
    raw = encoded(a_photo(), "PNG", pnginfo=chunks, exif=telling_exif(6), icc_profile=a_profile(), dpi=(301, 301))
    return raw + PLANTED + a_zip()


def telling_webp() -> bytes:
    return (
        encoded(a_photo(), "WEBP", exif=telling_exif(6).tobytes(), xmp=xmp(), icc_profile=a_profile(), lossless=True)
        + PLANTED
    )


def telling_gif() -> bytes:
    first, *more = some_frames()
    return encoded(first, "GIF", save_all=True, append_images=more, comment=PLANTED) + PLANTED


TELLING: Final[dict[str, Callable[[], bytes]]] = {
    "JPEG": telling_jpeg,
    "PNG": telling_png,
    "WEBP": telling_webp,
    "GIF": telling_gif,
}


def a_profile(*, swapped: bool = False) -> bytes:
    """sRGB with a planted description; `swapped` calls red what is blue."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", raw, 128)
    for entry in range(132, 132 + 12 * count, 12):
        tag, (start, size) = bytes(raw[entry : entry + 4]), struct.unpack_from(">II", raw, entry + 4)
        if swapped and tag in (b"rXYZ", b"bXYZ"):
            raw[entry : entry + 4] = b"bXYZ" if tag == b"rXYZ" else b"rXYZ"
        if tag == b"cprt" and size >= 28 + len(PLANTED):
            raw[start + 28 : start + 28 + len(PLANTED)] = PLANTED
    return bytes(raw)


def a_zip() -> bytes:
    return b"PK\x03\x04" + PLANTED + b"PK\x05\x06" + bytes(18)


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that says it has this size, whatever follows."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IEND", b"")


def gif_of(frames: int, width: int = 1, height: int = 1) -> bytes:
    """A GIF of many tiny images on a screen of this size."""
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + image * frames + b"\x3b"


def webp_of(frames: int, width: int = 1, height: int = 1) -> bytes:
    """An extended WebP that says it has this many frames."""
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + (width - 1).to_bytes(3, "little")
    frame = b"ANMF" + struct.pack("<I", 16) + bytes(16)
    body = b"WEBP" + canvas + (height - 1).to_bytes(3, "little") + frame * frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG that says it has this size, and ends there."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xd9"
