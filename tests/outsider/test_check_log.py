"""The checker from outside, against logs that are made here: good ones pass, each tampered copy is named."""

import ast
import base64
import inspect
import json
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from tests.outsider import check_log, formats
from tests.outsider.made_log import (
    HOME,
    RECEIPT,
    Made,
    b64,
    charter,
    checked,
    did_of,
    entry_of,
    flipped,
    mirror_pages,
    path_of,
    plain,
    served,
)


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    return Made(600).pages()


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_a_good_log_passes(size: int) -> None:
    assert checked(Made(size).pages()) == []


def test_bundles_may_come_zipped_without_being_asked_for(good: dict[str, bytes]) -> None:
    assert checked(good, zipped=True) == []


def test_a_full_tile_will_do_where_the_partial_one_is_gone() -> None:
    pages, grown = Made(600).pages(), Made(768).pages()
    for path in ("tile/entries/002", "tile/0/002"):
        del pages[path_of(f"1/{path}.p/88")]
        pages[path_of(f"1/{path}")] = grown[path_of(f"1/{path}")]
    assert checked(pages) == []


def test_the_checker_stands_alone(good: dict[str, bytes], tmp_path: Path) -> None:
    for name in ("__init__", "formats", "check_log"):
        shutil.copy(Path(check_log.__file__).with_name(f"{name}.py"), tmp_path)
    with served(good) as url:
        command = [sys.executable, "-E", "-s", "-m", f"{tmp_path.name}.check_log", url, did_of("union")]
        run = partial(subprocess.run, capture_output=True, text=True, check=False, cwd=tmp_path.parent)
        well, badly = run(command), run([*command[:-1], did_of("mirror")])
    assert (well.returncode, badly.returncode) == (0, 1)
    assert well.stdout.splitlines()[0] == "good   charter: that of epoch 1 is signed by the root key."
    assert well.stdout.splitlines()[-1] == f"The log of {did_of('union')} at {url} is good."
    assert "NOT good" in badly.stdout.splitlines()[-1]


@pytest.mark.parametrize("module", [check_log, formats])
def test_the_checker_imports_nothing_of_ours(module: ModuleType) -> None:
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module.partition(".")[0] if node.module and not node.level else f".{node.module}")
    assert found <= {*sys.stdlib_module_names, "cryptography", ".formats"}


def test_one_byte_in_an_entry(good: dict[str, bytes]) -> None:
    path = path_of("1/tile/entries/001")
    place = good[path].index(b"/activities/300")
    wrong = checked({**good, path: flipped(good[path], place + len("/activities/30"))})
    assert wrong == [
        "root: The entries have not the root of the checkpoint.",
        "tiles: tile/0/001 has another hash 44 than the entries.",
        f"activities: The activity of entry 300 has another activity than the entry: {HOME}/activities/300.",
        "proofs: The entries have not the root of proof/0.",
    ]


@pytest.mark.parametrize(("path", "where"), [("0/000", 0), ("0/002.p/88", 87), ("1/000.p/2", 1)])
def test_one_byte_in_a_tile(good: dict[str, bytes], path: str, where: int) -> None:
    tile = path_of(f"1/tile/{path}")
    wrong = checked({**good, tile: flipped(good[tile], 32 * where + 7)})
    assert wrong == [f"tiles: tile/{path} has another hash {where} than the entries."]


def test_a_tile_that_is_too_short(good: dict[str, bytes]) -> None:
    tile = path_of("1/tile/1/000.p/2")
    assert checked({**good, tile: good[tile][:32]}) == ["tiles: tile/1/000.p/2 has 32 bytes, not 64."]


def test_one_byte_in_an_activity(good: dict[str, bytes]) -> None:
    path = path_of("1/activities?from=200")
    wrong = checked({**good, path: flipped(good[path], good[path].index(b"Streik 217"))})
    assert wrong == ["activities: The activity of entry 217 has not the digest that the entry names."]


