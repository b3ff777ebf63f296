"""Media bytes on the disk: files of their owner's alone, renamed into place."""

import errno
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.blobs import DiskBlobs
from storage.errors import StorageError, StoreFull
from storage.ids import Digest

HELLO = Digest(hashlib.sha256(b"hello").hexdigest())
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def blobs(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path / "media")


def only_file(folder: Path) -> Path:
    (kept,) = [path for path in folder.rglob("*") if path.is_file()]
    return kept


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def test_bytes_are_kept_under_their_digest_for_their_owner_alone(blobs: DiskBlobs, tmp_path: Path) -> None:
    assert HELLO == await blobs.add_blob(b"hello")
    assert [f"media/{HELLO[:2]}/{HELLO[2:4]}/{HELLO}"] == files(tmp_path)
    assert [] == [path for path in (tmp_path / "media").rglob("*") if path.stat().st_mode & 0o077]
    assert (b"hello", 5) == (await blobs.read_blob(HELLO), await blobs.find_size(HELLO))


async def test_the_same_bytes_are_kept_once_and_count_as_new(blobs: DiskBlobs, tmp_path: Path) -> None:
    await blobs.add_blob(b"hello")
    os.utime(only_file(tmp_path), (0, 0))
    await blobs.add_blob(b"hello")
    assert [] == await blobs.list_blobs(added_before=datetime(2000, 1, 1, tzinfo=UTC))
    assert 1 == len(files(tmp_path))


async def test_what_the_disk_changed_is_written_anew(blobs: DiskBlobs, tmp_path: Path) -> None:
    await blobs.add_blob(b"hello")
    only_file(tmp_path).write_bytes(b"hullo")
    await blobs.add_blob(b"hello")
    assert b"hello" == await blobs.read_blob(HELLO)


async def test_removed_bytes_are_gone(blobs: DiskBlobs, tmp_path: Path) -> None:
    await blobs.add_blob(b"hello")
    await blobs.remove_blob(HELLO)
    assert [] == files(tmp_path)


async def test_listing_is_by_age_and_clears_what_was_half_written(blobs: DiskBlobs, tmp_path: Path) -> None:
    old, new = await blobs.add_blob(b"old"), await blobs.add_blob(b"new")
    kept = tmp_path / "media" / old[:2] / old[2:4] / old
    half = kept.with_name(f"{old}.12345678.new")
    half.write_bytes(b"o")
    os.utime(kept, (0, 0))
    os.utime(half, (0, 0))
    assert [old] == await blobs.list_blobs(added_before=datetime(2000, 1, 1, tzinfo=UTC))
    assert not half.exists()
    assert sorted([old, new]) == await blobs.list_blobs(added_before=LATER)


async def test_a_full_disk_is_said_and_leaves_nothing(
    blobs: DiskBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull, match="disk is full"):
        await blobs.add_blob(b"hello")
    monkeypatch.undo()
    assert [] == files(tmp_path)


async def test_a_crash_before_the_name_leaves_no_blob(
    blobs: DiskBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_self: Path, _target: Path) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        blobs._add(HELLO, b"hello")
    assert [] == files(tmp_path)


async def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("no folder")
    with pytest.raises(StorageError, match="media folder cannot be used"):
        await DiskBlobs(tmp_path / "media").add_blob(b"hello")
