"""What `check` sees of the other processes on the store."""

from __future__ import annotations

from collections import Counter
from typing import Final

from node.actions.findings import Finding
from node.context import Node
from node.version import VERSION
from storage.records import Process

_WORDS: Final = {"serve": ("server", "servers"), "worker": ("worker", "workers")}


async def look_at_processes(node: Node) -> Finding:
    """Who works on the store, and whether all are of one release."""
    if not node.store.is_shared:
        return Finding(what="processes", level="ok", says="The store is a file, so one process has it.")
    seen = await node.store.list_processes()
    if not seen:
        says = "No process works on the store, so nothing is delivered."
        return Finding(what="processes", level="warn", says=says, do="Start the node: picketline serve")
    says = f"Work on the store: {_count(seen)}."
    versions = Counter(process.version for process in seen)
    if {*versions} != {VERSION}:
        which = ", ".join(f"{count} of {version}" for version, count in sorted(versions.items()))
        says += f" Not all is of one release: {which}; this command is of {VERSION}."
        do = "Finish the upgrade: install the newer release on every machine, and restart what is older."
        return Finding(what="processes", level="warn", says=says, do=do)
    return Finding(what="processes", level="ok", says=says)


def _count(seen: list[Process]) -> str:
    """2 servers and 1 worker"""
    kinds = Counter(process.kind for process in seen)
    return " and ".join(f"{count} {_WORDS[kind][count != 1]}" for kind, count in sorted(kinds.items()))
