"""A kit opens years later with its passphrase alone; everything else gets one clear sentence."""

import json
import os
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.identity.fingerprint import words
from federation.keys import did_key
from node.cli.root import picketline
from node.kit import Kit, KitError, WrongPassphrase, is_sealed, read_kit, write_kit

GOLDEN = Path(__file__).with_name("kit_1.age")
GOLDEN_PLAIN = Path(__file__).with_name("kit_1.json")
FIRST, FIRST_PLAIN = (Path(__file__).with_name(name) for name in ("kit_1_first.age", "kit_1_first.json"))
"""The same kit with the note that the first release wrote into it."""
PASSPHRASE = "bread and roses, bread and roses"
SEED = bytes.fromhex("c96ef9ea10c5e414c471723aff9de72c35fa5b70fae97e8832ecac7d2e2b8ed6")
"""The key of FEP-521a's example; below, its `secretKeyMultibase`."""
SEED_MULTIBASE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
IDENTITY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
RECIPIENT = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
KIT = Kit(
    name="Koreno 노동조합",
    url="https://koreno.example",
    created_at=datetime(2026, 11, 22, 10, 30, 15, tzinfo=UTC),
    root_key=Ed25519PrivateKey.from_private_bytes(SEED),
    age_identity=IDENTITY,
)


def contents(kit: Kit) -> tuple[object, ...]:
    return (kit.name, kit.url, kit.created_at, kit.root_key.private_bytes_raw(), kit.age_identity)


def fixed_chance(count: int) -> bytes:
    return bytes(range(count))


@pytest.fixture
def plain(tmp_path: Path) -> Callable[..., Path]:
    """Writes an unsealed kit with these members changed (None: left out)."""

    def write(**changes: Any) -> Path:
        document = json.loads(GOLDEN_PLAIN.read_text(encoding="utf-8")) | changes
        path = tmp_path / "changed.kit"
        path.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))
        return path

    return write


def test_a_kit_written_today_opens_for_ever() -> None:
    assert contents(KIT) == contents(read_kit(GOLDEN, PASSPHRASE))
    assert contents(KIT) == contents(read_kit(GOLDEN_PLAIN, None))
    assert contents(KIT) == contents(read_kit(FIRST, PASSPHRASE))
    assert contents(KIT) == contents(read_kit(FIRST_PLAIN, None))


def test_the_exact_bytes_of_a_kit_never_change(tmp_path: Path) -> None:
    write_kit(tmp_path / "kit.age", KIT, PASSPHRASE, chance=fixed_chance)
    write_kit(tmp_path / "kit.json", KIT, None)
    assert (tmp_path / "kit.age").read_bytes() == GOLDEN.read_bytes()
    assert (tmp_path / "kit.json").read_bytes() == GOLDEN_PLAIN.read_bytes()


def test_the_commands_that_a_kit_tells_are_commands_of_this_program() -> None:
    readme = json.loads(GOLDEN_PLAIN.read_text(encoding="utf-8"))["readme"]
    told = re.findall(r"picketline --home FOLDER ([^`.]+)", readme)
    assert ["serve", "charter renew --kit THIS-FILE"] == told
    for words_told in told:
        command = " ".join(word for word in words_told.split(" ") if word.islower() and not word.startswith("--"))
        assert CliRunner().invoke(picketline, [*command.split(" "), "--help"]).exit_code == 0


def test_the_document_says_what_it_is_and_names_every_part() -> None:
    document = json.loads(pyrage.passphrase.decrypt(GOLDEN.read_bytes(), PASSPHRASE))
    assert "Keep it off every server" in document.pop("readme")
    assert document == {
        "format": "picketline-kit/1",
        "union": "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "name": "Koreno 노동조합",
        "url": "https://koreno.example",
        "created": "2026-11-22T10:30:15Z",
        "fingerprint": words(did_key(KIT.root_key.public_key())),
        "rootKey": SEED_MULTIBASE,
        "ageIdentity": IDENTITY,
        "ageRecipient": RECIPIENT,
    }


