"""Which ranges of leaves make up a root or a proof: arithmetic alone, no hashes.

A range is [start, end). The subtrees of draft-ietf-plants-merkle-tree-certs §4.1 are the ranges that start at a
multiple of the power of two that holds them; inclusion and consistency proofs (RFC 6962 §2.1.1, §2.1.2) are their
special cases.
"""

from __future__ import annotations

from typing import Final

Range = tuple[int, int]

MAX_SIZE: Final = 2**63 - 1
"""Leaves of a tree."""


def is_subtree(start: int, end: int) -> bool:
    """Whether [start, end) is aligned so that it can be proved to be part of larger trees (§4.1)."""
    if not 0 <= start <= end:
        return False
    width = end - start
    room = 1 << (width - 1).bit_length() if width else 1
    return start % room == 0


def split(lo: int, hi: int) -> int:
    """Where the tree over two or more leaves parts: behind the largest power of two smaller than their number."""
    return lo + (1 << (hi - lo - 1).bit_length() - 1)


def perfect(lo: int, hi: int) -> list[tuple[int, int]]:
    """The full subtrees that a subtree falls into, left to right, each as (height, index among those of its height)."""
    found = []
    while lo < hi:
        height = (hi - lo).bit_length() - 1
        found.append((height, lo >> height))
        lo += 1 << height
    return found


def proof_ranges(start: int, end: int, size: int) -> list[Range]:
    """The hashes of SUBTREE_PROOF(start, end, D_size) in their order, each as the range it stands for (§4.4.1)."""
    lo, hi, is_known = 0, size, True
    found: list[Range] = []
    if start == end:
        return found
    while (lo, hi) != (start, end):
        middle = split(lo, hi)
        if end <= middle:
            found.append((middle, hi))
            hi = middle
            continue
        found.append((lo, middle))
        if start < middle:
            start, is_known = middle, False
        lo = middle
    if not is_known:
        found.append((lo, hi))
    return found[::-1]
