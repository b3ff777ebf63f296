"""The command line: one command, `picketline`. Each file holds a family of commands; `click` parses and explains."""

import sys


def main() -> None:
    """Run a command; Ctrl-C ends it quietly even while it is still loading."""
    try:
        from node.cli.root import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