def test_what_was_sealed_to_the_kits_recipient_opens_with_its_identity(tmp_path: Path) -> None:
    sealed = pyrage.encrypt(b"a backup", [pyrage.x25519.Recipient.from_str(KIT.recipient)])
    identity = pyrage.x25519.Identity.from_str(read_kit(GOLDEN, PASSPHRASE).age_identity)
    assert pyrage.decrypt(sealed, [identity]) == b"a backup"


def test_chance_is_the_operating_systems(tmp_path: Path) -> None:
    write_kit(tmp_path / "kit", KIT, PASSPHRASE)
    fixed, drawn = (set(path.read_text().splitlines()[2:-1]) for path in (GOLDEN, tmp_path / "kit"))
    assert fixed & drawn == set()


def test_a_sealed_kit_shows_nothing_of_what_is_in_it() -> None:
    text = GOLDEN.read_text()
    assert not any(secret in text for secret in (SEED_MULTIBASE, IDENTITY, "koreno", "did:key"))


def test_neither_repr_nor_a_sentence_shows_a_secret(plain: Callable[..., Path]) -> None:
    with pytest.raises(KitError) as refused:
        read_kit(plain(ageRecipient=RECIPIENT[:-1] + "q"), None)
    for text in (repr(KIT), str(KIT), str(refused.value)):
        assert SEED_MULTIBASE not in text
        assert IDENTITY not in text


def test_a_kit_is_readable_by_its_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_kit(tmp_path / "kit", KIT, None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "kit").stat().st_mode) == 0o600


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "kit").write_text("the family photographs")
    with pytest.raises(KitError, match="exists already"):
        write_kit(tmp_path / "kit", KIT, None)
    assert (tmp_path / "kit").read_text() == "the family photographs"


def test_a_link_at_the_kits_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kit").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KitError, match="exists already"):
        write_kit(tmp_path / "kit", KIT, None)
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="No such file or directory"):
        write_kit(tmp_path / "stick" / "kit", KIT, None)


@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_half_written_kit_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: BaseException) -> None:
    def fail(descriptor: int) -> None:
        raise problem

    monkeypatch.setattr("node.files.os.fsync", fail)
    with pytest.raises((KitError, KeyboardInterrupt)):
        write_kit(tmp_path / "kit", KIT, None)
    assert list(tmp_path.iterdir()) == []


def test_the_file_and_then_its_folder_are_on_the_disk_when_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        "node.files.os.fsync", lambda descriptor: synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
    )
    write_kit(tmp_path / "kit", KIT, None)
    assert synced == [str(tmp_path / "kit"), str(tmp_path)]


def test_a_whole_kit_stays_when_its_disk_does_not_confirm_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_for_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("node.files.os.fsync", fail_for_folders)
    write_kit(tmp_path / "kit", KIT, None)
    assert contents(KIT) == contents(read_kit(tmp_path / "kit", None))
    assert ["picketline kit check" in line for line in caplog.messages] == [True]


