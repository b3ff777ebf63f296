"""BlurHash: a picture's colours in about thirty letters, shown while it loads (github.com/woltapp/blurhash, Algorithm).

Written here because the package registry keeps no maintained library that needs less than this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
Colour = tuple[float, float, float]


def blurhash(pixels: bytes, width: int, height: int, across: int = 4, down: int = 3) -> str:
    """The hash of `width` × `height` pixels of three bytes (sRGB), with `across` × `down` waves."""
    linear = [_LINEAR[byte] for byte in pixels]
    waves = [_wave(linear, width, height, x, y) for y in range(down) for x in range(across)]
    flat, moving = waves[0], [value for wave in waves[1:] for value in wave]
    scale = max(0, min(82, math.floor(max(map(abs, moving)) * 166 - 0.5))) if moving else 0
    letters = [_digits(across - 1 + (down - 1) * 9, 1), _digits(scale, 1), _digits(_colour(flat), 4)]
    letters += [_digits(_detail(wave, (scale + 1) / 166), 2) for wave in waves[1:]]
    return "".join(letters)


def _wave(linear: Sequence[float], width: int, height: int, x: int, y: int) -> Colour:
    """How much of the wave (x, y) is in each channel."""
    columns = [math.cos(math.pi * x * column / width) for column in range(width)]
    red = green = blue = 0.0
    for row in range(height):
        of_row, start = math.cos(math.pi * y * row / height), row * width * 3
        for column in range(width):
            weight, at = of_row * columns[column], start + column * 3
            red += weight * linear[at]
            green += weight * linear[at + 1]
            blue += weight * linear[at + 2]
    share = (1 if x == y == 0 else 2) / (width * height)
    return red * share, green * share, blue * share


def _colour(colour: Colour) -> int:
    red, green, blue = map(_byte, colour)
    return red << 16 | green << 8 | blue


def _detail(wave: Colour, largest: float) -> int:
    red, green, blue = (_nineteenth(value / largest) for value in wave)
    return (red * 19 + green) * 19 + blue


def _nineteenth(value: float) -> int:
    return max(0, min(18, math.floor(math.copysign(math.sqrt(abs(value)), value) * 9 + 9.5)))


def _byte(value: float) -> int:
    value = max(0.0, min(1.0, value))
    shown = value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return int(shown * 255 + 0.5)


def _digits(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in reversed(range(length)))


def _light(byte: int) -> float:
    value = byte / 255
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


_LINEAR: Final = tuple(map(_light, range(256)))
