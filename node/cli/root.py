"""`picketline`: the group of all commands, and what they share. A command's file is loaded when it is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from node.cli.session import Session
from node.version import VERSION

COMMANDS: Final[Mapping[str, str]] = {
    "init": "setting_up",
    "kit": "setting_up",
    "charter": "charters",
    "serve": "operating",
    "worker": "operating",
    "check": "operating",
    "rebuild": "operating",
    "campaign": "campaigns",
    "post": "updates",
    "edit": "updates",
    "retract": "updates",
    "boost": "highlights",
    "unboost": "highlights",
    "pin": "highlights",
    "unpin": "highlights",
    "follow": "network",
    "unfollow": "network",
    "following": "network",
    "timeline": "network",
    "followers": "network",
    "block": "blocks",
    "peer": "peers",
    "comments": "comments",
    "reports": "comments",
    "deliveries": "network",
    "mirror": "mirrors",
    "verify": "verifying",
    "store": "stores",
    "demo": "demo",
}
"""Each command and the file below `node/cli/` that holds it."""


class _Commands(click.Group):
    """Finds commands in `COMMANDS`, in the order of that table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"node.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command


def _show_version(context: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001
    """What is asked for is loaded only when it is asked for."""
    if not value:
        return
    from node.loops import loop_name

    click.echo(f"picketline {VERSION} (event loop: {loop_name()})")
    context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the release and its event loop, and exit.",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="PICKETLINE_HOME",
    help="The union's home folder (or PICKETLINE_HOME).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of words.")
@click.pass_context
def picketline(context: click.Context, *, home: Path | None, as_json: bool) -> None:
    """A small server with which a labour union publishes."""
    context.obj = Session(home=home, as_json=as_json)


def main() -> None:
    """Run, and end with 0, 1 (refused or failed, a sentence on stderr) or 2 (wrong usage)."""
    sys.exit(picketline.main(standalone_mode=True))