def test_activities_that_are_not_there(good: dict[str, bytes]) -> None:
    path = path_of("1/activities?from=200")
    assert checked({**good, path: b""}) == ["activities: activities?from=200 has no line."]
    gone = checked({name: body for name, body in good.items() if name != path})
    assert gone[0].endswith("/1/activities?from=200 was answered with 404.")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (b'{"withdrawn":217}', []),
        (b'{"withdrawn": 217}', []),
        (b'{"withdrawn":218}', ["activities: In the place of entry 217 another is said to be withdrawn."]),
    ],
)
def test_a_withdrawn_activity(good: dict[str, bytes], said: bytes, wrong: list[str]) -> None:
    path = path_of("1/activities?from=200")
    lines = good[path].split(b"\n")
    assert checked({**good, path: b"\n".join([*lines[:17], said, *lines[18:]])}) == wrong


def test_what_nothing_in_the_log_withdraws_is_counted() -> None:
    made = Made(4)
    delete = {**json.loads(made.lines[3]), "type": "Delete", "object": f"{HOME}/objects/1"}
    made.lines[3] = plain(delete)
    made.entries[3] = entry_of(made.lines[3])
    made.lines[1:3] = [b'{"withdrawn":1}', b'{"withdrawn":2}']
    with served(made.pages()) as url:
        checker = check_log.Checker(url, did_of("union"), [])
        said = [check() for check in (checker.charter, checker.checkpoint, checker.bundles, checker.activities)][-1]
    assert said == "2 fit their entries, 2 are withdrawn, 1 of them without a later Delete or Update of the object."


def test_the_size_in_the_checkpoint(good: dict[str, bytes]) -> None:
    path = path_of("checkpoint")
    wrong = checked({**good, path: good[path].replace(b"\n600\n", b"\n599\n")})
    assert wrong == ["checkpoint: The checkpoint is not signed by the log key of the charter."]


@pytest.mark.parametrize("size", [512, 599, 601])
def test_a_signed_checkpoint_of_another_size(good: dict[str, bytes], size: int) -> None:
    pages = {**good, path_of("checkpoint"): Made(600).checkpoint(size)}
    sentence = "answered with 404." if size != 512 else "root: The entries have not the root of the checkpoint."
    assert checked(pages)[0].endswith(sentence)


def test_cosignatures_that_are_not_good(good: dict[str, bytes]) -> None:
    name, path, made = f"{did_of('mirror')}/mirror", path_of("checkpoint"), Made(600)
    made.cosigners = [("mirror", "another cosigner", 1_760_000_000)]
    assert checked({**good, path: made.checkpoint()}) == [
        f"cosignatures: The cosignature of {name} is not by the cosignerKey of its charter."
    ]
    signed, _, receipt = good[path].decode().rpartition(" ")
    bent = f"{signed} {b64(flipped(base64.b64decode(receipt), 11))}\n".encode()
    assert checked({**good, path: bent}) == [f"cosignatures: The cosignature of {name} does not fit this checkpoint."]
    made.cosigners = [("stranger", "stranger cosigner", 1_760_000_000)]
    assert checked({**good, path: made.checkpoint()}) == [
        f"cosignatures: No charter of {did_of('stranger')} was found, so its cosignature cannot be checked."
    ]
    made.cosigners = [RECEIPT] * 16
    assert checked({**good, path: made.checkpoint()}) == ["cosignatures: The checkpoint has more than 15 cosignatures."]


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (-1, "tile/entries/002.p/88 ends before the end of entry 599."),
        (None, "tile/entries/002.p/88 has more than its 88 entries."),
    ],
)
def test_a_truncated_bundle_and_one_too_long(good: dict[str, bytes], kept: int | None, sentence: str) -> None:
    path = path_of("1/tile/entries/002.p/88")
    body = good[path][:kept] if kept else good[path] + good[path]
    assert checked({**good, path: body}) == [f"bundles: {sentence}"]


