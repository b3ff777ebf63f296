"""The command line: one command, `picketline`. Each file holds a family of commands; `click` parses and explains."""

from node.cli.root import main

__all__ = ["main"]
