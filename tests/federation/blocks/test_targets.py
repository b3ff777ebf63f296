"""What can be blocked, and by which names a block finds somebody."""

from __future__ import annotations

import pytest

from federation.blocks.targets import Target, covers_host, host_names, names_of, read_target
from federation.errors import Unintelligible
from storage.ids import ActorId, Host


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("mal.example", "host", "mal.example"),
        ("  MAL.Example. ", "host", "mal.example"),
        ("müll.example", "host", "xn--mll-hoa.example"),
        ("mal.example:8443", "host", "mal.example:8443"),
        ("192.0.2.7", "host", "192.0.2.7"),
        ("[2001:DB8::1]", "host", "[2001:db8::1]"),
        ("https://mal.example", "host", "mal.example"),
        ("https://mal.example/", "host", "mal.example"),
        ("eve@mal.example", "address", "eve@mal.example"),
        ("@Eve@MAL.example", "address", "eve@mal.example"),
        ("acct:eve@mal.example", "address", "eve@mal.example"),
        ("=cmd@mal.example", "address", "=cmd@mal.example"),
        ("https://mal.example/users/Eve", "actor", "https://mal.example/users/Eve"),
        ("https://mal.example/?id=7", "actor", "https://mal.example/?id=7"),
    ],
)
def test_a_target_is_read_in_every_spelling(text: str, kind: str, name: str) -> None:
    read = read_target(text)
    assert (kind, name) == (read.kind, read.name)


@pytest.mark.parametrize(
    "text",
    [
        *("", "com", "localhost", "m*l.example", "*.mal.example", "mal example", "mal.example/x", "mal..example"),
        *("@eve", "eve@", "eve@com", "@@", "eve@mal.example@", "\ufffd", "a" * 3000),
        *("https://", "https://com/", "https://eve@mal.example/x", "ftp://mal.example/x"),
        f"https://mal.example/{'x' * 3000}",
    ],
)
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(Unintelligible):
        read_target(text)


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("mal.example", ["mal.example"]),
        ("a.b.mal.example", ["a.b.mal.example", "b.mal.example", "mal.example"]),
        ("a.mal.example:8443", ["a.mal.example:8443", "a.mal.example", "mal.example"]),
        ("127.0.0.1:8021", ["127.0.0.1:8021", "127.0.0.1"]),
        ("[::1]:80", ["[::1]:80", "[::1]"]),
        ("localhost", ["localhost"]),
    ],
)
def test_a_host_is_found_by_its_own_name_and_those_above_it(host: str, names: list[str]) -> None:
    assert names == host_names(Host(host))


def test_an_actor_is_found_by_its_id_and_its_hosts() -> None:
    eve = ActorId("https://a.mal.example/eve")
    assert [eve, "a.mal.example", "mal.example"] == names_of(eve)
    assert ["nonsense"] == names_of(ActorId("nonsense"))


@pytest.mark.parametrize(
    ("host", "covered"),
    [("mal.example", True), ("x.mal.example", True), ("evilmal.example", False), ("mal.example.org", False)],
)
def test_a_host_covers_its_subdomains_and_no_look_alike(host: str, covered: bool) -> None:
    assert covered is covers_host(Target("host", "mal.example"), Host(host))


def test_only_a_host_covers_hosts() -> None:
    assert covers_host(Target("address", "eve@mal.example"), Host("mal.example")) is False
