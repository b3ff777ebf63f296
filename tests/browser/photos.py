"""Pictures for pages to look at: a picket before a gate, drawn here in every shape a phone takes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Final

from PIL import Image, ImageDraw

from federation.strictjson import JsonObject
from node.pictures.carried import carried
from node.pictures.clean import CleanFile, CleanPicture
from node.pictures.keeping import keep
from tests.node.pictures.making import encoded
from tests.village import Villager

LANDSCAPE: Final = (1600, 1067)
PORTRAIT: Final = (900, 1600)
SQUARE: Final = (1000, 1000)
WIDE: Final = (2000, 560)
_PREVIEW: Final = 640


async def given(us: Villager, shown: Mapping[tuple[int, int], str]) -> list[JsonObject]:
    """Pictures of these sizes and alt texts, in place, as the command line hands them to the node."""
    return [carried(await keep(_clean(size), alt, us.node.blobs)) for size, alt in shown.items()]


@cache
def _clean(size: tuple[int, int]) -> CleanPicture:
    image = _picket(size)
    small = image.copy()
    small.thumbnail((_PREVIEW, _PREVIEW))
    return CleanPicture(file=_file(image), preview=_file(small), blurhash="L00000fQfQfQfQfQfQfQfQfQfQfQ")


def _file(image: Image.Image) -> CleanFile:
    return CleanFile(media_type="image/jpeg", width=image.width, height=image.height, body=encoded(image, "JPEG"))


def _picket(size: tuple[int, int]) -> Image.Image:
    """Dawn, a wall, and people with flags."""
    width, height = size
    image = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", [image.point(lambda grey, by=by: 40 + grey * by // 255) for by in (190, 110, 60)])
    draw, chance, head = ImageDraw.Draw(image), random.Random(width), min(size) // 14
    draw.rectangle((0, height * 0.45, width, height), fill=(46, 42, 48))
    for _ in range(width // head):
        x, y = chance.randrange(width), height * 0.6 + chance.random() * height * 0.35
        draw.line((x + head, y + head, x + head, y - head * 4), fill=(20, 18, 18), width=head // 6)
        draw.rectangle((x + head, y - head * 4, x + head * 3, y - head * 2.6), fill=(190, 25, 35))
        draw.ellipse((x - head / 2, y - head / 2, x + head / 2, y + head / 2), fill=(214, 170, 140))
        draw.rounded_rectangle((x - head, y + head / 2, x + head, height), head / 2, fill=(24, 26, 40))
    return image
