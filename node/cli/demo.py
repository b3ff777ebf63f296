"""`demo`: three unions on this machine, separate processes talking HTTP on loopback, told step by step."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path

import click

from node.cli.play import Play
from node.cli.session import Session, runs
from node.cli.stage import PlayFailed, Stage


@click.command(short_help="Three unions on this machine, step by step.")
@click.option("--once", is_flag=True, help="Exit when the story is told instead of leaving the pages open.")
@runs
def demo(session: Session, *, once: bool) -> None:
    """Three unions mirror each other; one host is killed, and its words are served and verified."""
    started = time.monotonic()

    def tell(line: str) -> None:
        click.echo(f"{time.monotonic() - started:6.1f} s  {line}", err=session.as_json)

    with tempfile.TemporaryDirectory(prefix="picketline-demo-") as folder, Stage(Path(folder), tell) as stage:
        try:
            pages = Play(stage).perform()
        except PlayFailed as problem:
            click.echo(f"picketline: the demo failed: {problem}", err=True)
            sys.exit(1)
        if once:
            session.show({"ok": True}, "\nThat was the whole story. Without --once the pages stay open to look at.")
            return
        listed = "\n".join(f"  {page}" for page in pages)
        words = f"\nOpen in a browser:\n{listed}\n\nBoth nodes that are left run until Ctrl-C."
        session.show({"ok": True, "pages": list(pages)}, words)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
