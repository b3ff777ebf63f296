"""Private keys are written once, read only by their owner, and never half."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.keys import ActorKeys, dump_private_pem, encode_multikey, new_actor_keys, new_ed25519
from node.vault import KeyDamaged, KeyExists, KeyExposed, KeyMissing, Vault, VaultError


@pytest.fixture(scope="module")
def keys() -> ActorKeys:
    return new_actor_keys()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def raw(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes_raw()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_nodes_keys_come_back_after_a_restart(tmp_path: Path) -> None:
    log, cosigner = new_ed25519(), new_ed25519()
    Vault(tmp_path).add_log_key(log)
    Vault(tmp_path).add_cosigner_key(cosigner)
    again = Vault(tmp_path)
    assert (raw(log), raw(cosigner)) == (raw(again.log_key()), raw(again.cosigner_key()))


def test_an_actors_keys_come_back_after_a_restart(tmp_path: Path, keys: ActorKeys) -> None:
    Vault(tmp_path).add_actor("koreno", keys)
    again = Vault(tmp_path).actor_keys("koreno")
    assert keys.rsa.private_numbers() == again.rsa.private_numbers()
    assert raw(keys.ed25519) == raw(again.ed25519)


def test_an_actors_keys_are_read_from_the_disk_once(vault: Vault, tmp_path: Path, keys: ActorKeys) -> None:
    vault.add_actor("koreno", keys)
    first = vault.actor_keys("koreno")
    (tmp_path / "keys/actors/koreno/rsa.pem").unlink()
    assert vault.actor_keys("koreno") is first


def test_files_and_folders_are_closed_to_others_whatever_the_umask(
    vault: Vault, tmp_path: Path, keys: ActorKeys
) -> None:
    before = os.umask(0)
    try:
        vault.add_log_key(new_ed25519())
        vault.add_cosigner_key(new_ed25519())
        vault.add_actor("koreno", keys)
    finally:
        os.umask(before)
    found = {str(path.relative_to(tmp_path)): mode(path) for path in sorted((tmp_path / "keys").rglob("*"))} | {
        "keys": mode(tmp_path / "keys")
    }
    assert found == {
        "keys": 0o700,
        "keys/actors": 0o700,
        "keys/actors/koreno": 0o700,
        "keys/actors/koreno/ed25519.pem": 0o600,
        "keys/actors/koreno/rsa.pem": 0o600,
        "keys/cosigner.pem": 0o600,
        "keys/log.pem": 0o600,
    }


def test_a_key_is_never_overwritten(vault: Vault, keys: ActorKeys) -> None:
    first = new_ed25519()
    vault.add_log_key(first)
    vault.add_actor("koreno", keys)
    with pytest.raises(KeyExists, match=r"log\.pem exists already"):
        vault.add_log_key(new_ed25519())
    with pytest.raises(KeyExists, match="koreno exists already"):
        vault.add_actor("koreno", ActorKeys(rsa=keys.rsa, ed25519=new_ed25519()))
    assert raw(first) == raw(vault.log_key())
    assert raw(keys.ed25519) == raw(vault.actor_keys("koreno").ed25519)


def test_what_a_crash_left_is_neither_used_nor_in_the_way(vault: Vault, tmp_path: Path, keys: ActorKeys) -> None:
    (tmp_path / "keys/actors/.koreno.new").mkdir(parents=True)
    (tmp_path / "keys/actors/.koreno.new/rsa.pem").write_text("half")
    (tmp_path / "keys/.log.pem.new").write_text("half")
    with pytest.raises(KeyMissing):
        vault.actor_keys("koreno")
    log = new_ed25519()
    vault.add_log_key(log)
    vault.add_actor("koreno", keys)
    assert raw(log) == raw(vault.log_key())
    assert raw(keys.ed25519) == raw(Vault(tmp_path).actor_keys("koreno").ed25519)
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_when_the_second_key_cannot_be_written_the_first_is_not_kept(
    vault: Vault, tmp_path: Path, keys: ActorKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def full_disk(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 5:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("node.files.os.fsync", full_disk)
    with pytest.raises(VaultError, match="No space left"):
        vault.add_actor("koreno", keys)
    monkeypatch.undo()
    assert not (tmp_path / "keys/actors/koreno").exists()
    vault.add_actor("koreno", keys)


def test_a_disk_that_cannot_sync_folders_at_all_keeps_keys(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_for_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr("node.files.os.fsync", fail_for_folders)
    log = new_ed25519()
    vault.add_log_key(log)
    assert raw(log) == raw(vault.log_key())


def test_a_disk_that_does_not_confirm_a_folder_is_a_sentence(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_for_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("node.files.os.fsync", fail_for_folders)
    with pytest.raises(VaultError, match="Input/output error"):
        vault.add_log_key(new_ed25519())


def test_a_link_at_a_keys_place_is_not_followed(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys/log.pem").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultError):
        vault.add_log_key(new_ed25519())
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("loose", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_key_file_open_to_others_is_refused_with_the_cure(vault: Vault, tmp_path: Path, loose: int) -> None:
    vault.add_log_key(new_ed25519())
    path = tmp_path / "keys/log.pem"
    path.chmod(loose)
    with pytest.raises(KeyExposed, match=f"chmod 600 {path}"):
        vault.log_key()
    path.chmod(0o600)
    vault.log_key()


@pytest.mark.parametrize("name", ["rsa.pem", "ed25519.pem"])
def test_an_actors_key_file_open_to_others_is_refused(vault: Vault, tmp_path: Path, keys: ActorKeys, name: str) -> None:
    vault.add_actor("koreno", keys)
    (tmp_path / "keys/actors/koreno" / name).chmod(0o644)
    with pytest.raises(KeyExposed, match=name):
        vault.actor_keys("koreno")


def test_a_missing_key_is_named(vault: Vault) -> None:
    with pytest.raises(KeyMissing, match=r"log\.pem is missing"):
        vault.log_key()
    with pytest.raises(KeyMissing, match=r"cosigner\.pem is missing"):
        vault.cosigner_key()
    with pytest.raises(KeyMissing, match=r"koreno/rsa\.pem is missing"):
        vault.actor_keys("koreno")


def test_a_key_of_the_wrong_kind_or_no_key_is_refused(vault: Vault, tmp_path: Path, keys: ActorKeys) -> None:
    vault.add_log_key(new_ed25519())
    vault.add_actor("koreno", keys)
    for path, wrong in {
        "keys/log.pem": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "keys/actors/koreno/rsa.pem": dump_private_pem(keys.ed25519),
    }.items():
        (tmp_path / path).write_bytes(wrong)
    with pytest.raises(KeyDamaged, match=r"log\.pem"):
        vault.log_key()
    with pytest.raises(KeyDamaged, match=r"rsa\.pem"):
        vault.actor_keys("koreno")


@pytest.mark.parametrize("handle", ["", "..", "../x", "a/b", ".hidden", "a b", "a\0b", "노동", "x" * 65])
def test_a_handle_never_leads_out_of_the_folder(vault: Vault, keys: ActorKeys, handle: str) -> None:
    with pytest.raises(VaultError, match="is no handle"):
        vault.add_actor(handle, keys)
    with pytest.raises(VaultError, match="is no handle"):
        vault.actor_keys(handle)


def test_no_sentence_shows_a_key(vault: Vault, tmp_path: Path) -> None:
    vault.add_log_key(new_ed25519())
    secret = (tmp_path / "keys/log.pem").read_text().splitlines()[1]
    (tmp_path / "keys/log.pem").chmod(0o644)
    with pytest.raises(KeyExposed) as refused:
        vault.log_key()
    assert secret not in str(refused.value)


def with_epoch(vault: Vault) -> tuple[bytes, bytes]:
    """The keys of an epoch, in place."""
    vault.add_log_key(new_ed25519())
    vault.add_cosigner_key(new_ed25519())
    return raw(vault.log_key()), raw(vault.cosigner_key())


def test_the_keys_of_an_epoch_wait_until_a_charter_names_them(vault: Vault, tmp_path: Path) -> None:
    old = with_epoch(vault)
    named = vault.stage_epoch()
    assert (named, old) == (vault.find_staged_epoch(), (raw(vault.log_key()), raw(vault.cosigner_key())))
    assert [0o700, 0o600, 0o600] == [
        mode(tmp_path / "keys/epoch.next" / name) for name in ("", "log.pem", "cosigner.pem")
    ]
    vault.promote_epoch(*named)
    assert named == tuple(encode_multikey(key.public_key()) for key in (vault.log_key(), vault.cosigner_key()))
    assert vault.find_staged_epoch() is None
    assert ["cosigner.pem", "log.pem"] == sorted(
        path.name for path in (tmp_path / "keys").glob("*.*") if path.suffix == ".pem"
    )
    assert not (tmp_path / "keys/epoch.next").exists()


def test_keys_that_no_charter_names_stay_out_of_use_and_give_way_to_new_ones(vault: Vault) -> None:
    old = with_epoch(vault)
    first = vault.stage_epoch()
    vault.promote_epoch("zSomething", "zElse")
    assert old == (raw(vault.log_key()), raw(vault.cosigner_key()))
    second = vault.stage_epoch()
    assert second == vault.find_staged_epoch()
    assert set(first).isdisjoint(second)
    vault.promote_epoch(*first)
    assert old == (raw(vault.log_key()), raw(vault.cosigner_key()))


def test_a_change_of_epoch_that_broke_off_in_the_middle_is_finished(vault: Vault, tmp_path: Path) -> None:
    with_epoch(vault)
    log, cosigner = vault.stage_epoch()
    vault.promote_epoch("zNotYet", cosigner)
    assert (None, cosigner) == (vault.find_staged_epoch(), encode_multikey(vault.cosigner_key().public_key()))
    vault.promote_epoch(log, cosigner)
    assert log == encode_multikey(vault.log_key().public_key())
    vault.promote_epoch(log, cosigner)
    assert not (tmp_path / "keys/epoch.next").exists()
