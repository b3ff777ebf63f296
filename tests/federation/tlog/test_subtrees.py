"""Subtrees of draft-ietf-plants-merkle-tree-certs: its accumulated vectors (appendix C), and brute force."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import pytest

from federation.tlog.errors import BadProof, MissingTile
from federation.tlog.merkle import (
    leaf_hash,
    leaf_hashes,
    root_of_packed,
    verify_consistency,
    verify_inclusion,
    verify_subtree,
)
from federation.tlog.ranges import is_subtree, perfect, proof_ranges, split
from federation.tlog.tiles import Tiles, needed_for_range, needed_for_subtree
from tests.federation.tlog.trees import damaged, definition, entries, kept, leaves

COUNT = 130
BYTES = leaf_hashes(bytes([number]) for number in range(COUNT))
BYTE_TILES = kept(BYTES)
LARGE = 70_000
LEAVES = leaves(LARGE)
TILES = kept(LEAVES)
TREE = definition(LEAVES)


def subtrees(size: int) -> Iterator[tuple[int, int]]:
    """Each valid subtree of a tree of that size, in the order of the vectors."""
    return ((start, end) for end in range(size + 1) for start in range(end + 1) if is_subtree(start, end))


def shown(hashes: list[bytes]) -> str:
    return "".join(f" {hash.hex()}" for hash in hashes)


def test_subtrees_have_the_hashes_of_the_draft() -> None:
    rolling = sha256()
    for start, end in subtrees(COUNT):
        rolling.update(f"[{start}, {end}) {BYTE_TILES.range_root(start, end).hex()}\n".encode())
    assert rolling.hexdigest() == "b82806ad4265bb151c1119c0f4db437bb4d1a1f887b3a7fba1cd4ebf552e3e81"


def test_inclusion_in_subtrees_is_proved_with_the_hashes_of_the_draft() -> None:
    rolling = sha256()
    for start, end in subtrees(COUNT):
        tiles = kept(BYTES[start:end])
        for index in range(start, end):
            proof = tiles.inclusion(index - start, end - start)
            rolling.update(f"{index} [{start}, {end}){shown(proof)}\n".encode())
    assert rolling.hexdigest() == "ac2a8f989e44d99e399db448050ff5f19757df53cfb716aa81015d3955d8163f"


def test_subtrees_are_proved_with_the_hashes_of_the_draft() -> None:
    """Through ranges and the tree's definition, for all sizes; tiles are compared with these below."""
    tree = definition(BYTES)
    rolling = sha256()
    for size in range(COUNT + 1):
        for start, end in subtrees(size):
            proof = [tree(lo, hi) for lo, hi in proof_ranges(start, end, size)]
            rolling.update(f"[{start}, {end}) {size}{shown(proof)}\n".encode())
    assert rolling.hexdigest() == "10fa99b37bf9bf9ffa26b412fbd98bd75363256d0b75d61bc4538b9c9c5a0a74"


def test_the_examples_of_the_draft() -> None:
    tree = definition(BYTES)
    assert [tree(0, 4), tree(8, 14)] == BYTE_TILES.subtree(4, 8, 14)
    assert [tree(12, 13), tree(13, 14), tree(8, 12), tree(0, 8)] == BYTE_TILES.subtree(8, 13, 14)


@pytest.mark.parametrize("size", [*range(1, 40), 63, 64, 65, 100, 127, 128, 129])
def test_every_subtree_is_proved_and_no_changed_proof_proves_it(size: int) -> None:
    root = BYTE_TILES.root(size)
    for start, end in subtrees(size):
        part, proof = BYTE_TILES.range_root(start, end), BYTE_TILES.subtree(start, end, size)
        verify_subtree(start=start, end=end, subtree_root=part, size=size, root=root, proof=proof)
        if size > 32 and start % 7:
            continue
        for other in damaged(proof, start + end):
            with pytest.raises(BadProof):
                verify_subtree(start=start, end=end, subtree_root=part, size=size, root=root, proof=other)


def test_only_aligned_ranges_are_subtrees() -> None:
    by_definition = {
        (start, end)
        for end in range(130)
        for start in range(end + 1)
        if start % min(power for power in map((1).__lshift__, range(9)) if power >= end - start) == 0
    }
    assert by_definition == set(subtrees(129))
    assert not any(is_subtree(start, end) for start, end in [(-1, 0), (-2, 2), (5, 4), (1, 3), (4, 9)])
    assert is_subtree(0, 2**63 - 1)


