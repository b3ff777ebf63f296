"""No text in an address makes a mistake of ours: each route with each part of its address made odd, on both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Final

import pytest
from yarl import URL

from tests.adversary.routes import ROWS
from tests.adversary.stage import all_rows, listening
from tests.adversary.visiting import Visit, open_visit
from tests.stories.strangers import ACTIVITY
from tests.village import Village

ODD: Final = (
    *("%00", "a%00b", "%ff", "%ed%a0%80", "%f0%9f%9a%a9", "%u0041", "%", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c"),
    *("9" * 400, "-1", "1e9", "0x1", "%D9%A1", "18446744073709551616", "0"),
    *("a" * 3000, "$where", "%7B%22$gt%22:%22%22%7D", "'%20or%201=1--", "%3Cscript%3E", "%0d%0aSet-Cookie:%20a=b"),
)
QUERIES: Final = ("before", "after", "comments", "page", "from", "limit", "size", "resource", "probe")


@pytest.fixture
async def visit(village: Village) -> AsyncIterator[Visit]:
    async with open_visit(village) as visit:
        yield visit


def odd_addresses(visit: Visit) -> Iterator[str]:
    """Each part of each address replaced by each odd text, and each text asked of each address."""
    for row in ROWS.values():
        path = visit.path(row).partition("?")[0]
        parts = path.split("/")
        for place in range(1, len(parts)):
            for odd in ODD:
                yield "/".join([*parts[:place], odd, *parts[place + 1 :]])
        for name in QUERIES:
            yield f"{path}?{name}={ODD[len(path + name) % len(ODD)]}"
    for name in QUERIES:
        for odd in ODD:
            yield f"/@strike?{name}={odd}"
            yield f"/actors/strike/outbox?page=true&{name}={odd}"
            yield f"/.well-known/webfinger?{name}={odd}"
            yield f"/log/{visit.places['did']}/activities?{name}={odd}"


async def test_no_odd_address_is_a_mistake_of_ours(visit: Visit) -> None:
    before = await all_rows(visit.us.node.store)
    failed: dict[str, int] = {}
    with listening() as lines:
        for number, address in enumerate(sorted(set(odd_addresses(visit)))):
            accept = ACTIVITY if number % 2 else "text/html"
            url = URL(visit.us.node.config.url + address, encoded=True)
            async with visit.session.get(url, headers={"Accept": accept}, allow_redirects=False) as answer:
                if answer.status >= 500 or "Set-Cookie" in answer.headers:
                    failed[address] = answer.status
    assert failed == {}
    assert [line for line in lines.lines if "a handler failed" in line] == []
    assert before == await all_rows(visit.us.node.store)
