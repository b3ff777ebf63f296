"""Whether somebody asks from the very host that is spoken of."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from node.at_home import AtHome
from node.proxies import share_of
from storage.ids import Host
from tests.federation.loopback import Names


def asker(ip: str) -> int:
    return share_of(ip_address(ip))


NAMES = Names(peer_test=["203.0.113.7", "2001:db8:1:2::5"], mapped_test="::ffff:203.0.113.8", odd_test="nonsense")


@pytest.mark.parametrize(
    ("host", "ip", "expected"),
    [
        ("peer.test", "203.0.113.7", True),
        ("peer.test:8443", "203.0.113.7", True),
        ("peer.test", "2001:db8:1:2::99", True),
        ("peer.test", "2001:db8:1:3::5", False),
        ("peer.test", "203.0.113.9", False),
        ("mapped.test", "203.0.113.8", True),
        ("odd.test", "203.0.113.7", False),
        ("unknown.test", "203.0.113.7", False),
    ],
)
async def test_only_who_asks_from_an_address_of_the_host_is_at_home(host: str, ip: str, expected: bool) -> None:
    assert expected == await AtHome(names=NAMES, count_as=share_of).has(Host(host), asker(ip))


@pytest.mark.parametrize(("host", "ip"), [("127.0.0.1:8021", "127.0.0.1"), ("[::1]:8021", "::1")])
async def test_an_address_instead_of_a_name_is_its_own(host: str, ip: str) -> None:
    assert await AtHome(names=None, count_as=share_of).has(Host(host), asker(ip))
    assert not await AtHome(names=None, count_as=share_of).has(Host(host), asker("203.0.113.7"))


class Hanging(Names):
    """Never answers."""

    async def resolve(self, host: str, port: int = 0, family: object = None) -> list[object]:  # type: ignore[override]
        self.asked[host] += 1
        await asyncio.Event().wait()
        return []


async def test_names_that_hang_take_four_places_and_no_more() -> None:
    names = Hanging()
    at_home = AtHome(names=names, count_as=share_of)
    waiting = [asyncio.create_task(at_home.has(Host(f"{number}.test"), 1)) for number in range(10)]
    done, hanging = await asyncio.wait(waiting, timeout=0.05)
    assert (6, 4, 4) == (len(done), len(hanging), names.asked.total())
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    assert 0 == at_home._under_way
