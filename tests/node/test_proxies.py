"""Who asks, when web servers stand in between: nobody can claim to be somebody else."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from node.proxies import Proxies, read_ip, share_of
from node.settings import parse_proxies

OURS = Proxies(parse_proxies("127.0.0.1, ::1, 10.1.0.0/24"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("::1", ["2001:db8::9"], "2001:db8::9"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("127.0.0.1", ["[2001:db8::9]:4711"], "2001:db8::9"),
        ("127.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", [" 203.0.113.9 , 10.1.0.7 "], "203.0.113.9"),
    ],
)
def test_a_trusted_web_server_says_who_asks(peer: str, forwarded: list[str], expected: str) -> None:
    assert ip_address(expected) == OURS.stranger(peer, forwarded)


def test_of_two_that_both_claim_the_client_the_trusted_one_is_believed() -> None:
    spoofed = ["198.51.100.1, 198.51.100.2, 203.0.113.9, 10.1.0.7"]
    assert OURS.stranger("127.0.0.1", spoofed) == ip_address("203.0.113.9")
    in_two_headers = ["198.51.100.1", "203.0.113.9"]
    assert OURS.stranger("127.0.0.1", in_two_headers) == ip_address("203.0.113.9")
    second_proxy_not_trusted = ["198.51.100.1, 192.0.2.80"]
    assert OURS.stranger("10.1.0.7", second_proxy_not_trusted) == ip_address("192.0.2.80")


def test_what_a_stranger_says_of_itself_is_not_read() -> None:
    assert OURS.stranger("203.0.113.9", ["127.0.0.1"]) == ip_address("203.0.113.9")
    assert OURS.stranger("203.0.113.9", ["198.51.100.1, 10.1.0.7"]) == ip_address("203.0.113.9")
    assert Proxies().stranger("127.0.0.1", ["198.51.100.1"]) == ip_address("127.0.0.1")


@pytest.mark.parametrize("junk", ["", "unknown", "_hidden", "203.0.113.9.9", "[::1", "1.2.3.4:", "999.1.1.1", "☃", ","])
def test_what_cannot_be_read_leaves_the_peer_itself_which_is_ours(junk: str) -> None:
    assert OURS.stranger("127.0.0.1", [f"198.51.100.1, {junk}"]) is None


def test_junk_left_of_the_client_is_never_reached() -> None:
    assert OURS.stranger("127.0.0.1", ["<script>, 203.0.113.9"]) == ip_address("203.0.113.9")


@pytest.mark.parametrize("peer", [None, "", "@socket"])
def test_a_peer_without_an_address_is_nobody(peer: str | None) -> None:
    assert OURS.stranger(peer, ["203.0.113.9"]) is None


def test_our_own_web_server_asking_for_itself_is_no_stranger() -> None:
    assert OURS.stranger("127.0.0.1") is None
    assert OURS.stranger("127.0.0.1", ["10.1.0.8, 10.1.0.7"]) is None


def test_all_addresses_of_one_ipv6_customer_are_counted_together() -> None:
    def share(text: str) -> int:
        ip = read_ip(text)
        assert ip is not None
        return share_of(ip)

    assert share("2001:db8:1:2::1") == share("2001:db8:1:2:ffff::9")
    assert share("2001:db8:1:2::1") != share("2001:db8:1:3::1")
    assert share("203.0.113.9") != share("203.0.113.10")
    assert share("::ffff:203.0.113.9") == share("203.0.113.9")
    assert share("0:0:cb00:7109::") != share("203.0.113.9")
