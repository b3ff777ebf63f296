"""The one setting that stays for good: which public addresses ids can begin with."""

import pytest

from node.config import (
    ConfigError,
    check_url_setting,
)


@pytest.mark.parametrize("url", ["https://koreno.example", "https://a.b-c.xn--hq1bm8jm9l.example"])
def test_a_plain_https_address_is_taken_as_it_is(url: str) -> None:
    assert url == check_url_setting(url, dev=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8021", "http://[::1]:8021", "http://localhost", "http://a.test:81", "https://a.test:8443"]
)
def test_dev_allows_http_ports_and_addresses_without_a_name(url: str) -> None:
    assert url == check_url_setting(url, dev=True)
    with pytest.raises(ConfigError):
        check_url_setting(url, dev=False)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is not a web address"),
        ("koreno.example", "is not a web address"),
        ("https://", "is not a web address"),
        ("https://me:secret@koreno.example", "is not a web address"),
        ("https://koreno example", "is not a web address"),
        ("https://koreno.example\n", "is not a web address"),
        ("https://koreno%2eexample", "is not a web address"),
        ("https://koreno.example:x", "cannot be read"),
        ("https://[::1", "cannot be read"),
        ("ftp://koreno.example", "does not begin with https://"),
        ("http://koreno.example", "Write https://koreno.example"),
        ("https://koreno.example/", "Write https://koreno.example"),
        ("https://koreno.example/union", "Write https://koreno.example"),
        ("https://koreno.example?x=1", "Write https://koreno.example"),
        ("https://koreno.example#x", "Write https://koreno.example"),
        ("https://Koreno.Example", "Write https://koreno.example"),
        ("HTTPS://koreno.example", "Write https://koreno.example"),
        ("https://koreno.example:443", "Write https://koreno.example"),
        ("https://koreno.example:8443", "Write https://koreno.example"),
        ("https://노동.example", "ASCII form"),
        ("https://koreno_union.example", "is not a host name"),
        ("https://koreno..example", "is not a host name"),
        ("https://koreno.example.", "is not a host name"),
        ("https://-koreno.example", "is not a host name"),
        ("https://192.0.2.7", "Give a name instead"),
        ("https://[2001:db8::7]", "Give a name instead"),
        ("https://koreno", "Give the whole name"),
    ],
)
def test_an_address_that_ids_cannot_begin_with_gets_one_sentence(url: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_url_setting(url, dev=False)
    (problem,) = refused.value.problems
    assert says in problem


@pytest.mark.parametrize(
    ("url", "plain"),
    [("http://localhost:80", "http://localhost"), ("http://LOCALHOST:81/", "http://localhost:81")],
)
def test_under_dev_too_an_address_has_one_spelling(url: str, plain: str) -> None:
    with pytest.raises(ConfigError, match=f"Write {plain}$"):
        check_url_setting(url, dev=True)
