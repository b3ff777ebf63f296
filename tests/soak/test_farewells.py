"""10,000 Deletes of actors that nobody here knows, as servers send them when one of theirs goes (refusals, DOS-14)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

import pytest

from federation.strictjson import JsonObject
from node.config import Config
from tests.bench.askers import ask
from tests.bench.homes import HANDLE
from tests.bench.serving import closed_home, serving
from tests.federation.loopback import Site, open_site
from tests.soak.shots import forged

DELETES: Final = 10_000
LEAST_PER_SECOND: Final = 1000


def farewells(inbox: str, site: Site) -> list[bytes]:
    """Each by another actor of one server, with a signature that nobody can check without asking it."""
    made = []
    for number in range(DELETES):
        actor = f"http://127.0.0.1:{site.port}/gone/{number}"
        gone: JsonObject = {"id": f"{actor}#delete", "type": "Delete", "actor": actor, "object": actor}
        made.append(forged(inbox, gone, f"{actor}#main-key"))
    return made


def rows(config: Config) -> dict[str, int]:
    """By table how many there are."""
    with sqlite3.connect(config.store.removeprefix("sqlite:///")) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        count = "SELECT count(*) FROM {}"
        return {name: connection.execute(count.format(name)).fetchone()[0] for name in names}


@pytest.mark.soak
async def test_ten_thousand_deletes_of_strangers_cost_no_fetch_and_no_row(tmp_path: Path) -> None:
    config, address = await closed_home(tmp_path)
    async with open_site() as site, serving(config, address) as served:
        deletes = farewells(f"http://{address}/actors/{HANDLE}/inbox", site)
        before, spent = rows(config), served.cpu_seconds()
        seconds = (await ask(address, deletes, expect=202)).wall
        spent = served.cpu_seconds() - spent
        assert before == rows(config)
        assert [] == site.requests
    print(f"\n{DELETES / seconds:.0f} Deletes a second, {spent / DELETES * 1e6:.0f} µs of the server each")  # noqa: T201
    assert seconds <= DELETES / LEAST_PER_SECOND
