"""The one form of URLs: whatever text comes, it is a plain ASCII address, or refused before anything is asked."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from yarl import URL

from federation.addresses import LONGEST_URL, check_url, is_address, origin, origin_or_none, same_origin
from federation.errors import ForbiddenAddress
from tests.fuzz.driving import tried, within
from tests.fuzz.tape import Tape
from tests.fuzz.wild import NUMBERS, broken_text, text

SOUND: Final = (
    "https://peer.example/actors/a?b=c#d",
    "https://xn--bcher-kva.example/",
    "https://Bücher.example/pfad",
    "https://한국.example/@노조",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]/a",
    "http://127.0.0.1:8021/inbox",
    "HTTPS://PEER.EXAMPLE:443/%7Ea/../b",
)
PIECES: Final = (
    *("https://", "http://", "HTTPS:", "//", "file:///", "javascript:", "data:,", "@", ":", ":443", ":80", ":0"),
    *(":65536", "/../"),
    *("?", "#", "%", "%2f", "%00", "\\", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "[", "]", "127.1"),
    *("0x7f.1", "0177.0.0.1"),
    *("2130706433", "localhost", "xn--", "xn--a", "xn--\u00fc", ".", "..", "-", "_", "a" * 64, "a." * 130, "ss"),
    *("é", "b" * 2100),
    *NUMBERS[:12],
)  # fmt: skip
_CALLS: Final = 10_000
"""A foreign host of 253 letters takes so many: in Punycode each letter of a label is compared with all others."""


def address(tape: Tape) -> str:
    """A URL, nearly one, or anything."""
    return text(tape, pieces=PIECES) if tape.rarely() else broken_text(tape, tape.choice(SOUND), pieces=PIECES)


@tried
def test_ssrf_13_any_text_is_an_address_in_its_one_form_or_refused(tape: Tape) -> None:
    given_text, dev = address(tape), bool(tape.randrange(2))
    check_url.cache_clear()
    try:
        clean = within(_CALLS + 60 * min(len(given_text), LONGEST_URL), check_url, given_text, dev=dev)
    except ForbiddenAddress:
        return
    assert len(given_text) <= LONGEST_URL
    assert len(clean.text) <= LONGEST_URL
    assert clean.text.isascii()
    assert clean.text.isprintable()
    assert clean.text.startswith(f"{clean.origin}/")
    assert not set(clean.text) & set(" #\\")
    assert clean == check_url(clean.text, dev=dev)
    check_other_readers(clean.text, dev=dev)


def check_other_readers(clean: str, *, dev: bool) -> None:
    """Two other libraries see the host that we see: what was judged is where the request goes."""
    parts, sent = urlsplit(clean), URL(clean, encoded=True)
    assert parts.username is None
    assert (parts.hostname, parts.port or None) == (sent.raw_host, sent.explicit_port)
    assert dev or (parts.scheme, parts.port) == ("https", None)
    assert parts.hostname is not None
    assert parts.hostname == parts.hostname.lower()
    last = parts.hostname.rpartition(".")[2]
    if last.isdigit() or ":" in parts.hostname:
        assert str(ip_address(parts.hostname)) == parts.hostname


@tried
def test_org_10_origins_are_the_same_when_scheme_host_and_port_are(tape: Tape) -> None:
    one, other = address(tape), address(tape)
    assert is_address(one) == (origin_or_none(one) is not None)
    assert same_origin(one, other) == same_origin(other, one)
    assert same_origin(one, one) == is_address(one)
    if same_origin(one, other):
        assert origin(one) == origin(other) == origin(origin(one) + "/")
