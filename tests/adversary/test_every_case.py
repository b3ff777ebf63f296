"""Every case has a test that proves it or a reason to wait; no test is named after a case that nobody knows."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.adversary.cases import CASES
from tests.adversary.ids import REQUIRED

TESTS = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"test_(sig|org|ssrf|dos|html|med|adm|http|jsn|mir|sec)_([0-9]{2}(?:_(?:to_|and_)?[0-9]{2})*)_")


@cache
def names_in(module: str) -> frozenset[str]:
    """Names of the tests that stand in a module below `tests/`."""
    path = TESTS / f"{module}.py"
    if not path.exists():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    functions = [one.name for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return frozenset(name for name in functions if name.startswith("test_"))


def test_every_case_is_proved_or_waits_for_a_reason() -> None:
    assert list(REQUIRED) == list(CASES)
    assert [id for id, case in CASES.items() if not case.tests and not case.waits] == []


def test_every_proof_stands_where_it_is_said_to() -> None:
    named = {test for case in CASES.values() for test in case.tests}
    missing = [test for test in named if test.partition("::")[2] not in names_in(test.partition("::")[0])]
    assert sorted(missing) == []


def test_every_test_named_after_a_case_is_one_of_its_proofs() -> None:
    """Here; elsewhere a name need only be that of a case."""
    proofs = {id: {test.partition("::")[2] for test in case.tests} for id, case in CASES.items()}
    modules = [str(path.relative_to(TESTS).with_suffix("")) for path in TESTS.rglob("test_*.py")]
    forgotten = [
        f"{module}::{name} ({id})"
        for module in modules
        for name in names_in(module)
        for id in ids_of(name)
        if id not in CASES or (module.startswith("adversary/") and name not in proofs[id])
    ]
    assert sorted(forgotten) == []


def ids_of(name: str) -> list[str]:
    """`test_med_01_to_04_nothing…` is about four cases, as far as there are so many."""
    found = NAMED.match(name)
    if found is None:
        return []
    kind, numbers = found[1].upper(), [int(number) for number in re.findall("[0-9]{2}", found[2])]
    if "_to_" in found[2]:
        return [id for number in range(numbers[0], numbers[1] + 1) if (id := f"{kind}-{number:02}") in CASES]
    return [f"{kind}-{number:02}" for number in numbers]


def test_a_name_tells_its_cases() -> None:
    assert ids_of("test_med_01_to_04_nothing_remains") == ["MED-01", "MED-02", "MED-03", "MED-04"]
    assert ids_of("test_org_02_03_a_note") == ["ORG-02", "ORG-03"]
    assert ids_of("test_med_05_and_08_others") == ["MED-05", "MED-08"]
    assert ids_of("test_a_good_delivery") == []
