"""The README names every command, every setting with its default, and every route family; nothing that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from node.cli.root import picketline
from node.metrics import Metrics
from node.settings import SETTINGS, Setting
from node.web.operators.exposition import Snapshot, expose
from node.web.peers.routes import ROUTES as PEER_ROUTES
from node.web.readers.routes import ROUTES as READER_ROUTES
from storage.records import QueueSummary

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "deploy" / "OPERATIONS.md").read_text(encoding="utf-8")


def commands(group: click.Group, prefix: str = "") -> Iterator[str]:
    """Full names of every command that people see."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield f"{prefix}{name}"
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## )", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


def first_cells(table: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)


def test_the_readme_lists_every_command_and_no_other() -> None:
    assert sorted(first_cells(section("Commands"))) == sorted(commands(picketline))


@pytest.mark.parametrize("name", sorted(commands(picketline)))
def test_every_command_explains_itself(name: str) -> None:
    command: click.Command | None = picketline
    for word in name.split():
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
    assert (command.help or "").strip()
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.name} has no help"


def test_the_readme_lists_every_setting_and_no_other() -> None:
    assert first_cells(section("Settings")) == [setting.name for setting in SETTINGS]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_the_readme_gives_each_setting_its_default_and_its_words(setting: Setting) -> None:
    default = "written by `init`" if setting.default is None else f"`{str(setting.default).replace('False', 'false')}`"
    assert f"| `{setting.name}` | {default} | {setting.does} |" in README


def test_the_readme_names_every_route_family() -> None:
    families = {"/" + route.path.lstrip("/").split("/")[0].split("{")[0] for route in [*PEER_ROUTES, *READER_ROUTES]}
    told = section("Addresses it answers")
    missing = [family for family in sorted(families) if f"`{family}" not in told]
    assert missing == []


def test_operations_tells_of_every_metric_and_no_other() -> None:
    queue = QueueSummary(waiting=0, resting=0, resting_hosts=0, dead=0, oldest_made_at=None)
    snapshot = Snapshot(queue=queue, inbox={"waiting": 0}, log_size=0, projected=0, fanned_out=0)
    exposed = re.findall(r"^# TYPE (\w+) ", expose(Metrics(), snapshot).decode(), re.MULTILINE)
    (_, _, told) = OPERATIONS.partition("| metric | what it tells |")
    assert sorted(set(re.findall(r"`((?:picketline|process)_\w+)", told.partition("\n\n")[0]))) == sorted(exposed)


def test_the_map_of_the_house_names_every_room() -> None:
    told = section("The map of the house")
    rooms = {
        part.name
        for floor in ("storage", "federation", "node")
        for part in (ROOT / floor).iterdir()
        if part.is_dir() and (part / "__init__.py").exists()
    } - {"templates", "static"}
    assert sorted(room for room in rooms if room not in told) == []


@pytest.mark.parametrize("document", ["README.md", "FEDERATION.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_inside_the_project_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [target for target in targets if not (ROOT / target).exists()] == []
