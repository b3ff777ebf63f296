"""The Merkle tree of RFC 6962 §2.1: hashes, roots, and checking proofs. SHA-256; every hash is 32 bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from federation.tlog.errors import BadProof
from federation.tlog.ranges import is_subtree

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""Of the tree without leaves."""
MAX_PROOF: Final = 63
"""Hashes in a proof (tlog-witness, tlog-mirror)."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The hash of each entry."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of what stands above two others."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root above these leaf hashes; costs one hash for each."""
    return root_of_packed(b"".join(hashes))


def root_of_packed(hashes: bytes) -> bytes:
    """The root above leaf hashes that stand one behind the other, as in a tile.

    Level by level from below: a hash without a neighbour goes up as it is, which is what halving at the largest power
    of two from above amounts to.
    """
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > HASH_SIZE:
        paired = len(hashes) // 64 * 64
        above = [sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, paired, 64)]
        hashes = b"".join(above) + hashes[paired:]
    return hashes


def verify_inclusion(*, leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the leaf hash stands at `index` of the tree (RFC 6962 §2.1.1); raises BadProof."""
    if not 0 <= index < size:
        raise BadProof(f"Place {index} lies outside a log of {size} entries; this proves nothing about it.")
    verify_subtree(start=index, end=index + 1, subtree_root=leaf, size=size, root=root, proof=proof)


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the new tree begins with all of the old one (RFC 6962 §2.1.2); raises BadProof.

    Everything extends the empty tree, with an empty proof; a tree extends itself, with an empty proof and one root.
    """
    if new_size == 0 and new_root != EMPTY_ROOT:
        raise BadProof("A log without entries has one root, the hash of nothing; this head has another.")
    verify_subtree(start=0, end=old_size, subtree_root=old_root, size=new_size, root=new_root, proof=proof)


def verify_subtree(
    *, start: int, end: int, subtree_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the leaves [start, end) with this root stand there in the tree; raises BadProof.

    draft-ietf-plants-merkle-tree-certs §4.4.3, with its names; RFC 9162 §2.1.3.2 and §2.1.4.2 are cases of it.
    """
    _check_shape(start, end, size, [subtree_root, root, *proof])
    if start == end:
        if proof or subtree_root != EMPTY_ROOT:
            raise BadProof("Nothing needs no proof and has the root of the empty tree; this is something else.")
        return
    fn, sn, tn = _skipped(start, end - 1, size - 1)
    hashes = iter(proof)
    fr = sr = subtree_root if fn == sn else next(hashes, b"")
    for c in hashes:
        if tn == 0:
            raise BadProof("The proof has more hashes than the tree has levels; it proves nothing.")
        if sn & 1 or sn == tn:
            if fn < sn:
                fr = node_hash(c, fr)
            sr = node_hash(c, sr)
            while not sn & 1:
                fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    if tn or fr != subtree_root or sr != root:
        raise BadProof("The proof does not lead to the root of the log; entries were changed, or it is another's.")


def _check_shape(start: int, end: int, size: int, hashes: Sequence[bytes]) -> None:
    if not is_subtree(start, end) or end > size:
        raise BadProof(f"Entries {start} to {end} cannot be proved to be part of a log of {size} entries.")
    if any(len(hash) != HASH_SIZE for hash in hashes):
        raise BadProof(f"A hash in a proof has {HASH_SIZE} bytes; one of these has not.")
    if len(hashes) > MAX_PROOF + 2:
        raise BadProof(f"A proof has at most {MAX_PROOF} hashes; this one has {len(hashes) - 2}.")


def _skipped(fn: int, sn: int, tn: int) -> tuple[int, int, int]:
    """Up to the highest node that both trees have above the subtree's last leaf (steps 4 and 5)."""
    is_edge = sn == tn
    while fn != sn and (is_edge or sn & 1):
        fn, sn, tn = fn >> 1, sn >> 1, tn >> 1
    return fn, sn, tn
