"""RSA keys for tests: each takes 50 to 150 ms to make, so a process of the tests makes so many and gives them again."""

from __future__ import annotations

from itertools import cycle
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.keys import new_rsa

COUNT: Final = 64
"""More than any one test asks for, so that no two actors of a test have the same key."""


class KeyPool:
    """Keys as `new_rsa` makes them, made when they are first asked for, then given again in turn."""

    def __init__(self, count: int = COUNT) -> None:
        self._made: list[RSAPrivateKey | None] = [None] * count
        self._next = cycle(range(count))

    def __call__(self) -> RSAPrivateKey:
        place = next(self._next)
        key = self._made[place] or new_rsa()
        self._made[place] = key
        return key
