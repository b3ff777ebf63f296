"""Roots and proofs are those of RFC 6962, and a proof that was changed anywhere proves nothing."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from federation.tlog.errors import BadProof
from federation.tlog.merkle import (
    EMPTY_ROOT,
    leaf_hash,
    leaf_hashes,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
    verify_subtree,
)
from tests.federation.tlog.trees import damaged, definition, entries, leaves, path, subproof

VECTORS = json.loads((Path(__file__).resolve().parents[2] / "vectors" / "tlog.json").read_text())
MANY = 301
LEAVES = leaves(MANY)
TREE = definition(LEAVES)
CHOSEN = [1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300]


def includes(
    index: int, size: int, proof: list[bytes], *, leaf: bytes | None = None, root: bytes | None = None
) -> None:
    verify_inclusion(leaf=leaf or LEAVES[index], index=index, size=size, root=root or TREE(0, size), proof=proof)


def extends(
    old: int, new: int, proof: list[bytes], *, old_root: bytes | None = None, root: bytes | None = None
) -> None:
    verify_consistency(
        old_size=old, old_root=old_root or TREE(0, old), new_size=new, new_root=root or TREE(0, new), proof=proof
    )


@pytest.mark.parametrize(("size", "root"), VECTORS["rootsBase64"].items())
def test_roots_are_those_of_the_published_vectors(size: str, root: str) -> None:
    assert b64decode(root) == root_of(leaf_hashes(entries(int(size))))


def test_leaves_and_nodes_cannot_be_taken_for_each_other() -> None:
    left, right = LEAVES[:2]
    assert node_hash(left, right) != leaf_hash(left + right)


def test_roots_of_all_small_trees_are_as_defined() -> None:
    assert [TREE(0, size) for size in range(MANY)] == [root_of(LEAVES[:size]) for size in range(MANY)]


def test_every_entry_of_all_small_trees_is_proved() -> None:
    for size in range(1, MANY):
        for index in range(size):
            includes(index, size, path(TREE, index, 0, size))


def test_every_small_tree_is_proved_to_begin_with_every_smaller_one() -> None:
    for new in range(1, MANY):
        for old in range(1, new + 1):
            extends(old, new, subproof(TREE, old, 0, new, is_whole=True))


@pytest.mark.parametrize("sizes", [range(1, 100), range(100, 200), range(200, MANY)])
def test_an_altered_inclusion_proof_proves_nothing(sizes: range) -> None:
    for size in sizes:
        for index in {0, size // 3, size // 2, size - 1}:
            for proof in damaged(path(TREE, index, 0, size), size + index):
                with pytest.raises(BadProof):
                    includes(index, size, proof)


@pytest.mark.parametrize("sizes", [range(1, 100), range(100, 200), range(200, MANY)])
def test_an_altered_consistency_proof_proves_nothing(sizes: range) -> None:
    for new in sizes:
        for old in {1, new // 3, new // 2, new - 1, new} - {0}:
            for proof in damaged(subproof(TREE, old, 0, new, is_whole=True), new + old):
                with pytest.raises(BadProof):
                    extends(old, new, proof)


def test_every_single_bit_of_a_proof_counts() -> None:
    proof = path(TREE, 4, 0, 7)
    for at in range(len(proof)):
        for bit in range(256):
            turned = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
            with pytest.raises(BadProof):
                includes(4, 7, [*proof[:at], turned, *proof[at + 1 :]])


@pytest.mark.parametrize("size", CHOSEN)
def test_a_proof_proves_no_other_place_leaf_or_root(size: int) -> None:
    index = size // 3
    proof = path(TREE, index, 0, size)
    for other in {index - 1, index + 1, index ^ 2, size, -1} - {index}:
        with pytest.raises(BadProof):
            includes(other, size, proof, leaf=LEAVES[index])
    with pytest.raises(BadProof):
        includes(index, size, proof, leaf=LEAVES[size])
    with pytest.raises(BadProof):
        includes(index, size, proof, root=TREE(0, size - 1))


@pytest.mark.parametrize("new", CHOSEN)
def test_a_log_that_rewrote_an_entry_does_not_extend_itself(new: int) -> None:
    rewritten = list(LEAVES)
    rewritten[new // 4] = leaf_hash(b"what nobody said")
    other = definition(rewritten)
    old = new // 2 + 1
    for proof in (subproof(TREE, old, 0, new, is_whole=True), subproof(other, old, 0, new, is_whole=True)):
        with pytest.raises(BadProof):
            extends(old, new, proof, root=other(0, new))
        if old < new:
            with pytest.raises(BadProof):
                extends(old, new, proof, old_root=other(0, old))


def test_everything_extends_the_empty_tree_without_a_proof() -> None:
    extends(0, 7, [])
    extends(0, 0, [])
    with pytest.raises(BadProof):
        extends(0, 7, [TREE(0, 7)])
    with pytest.raises(BadProof):
        extends(0, 7, [], old_root=TREE(0, 1))


def test_an_empty_log_has_no_other_root_than_that_of_nothing() -> None:
    with pytest.raises(BadProof, match="hash of nothing"):
        extends(0, 0, [], root=TREE(0, 1))


def test_a_log_does_not_shrink() -> None:
    with pytest.raises(BadProof):
        verify_consistency(old_size=5, old_root=TREE(0, 5), new_size=4, new_root=TREE(0, 4), proof=[])


def test_two_heads_of_one_size_are_consistent_only_when_they_are_equal() -> None:
    extends(5, 5, [])
    with pytest.raises(BadProof):
        extends(5, 5, [], root=TREE(0, 6))


def test_a_proof_of_more_than_63_hashes_is_refused_unread() -> None:
    with pytest.raises(BadProof, match="at most 63"):
        includes(0, 2**62, [bytes(32)] * 64, root=bytes(32))


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33), bytes(64)])
def test_hashes_of_another_length_are_refused(wrong: bytes) -> None:
    with pytest.raises(BadProof, match="32 bytes"):
        verify_subtree(start=0, end=1, subtree_root=wrong, size=1, root=wrong, proof=[])


def test_nothing_is_part_of_every_tree() -> None:
    verify_subtree(start=3, end=3, subtree_root=EMPTY_ROOT, size=7, root=TREE(0, 7), proof=[])
    with pytest.raises(BadProof):
        verify_subtree(start=3, end=3, subtree_root=LEAVES[0], size=7, root=TREE(0, 7), proof=[])
