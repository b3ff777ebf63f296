"""Draw a picture anew from its pixels: turned upright, in sRGB, at most 2048 px long, with nothing else of the file.

Runs in the child process only; it is the one module that imports Pillow. Every decoder is named here, none is
found by registration, and nothing is imported late: the child can open no file by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import GifImagePlugin, Image, ImageCms, ImageFile, TiffImagePlugin
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from node.pictures.blurhash import blurhash
from node.pictures.headers import Header, MediaType, examine
from node.pictures.refusals import NotTaken

LONGEST: Final = 2048
PREVIEW: Final = 640
"""Pixels on the long side."""
_BLUR: Final = 64
_SHORTEST_FRAME: Final = 20
"""Milliseconds; browsers slow down what claims to be faster."""

Image.preinit()  # what Pillow would import later, when no file can be opened any more
_EXIF: Final = TiffImagePlugin  # EXIF is read with it
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_ALWAYS

_OPENERS: Final[Mapping[MediaType, type[ImageFile.ImageFile]]] = {
    "image/jpeg": JpegImageFile,
    "image/png": PngImageFile,
    "image/webp": WebPImageFile,
    "image/gif": GifImageFile,
}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION: Final = 0x0112
_SRGB: Final = ImageCms.createProfile("sRGB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One encoded picture."""

    media_type: MediaType
    width: int
    height: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrawn:
    """A picture ready to be published; the preview is None when it would save nothing."""

    picture: Drawing
    preview: Drawing | None
    blurhash: str


def redraw(raw: bytes) -> Redrawn:
    """Decode and draw anew; `NotTaken`, and whatever a decoder raises for what is damaged."""
    header = examine(raw)
    with _OPENERS[header.media_type](BytesIO(raw)) as opened:
        if opened.size != (header.width, header.height) and header.media_type != "image/gif":
            raise NotTaken("damaged")
        if header.frames > 1 and getattr(opened, "n_frames", 1) > 1:
            return _redraw_moving(opened, header)
        return _redraw_still(opened, header)


def _redraw_still(opened: ImageFile.ImageFile, header: Header) -> Redrawn:
    if header.media_type == "image/jpeg":
        opened.draft(None, (LONGEST, LONGEST))
    opened.load()
    image = _pixels(_upright(_fitted(opened, LONGEST), opened), opened.info.get("icc_profile"))
    picture = _encode(image, header.media_type)
    return Redrawn(picture=picture, preview=_preview(image, picture), blurhash=_blur(image))


def _redraw_moving(opened: ImageFile.ImageFile, header: Header) -> Redrawn:
    frames, durations = [], []
    for number in range(header.frames):
        try:
            opened.seek(number)
        except EOFError:
            break
        opened.load()
        frames.append(_pixels(_fitted(opened, LONGEST), opened.info.get("icc_profile"), keep_alpha=True))
        durations.append(max(int(opened.info.get("duration") or 100), _SHORTEST_FRAME))
    if all(_is_opaque(frame) for frame in frames):
        frames = [frame.convert("RGB") for frame in frames]
    body = BytesIO()
    how = {"method": 2, "quality": 80} if header.media_type == "image/webp" else {"disposal": 2, "optimize": False}
    if "loop" in opened.info:  # one that does not say plays once
        how["loop"] = int(opened.info["loop"])
    frames[0].save(
        body,
        format=header.media_type.removeprefix("image/").upper(),
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        **how,
    )
    width, height = frames[0].size
    picture = Drawing(media_type=header.media_type, width=width, height=height, body=body.getvalue())
    return Redrawn(picture=picture, preview=None, blurhash=_blur(frames[0]))


def _fitted(image: Image.Image, longest: int) -> Image.Image:
    """A copy with no side longer than that; never larger than it was."""
    width, height = image.size
    if max(width, height) <= longest:
        return image
    if image.mode not in {"L", "RGB", "RGBA", "CMYK"}:
        image = _plain(image)
    scale = longest / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _upright(image: Image.Image, opened: ImageFile.ImageFile) -> Image.Image:
    try:
        turn = _TURNS.get(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001  what cameras write into EXIF is often broken, and the picture is not
        turn = None
    return image if turn is None else image.transpose(turn)


def _pixels(image: Image.Image, profile: bytes | None, *, keep_alpha: bool = False) -> Image.Image:
    """A new image with nothing but sRGB pixels; what is wholly transparent keeps no colour, which may hide a face."""
    image = _plain(_in_srgb(image, profile))
    if image.mode == "RGBA" and (keep_alpha or not _is_opaque(image)):
        return Image.alpha_composite(Image.new("RGBA", image.size), image)
    if keep_alpha:
        return Image.alpha_composite(Image.new("RGBA", image.size), image.convert("RGBA"))
    clean = Image.new("RGB", image.size)
    clean.paste(image.convert("RGB"))
    return clean


def _is_opaque(image: Image.Image) -> bool:
    return image.getchannel("A").getextrema() == (255, 255)


def _plain(image: Image.Image) -> Image.Image:
    """As RGB, or RGBA where anything is transparent; sixteen bits of grey become eight."""
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    has_alpha = image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Through the picture's colour profile; one that cannot be read is passed over."""
    if not profile:
        return image
    if image.mode not in {"RGB", "RGBA", "L", "CMYK"}:
        image = _plain(image)
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if image.mode == "RGBA":
            alpha = image.getchannel("A")
            colours = ImageCms.profileToProfile(image.convert("RGB"), source, _SRGB, outputMode="RGB")
            if colours is None:
                return image
            colours.putalpha(alpha)
            return colours
        return ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _encode(image: Image.Image, media_type: MediaType) -> Drawing:
    """One still; JPEG knows no transparency, and none that came in has any."""
    how: dict[MediaType, dict[str, object]] = {
        "image/jpeg": {"quality": 85, "optimize": True, "progressive": True},
        "image/png": {"compress_level": 6},
        "image/webp": {"quality": 85, "method": 4},
        "image/gif": {"optimize": False},
    }
    body = BytesIO()
    image.save(body, format=media_type.removeprefix("image/").upper(), **how[media_type])
    return Drawing(media_type=media_type, width=image.width, height=image.height, body=body.getvalue())


def _preview(image: Image.Image, picture: Drawing) -> Drawing | None:
    small = _fitted(image, PREVIEW)
    if small is image:
        return None
    preview = _encode(small, "image/webp" if small.mode == "RGBA" else "image/jpeg")
    return preview if len(preview.body) < len(picture.body) else None


def _blur(image: Image.Image) -> str:
    small = image.copy()
    small.thumbnail((_BLUR, _BLUR))
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
    return blurhash(small.convert("RGB").tobytes(), *small.size)
