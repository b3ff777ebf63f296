"""Every route for every role, as one table; and what every answer has and lacks, errors too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from node.version import VERSION
from node.web.operators.routes import ROUTES as OPERATOR_ROUTES
from node.web.peers.routes import ROUTES as PEER_ROUTES
from node.web.readers.routes import ROUTES as READER_ROUTES
from tests.adversary.routes import GATED, OPEN, OPERATORS, ROLES, ROWS, WRITTEN, Role
from tests.adversary.stage import all_rows, listening
from tests.adversary.visiting import Got, Visit, open_visit
from tests.stories.strangers import ACTIVITY
from tests.village import Village

BROWSER = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
TELLING = ("Traceback", "aiohttp", "Python/", VERSION, "/home", "/tmp", "/root", "site-packages", "127.0.0.1:5")  # noqa: S108


def names(routes: list[Any]) -> list[str]:
    return [str(route.kwargs["name"]) for route in routes]


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(names([*PEER_ROUTES, *READER_ROUTES])) == set(ROWS)
    assert set(names(OPERATOR_ROUTES)) == set(OPERATORS)


def test_what_is_written_to_is_a_kind_of_its_own() -> None:
    written = {str(route.kwargs["name"]) for route in [*PEER_ROUTES, *READER_ROUTES] if route.method != "GET"}
    assert written == {name for name, row in ROWS.items() if row.kind in WRITTEN}


@pytest.fixture(params=["open", "gated"])
async def visit(request: pytest.FixtureRequest, village: Village) -> AsyncIterator[Visit]:
    settings = {"authorized_fetch": "true"} if request.param == "gated" else {}
    async with open_visit(village, **settings) as visit:
        yield visit


def expected(visit: Visit, role: Role) -> dict[str, int]:
    table = GATED if visit.us.node.config.authorized_fetch else OPEN
    return {name: table[row.kind][ROLES.index(role)] for name, row in ROWS.items()}


async def test_every_role_gets_from_every_route_what_the_table_says(visit: Visit) -> None:
    for role in ROLES:
        got = {name: (await visit.go(role, row)).status for name, row in ROWS.items()}
        assert (role, expected(visit, role)) == (role, got)


async def test_http_02_every_answer_of_every_route_varies_and_is_not_sniffed(visit: Visit) -> None:
    for name, row in ROWS.items():
        for answer in (await visit.go("anonymous", row), await visit.ask("DELETE", visit.path(row), {})):
            assert (name, "Accept") == (name, answer.headers["Vary"].partition(",")[0])
            assert (name, "nosniff") == (name, answer.headers["X-Content-Type-Options"])
            assert (name, "Picketline") == (name, answer.headers["Server"])


async def test_nothing_of_the_operators_is_on_the_public_listener(visit: Visit) -> None:
    assert [404] * len(OPERATORS) == [(await visit.ask("GET", path, {})).status for path in OPERATORS.values()]


ERRORS: Mapping[str, tuple[str, dict[str, str], bytes | None, int]] = {
    "not there": ("GET /nothing/%2e%2e/etc/passwd?token=1", {}, None, 404),
    "no such actor": ("GET /actors/nobody", {}, None, 404),
    "no such update": ("GET /objects/1", {}, None, 404),
    "an odd page": ("GET /actors/strike/outbox?page=true&before=%00", {}, None, 400),
    "no question": ("GET /.well-known/webfinger", {}, None, 400),
    "unsigned": ("POST /inbox", {"Content-Type": ACTIVITY}, b"{}", 401),
    "not to be written": ("POST /@strike", {}, b"{}", 405),
    "another type": ("POST /inbox", {"Content-Type": "text/xml"}, b"{}", 415),
    "too much": ("POST /inbox", {"Content-Type": ACTIVITY, "Signature": "a"}, b" " * 300_000, 413),
    "an odd signature": ("POST /inbox", {"Content-Type": ACTIVITY, "Signature": "a"}, b"{}", 401),
    "an odd head": ("POST /log/add-checkpoint", {}, b"x", 400),
    "an odd part": ("GET /media/" + "0" * 64 + ".png", {"Range": "bytes=9-1"}, None, 404),
}


async def test_http_09_no_error_tells_of_the_machine(visit: Visit) -> None:
    before = await all_rows(visit.us.node.store)
    with listening() as lines:
        for accept in (BROWSER, ACTIVITY):
            for name, (line, headers, body, status) in ERRORS.items():
                method, _, path = line.partition(" ")
                answer = await visit.ask(method, path, {"Accept": accept, **headers}, body)
                assert (name, status) == (name, answer.status)
                assert (name, []) == (name, told(answer))
    assert [line for line in lines.lines if "token=1" in line or "passwd" in line] == []
    assert before == await all_rows(visit.us.node.store)


def told(answer: Got) -> list[str]:
    """What an answer gives away."""
    whole = answer.body.decode() + str(dict(answer.headers))
    return [word for word in TELLING if word in whole]
