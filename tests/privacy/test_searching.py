"""The search itself: what it would not find, no run could prove to be absent."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.privacy.plants import IN_OUR_STORE, NOWHERE, PLANTS
from tests.privacy.searching import find, find_in_folder, find_in_tables, not_allowed

WORD = "planted-word/7"
WRITTEN: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "in capitals": lambda word: word.upper().encode(),
    "utf-16": lambda word: word.encode("utf-16"),
    "utf-16 the other way": lambda word: word.encode("utf-16-be"),
    "percent": lambda word: quote(word, safe="").encode(),
    "every letter percent": lambda word: "".join(f"%{byte:02X}" for byte in word.encode()).encode(),
    "json with its slashes escaped": lambda word: json.dumps(word).replace("/", "\\/").encode(),
    "json letters": lambda word: "".join(f"\\u{ord(letter):04X}" for letter in word).encode(),
    "html": lambda word: "".join(f"&#{ord(letter)};" for letter in word).encode(),
    "hex": lambda word: word.encode().hex().encode(),
    "backwards": lambda word: word[::-1].encode(),
    "base64": lambda word: base64.b64encode(word.encode()),
    "base64, a letter further": lambda word: base64.b64encode(b"a" + word.encode()),
    "base64 in an address": lambda word: base64.urlsafe_b64encode(b"ab" + word.encode()),
    "gzip": lambda word: gzip.compress(word.encode()),
    "zlib in the middle": lambda word: b"abc" + zlib.compress(b"abcdefgh " + word.encode()) + b"def",
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_a_word_is_found_however_it_is_written(write: Callable[[str], bytes]) -> None:
    assert find([WORD, "another"], b"before " + write(WORD) + b" after") == {WORD}


def test_what_is_not_there_is_not_found() -> None:
    assert find([WORD], b"planted-wor d/7" + gzip.compress(b"nothing")) == set()


def test_files_their_names_and_what_was_deleted_in_them_are_searched(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "log").write_text("a planted-word/7 b")
    (tmp_path / "planted-word").write_text("")
    with closing(sqlite3.connect(tmp_path / "store", isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE told (word TEXT)")
        connection.execute("INSERT INTO told VALUES ('deleted-word'), ('kept')")
        connection.execute("DELETE FROM told WHERE word LIKE 'd%'")
    words = [WORD, "planted-word", "deleted-word"]
    found = find_in_folder(words, tmp_path)
    assert found == {
        "folder/log": {WORD, "planted-word"},
        "planted-word": {"planted-word"},
        "store": {"deleted-word"},
    }
    assert find_in_tables([*words, "kept"], tmp_path / "store") == {**{word: set() for word in words}, "kept": {"told"}}


def test_only_what_the_table_allows_is_allowed() -> None:
    found = {"a": {"followers", "jobs"}, "b": set[str](), "c": {"followers"}}
    assert not_allowed(found, {"a": frozenset({"followers"})}) == {"a": {"jobs"}, "c": {"followers"}}


def test_no_plant_is_a_part_of_another() -> None:
    assert [(one, other) for one in PLANTS for other in PLANTS if one != other and one in other] == []
    assert set(NOWHERE).isdisjoint(IN_OUR_STORE)
