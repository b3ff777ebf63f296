"""`picketline verify`: a proof downloaded from a page is checked offline, without a home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from federation.identity import fingerprint
from federation.tlog.proof_file import write_proof
from node.cli.root import picketline
from tests.federation.log.test_check_proof import CASE, DID

WORDS = fingerprint.words(DID)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "update.tlog-proof"
    path.write_bytes(write_proof(CASE.proof()))
    return path


def verify(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(picketline, ["verify", str(file), *arguments])


def test_it_says_in_words_what_is_proved_and_what_is_not(file: Path) -> None:
    done = verify(file, "--union", WORDS)
    assert 0 == done.exit_code
    for words in (
        "true in epoch 1 as of",
        "Ask a mirror",
        "its page /mirrors/",
        "Day 4",
        "Mirror 0",
        "Not checked: the actor's own",
        WORDS,
    ):
        assert words in done.output


def test_its_document_names_the_signers(file: Path) -> None:
    done = verify(file, "--union", DID, "--json")
    document = json.loads(done.output)
    assert (0, True, DID, 1) == (done.exit_code, document["ok"], document["union"], document["epoch"])
    assert ["Mirror 0", "Mirror 1"] == sorted(signer["name"] for signer in document["signers"])
    assert CASE.us.said[5][0].object == document["object"]


def test_one_altered_byte_ends_it_with_one_sentence(file: Path) -> None:
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b"index 5", b"index 4"))
    done = verify(file, "--union", WORDS)
    assert (1, True) == (done.exit_code, done.output.startswith("picketline: The entry does not stand at place 4"))


def test_a_file_that_is_none_or_too_large_is_refused(tmp_path: Path) -> None:
    assert 1 == verify(tmp_path / "none", "--union", DID).exit_code
    large = tmp_path / "large"
    large.write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    assert "larger than any proof" in verify(large, "--union", DID).output


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_web_address_is_no_file_and_is_told_so(scheme: str) -> None:
    done = CliRunner().invoke(
        picketline, ["verify", f"{scheme}://koreno.example/@strike/1.tlog-proof", "--union", WORDS]
    )
    said = "picketline: That is a web address. Download the file first, then name it.\n"
    assert (1, said) == (done.exit_code, done.output)


def test_the_union_must_be_named(file: Path) -> None:
    assert 2 == verify(file).exit_code
