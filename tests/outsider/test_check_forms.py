"""The checker from outside, against logs that are signed and yet of another form than the specifications ask for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.outsider import check_log
from tests.outsider.made_log import (
    BROKEN,
    Made,
    activity,
    b64,
    charter,
    checked,
    did_of,
    entry_of,
    key,
    mth,
    multikey,
    path_of,
    plain,
)


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    return Made(600).pages()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"/1\n600", b"/2\n600", f"is for the origin {did_of('union')}/2, not {did_of('union')}/1."),
        (b"\n600\n", b"\n0600\n", "is not a signed note of three lines."),
        (b"=\n\n", b"=\nmore\n\n", "is not a signed note of three lines."),
    ],
)
def test_a_checkpoint_of_another_form(good: dict[str, bytes], old: bytes, new: bytes, sentence: str) -> None:
    path = path_of("checkpoint")
    assert checked({**good, path: good[path].replace(old, new, 1)}) == [f"checkpoint: The checkpoint {sentence}"]


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (charter("mirror"), f"is that of another union, {did_of('mirror')}."),
        (charter("mirror", union=did_of("union")), f"names another key than the root key {did_of('union')}."),
        ({**charter("union"), "name": "Another"}, f"is not signed by the root key {did_of('union')}."),
        (
            {name: value for name, value in charter("union").items() if name != "proof"},
            f"has no proof that says {check_log.PROOF}.",
        ),
        (
            {**charter("union"), "proof": {**charter("union")["proof"], "cryptosuite": "other"}},
            f"has no proof that says {check_log.PROOF}.",
        ),
        ({**charter("union"), "proof": {**charter("union")["proof"], "@context": "other"}}, "has another @context."),
        (charter("union", logKey="zO0"), "is not multibase base58btc."),
        (charter("union", logKey="zabc"), "has not the prefix and size it should."),
        (charter("union", epoch="1"), "does not say its epoch and after which tree it begins."),
    ],
)
def test_another_charter(good: dict[str, bytes], other: dict[str, Any], sentence: str) -> None:
    wrong = checked({**good, path_of("charter"): plain(other)})
    assert len(wrong) == 1
    assert wrong[0].startswith("charter: The ")
    assert wrong[0].endswith(sentence)


def test_a_charter_with_another_log_key_or_another_tree_before_it(good: dict[str, bytes]) -> None:
    path = path_of("charter")
    other = charter("union", logKey=multikey(key("another")))
    assert checked({**good, path: plain(other)}) == [
        "checkpoint: The checkpoint is not signed by the log key of the charter."
    ]
    after = {"size": 20, "root": b64(mth(Made(20).leaves))}
    assert checked({**good, path: plain(charter("union", after=after))}) == []
    longer = charter("union", after={"size": 601, "root": b64(mth(Made(600).leaves))})
    assert checked({**good, path: plain(longer)}) == [
        "root: The checkpoint is smaller than the tree before this epoch."
    ]
    after["size"] = 21
    assert checked({**good, path: plain(charter("union", after=after))}) == [
        "root: The first 21 entries have not the root in the charter."
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda entry: entry.replace(b'"type":', b'"type": '), "is not in RFC 8785 form."),
        (lambda entry: entry.replace(b'"type":', b'"kind":'), "has the fields ["),
        (lambda entry: entry.replace(b'"type":"Create"', b'"type":1'), "has not the texts"),
        (lambda entry: entry.replace(b"Create", b"C" * 4096), "is longer than 4 KiB."),
        (lambda entry: entry.replace(b"Create", b"Update"), "has another type than the entry: Create."),
        (lambda entry: entry[:-1] + b"\xff", "is not JSON"),
    ],
)
def test_a_log_with_an_entry_of_another_form(change: Callable[[bytes], bytes], sentence: str) -> None:
    made = Made(3)
    made.entries[1] = change(made.entries[1])
    wrong = checked(made.pages())
    assert len(wrong) == 1
    assert wrong[0].startswith("activities: ")
    assert sentence in wrong[0]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (activity(1).replace(b'"type"', b' "type"'), "is not in RFC 8785 form."),
        (activity(1).replace(b'"proof"', b'"proog"'), "has no proof."),
    ],
)
def test_a_log_with_an_activity_of_another_form(line: bytes, sentence: str) -> None:
    made = Made(3)
    made.lines[1], made.entries[1] = line, entry_of(line)
    assert checked(made.pages()) == [f"activities: The activity of entry 1 {sentence}"]


@pytest.mark.parametrize(
    ("body", "sentence"), [(BROKEN, "was answered with 500."), (b" " * (2 * 1024 * 1024 + 1), "is longer than 2 MiB.")]
)
def test_an_answer_that_is_none(good: dict[str, bytes], body: bytes, sentence: str) -> None:
    wrong = checked({**good, path_of("1/activities?from=200"): body})
    assert len(wrong) == 1
    assert wrong[0].endswith(f"/1/activities?from=200 {sentence}")
