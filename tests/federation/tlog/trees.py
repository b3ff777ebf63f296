"""Trees by their recursive definitions (RFC 6962 §2.1), slow and plain, to compare ours with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256

from federation.tlog.merkle import leaf_hash
from federation.tlog.tiles import Tiles, grow

Hashes = list[bytes]


def entries(count: int) -> list[bytes]:
    return [b"entry-%d" % number for number in range(count)]


def leaves(count: int) -> Hashes:
    return [leaf_hash(entry) for entry in entries(count)]


def kept(hashes: Sequence[bytes]) -> Tiles:
    return Tiles(grow({}, 0, hashes))


def largest_power_below(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def definition(hashes: Sequence[bytes]) -> Callable[[int, int], bytes]:
    """MTH(D[lo:hi]) of these leaf hashes, remembered."""

    @cache
    def tree_hash(lo: int, hi: int) -> bytes:
        if lo == hi:
            return sha256(b"").digest()
        if hi - lo == 1:
            return hashes[lo]
        middle = lo + largest_power_below(hi - lo)
        return sha256(b"\x01" + tree_hash(lo, middle) + tree_hash(middle, hi)).digest()

    return tree_hash


def path(tree_hash: Callable[[int, int], bytes], m: int, lo: int, hi: int) -> Hashes:
    """PATH(m, D[lo:hi]) of RFC 6962 §2.1.1."""
    if hi - lo == 1:
        return []
    k = largest_power_below(hi - lo)
    if m < k:
        return [*path(tree_hash, m, lo, lo + k), tree_hash(lo + k, hi)]
    return [*path(tree_hash, m - k, lo + k, hi), tree_hash(lo, lo + k)]


def subproof(tree_hash: Callable[[int, int], bytes], m: int, lo: int, hi: int, *, is_whole: bool) -> Hashes:
    """SUBPROOF(m, D[lo:hi], b) of RFC 6962 §2.1.2."""
    if m == hi - lo:
        return [] if is_whole else [tree_hash(lo, hi)]
    k = largest_power_below(hi - lo)
    if m <= k:
        return [*subproof(tree_hash, m, lo, lo + k, is_whole=is_whole), tree_hash(lo + k, hi)]
    return [*subproof(tree_hash, m - k, lo + k, hi, is_whole=False), tree_hash(lo, lo + k)]


def damaged(proof: Sequence[bytes], number: int) -> list[Hashes]:
    """The proof with a bit of each hash turned, each hash left out, doubled or swapped with its neighbour, and more."""
    others: list[Hashes] = [[*proof, bytes(32)], [bytes(32), *proof]]
    for at, hash in enumerate(proof):
        bit = (number * 7 + at * 13) % 256
        turned = bytearray(hash)
        turned[bit // 8] ^= 1 << bit % 8
        before, behind = list(proof[:at]), list(proof[at + 1 :])
        others += [[*before, bytes(turned), *behind], [*before, *behind], [*before, hash, hash, *behind]]
        others.append([*before, hash[:31], *behind])
        if behind:
            others.append([*before, behind[0], hash, *behind[1:]])
    return others
