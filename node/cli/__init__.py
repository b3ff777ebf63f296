"""The command line: one command, `picketline`. Each file holds a family of commands; `click` parses and explains."""

import gc
import sys


def main() -> None:
    """Run a command; Ctrl-C ends it quietly even while it is still loading."""
    try:
        gc.disable()  # what is loaded stays: looking it through again and again would find nothing to drop
        from node.cli.root import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


__all__ = ["main"]
