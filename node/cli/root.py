"""`picketline`: the group of all commands, and what they share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from node.cli import campaigns, demo, network, operating, setting_up, updates
from node.cli.session import Session
from node.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="picketline")
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="PICKETLINE_HOME",
    help="The union's home folder (or PICKETLINE_HOME).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of words.")
@click.pass_context
def picketline(context: click.Context, *, home: Path | None, as_json: bool) -> None:
    """A small node with which a labour union publishes, and its peers keep its words alive."""
    context.obj = Session(home=home, as_json=as_json)


COMMANDS: Final = (
    setting_up.init,
    setting_up.kit,
    setting_up.charter,
    operating.serve,
    operating.check,
    campaigns.campaign,
    updates.post,
    updates.edit,
    updates.retract,
    network.follow,
    network.unfollow,
    network.following,
    network.timeline,
    network.followers,
    network.deliveries,
    demo.demo,
)
for _command in COMMANDS:
    picketline.add_command(_command)


def main() -> None:
    """Run, and end with 0, 1 (refused or failed, a sentence on stderr) or 2 (wrong usage)."""
    sys.exit(picketline.main(standalone_mode=True))
