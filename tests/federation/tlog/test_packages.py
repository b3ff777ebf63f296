"""Uploads of entries as C2SP tlog-mirror has them: written, and read in whatever pieces they come."""

from __future__ import annotations

import pytest

from federation.tlog.errors import BadUpload
from federation.tlog.packages import (
    MirrorInfo,
    Package,
    Span,
    Upload,
    UploadReader,
    read_info,
    spans,
    write_info,
    write_package,
    write_upload,
)

LARGEST = 100
ORIGIN = "did:key:z6Mk/1"


def made(start: int, end: int, *, ticket: bytes = b"") -> tuple[bytes, list[Package]]:
    """An upload, and the packages in it."""
    packages = [
        Package(
            span=span,
            entries=[str(place).encode() for place in range(span.start, span.end)],
            proof=[bytes([number]) * 32 for number in range(3)],
        )
        for span in spans(start, end)
    ]
    head = write_upload(Upload(origin=ORIGIN, start=start, end=end, ticket=ticket))
    return head + b"".join(write_package(one.entries, one.proof) for one in packages), packages


def read(raw: bytes, step: int) -> tuple[Upload | None, list[Package]]:
    reader, upload, found = UploadReader(largest_entry=LARGEST), None, []
    for at in range(0, len(raw), step):
        reader.feed(raw[at : at + step])
        upload = upload or reader.read_upload()
        while upload is not None and (package := reader.read_package()) is not None:
            found.append(package)
    return upload, found


def test_packages_end_at_multiples_of_256() -> None:
    assert list(spans(100, 700)) == [
        Span(first=0, start=100, end=256),
        Span(first=256, start=256, end=512),
        Span(first=512, start=512, end=700),
    ]
    assert [] == list(spans(256, 256))


def test_an_upload_is_laid_out_as_the_specification_says() -> None:
    raw = write_upload(Upload(origin="ab", start=1, end=258, ticket=b"t")) + write_package([b"xyz"], [b"h" * 32])
    assert raw == (
        b"\x00\x02ab" + b"\x00" * 7 + b"\x01" + b"\x00" * 6 + b"\x01\x02" + b"\x00\x01t"
        b"\x00\x03xyz" + b"\x01" + b"h" * 32
    )  # fmt: skip


@pytest.mark.parametrize("step", [1, 7, 1000, 10**6])
def test_an_upload_is_read_in_whatever_pieces_it_comes(step: int) -> None:
    raw, packages = made(250, 600, ticket=b"opaque")
    upload, found = read(raw, step)
    assert Upload(origin=ORIGIN, start=250, end=600, ticket=b"opaque") == upload
    assert packages == found


@pytest.mark.parametrize("cut", [0, 1, 20, 40, 3000])
def test_what_is_cut_off_is_no_package(cut: int) -> None:
    raw, packages = made(0, 600)
    _, found = read(raw[: len(raw) - 1 - cut], 512)
    assert packages[: len(found)] == found
    assert len(found) < len(packages)


def test_the_reader_holds_no_more_than_a_package() -> None:
    reader = UploadReader(largest_entry=LARGEST)
    raw, _ = made(0, 256 * 40)
    most = 0
    for at in range(0, len(raw), 100):
        reader.feed(raw[at : at + 100])
        if at == 0:
            assert reader.read_upload()
        while reader.read_package():
            pass
        most = max(most, len(reader._buffer))
    assert most <= 400
    assert reader.is_over


def test_an_entry_that_is_too_long_is_refused_when_its_length_is_seen() -> None:
    reader = UploadReader(largest_entry=LARGEST)
    reader.feed(write_upload(Upload(origin=ORIGIN, start=0, end=1)) + (LARGEST + 1).to_bytes(2, "big"))
    assert reader.read_upload()
    with pytest.raises(BadUpload, match="more than the 100"):
        reader.read_package()


def test_a_proof_has_at_most_63_hashes() -> None:
    reader = UploadReader(largest_entry=LARGEST)
    reader.feed(write_upload(Upload(origin=ORIGIN, start=0, end=1)) + b"\x00\x01x" + b"\x40")
    assert reader.read_upload()
    with pytest.raises(BadUpload, match="at most 63"):
        reader.read_package()


@pytest.mark.parametrize(("start", "end"), [(2, 1), (0, 2**63), (2**64 - 1, 2**64 - 1)])
def test_places_where_no_log_is_are_refused(start: int, end: int) -> None:
    reader = UploadReader(largest_entry=LARGEST)
    reader.feed(write_upload(Upload(origin=ORIGIN, start=start, end=end)))
    with pytest.raises(BadUpload):
        reader.read_upload()


def test_an_origin_is_text() -> None:
    reader = UploadReader(largest_entry=LARGEST)
    reader.feed(b"\x00\x01\xff" + bytes(16) + b"\x00\x00")
    with pytest.raises(BadUpload):
        reader.read_upload()


def test_how_far_a_mirror_is_stands_in_three_lines() -> None:
    info = MirrorInfo(size=12, next=3, ticket=b"\x00\x01")
    assert b"12\n3\nAAE=\n" == write_info(info)
    assert info == read_info(write_info(info))
    assert MirrorInfo(size=1, next=0) == read_info(b"1\n0\n\n")


@pytest.mark.parametrize(
    "raw", [b"", b"1\n2\n", b"1\n2\n\n\n", b"01\n2\n\n", b"1\n-2\n\n", b"1\n2\n!\n", b"\xff\n2\n\n", b"1\n2\n\nx"]
)
def test_what_is_no_three_lines_is_refused(raw: bytes) -> None:
    with pytest.raises(BadUpload):
        read_info(raw)
