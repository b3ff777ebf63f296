"""Which URLs and addresses we turn to (refusals SSRF-01…04, 11 to 13, ORG-10)."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.addresses import authority, check_url, is_public, origin, same_origin
from federation.errors import ForbiddenAddress

CLOSED = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],  # noqa: S104 - refused, not bound
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "link-local": ["169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "CGNAT": ["100.64.0.1", "100.127.255.255"],
    "benchmark": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "192.0.0.8", "4000::1", "5f00::1"],
    "broadcast": ["255.255.255.255"],
    "v4-mapped": ["::ffff:127.0.0.1", "::ffff:8.8.8.8"],
    "v4-compatible": ["::127.0.0.1", "::8.8.8.8"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    "6to4": ["2002:7f00:1::1", "2002:808:808::1", "192.88.99.1"],
    "Teredo": ["2001::1", "2001:0:4136:e378::1"],
    "site-local": ["fec0::1"],
    "ULA": ["fc00::1", "fd12:3456::1"],
    "ORCHID": ["2001:10::1", "2001:20::1"],
    "discard": ["100::1"],
    "6bone": ["3ffe::1"],
    "scoped": ["2a00:1450::1%eth0"],
}
OPEN = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "192.0.3.1", "2a00:1450:4001::1", "2606:4700::1111"]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in CLOSED.items() for text in texts])
def test_an_address_that_is_not_public_is_closed(kind: str, text: str) -> None:
    assert not is_public(ip_address(text)), kind


@pytest.mark.parametrize("text", OPEN)
def test_a_public_address_is_open(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://peer.test", "https://peer.test/"),
        ("HTTPS://Peer.TEST:443/A?b=C#fragment", "https://peer.test/A?b=C"),
        ("https://peer.test./inbox", "https://peer.test/inbox"),
        ("https://peer.test/?", "https://peer.test/"),
        ("https://peer.test?a=1", "https://peer.test/?a=1"),
        ("https://peer.test/a/../b//c;d", "https://peer.test/a/../b//c;d"),
        ("https://노조.test/글?q=글", "https://xn--o80bp94b.test/%EA%B8%80?q=%EA%B8%80"),
        ("https://xn--o80bp94b.test/%ea", "https://xn--o80bp94b.test/%ea"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:0::1111]/x", "https://[2606:4700::1111]/x"),
        ("https://under_score.test/", "https://under_score.test/"),
    ],
)
def test_a_url_is_made_fit_for_a_request(url: str, text: str) -> None:
    assert text == check_url(url, dev=False).text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/inbox",
        "//peer.test/",
        "peer.test",
        "file:///etc/passwd",
        "data:text/plain,x",
        "gopher://peer.test/",
        "http://peer.test/",
        "https:///path",
        "https://:443/",
        "https://./",
        "https://peer..test/",
        "https://peer.test../",
        "https://user@peer.test/",
        "https://user:secret@peer.test/",
        "https://peer.test@127.0.0.1/",
        "https://@peer.test/",
        "https://peer.test/\r\nHost: victim",
        "https://peer.test/\n",
        "https://peer.test/\x00",
        "https://peer.test/a b",
        " https://peer.test/",
        "https://peer.test/\x7f",
        "https://peer.test/\x85",
        "https://peer.test\\@127.0.0.1/",
        "https://peer.test/\\",
        "https://peer.test/" + "a" * 2048,
        "https://peer.test/" + "é" * 1000,  # 6,000 characters, once it is fit to be asked
        "https://peer.test:22/",
        "https://peer.test:25/",
        "https://peer.test:80/",
        "https://peer.test:6379/",
        "https://peer.test:8080/",
        "https://peer.test:0/",
        "https://peer.test:65536/",
        "https://peer.test:https/",
        "https://peer.test:४४३/",
        "https://peer%2etest/",
        "https://peer.test%00/",
        "https://-peer.test/",
        "https://" + "a" * 64 + ".test/",
        "https://" + "ä." * 130 + "test/",
        "https://" + "a." * 130 + "test/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://1.2.3.4.5/",
        "https://[::1/",
        "https://::1/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://[127.0.0.1]/",
        "https://bad\u202ename.test/",
        "https://peer.test/\ud800",
    ],
)
def test_a_url_that_hides_something_is_refused_before_any_look_up(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(url, dev=False)


def test_fullwidth_digits_are_read_as_the_address_they_spell() -> None:
    assert check_url("https://１２７。０。０。１/", dev=False).authority == "127.0.0.1"


def test_http_and_other_ports_pass_only_under_dev() -> None:
    assert check_url("http://peer.test:8021/x", dev=True).text == "http://peer.test:8021/x"
    assert check_url("http://peer.test:80/x", dev=True).text == "http://peer.test/x"
    with pytest.raises(ForbiddenAddress):
        check_url("ftp://peer.test/", dev=True)


def test_a_refusal_never_repeats_what_it_refuses_but_the_host() -> None:
    with pytest.raises(ForbiddenAddress) as refusal:
        check_url("https://peer.test:22/secret-token", dev=False)
    assert "secret-token" not in str(refusal.value)


def test_the_authority_names_a_port_only_when_it_is_not_the_schemes_own() -> None:
    assert authority("https://PEER.test:443/inbox") == "peer.test"
    assert authority("http://127.0.0.1:8021/inbox") == "127.0.0.1:8021"
    assert authority("https://peer.test:80/inbox") == "peer.test:80"
    assert origin("https://peer.test/inbox") == "https://peer.test"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://peer.test/a", "https://PEER.test:443/b#c", True),
        ("https://peer.test/a", "https://peer.test./b", True),
        ("https://peer.test/a", "https://evilpeer.test/a", False),
        ("https://peer.test/a", "https://peer.test.mal/a", False),
        ("https://peer.test/a", "https://peer.test@mal.test/a", False),
        ("https://peer.test/a", "https://sub.peer.test/a", False),
        ("https://peer.test/a", "http://peer.test/a", False),
        ("https://peer.test/a", "https://peer.test:8443/a", False),
        ("https://peer.test/a", "no url", False),
        ("no url", "no url", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert same == same_origin(one, other)


@given(st.one_of(st.text(max_size=80), st.text(max_size=60).map(lambda text: f"https://{text}")))
def test_whatever_is_asked_for_is_refused_or_becomes_plain_ascii(text: str) -> None:
    try:
        clean = check_url(text, dev=True)
    except ForbiddenAddress:
        return
    assert clean.text.isascii()
    assert clean.text.isprintable()
    assert clean == check_url(clean.text, dev=True)