def test_a_bundle_cut_between_two_entries(good: dict[str, bytes]) -> None:
    path, last = path_of("1/tile/entries/002.p/88"), 2 + len(Made(600).entries[599])
    assert checked({**good, path: good[path][:-last]}) == [
        "bundles: tile/entries/002.p/88 ends before the end of entry 599."
    ]


def test_reordered_entries(good: dict[str, bytes]) -> None:
    made = Made(600)
    made.entries[40], made.entries[41] = made.entries[41], made.entries[40]
    path = path_of("1/tile/entries/000")
    wrong = checked({**good, path: made.tiles()["tile/entries/000"]})
    assert wrong == [
        "root: The entries have not the root of the checkpoint.",
        "tiles: tile/0/000 has another hash 40 than the entries.",
        "activities: The activity of entry 40 has not the digest that the entry names.",
        "proofs: The entries have not the root of proof/0.",
    ]


def test_a_log_reordered_throughout_does_not_fit_its_activities() -> None:
    made = Made(300)
    made.entries[40], made.entries[41] = made.entries[41], made.entries[40]
    assert checked(made.pages()) == ["activities: The activity of entry 40 has not the digest that the entry names."]


def test_a_signature_by_something_that_is_no_mirror(good: dict[str, bytes]) -> None:
    path = path_of("checkpoint")
    wrong = checked({**good, path: good[path].replace(b"/mirror ", b"/witness ")})
    assert wrong == [
        f"cosignatures: {did_of('mirror')}/witness has signed the checkpoint, but is not the name of a mirror."
    ]


def test_proofs_that_do_not_prove(good: dict[str, bytes]) -> None:
    path, elsewhere = path_of("1/proof/300"), path_of("1/proof/0")
    lines = good[path].split(b"\n")
    assert checked({**good, path: b"\n".join([lines[0], b"extra AAAA", *lines[1:]])}) == []
    assert checked({**good, path: good[elsewhere]}) == ["proofs: proof/300 is not a proof for this entry."]
    bent = b"\n".join([*lines[:2], lines[3], lines[2], *lines[4:]])
    assert checked({**good, path: bent}) == ["proofs: proof/300 does not lead from the entry to the root."]
    short = b"\n".join([*lines[:2], *lines[3:]])
    assert checked({**good, path: short}) == ["proofs: The proof has too few hashes."]


def test_a_mirror_with_the_same_tree_and_one_with_another(good: dict[str, bytes]) -> None:
    assert checked(good, mirror_pages(Made(600))) == []
    assert checked(good, mirror_pages(Made(500))) == []
    forked = Made(500)
    forked.entries[3] = forked.entries[4]
    wrong = checked(good, mirror_pages(forked))
    assert len(wrong) == 1
    assert wrong[0].startswith("copies: The entries have not the root of the checkpoint at http://127.0.0.1")
    silent = Made(600, cosigners=[])
    assert checked(good, mirror_pages(silent))[0].endswith("has no cosignature of a mirror.")
    newer = {**mirror_pages(Made(600)), path_of("charter"): plain(charter("union", epoch=2))}
    assert checked(good, newer)[0].endswith("knows another charter, of epoch 2.")


def test_the_mirrors_own_site_is_asked_for_its_charter(good: dict[str, bytes]) -> None:
    alone = {path: body for path, body in good.items() if path != f"/log/{did_of('mirror')}/charter"}
    assert checked(alone)[0].endswith("was found, so its cosignature cannot be checked.")
    assert checked(alone, mirror_pages(Made(600))) == []


def test_a_cosignature_dated_ahead_is_not_counted(good: dict[str, bytes]) -> None:
    made = Made(600, cosigners=[("mirror", "mirror cosigner", 2**40)])
    assert checked({**good, path_of("checkpoint"): made.checkpoint()}) == []
    assert checked(good, mirror_pages(made))[0].endswith("has no cosignature of a mirror.")
