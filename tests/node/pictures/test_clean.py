"""The child process: what it may, what it costs, and that whatever breaks it breaks nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from node.pictures import clean as cleaning
from node.pictures.clean import clean
from node.pictures.headers import LARGEST_FILE
from node.pictures.refusals import NotTaken
from node.refusal import Refusal
from tests.node.pictures.making import (
    FORMATS,
    PLANTED,
    TELLING,
    a_photo,
    chunk,
    encoded,
    gif_of,
    opened,
    png_of,
)
from tests.node.pictures.mutating import mutated

ROOT = Path(__file__).parents[3]
WEIGHS: Final = """
import resource, sys
from pathlib import Path
from node.pictures.clean import clean
from node.pictures.refusals import NotTaken
try:
    outcome = clean(Path(sys.argv[1])).file.width
except NotTaken as refused:
    outcome = refused.reason
print(outcome, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A process of its own: until a child begins, it counts with the weight of whoever starts it."""

TRIES = """
import os, socket, sys
from node.pictures.child import give_up_rights
give_up_rights()
def denied(act):
    try:
        act()
    except (OSError, MemoryError, ValueError):
        return 1
    return 0
import resource
tries = [
    lambda: open("/etc/passwd"),
    lambda: open("/tmp/picture-was-here", "w"),
    lambda: socket.socket(),
    lambda: os.pipe(),
    lambda: os.fork() or os._exit(0),
    lambda: bytearray(400 * 1024 * 1024),
    lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)),
]
sys.stdout.write("".join(str(denied(act)) for act in tries))
"""
SPIES = """
import os, sys
open_ones = {int(name) for name in os.listdir("/proc/self/fd")} - {0, 1, 2}
still = [fd for fd in open_ones if os.path.exists(f"/proc/self/fd/{fd}")]
told = set(os.environ) - {"LC_CTYPE"}
print('{"refused": "%s"}' % ("heavy" if told or still else "frames"))
"""


@pytest.fixture
def a_file(tmp_path: Path) -> Path:
    path = tmp_path / "IMG_holiday.jpg"
    path.write_bytes(TELLING["JPEG"]())
    return path


def child(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Another child in the place of ours."""
    monkeypatch.setattr(cleaning, "CHILD", (sys.executable, "-c", program))


def reason(path: Path, **how: timedelta) -> str:
    with pytest.raises(NotTaken) as refused:
        clean(path, **how)
    return refused.value.reason


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_goes_through_the_child_whatever_its_name(format: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.svg"
    path.write_bytes(TELLING[format]())
    cleaned = clean(path)
    assert f"image/{format.lower()}" == cleaned.file.media_type
    assert PLANTED not in cleaned.file.body
    image = opened(cleaned.file.body)
    assert ((cleaned.file.width, cleaned.file.height), format) == (image.size, image.format)
    assert 28 == len(cleaned.blurhash)


def test_a_large_picture_comes_back_with_its_preview(tmp_path: Path) -> None:
    path = tmp_path / "crowd.jpg"
    path.write_bytes(encoded(Image.effect_noise((2400, 1600), 40).convert("RGB"), "JPEG"))
    cleaned = clean(path)
    assert cleaned.preview is not None
    assert ((2048, 1365), (640, 427)) == (opened(cleaned.file.body).size, opened(cleaned.preview.body).size)


def test_the_file_itself_is_not_touched(a_file: Path) -> None:
    before = a_file.read_bytes(), a_file.stat().st_mtime_ns
    clean(a_file)
    assert before == (a_file.read_bytes(), a_file.stat().st_mtime_ns)
    assert [a_file] == list(a_file.parent.iterdir())


@pytest.mark.parametrize("raw", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"II*\x00" + bytes(99)])
def test_med_05_and_08_what_is_no_picture_starts_no_child(
    raw: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "CHILD", ("/nonexistent",))
    path = tmp_path / "cat.png"
    path.write_bytes(raw)
    with pytest.raises(NotTaken, match=r"^cat\.png is no JPEG, PNG, WebP or GIF picture"):
        clean(path)


@pytest.mark.parametrize(("raw", "why"), [(png_of(30_000, 30_000), "large"), (gif_of(100_000), "frames")])
def test_med_07_a_bomb_is_refused_at_once(
    raw: bytes, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "CHILD", ("/nonexistent",))
    path = tmp_path / "bomb.png"
    path.write_bytes(raw)
    assert why == reason(path)


