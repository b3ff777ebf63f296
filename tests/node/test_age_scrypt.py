"""What we seal, pyrage and Debian's `age` open; and the bytes are those of the specification."""

import base64
import os
import pty
import select
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from node.age_scrypt import WORK_FACTOR, open_armour, seal

GOLDEN = Path(__file__).with_name("sealed_hello.age")
PASSPHRASE = "bread and roses"


def fixed_chance(count: int) -> bytes:
    return bytes(range(count))


def test_the_exact_bytes_never_change_for_fixed_chance() -> None:
    assert seal(b"Hello, union.\n", PASSPHRASE, chance=fixed_chance) == GOLDEN.read_bytes()


@pytest.mark.parametrize("size", [0, 65_536, 65_537])
def test_pyrage_opens_every_length_around_a_chunk(size: int) -> None:
    plaintext = os.urandom(size)
    sealed = seal(plaintext, PASSPHRASE, chance=os.urandom)
    assert pyrage.passphrase.decrypt(sealed, PASSPHRASE) == plaintext


def test_passphrases_may_be_in_any_script() -> None:
    sealed = seal(b"x", "빵과 장미", chance=os.urandom)
    assert pyrage.passphrase.decrypt(sealed, "빵과 장미") == b"x"


def test_another_passphrase_does_not_open_it() -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(GOLDEN.read_bytes(), "bread and noses")


def test_the_header_names_one_scrypt_stanza_of_work_factor_16() -> None:
    body = open_armour(GOLDEN.read_bytes())
    assert body is not None
    salt = base64.b64encode(fixed_chance(16)).decode().rstrip("=")
    assert body.splitlines()[:2] == [b"age-encryption.org/v1", f"-> scrypt {salt} 16".encode()]
    assert WORK_FACTOR == 16


def test_the_file_key_the_salt_and_the_nonce_are_three_draws_of_chance() -> None:
    draws = iter([bytes([1]) * 16, bytes([2]) * 16, bytes([3]) * 16])
    body = open_armour(seal(b"x", PASSPHRASE, chance=lambda _: next(draws)))
    assert body is not None
    header, payload = body[: -(16 + 1 + 16)], body[-(16 + 1 + 16) :]
    assert base64.b64encode(bytes([2]) * 16).rstrip(b"=") in header
    assert payload[:16] == bytes([3]) * 16
    assert next(draws, None) is None


def test_no_line_is_longer_than_64_columns() -> None:
    lines = seal(bytes(1000), PASSPHRASE, chance=os.urandom).decode("ascii").splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----")
    assert {len(line) for line in lines[1:-2]} == {64}


@pytest.mark.parametrize(
    "mangle",
    [
        lambda text: text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"Dear friends,\n\nhere it is:\n" + text + b"\nIn solidarity\n",
        lambda text: b"".join(b"> " + line + b"\n" for line in text.splitlines()),
        lambda text: text.replace(b"\n", b"  \n\n"),
    ],
)
def test_the_armour_survives_mail(mangle: Callable[[bytes], bytes]) -> None:
    expected = open_armour(GOLDEN.read_bytes())
    assert expected is not None
    assert expected == open_armour(mangle(GOLDEN.read_bytes()))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"hello",
        GOLDEN.read_bytes()[:-40],
        GOLDEN.read_bytes()[40:],
        GOLDEN.read_bytes().replace(b"Y", b"!", 1),
    ],
)
def test_armour_that_is_cut_or_spoilt_is_not_opened(text: bytes) -> None:
    assert open_armour(text) is None


def test_debians_age_opens_it(tmp_path: Path) -> None:
    if shutil.which("age") is None:
        pytest.skip("The program `age` is not installed here, so this cannot be tried: apt-get install age")
    (tmp_path / "kit.age").write_bytes(GOLDEN.read_bytes())
    assert _run_age(tmp_path / "kit.age", tmp_path / "opened") == 0
    assert (tmp_path / "opened").read_bytes() == b"Hello, union.\n"


def _run_age(sealed: Path, opened: Path) -> int:
    """Run `age --decrypt` on a terminal of its own and type the passphrase when it asks; its exit code."""
    ours, its = pty.openpty()
    command = ["setsid", "--ctty", "--wait", "age", "--decrypt", "--output", str(opened), str(sealed)]
    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its) as age:
        os.close(its)
        assert b"passphrase" in _read_until(ours, b"passphrase")
        os.write(ours, f"{PASSPHRASE}\n".encode())
        _read_until(ours, None)
        os.close(ours)
        return age.wait(30)


def _read_until(terminal: int, sign: bytes | None) -> bytes:
    said = b""
    while (sign is None or sign not in said) and select.select([terminal], [], [], 30)[0]:
        try:
            said += os.read(terminal, 1024)
        except OSError:  # the other side closed its terminal
            break
    return said