@pytest.mark.parametrize(("start", "end", "size"), [(1, 3, 5), (4, 9, 12), (5, 4, 8), (-4, 0, 8), (0, 9, 8), (8, 9, 8)])
def test_what_is_no_subtree_of_the_tree_is_not_proved(start: int, end: int, size: int) -> None:
    with pytest.raises(BadProof, match="cannot be proved"):
        verify_subtree(start=start, end=end, subtree_root=bytes(32), size=size, root=bytes(32), proof=[])
    with pytest.raises(ValueError, match="no subtree"):
        TILES.subtree(start, end, size)


def test_a_subtree_does_not_stand_at_another_place_or_in_another_tree() -> None:
    part, proof = TREE(512, 768), TILES.subtree(512, 768, 1000)
    for start, end, size in [(256, 512, 1000), (768, 1000, 1000), (512, 767, 1000), (512, 768, 1025), (512, 768, 768)]:
        with pytest.raises(BadProof):
            verify_subtree(start=start, end=end, subtree_root=part, size=size, root=TREE(0, 1000), proof=proof)
    with pytest.raises(BadProof):
        verify_subtree(start=512, end=768, subtree_root=part, size=1000, root=TREE(0, 999), proof=proof)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 300, 65_535, 65_536, 65_537, LARGE])
def test_packages_of_256_entries_are_proved_as_mirrors_receive_them(size: int) -> None:
    """Each package of add-entries, also with a rewritten, a missing and a swapped entry."""
    numbers = range((size + 255) // 256)
    for number in {*numbers[:3], *numbers[-3:], *numbers[::97]}:
        start, end = number * 256, min(size, number * 256 + 256)
        proof = TILES.subtree(start, end, size)
        assert len(proof) <= 63
        part = LEAVES[start:end]
        for changed in (part, [leaf_hash(b"nobody's"), *part[1:]], part[:-1], [*part[1:], part[0]]):
            root = kept(changed).root(len(changed))
            if changed == part:
                verify_subtree(start=start, end=end, subtree_root=root, size=size, root=TREE(0, size), proof=proof)
            else:
                with pytest.raises(BadProof):
                    verify_subtree(start=start, end=end, subtree_root=root, size=size, root=TREE(0, size), proof=proof)


def test_a_package_that_begins_in_the_middle_is_completed_from_what_is_kept() -> None:
    tile = b"".join(LEAVES[256:300]) + b"".join(leaf_hashes(entries(512)[300:]))
    assert TREE(256, 512) == root_of_packed(tile)
    assert TREE(256, 511) == Tiles({(0, 1): tile}).range_root(256, 511)


@pytest.mark.parametrize(("start", "end", "size"), [(256, 512, LARGE), (65_536, LARGE, LARGE), (69_888, LARGE, LARGE)])
def test_what_is_said_to_be_needed_for_a_subtree_is_enough_and_is_needed(start: int, end: int, size: int) -> None:
    needed = needed_for_subtree(start, end, size)
    few = {key: TILES.hashes[key] for key in needed}
    assert TILES.subtree(start, end, size) == Tiles(few).subtree(start, end, size)
    for key in needed:
        with pytest.raises(MissingTile):
            Tiles({other: few[other] for other in needed - {key}}).subtree(start, end, size)
    part = Tiles({key: TILES.hashes[key] for key in needed_for_range(start, end)})
    assert TREE(start, end) == part.range_root(start, end)


def test_inclusion_and_consistency_are_cases_of_subtrees() -> None:
    assert TILES.subtree(5, 6, 1000) == TILES.inclusion(5, 1000)
    assert TILES.subtree(0, 700, 1000) == TILES.consistency(700, 1000)
    root = TREE(0, 1000)
    verify_inclusion(leaf=LEAVES[5], index=5, size=1000, root=root, proof=TILES.subtree(5, 6, 1000))
    old = TREE(0, 700)
    verify_consistency(old_size=700, old_root=old, new_size=1000, new_root=root, proof=TILES.subtree(0, 700, 1000))


def test_trees_part_behind_the_largest_power_of_two_below_their_size() -> None:
    assert [1, 2, 2, 4, 4, 4, 4, 8] == [split(0, size) for size in range(2, 10)]
    assert split(256, 300) == 288
    assert [(3, 1), (2, 4), (0, 20)] == perfect(8, 21)
