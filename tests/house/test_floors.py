"""Imports point downstairs: node → federation → storage; each floor keeps to its own libraries."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BELOW = {"storage": set(), "federation": {"storage"}, "node": {"storage", "federation"}}
FRAMEWORKS = {"aiohttp", "jinja2", "click", "motor", "pymongo", "sqlite3"}
AUDIENCES = {"peers", "readers", "desk", "apps", "operators"}


def imports(file: Path) -> Iterator[str]:
    """Every module a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports in full"
            yield node.module or ""


def files(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no source below {folder}: this test would prove nothing"
    return found


@pytest.mark.parametrize("floor", BELOW)
def test_nobody_imports_upstairs(floor: str) -> None:
    allowed = BELOW[floor] | {floor}
    steps_up = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files(floor)
        for module in imports(file)
        if module.split(".")[0] in BELOW.keys() - allowed
    ]
    assert steps_up == []


def test_federation_knows_no_web_framework_and_no_database_but_the_client_in_its_one_door() -> None:
    strangers = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files("federation")
        for module in imports(file)
        if module.split(".")[0] in FRAMEWORKS and not _is_the_door(file, module)
    ]
    assert strangers == []


def _is_the_door(file: Path, module: str) -> bool:
    return module.split(".")[0] == "aiohttp" and file.name in {"wire.py", "bodies.py"} and "web" not in module


def test_storage_names_its_engine_libraries_only_in_the_engines() -> None:
    strangers = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files("storage")
        for module in imports(file)
        if module.split(".")[0] in FRAMEWORKS and not _is_its_engine(file, module.split(".")[0])
    ]
    assert strangers == []


def _is_its_engine(file: Path, library: str) -> bool:
    """motor in one file, so that leaving it is a change of that file."""
    match library:
        case "sqlite3":
            return "sqlite" in file.parts
        case "pymongo":
            return "mongo" in file.parts
        case "motor":
            return file.parts[-2:] == ("mongo", "driver.py")
    return False


def test_federation_uses_of_storage_only_ids_records_errors_and_protocols() -> None:
    allowed = {"storage.ids", "storage.records", "storage.errors", "storage.store"}
    strangers = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files("federation")
        for module in imports(file)
        if module.split(".")[0] == "storage" and module not in allowed
    ]
    assert strangers == []


def test_activitystreams_knows_nothing_of_the_rooms_that_speak_it() -> None:
    rooms = ("federation.identity", "federation.inbox", "federation.log", "federation.delivery")
    strangers = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files("federation/activitystreams")
        for module in imports(file)
        if module.startswith(rooms)
    ]
    assert strangers == []


def test_actions_see_no_request_no_app_and_no_template() -> None:
    strangers = [
        f"{file.relative_to(ROOT)} imports {module}"
        for file in files("node/actions")
        for module in imports(file)
        if module.startswith(("node.web", "node.app", "node.cli", "jinja2", "click", "aiohttp"))
    ]
    assert strangers == []


def test_one_audience_never_imports_another() -> None:
    strangers = [
        f"{file.relative_to(ROOT)} imports {module}"
        for audience in sorted(AUDIENCES)
        for file in (ROOT / "node/web" / audience).rglob("*.py")
        for module in imports(file)
        if any(module.startswith(f"node.web.{other}") for other in AUDIENCES - {audience})
    ]
    assert strangers == []


def test_only_the_backends_name_an_engine() -> None:
    strangers = [
        f"{file.relative_to(ROOT)} imports {module}"
        for floor in BELOW
        for file in files(floor)
        for module in imports(file)
        if module.startswith(("storage.sqlite", "storage.mongo"))
        and module.split(".")[1] not in file.parts
        and file.name != "backends.py"
    ]
    assert strangers == []
