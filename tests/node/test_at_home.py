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
    """Does not answer until it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = asyncio.Event()

    async def resolve(self, host: str, port: int = 0, family: object = None) -> list[object]:  # type: ignore[override]
        self.asked[host] += 1
        await self.goes_on.wait()
        return []


async def test_names_that_hang_take_four_places_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when nobody waits for them any more: whoever looks them up for us, a thread of ours, does so still."""
    monkeypatch.setattr("node.at_home._SECONDS", 0.01)
    names = Hanging()
    at_home = AtHome(names=names, count_as=share_of)
    for _ in range(3):
        assert 4 * [False] == await asyncio.gather(*(at_home.has(Host(f"{n}.test"), 1) for n in range(4)))
    assert (4, 4) == (names.asked.total(), len(at_home._under_way))
    names.goes_on.set()
    await asyncio.wait([*at_home._under_way])
    assert not await at_home.has(Host("peer.test"), 1)
    assert (5, 0) == (names.asked.total(), len(at_home._under_way))
