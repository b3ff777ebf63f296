"""What log lines say of a peer that fails: its host, and the kind of failure."""

from __future__ import annotations

from federation.errors import NoAnswer
from federation.mirror.telling import failing, host_of


def test_a_line_names_the_host_and_the_kind_of_failure_and_nothing_that_was_sent() -> None:
    problem = NoAnswer("words of a stranger")
    assert {"host": "two.example:8443", "mirror": "did:key:z6MkTwo", "why": "NoAnswer"} == failing(
        "https://two.example:8443/path", problem, mirror="did:key:z6MkTwo"
    )


def test_an_address_without_a_host_names_none() -> None:
    assert host_of("nonsense") == ""
