"""What a certificate says to one who looks, and what was wrong with one that was not believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from federation.certificates import Flaw, Watched, find_flaw
from federation.errors import NoAnswer
from federation.wire import Wire
from storage.ids import Host
from tests.federation.loopback import Names
from tests.federation.test_wire_gate import open_secure


def watching_wire(watched: Watched) -> Wire:
    names = Names(name_test="127.0.0.1", other_test="127.0.0.1")
    return Wire(dev=True, own_hosts=[Host("x.test")], user_agent="t", resolver=names, tls=watched.context)


async def test_the_end_of_a_believed_certificate_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    async with open_secure(tmp_path, timedelta(days=20)) as place:
        watched = Watched()
        async with watching_wire(watched) as wire:
            await wire.get(f"https://name.test{place}", accept="*/*")
    assert watched.ends_at is not None
    assert (watched.ends_at - datetime.now(UTC)).days in (19, 20)


@pytest.mark.parametrize(
    ("name", "ends_in", "is_trusted", "expected"),
    [
        ("name.test", timedelta(days=-1), True, "expired"),
        ("other.test", timedelta(days=1), True, "name"),
        ("name.test", timedelta(days=1), False, "chain"),
    ],
)
async def test_what_is_wrong_with_one_that_is_not_believed_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, ends_in: timedelta, is_trusted: bool, expected: Flaw
) -> None:
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    async with open_secure(tmp_path, ends_in) as place, watching_wire(Watched()) as wire:
        with pytest.raises(NoAnswer) as refused:
            await wire.get(f"https://{name}{place}", accept="*/*")
    assert expected == find_flaw(refused.value)


def test_an_error_without_a_certificate_has_no_flaw() -> None:
    assert find_flaw(NoAnswer("x")) is None
    assert find_flaw(None) is None
