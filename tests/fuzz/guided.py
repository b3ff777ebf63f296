"""`python -m tests.fuzz.guided`: atheris changes tapes and bytes by what code they reach; a process for each reader.

Without atheris it says so and ends well. A finding leaves its bytes in `artefacts/fuzz/`; `--again FILE` repeats it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from federation.errors import FederationError

FOLDER: Final = Path("artefacts") / "fuzz"
_LONGEST: Final = 8192
"""Bytes of one case; headers are no longer."""
_SLOWEST: Final = 10
"""Seconds after which one case is a finding."""
_READY: Final = 300
"""Seconds beyond its time that a reader may take to load and end."""


def _reading(read: Callable[[bytes], object]) -> Callable[[bytes], None]:
    """Raw bytes to a reader, of which only declared errors may come."""

    def one(raw: bytes) -> None:
        with suppress(FederationError):
            read(raw)

    return one


def _property(module: str, name: str) -> Callable[[bytes], None]:
    """Tapes to a property of ours."""
    from importlib import import_module

    from tests.fuzz.tape import Tape

    test: Any = getattr(import_module(f"tests.fuzz.{module}"), f"test_{name}")
    return lambda raw: test.hypothesis.inner_test([Tape(raw)])


def _json() -> Callable[[bytes], None]:
    from federation.strictjson import loads

    return _reading(loads)


def _note() -> Callable[[bytes], None]:
    from federation.tlog.notes import read_note

    return _reading(read_note)


def _proof() -> Callable[[bytes], None]:
    from federation.tlog.proof_file import read_proof

    return _reading(read_proof)


def _dictionary() -> Callable[[bytes], None]:
    from federation.httpsig.fields import read_dictionary

    return _reading(lambda raw: read_dictionary((raw.decode("latin-1"),)))


READERS: Final[Mapping[str, Callable[[], Callable[[bytes], None]]]] = {
    "json": _json,
    "note": _note,
    "proof": _proof,
    "fields": _dictionary,
    "cavage": lambda: _property(
        "test_signatures", "sig_01_to_11_a_request_altered_on_its_way_by_cavage_is_refused_or_means_the_same"
    ),
    "rfc9421": lambda: _property(
        "test_signatures", "sig_38_to_42_a_request_altered_on_its_way_by_rfc_9421_is_refused_or_means_the_same"
    ),
    "addresses": lambda: _property("test_addresses", "ssrf_13_any_text_is_an_address_in_its_one_form_or_refused"),
    "activities": lambda: _property("test_activities", "jsn_11_any_object_is_an_activity_with_one_actor_or_none"),
    "html": lambda: _property("test_html", "html_01_any_foreign_html_is_inert_afterwards_or_refused"),
    "uploads": lambda: _property(
        "test_logs", "mir_07_any_upload_is_read_alike_in_any_pieces_and_holds_no_more_than_it_brings"
    ),
}
"""By name how each is loaded, so that what it loads can be watched."""


def main() -> int:
    """All readers one after the other, or in this process the one that is named; the exit code."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    asked.add_argument("reader", nargs="?", choices=READERS, help="only this one, in this process")
    asked.add_argument("--seconds", type=int, default=60, help="for each reader")
    asked.add_argument("--again", type=Path, help="a file to repeat with the reader that is named")
    given = asked.parse_args()
    if find_spec("atheris") is None:
        sys.stdout.write("atheris is not installed, so no reader is fuzzed by watching the code.\n")
        return 0
    if given.reader is not None:
        _watch(given.reader, given.seconds, given.again)
        return 0
    return max(_run_apart(reader, given.seconds) for reader in READERS)


def _run_apart(reader: str, seconds: int) -> int:
    command = [sys.executable, "-m", "tests.fuzz.guided", reader, "--seconds", str(seconds)]
    code = subprocess.run(command, check=False, timeout=seconds + _READY).returncode
    sys.stdout.write(f"{reader}: {'nothing was found' if code == 0 else 'a finding, see above'}\n")
    sys.stdout.flush()
    return 0 if code == 0 else 1


def _watch(reader: str, seconds: int, again: Path | None) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    folder = FOLDER / reader
    folder.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["federation", "http_sf", "idna"]):
        one = READERS[reader]()
    for number, seed in enumerate(_seeds()):
        (folder / f"seed-{number}").write_bytes(seed[:_LONGEST])
    if again is not None:
        one(again.read_bytes())
        return
    options = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", f"-timeout={_SLOWEST}", "-rss_limit_mb=1024"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/found-", str(folder)], one)
    atheris.Fuzz()


def _seeds() -> list[bytes]:
    """What real servers sent; for tapes they are as good as any other bytes."""
    from tests.fuzz.seeds import BODIES, REQUESTS

    headers = [sent["headers"] for sent in REQUESTS]
    fields = [head[name].encode() for head in headers for name in ("signature-input", "signature") if name in head]
    return [*BODIES, *fields]


if __name__ == "__main__":
    sys.exit(main())