def test_med_07_the_largest_pictures_stay_within_the_memory_of_a_child(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    for mode, size in (("1", (7000, 5600)), ("RGBA", (6000, 4000))):
        path.write_bytes(encoded(Image.new(mode, size), "PNG", compress_level=1))
        told = subprocess.run([sys.executable, "-c", WEIGHS, path], cwd=ROOT, capture_output=True, check=True)
        outcome, used = told.stdout.split()
        assert outcome in {b"2048", b"large", b"unopened"}
        assert int(used) * 1024 < 300 * 1024 * 1024


def test_an_ordinary_photograph_of_a_good_camera_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(a_photo(6000, 4000), "JPEG"))
    assert (2048, 1365) == (clean(path).file.width, clean(path).file.height)


@pytest.mark.parametrize("name", [b"iCCP", b"zTXt", b"iTXt"])
def test_a_chunk_that_unpacks_to_very_much_harms_nobody(name: bytes, tmp_path: Path) -> None:
    packed = zlib.compress(bytes(350 * 2**20), 1)
    head = {b"iCCP": b"p\0\0", b"zTXt": b"k\0\0", b"iTXt": b"k\0\1\0\0\0"}[name]
    raw = encoded(a_photo(), "PNG")
    path = tmp_path / "bomb.png"
    path.write_bytes(raw[:33] + chunk(name, head + packed) + raw[33:])
    try:
        assert len(clean(path).file.body) < 10_000
    except NotTaken as refused:
        assert refused.reason in {"damaged", "large"}  # noqa: PT017


def test_a_child_has_no_file_no_network_no_process_and_little_memory() -> None:
    done = subprocess.run([sys.executable, "-c", TRIES], cwd=ROOT, capture_output=True, check=True)
    assert b"1111111" == done.stdout


def test_a_child_inherits_no_environment_and_no_open_file(a_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKETLINE_SECRET", "x")
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    child(monkeypatch, SPIES)
    try:
        assert "frames" == reason(a_file)
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import time; time.sleep(60)", "slow"),
        ("import os; os.kill(os.getpid(), 24)", "slow"),
        ("import os; os.kill(os.getpid(), 11)", "damaged"),
        ("raise SystemExit(3)", "damaged"),
        ("pass", "damaged"),
        ("print('no JSON')", "damaged"),
        ("print('[]')", "damaged"),
        ("print('{}')", "damaged"),
        ('print(\'{"refused": "<b>anything</b>"}\')', "damaged"),
        ('print(\'{"drawings": [], "blurhash": "x"}\')', "damaged"),
        ('print(\'{"drawings": [["image/png", 9, 9, 3]], "blurhash": "x"}\\nabc\')', "strange"),
        ('print(\'{"drawings": [["image/svg+xml", 9, 9, 6]], "blurhash": "x"}\\n<svg/>\')', "strange"),
        ("print('9' * 99_000_000)", "damaged"),
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(
    program: str, why: str, a_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child(monkeypatch, program)
    assert why == reason(a_file, patience=timedelta(seconds=2))


def test_a_file_that_is_too_heavy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "heavy.png"
    with path.open("wb") as file:
        file.write(png_of(9, 9))
        file.truncate(LARGEST_FILE + 1)
    assert "heavy" == reason(path)


def test_what_is_no_file_is_refused_and_nobody_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "missing.jpg", Path("/dev/zero")):
        with pytest.raises(Refusal, match=r"(is no file|cannot be read)"):
            clean(path)


def mutate(seed: int, number: int) -> dict[str, int]:
    """Mutated pictures in one child; it ends with 0 whatever they do to the decoders, or this raises."""
    module = [sys.executable, "-m", "tests.node.pictures.mutating", str(seed), str(number)]
    done = subprocess.run(module, cwd=ROOT, capture_output=True, timeout=100, check=True)
    counted: dict[str, int] = json.loads(done.stdout)
    return counted


def test_med_09_a_hundred_mutated_pictures_are_drawn_or_refused() -> None:
    counted = mutate(9, 100)
    assert 100 == sum(counted.values())
    assert counted["drawn"] > 5
    assert counted["refused"] > 5


@pytest.mark.soak
def test_med_09_a_thousand_mutated_pictures_each_in_a_child_of_its_own(tmp_path: Path) -> None:
    path, taken = tmp_path / "picture.jpg", 0
    for raw in mutated(1, 1000):
        path.write_bytes(raw)
        try:
            clean(path)
            taken += 1
        except NotTaken:
            continue
    assert 50 < taken < 950
