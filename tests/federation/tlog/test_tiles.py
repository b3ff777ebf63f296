"""Tiles hold the whole tree: they grow by any steps to the same, serve every older size, and lie where C2SP says."""

from __future__ import annotations

import random
from hashlib import sha256

import pytest

from federation.tlog.errors import BadBundle, MissingTile
from federation.tlog.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from federation.tlog.tiles import (
    MAX_ENTRY,
    TileKey,
    TileName,
    Tiles,
    grow,
    needed_for_consistency,
    needed_for_growth,
    needed_for_inclusion,
    needed_for_root,
    parse_tile_path,
    read_bundle,
    tile_path,
    tile_width,
    write_bundle,
)
from tests.federation.tlog.trees import definition, kept, leaves, path, subproof

LARGE = 70_000
LEAVES = leaves(LARGE)
TILES = kept(LEAVES)
TREE = definition(LEAVES)
EDGES = [0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_792, LARGE]


def widths(size: int) -> dict[TileKey, int]:
    """Every tile of a tree of that size."""
    return {
        (level, number): tile_width(level, number, size)
        for level in range(9)
        for number in range((size >> 8 * level) // 256 + 1)
        if tile_width(level, number, size)
    }


def test_a_tree_of_70000_leaves_has_the_tiles_of_the_specification() -> None:
    found = {key: len(hashes) // 32 for key, hashes in TILES.hashes.items()}
    assert {(0, number): 256 for number in range(273)} | {(0, 273): 112, (1, 0): 256, (1, 1): 17, (2, 0): 1} == found
    assert widths(LARGE) == found


def test_a_tree_of_256_leaves_has_a_full_tile_and_one_hash_above() -> None:
    assert widths(256) == {(0, 0): 256, (1, 0): 1}


def test_a_hash_of_a_higher_tile_is_the_root_of_its_part_of_the_tree() -> None:
    assert TREE(256 * 5, 256 * 6) == TILES.hashes[1, 0][32 * 5 : 32 * 6]
    assert TREE(0, 65_536) == TILES.hashes[2, 0]


@pytest.mark.parametrize("size", EDGES)
def test_the_root_of_every_older_size_comes_from_the_tiles_of_the_newest(size: int) -> None:
    assert root_of(LEAVES[:size]) == TILES.root(size)


@pytest.mark.parametrize("size", EDGES)
def test_older_tiles_are_the_beginnings_of_the_kept_ones(size: int) -> None:
    cut = {key: TILES.hashes[key][: 32 * width] for key, width in widths(size).items()}
    assert grow({}, 0, LEAVES[:size]) == cut


def test_all_small_trees_give_the_proofs_of_the_definition() -> None:
    tree = definition(LEAVES[:301])
    for size in range(1, 301, 7):
        assert [path(tree, index, 0, size) for index in range(size)] == [
            TILES.inclusion(index, size) for index in range(size)
        ]
        assert [subproof(tree, old, 0, size, is_whole=True) for old in range(1, size + 1)] == [
            TILES.consistency(old, size) for old in range(1, size + 1)
        ]


@pytest.mark.parametrize("size", EDGES[1:])
def test_proofs_over_tile_edges_hold(size: int) -> None:
    for other in {edge for edge in [*EDGES, size // 2, size - 1] if edge < size}:
        leaf, root = LEAVES[other], TREE(0, size)
        verify_inclusion(leaf=leaf, index=other, size=size, root=root, proof=TILES.inclusion(other, size))
        proof = TILES.consistency(other, size)
        verify_consistency(old_size=other, old_root=TREE(0, other), new_size=size, new_root=root, proof=proof)


@pytest.mark.parametrize("seed", range(12))
def test_growing_by_any_steps_equals_building_from_scratch(seed: int) -> None:
    chance = random.Random(seed)
    tiles: dict[TileKey, bytes] = {}
    size = 0
    while size < 1500 * (seed + 1):
        count = chance.choice([0, 1, 2, chance.randrange(40), 255, 256, 257, chance.randrange(2000)])
        needed = {key: tiles[key] for key in needed_for_growth(size)}
        changed = grow(needed, size, LEAVES[size : size + count])
        assert all(tiles.get(key, b"") == hashes[: len(tiles.get(key, b""))] for key, hashes in changed.items())
        assert all(tiles.get(key) != hashes for key, hashes in changed.items())
        tiles |= changed
        size += count
    assert grow({}, 0, LEAVES[:size]) == tiles


def test_growing_one_by_one_over_a_tile_edge_equals_building_from_scratch() -> None:
    tiles = grow({}, 0, LEAVES[:65_530])
    for size in range(65_530, 65_540):
        tiles |= grow({key: tiles[key] for key in needed_for_growth(size)}, size, [LEAVES[size]])
    assert grow({}, 0, LEAVES[:65_540]) == tiles


def test_growing_touches_only_the_right_edge() -> None:
    assert {(0, 273), (1, 1), (2, 0)} == needed_for_growth(LARGE)
    assert {(0, 273)} == grow(TILES.hashes, LARGE, LEAVES[:1]).keys()
    assert {(1, 0)} == needed_for_growth(256)
    assert {(0, 0), (1, 0)} == grow({}, 0, LEAVES[:256]).keys()


def test_hashes_kept_beyond_the_size_do_not_stand_in_the_way_of_growing() -> None:
    assert b"".join(LEAVES[:12]) == grow({(0, 0): b"".join(LEAVES[:40])}, 10, LEAVES[10:12])[0, 0]


@pytest.mark.parametrize("size", EDGES[1:])
def test_what_is_said_to_be_needed_is_enough_and_is_needed(size: int) -> None:
    index, old = size // 3, size // 2
    for needed, ask in (
        (needed_for_root(size), lambda tiles: tiles.root(size)),
        (needed_for_inclusion(index, size), lambda tiles: tiles.inclusion(index, size)),
        (needed_for_consistency(old, size), lambda tiles: tiles.consistency(old, size)),
        (needed_for_growth(size), lambda tiles: grow(tiles.hashes, size, [LEAVES[0]] * 65_536)),
    ):
        few = {key: TILES.hashes[key] for key in needed}
        assert ask(TILES) == ask(Tiles(few))
        for key in needed:
            with pytest.raises(MissingTile) as caught:
                ask(Tiles({other: hashes for other, hashes in few.items() if other != key}))
            assert key == caught.value.key


def test_a_tile_that_is_too_short_is_missing() -> None:
    with pytest.raises(MissingTile, match="mirror verify"):
        Tiles({(0, 0): b"".join(LEAVES[:9])}).root(10)
    with pytest.raises(MissingTile):
        grow({(0, 0): b"".join(LEAVES[:9])}, 10, LEAVES[10:11])


@pytest.mark.parametrize(("old", "new"), [(5, 4), (-1, 4)])
def test_asking_for_impossible_proofs_is_a_mistake(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no subtree"):
        TILES.consistency(old, new)


PATHS = {
    "tile/0/000": TileName(0, 0, 256),
    "tile/0/x001/x234/067": TileName(0, 1_234_067, 256),
    "tile/63/999": TileName(63, 999, 256),
    "tile/1/x001/000.p/17": TileName(1, 1000, 17),
    "tile/entries/273.p/112": TileName(None, 273, 112),
    "tile/entries/x010/005": TileName(None, 10_005, 256),
    "tile/2/000.p/1": TileName(2, 0, 1),
    "tile/2/000.p/255": TileName(2, 0, 255),
}


@pytest.mark.parametrize(("spelled", "name"), PATHS.items())
def test_tiles_lie_where_the_specification_says(spelled: str, name: TileName) -> None:
    assert spelled == tile_path("entries" if name.level is None else name.level, name.number, name.width)
    assert name == parse_tile_path(spelled)


@pytest.mark.parametrize(
    "other",
    [
        "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/001",
        "tile/0/x001", "tile/0/x001/x001", "tile/00/001", "tile/01/001", "tile/64/001", "tile/-1/001", "tile/100/001",
        "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/01", "tile/0/001.p/", "tile/0/001.p/1000", "tile/0/001.p",
        "tile/Entries/001", "tile/x/001", "/tile/0/001", "tile/0/001/", "tile/0/001\n", "tile/0/٠٠١", "tile/٠/001",
        "tile/0/X001/001", "tile/0/+01", "tile/0/" + "x001/" * 20 + "001", "tile/0/001.p/1.p/1",
    ],
)  # fmt: skip
def test_any_other_spelling_names_no_tile(other: str) -> None:
    assert parse_tile_path(other) is None


@pytest.mark.parametrize(
    "texts", [[], [b""], [b"a"], [b"", b"b", b""], [b"x" * MAX_ENTRY], [b"%d" % n for n in range(256)]]
)
def test_bundles_give_back_their_entries(texts: list[bytes]) -> None:
    assert texts == read_bundle(write_bundle(texts), most=256)


def test_a_bundle_is_lengths_and_entries_in_turn() -> None:
    assert b"\x00\x02hi\x00\x00\x01\x00" + b"z" * 256 == write_bundle([b"hi", b"", b"z" * 256])


@pytest.mark.parametrize("raw", [b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x01a\x00", b"\xff\xff" + b"a" * 65_534])
def test_a_bundle_that_is_cut_off_is_refused(raw: bytes) -> None:
    with pytest.raises(BadBundle, match="cut off"):
        read_bundle(raw, most=256)


def test_a_bundle_of_more_entries_than_asked_for_is_refused() -> None:
    assert [b""] * 3 == read_bundle(bytes(6), most=3)
    with pytest.raises(BadBundle, match="more than the 3"):
        read_bundle(bytes(8), most=3)


def test_an_entry_that_no_length_can_say_is_not_written() -> None:
    with pytest.raises(BadBundle, match="65535"):
        write_bundle([b"x" * (MAX_ENTRY + 1)])


def test_growing_costs_about_a_hash_or_two_for_each_leaf(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = 0

    def counting(raw: bytes) -> object:
        nonlocal counted
        counted += 1
        return sha256(raw)

    monkeypatch.setattr("federation.tlog.merkle.sha256", counting)
    grow({}, 0, LEAVES[:20_000])
    assert counted <= 20_000
    counted = 0
    Tiles(TILES.hashes).root(LARGE)
    assert counted <= 3 * 256
    counted = 0
    assert leaf_hash(b"entry-0") == LEAVES[0]
    assert counted == 1
