"""The address gate: where no packet goes (refusals SSRF-01 to 07, 12, 13, 18), and whom we trust over TLS."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from federation.errors import ForbiddenAddress, NoAnswer
from tests.federation.loopback import Names, Site, new_wire, open_raw, open_site, outcome, silent, url

HERE = ip_address("127.0.0.1")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as site:
        yield site


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "[fe80::1]",
        "[fec0::1]",
    ],
)
async def test_no_connection_leaves_for_a_literal_address_that_is_not_public(host: str) -> None:
    async with new_wire(dev=False) as wire:
        assert ForbiddenAddress is await outcome(wire.get(f"https://{host}/", accept="*/*"))
        assert ForbiddenAddress is await outcome(wire.post(f"https://{host}/", b"", {}))


async def test_a_closed_address_is_never_connected_to(site: Site) -> None:
    async with new_wire(allow=lambda _ip: False) as wire:
        assert ForbiddenAddress is await outcome(wire.get(url(site), accept="*/*"))
    assert site.fetches == {}


async def test_under_dev_loopback_is_open_and_private_addresses_are_not(site: Site) -> None:
    async with new_wire(names=Names(here_test="127.0.0.1", lan_test="10.0.0.1")) as wire:
        assert await outcome(wire.get(f"http://here.test:{site.port}/", accept="*/*")) == 404
        assert ForbiddenAddress is await outcome(wire.get(f"http://lan.test:{site.port}/", accept="*/*"))


async def test_a_name_with_several_closed_addresses_is_forbidden() -> None:
    names = Names(mal_test=["10.0.0.1", "fe80::1", "192.168.0.1"])
    async with new_wire(names=names) as wire:
        assert ForbiddenAddress is await outcome(wire.get("http://mal.test:8021/", accept="*/*"))


@pytest.mark.parametrize("addresses", [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
async def test_of_a_name_with_mixed_answers_only_the_allowed_one_is_connected_to(addresses: list[str]) -> None:
    names = Names(mixed_test=addresses)
    async with open_site() as site, new_wire(names=names, allow=lambda ip: ip == HERE) as wire:
        async with open_raw(silent, host="127.0.0.2", port=site.port) as closed:
            assert await outcome(wire.get(f"http://mixed.test:{site.port}/", accept="*/*")) == 404
        assert closed.connections == 0
        assert len(site.requests) == 1


async def test_a_name_that_changes_between_two_requests_is_judged_at_each_connect(site: Site) -> None:
    names = Names(turn_test="127.0.0.1")
    async with new_wire(names=names) as wire:
        site.answer("/", b"", Connection="close")
        assert await outcome(wire.get(f"http://turn.test:{site.port}/", accept="*/*")) == 200
        names.addresses["turn.test"] = ["10.0.0.1"]
        wire._session.connector.clear_dns_cache()  # type: ignore[union-attr]
        assert ForbiddenAddress is await outcome(wire.get(f"http://turn.test:{site.port}/", accept="*/*"))


@pytest.mark.parametrize(
    "refused",
    [
        "http://peer.test/",
        "https://peer.test:8080/",
        "https://user@peer.test/",
        "https://peer.test/\r\nX: y",
        "https://peer.test/" + "a" * 10_000,
        "file:///etc/passwd",
    ],
)
async def test_a_url_that_hides_something_is_refused_before_the_name_is_looked_up(refused: str) -> None:
    names = Names(peer_test="127.0.0.1")
    async with new_wire(dev=False, names=names) as wire:
        assert ForbiddenAddress is await outcome(wire.get(refused, accept="*/*"))
        assert ForbiddenAddress is await outcome(wire.post(refused, b"", {}))
    assert not names.asked


async def test_our_own_address_is_never_asked(site: Site) -> None:
    async with new_wire(own_hosts=(f"127.0.0.1:{site.port}",)) as wire:
        assert ForbiddenAddress is await outcome(wire.get(url(site), accept="*/*"))
        assert ForbiddenAddress is await outcome(wire.post(url(site), b"", {}))
    assert site.fetches == {}


async def test_a_redirect_to_our_own_address_is_refused(site: Site) -> None:
    async with open_site() as ours, new_wire(own_hosts=(f"127.0.0.1:{ours.port}",)) as wire:
        site.answer("/", status=302, Location=url(ours, "/actor"))
        assert ForbiddenAddress is await outcome(wire.get(url(site), accept="*/*"))
        assert ours.fetches == {}


async def lead_down(_request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://name.test:8021/"})


@asynccontextmanager
async def open_secure(folder: Path, ends_in: timedelta = timedelta(days=1)) -> AsyncIterator[str]:
    """A TLS server for name.test, its URL; its certificate lies in the folder."""
    public, private = self_signed(folder, ends_in)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    app = web.Application()
    app.router.add_get("/down", lead_down)
    server = TestServer(app, host="127.0.0.1", scheme="https")
    await server.start_server(ssl=context)
    try:
        yield f":{server.port}/"
    finally:
        await server.close()


async def test_a_certificate_nobody_trusts_is_no_answer(tmp_path: Path) -> None:
    async with open_secure(tmp_path) as place, new_wire(names=Names(name_test="127.0.0.1")) as wire:
        with pytest.raises(NoAnswer, match="certificate"):
            await wire.get(f"https://name.test{place}", accept="*/*")


async def test_certificates_of_ssl_cert_file_are_trusted_for_their_own_name_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    names = Names(name_test="127.0.0.1", other_test="127.0.0.1")
    async with open_secure(tmp_path) as place, new_wire(names=names) as wire:
        assert await outcome(wire.get(f"https://name.test{place}", accept="*/*")) == 404
        assert NoAnswer is await outcome(wire.get(f"https://other.test{place}", accept="*/*"))


async def test_a_redirect_from_https_to_http_is_refused_even_under_dev(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    async with open_secure(tmp_path) as place, new_wire(names=Names(name_test="127.0.0.1")) as wire:
        assert ForbiddenAddress is await outcome(wire.get(f"https://name.test{place}down", accept="*/*"))


def self_signed(folder: Path, ends_in: timedelta = timedelta(days=1)) -> tuple[Path, Path]:
    """A certificate for name.test and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "name.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + ends_in)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("name.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private
