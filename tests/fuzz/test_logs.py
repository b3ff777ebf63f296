"""What peers' logs are made of: notes, heads, tiles, bundles, proofs, uploads, entries; read as written, or refused."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from federation.errors import BadKey, Unintelligible
from federation.mirror.entries import read_entry
from federation.mirror.errors import BrokenLog
from federation.mirror.hearing import read_word
from federation.mirror.receive import Submission, read_submission, write_submission
from federation.proofs.jcs import canonical
from federation.tlog.checkpoints import open_checkpoint, read_checkpoint, write_checkpoint
from federation.tlog.cosignatures import add_lines
from federation.tlog.errors import BadBundle, BadCheckpoint, BadNote, BadProof, BadProofFile, BadUpload
from federation.tlog.merkle import MAX_PROOF
from federation.tlog.notes import ED25519, MAX_SIGNATURES, is_key_name, make_vkey, read_note, read_vkey
from federation.tlog.packages import MirrorInfo, UploadReader, read_info, write_info
from federation.tlog.proof_file import read_proof, verify_proof, write_proof
from federation.tlog.tiles import parse_tile_path, read_bundle, tile_path, write_bundle
from storage.ids import Did
from tests.federation.tlog.test_packages import LARGEST, made
from tests.federation.tlog.test_proof_file import HEAD, KEY, NOTE, ORIGIN, RECEIPT, proof_of
from tests.fuzz.driving import tried, within
from tests.fuzz.tape import Tape
from tests.fuzz.wild import NUMBERS, broken, broken_text

PUBLIC: Final = KEY.public_key()
VKEY: Final = str(make_vkey(ORIGIN, ED25519, PUBLIC))
PIECES: Final = (
    *("\n", "\n\n", "— ", "-- ", " ", "+", "=", "==", "\r\n", "A" * 44, "A" * 43 + "=", "index ", "extra ", "old "),
    *("tile/",),
    *("entries/", ".p/", "x000/", "000", "256", "/", "\u2028", "\x1f", "é", RECEIPT, ORIGIN),
    *("c2sp.org/tlog-proof@v1\n",),
    *NUMBERS,
)  # fmt: skip
BYTES: Final = tuple(piece.encode() for piece in PIECES)
PROOF_FILES: Final = tuple(write_proof(proof_of(index, extra)) for index, extra in ((0, None), (299, b'{"a":1}')))
SUBMISSION: Final = write_submission(Submission(7, (b"h" * 32, b"i" * 32), NOTE))
HOME: Final = "https://union.example"
ENTRY: Final = canonical(
    {
        "activity": f"{HOME}/activities/1",
        "digest": "zQmX",
        "object": f"{HOME}/objects/1",
        "published": "2026-11-22T12:00:00Z",
        "type": "Create",
    }
)
UPLOADS: Final = tuple(
    made(start, end, ticket=b"t")[0] for start, end in ((0, 3), (250, 262), (0, 0), (2**62, 2**62 + 2))
)
PATHS: Final = ("tile/0/x001/x234/067", "tile/entries/000.p/255", "tile/63/001", "tile/8/x999/999.p/1")


@tried
def test_any_bytes_are_a_note_with_its_signatures_or_refused(tape: Tape) -> None:
    raw = broken(tape, NOTE, pieces=BYTES)
    try:
        note = within(300 + 40 * raw.count(b"\n"), read_note, raw)
    except BadNote:
        return
    assert raw == f"{note.text}\n{''.join(signature.line for signature in note.signatures)}".encode()
    assert 1 <= len(note.signatures) <= MAX_SIGNATURES
    assert all(is_key_name(signature.name) for signature in note.signatures)
    again = read_note(add_lines(raw, [RECEIPT]))
    assert again.text == note.text


@tried
def test_mir_01_a_head_that_was_changed_is_never_believed(tape: Tape) -> None:
    raw = broken(tape, NOTE, pieces=BYTES)
    try:
        head = within(700 + 40 * raw.count(b"\n"), open_checkpoint, raw, origin=ORIGIN, public=PUBLIC)
    except BadCheckpoint:
        return
    assert head == HEAD


@tried
def test_any_text_is_a_head_as_it_would_be_written_or_refused(tape: Tape) -> None:
    text = broken_text(tape, write_checkpoint(HEAD), pieces=PIECES)
    try:
        head = within(100, read_checkpoint, text)
    except BadCheckpoint:
        return
    assert text == write_checkpoint(head)


@tried
def test_any_bytes_are_entries_as_they_would_be_written_or_refused(tape: Tape) -> None:
    raw = broken(tape, write_bundle([b"a" * 7, b"", b"b" * 300, b"c"]))
    try:
        entries = within(60 + 12 * 256, read_bundle, raw, most=256)
    except BadBundle:
        return
    assert raw == write_bundle(entries)
    assert len(entries) <= 256


@tried
def test_any_bytes_are_a_proof_as_it_would_be_written_or_refused(tape: Tape) -> None:
    raw = broken(tape, tape.choice(PROOF_FILES), pieces=BYTES)
    try:
        proof = within(300 + 30 * MAX_PROOF, read_proof, raw)
    except BadProofFile:
        return
    assert raw == write_proof(proof)
    assert len(proof.inclusion) <= MAX_PROOF
    try:
        head = verify_proof(proof, entry=b"entry-299", origin=ORIGIN, public=PUBLIC)
    except (BadProof, BadCheckpoint):
        return
    assert (head, proof.index, list(proof.inclusion)) == (HEAD, 299, list(proof_of(299).inclusion))


@tried
def test_any_path_names_one_tile_in_one_spelling_or_none(tape: Tape) -> None:
    path = broken_text(tape, tape.choice(PATHS), pieces=PIECES)
    name = within(60, parse_tile_path, path)
    if name is not None:
        assert path == tile_path("entries" if name.level is None else name.level, name.number, name.width)
        assert (0 <= (name.level or 0) <= 63, 1 <= name.width <= 256, name.number < 10**20) == (True, True, True)


@tried
def test_mir_07_any_upload_is_read_alike_in_any_pieces_and_holds_no_more_than_it_brings(tape: Tape) -> None:
    raw = broken(tape, tape.choice(UPLOADS))
    whole = read_in(raw, [len(raw)])
    assert whole == read_in(raw, [tape.randrange(1, 64) for _ in range(8)])
    assert sum(map(len, whole[1])) <= len(raw)


def read_in(raw: bytes, steps: list[int]) -> tuple[object, list[bytes], bool]:
    """What is read of an upload that comes in pieces of these sizes, in turn; and whether it was refused."""
    reader, upload, found, at = UploadReader(largest_entry=LARGEST), None, list[bytes](), 0
    try:
        for turn in range(len(raw) + 1):
            reader.feed(raw[at : at + steps[turn % len(steps)]])
            at += steps[turn % len(steps)]
            upload = upload or reader.read_upload()
            while upload is not None and (package := within(4_000, reader.read_package)) is not None:
                assert len(package.proof) <= MAX_PROOF
                assert len(package.entries) == package.span.end - package.span.start <= 256
                found += [*package.entries, *package.proof]
            if at >= len(raw):
                break
    except BadUpload:
        return upload, found, True
    return upload, found, False


@tried
def test_any_bytes_are_what_a_mirror_says_of_itself_or_refused(tape: Tape) -> None:
    raw = broken(tape, write_info(MirrorInfo(size=300, next=7, ticket=b"ticket")), pieces=BYTES)
    try:
        assert raw == write_info(within(100, read_info, raw))
    except BadUpload:
        return


@tried
def test_any_bytes_are_word_of_a_newer_head_or_refused(tape: Tape) -> None:
    raw = broken(tape, SUBMISSION, pieces=BYTES)
    try:
        submission = within(300 + 30 * MAX_PROOF + raw.count(b"\n") * 30, read_submission, raw)
    except Unintelligible:
        return
    assert raw == write_submission(submission)


@tried
def test_mir_09_any_entry_lies_on_a_home_of_its_union_or_stops_the_log(tape: Tape) -> None:
    raw = broken(
        tape, ENTRY, pieces=[*BYTES, b'","', b"@", b".evil.example", b":443", b"http://", b"\\u0061", b"\\ud800"]
    )
    try:
        entry = within(1_000 + 4 * len(raw), read_entry, raw, [HOME])
    except BrokenLog:
        return
    lies = urlsplit(entry.activity)
    assert (lies.scheme, lies.hostname, lies.port or 443, lies.username) == (
        "https",
        urlsplit(HOME).hostname,
        443,
        None,
    )
    said = (entry.activity, entry.digest, entry.object, entry.published, entry.type)
    names = ("activity", "digest", "object", "published", "type")
    assert raw == canonical(dict(zip(names, said, strict=True)))


@tried
def test_any_bytes_are_a_mirrors_word_about_a_union_or_nothing(tape: Tape) -> None:
    sound = canonical({"union": ORIGIN, "heard_at": "2026-11-22T12:00:00Z", "unheard_since": None})
    word = within(300 + 4 * len(sound), read_word, broken(tape, sound, pieces=BYTES), Did(ORIGIN))
    assert word is None or word.heard_at is None or word.heard_at.tzinfo is not None


@tried
def test_any_text_is_a_verifier_key_in_its_one_spelling_or_refused(tape: Tape) -> None:
    text = broken_text(tape, VKEY, pieces=PIECES)
    try:
        assert text == str(within(200, read_vkey, text))
    except BadKey:
        return