@pytest.mark.parametrize("passphrase", ["", " ", "\n"])
def test_an_empty_passphrase_is_refused(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(KitError, match="empty"):
        write_kit(tmp_path / "kit", KIT, passphrase)
    assert not (tmp_path / "kit").exists()


def test_a_wrong_passphrase_gets_a_sentence_of_its_own() -> None:
    with pytest.raises(WrongPassphrase, match="does not open"):
        read_kit(GOLDEN, "bread and noses")


def test_a_sealed_kit_without_a_passphrase_is_refused() -> None:
    with pytest.raises(WrongPassphrase, match="is sealed"):
        read_kit(GOLDEN, None)


def test_a_passphrase_typed_on_a_machine_that_spells_hangul_in_parts_opens_it(tmp_path: Path) -> None:
    write_kit(tmp_path / "kit", KIT, "노동")
    assert contents(KIT) == contents(read_kit(tmp_path / "kit", "\u1102\u1169\u1103\u1169\u11bc"))


def test_a_kit_that_went_through_mail_opens(tmp_path: Path) -> None:
    mailed = "Here it is:\r\n\r\n" + GOLDEN.read_text().replace("\n", "\r\n") + "\r\nYours\r\n"
    (tmp_path / "kit").write_text(mailed)
    assert contents(KIT) == contents(read_kit(tmp_path / "kit", PASSPHRASE))
    assert is_sealed(tmp_path / "kit")


def test_sealed_and_plain_kits_are_told_apart() -> None:
    assert (is_sealed(GOLDEN), is_sealed(GOLDEN_PLAIN)) == (True, False)


def _write(body: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(body)

    return write


SEALED = GOLDEN.read_bytes()
PLAIN = GOLDEN_PLAIN.read_bytes()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "There is no file"),
        (lambda path: path.mkdir(), "cannot be read"),
        (_write(b""), "is empty"),
        (_write(b" \n"), "is empty"),
        (_write(b"Dear diary"), "is no recovery kit"),
        (_write(b"\x89PNG\r\n\x1a\n\x00\xff"), "is no recovery kit"),
        (_write(b"[1, 2]"), "is no recovery kit"),
        (_write(b'{"union": "did:key:z6Mk"}'), "is no recovery kit"),
        (_write(b'{"format": 1}'), "is no recovery kit"),
        (_write(b"x" * 70_000), "far too large"),
        (_write(PLAIN[:300]), "is no recovery kit"),
        (_write(PLAIN.replace(b"picketline-kit/1", b"picketline-kit/2")), "newer release"),
        (_write(SEALED[:400]), "cut short"),
        (_write(SEALED[:-10]), "cut short"),
        (_write(SEALED.replace(SEALED[100:164], b"", 1)), "does not open"),
        (_write(pyrage.encrypt(b"x", [pyrage.x25519.Recipient.from_str(RECIPIENT)])), "no passphrase opens"),
        (
            _write(pyrage.encrypt(b"x", [pyrage.x25519.Recipient.from_str(RECIPIENT)], armored=True)),
            "no passphrase",
        ),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(tmp_path: Path, make: Callable[[Path], None], says: str) -> None:
    path = tmp_path / "kit"
    make(path)
    with pytest.raises(KitError, match=re.escape(says)) as refused:
        read_kit(path, PASSPHRASE)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("union", "name", "url", "created", "rootKey", "ageIdentity")),
        *({name: 7} for name in ("union", "name", "url", "created", "rootKey", "ageIdentity")),
        {"created": "yesterday"},
        {"rootKey": "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"},
        {"rootKey": SEED_MULTIBASE[:-1]},
        {"rootKey": "not multibase"},
        {"ageIdentity": IDENTITY[:-1] + "Q"},
        {"ageIdentity": RECIPIENT},
    ],
)
def test_a_kit_with_a_missing_or_unreadable_part_is_damaged(
    plain: Callable[..., Path], changes: dict[str, object]
) -> None:
    with pytest.raises(KitError, match="is damaged"):
        read_kit(plain(**changes), None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"union": "did:key:z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V"},
            "root key is not that of its union",
        ),
        ({"fingerprint": "abandon " * 7 + "about"}, "root key is not that of its union"),
        ({"fingerprint": None}, "root key is not that of its union"),
        (
            {"ageRecipient": "age1mcyskx3fqvc6nhfparnjftkhwxtqvl55qf7m82w47s7jrw4z546q95v4qj"},
            "recipient differ",
        ),
        ({"ageRecipient": None}, "recipient differ"),
    ],
)
def test_keys_that_do_not_belong_together_are_refused(
    plain: Callable[..., Path], changes: dict[str, object], says: str
) -> None:
    with pytest.raises(KitError, match=says):
        read_kit(plain(**changes), None)


def test_members_of_later_releases_are_passed_over(plain: Callable[..., Path]) -> None:
    assert contents(KIT) == contents(read_kit(plain(hint="the blue drawer"), None))
