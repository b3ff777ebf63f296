"""A proof that is checked offline: what it says when all is well, and a sentence for each kind of forgery."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.errors import FederationError
from federation.identity import fingerprint
from federation.keys import multihash_sha256
from federation.log.check_proof import Forged, check_proof
from federation.proofs.jcs import canonical
from federation.strictjson import JsonObject, JsonValue, load_object
from federation.tlog.checkpoints import sign_checkpoint
from federation.tlog.cosignatures import add_lines
from federation.tlog.errors import BadProof
from federation.tlog.merkle import leaf_hash
from federation.tlog.proof_file import TlogProof, read_proof, write_proof
from federation.tlog.tiles import Tiles, grow
from tests.elsewhere import Elsewhere


class Case:
    """A union with six entries, two mirrors that signed, and the proof of its last note."""

    def __init__(self) -> None:
        self.us = Elsewhere()
        self.us.introduce()
        for day in range(5):
            self.us.say(f"<p>Day {day}</p>")
        self.mirrors = [Elsewhere(f"https://m{number}.example", f"Mirror {number}") for number in range(2)]
        self.seen_at = self.us.at.replace(microsecond=0) + timedelta(hours=1)

    def proof(self, index: int = 5, **changes: Any) -> TlogProof:
        receipts = [mirror.receipt(self.us, at=self.seen_at).line for mirror in self.mirrors]
        given = {
            "index": index,
            "inclusion": self.inclusion(index),
            "checkpoint": add_lines(self.us.checkpoint(), receipts),
            "extra": canonical(self.parts(index)),
        }
        return TlogProof(**{**given, **changes})

    def inclusion(self, index: int) -> list[bytes]:
        tiles = grow({}, 0, [leaf_hash(entry.commitment) for entry, _ in self.us.said])
        return Tiles(tiles).inclusion(index, self.us.size)

    def parts(self, index: int = 5) -> JsonObject:
        entry, activity = self.us.said[index]
        return {
            "activity": load_object(activity.body),
            "charter": load_object(self.us.charter().body),
            "charters": [load_object(mirror.charter().body) for mirror in self.mirrors],
            "entry": load_object(entry.commitment),
        }

    def with_extra(self, change: Callable[[Any], object], index: int = 5) -> bytes:
        extra = self.parts(index)
        change(extra)
        return write_proof(self.proof(index, extra=canonical(extra)))


CASE = Case()
DID = CASE.us.did


def test_a_genuine_proof_says_what_is_proved_and_who_signed() -> None:
    proved = check_proof(write_proof(CASE.proof()), DID)
    assert (DID, 1, 5, 6) == (proved.charter.union, proved.charter.epoch, proved.index, proved.head.size)
    assert {"Mirror 0", "Mirror 1"} == {signer.name for signer in proved.signers}
    assert CASE.seen_at == proved.as_of
    assert CASE.us.said[5][0].object == proved.object
    assert (False, True, ()) == (proved.has_actor_proof, proved.is_at_home, proved.unchecked)


@pytest.mark.parametrize(
    "asked",
    [DID, f" {DID} ", fingerprint.words(DID).upper(), fingerprint.digits(DID)],
    ids=["did", "spaces", "words", "digits"],
)
def test_the_union_is_named_by_did_words_or_digits(asked: str) -> None:
    assert DID == check_proof(write_proof(CASE.proof()), asked).charter.union


def test_an_actor_s_own_document_shows_its_key_and_its_signature_is_checked() -> None:
    assert check_proof(write_proof(CASE.proof(0)), DID).has_actor_proof


def test_without_receipts_the_time_is_the_union_s_own() -> None:
    proved = check_proof(write_proof(CASE.proof(checkpoint=CASE.us.checkpoint())), DID)
    assert ((), CASE.us.said[5][0].published_at) == (proved.signers, proved.as_of)


def test_a_receipt_without_a_charter_is_said_to_be_unchecked() -> None:
    proved = check_proof(CASE.with_extra(lambda extra: extra["charters"].pop()), DID)
    assert (1, (f"{CASE.mirrors[1].did}/mirror",)) == (len(proved.signers), proved.unchecked)


@pytest.mark.parametrize(
    "asked",
    [Elsewhere().did, fingerprint.words(Elsewhere().did), "did:key:z"],
    ids=["did", "words", "half a did"],
)
def test_another_union_s_words_are_refused(asked: str) -> None:
    with pytest.raises(Forged, match="another union's"):
        check_proof(write_proof(CASE.proof()), asked)


def _reword(extra: Any) -> None:
    extra["activity"]["object"]["content"] = "<p>Day 4!</p>"


def _entry(name: str, value: str) -> Callable[[Any], None]:
    return lambda extra: extra["entry"].__setitem__(name, value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_reword, "altered after it was signed"),
        (_entry("type", "Delete"), "does not stand at place 5"),
        (_entry("published", "2020-01-01T00:00:00Z"), "does not stand at place 5"),
        (lambda extra: extra.pop("activity"), "lacks its activity"),
        (lambda extra: extra.pop("entry"), "lacks its entry"),
        (lambda extra: extra.pop("charter"), "lacks its charter"),
        (lambda extra: extra["charter"].__setitem__("name", "Others"), "charter in the file is forged"),
        (lambda extra: extra["charters"][0].__setitem__("name", "Others"), "charter of a mirror in the file is forged"),
        (lambda extra: extra["charters"].__setitem__(0, 7), "charter of a mirror in the file is forged"),
        (lambda extra: extra.__setitem__("charters", {}), "not a list"),
        (lambda extra: extra.__setitem__("charters", [1] * 65), "too many"),
    ],
)
def test_whatever_is_altered_in_it_is_named(change: Callable[[Any], object], says: str) -> None:
    with pytest.raises(Forged, match=says):
        check_proof(CASE.with_extra(change), DID)


def test_a_union_that_signs_an_entry_unlike_its_update_is_caught() -> None:
    liar = Case()
    entry, activity = liar.us.said[5]
    lied = load_object(entry.commitment) | {"type": "Announce"}
    liar.us.said[5] = (replace(entry, commitment=canonical(lied)), activity)
    with pytest.raises(Forged, match="says another `type`"):
        check_proof(write_proof(liar.proof()), liar.us.did)


def test_an_update_that_speaks_for_one_and_is_signed_by_another_is_refused() -> None:
    liar = Case()
    _, activity = liar.us.said[5]
    words = load_object(activity.body)
    words["proof"]["verificationMethod"] = "https://evil.example/actor#key"  # type: ignore[index,call-overload]
    _replace_activity(liar, words)
    with pytest.raises(Forged, match="by the key of somebody else"):
        check_proof(write_proof(liar.proof()), liar.us.did)


def test_an_actor_that_did_not_sign_its_own_document_is_caught() -> None:
    liar = Case()
    words = load_object(liar.us.said[0][1].body)
    words["to"] = []
    _replace_activity(liar, words, 0)
    with pytest.raises(Forged, match="own key did not sign"):
        check_proof(write_proof(liar.proof(0)), liar.us.did)


def _replace_activity(liar: Case, words: JsonObject, index: int = 5) -> None:
    entry, activity = liar.us.said[index]
    body = canonical(words)
    commitment = canonical(load_object(entry.commitment) | {"digest": multihash_sha256(body)})
    liar.us.said[index] = (replace(entry, commitment=commitment), replace(activity, body=body))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"index": 4}, "does not stand at place 4"),
        ({"index": 6}, "does not stand at place 6"),
        ({"inclusion": []}, "does not stand at place 5"),
        ({"inclusion": [b"\0" * 32] * 2}, "does not stand at place 5"),
        ({"extra": None}, "no `extra` line"),
    ],
)
def test_another_place_or_way_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(Forged, match=says):
        check_proof(write_proof(replace(CASE.proof(), **changes)), DID)


def test_a_head_that_somebody_else_signed_is_refused() -> None:
    forged = sign_checkpoint(CASE.us.head(), key=Elsewhere().log_key)
    with pytest.raises(Forged, match="not signed by the union's log key"):
        check_proof(write_proof(CASE.proof(checkpoint=forged)), DID)


def test_the_head_of_another_epoch_is_refused() -> None:
    other = replace(CASE.us.head(), origin=f"{DID}/2")
    with pytest.raises(Forged, match="another log"):
        check_proof(write_proof(CASE.proof(checkpoint=sign_checkpoint(other, key=CASE.us.log_key))), DID)


def test_a_receipt_for_another_head_is_refused() -> None:
    swapped = add_lines(CASE.us.checkpoint(), [CASE.mirrors[0].receipt(CASE.us, at=CASE.seen_at, size=3).line])
    with pytest.raises(Forged, match="receipt of “Mirror 0” does not fit"):
        check_proof(write_proof(CASE.proof(checkpoint=swapped)), DID)


def test_a_receipt_whose_time_was_altered_is_refused() -> None:
    line = CASE.mirrors[0].receipt(CASE.us, at=CASE.seen_at).line
    later = CASE.mirrors[0].receipt(CASE.us, at=CASE.seen_at + timedelta(days=1)).line
    name, coded, other = line.split(" ")[1], b64decode(line.split(" ")[2]), b64decode(later.split(" ")[2])
    mixed = f"— {name} {b64encode(other[:12] + coded[12:]).decode()}\n"
    with pytest.raises(Forged, match="does not fit this head"):
        check_proof(write_proof(CASE.proof(checkpoint=add_lines(CASE.us.checkpoint(), [mixed]))), DID)


def test_a_charter_with_another_s_cosigner_key_does_not_lend_its_name() -> None:
    impostor, honest = Elsewhere("https://m9.example", "Impostor"), CASE.mirrors[0]
    impostor.root = honest.root  # the same did, another cosigner key: the receipt is not this charter's
    charters: list[JsonValue] = [load_object(impostor.charter().body)]
    line = honest.receipt(CASE.us, at=CASE.seen_at).line
    extra = canonical({**CASE.parts(), "charters": charters})
    proof = CASE.proof(checkpoint=add_lines(CASE.us.checkpoint(), [line]), extra=extra)
    with pytest.raises(Forged, match="does not fit this head and the key in its charter"):
        check_proof(write_proof(proof), DID)


def test_ids_on_a_home_that_the_charter_does_not_name_are_pointed_out() -> None:
    charter = load_object(CASE.us.charter(homes=["https://new.example"]).body)
    proved = check_proof(CASE.with_extra(lambda extra: extra.__setitem__("charter", charter)), DID)
    assert not proved.is_at_home


@pytest.mark.parametrize("raw", [b"", b"hello", b"\xff" * 9, b"c2sp.org/tlog-proof@v1\nindex 0\n\n", b"\0" * 100])
def test_what_is_no_proof_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(FederationError, match=r"\w+ \w+ \w+"):
        check_proof(raw, DID)


def test_no_changed_byte_of_a_proof_is_ever_believed_to_be_another_update() -> None:
    raw = write_proof(CASE.proof())
    said = check_proof(raw, DID).document
    for at in range(0, len(raw), 97):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        try:
            assert said == check_proof(changed, DID).document
        except FederationError:
            continue


def test_an_extra_that_is_no_json_is_called_damaged() -> None:
    with pytest.raises(Forged, match="damaged or altered"):
        check_proof(write_proof(CASE.proof(extra=b"nonsense")), CASE.us.did)


@pytest.mark.parametrize("asked", ["torch chimney", "nonsense", ""])
def test_a_misspelled_union_is_not_called_a_forgery(asked: str) -> None:
    with pytest.raises(BadProof, match="Nothing was checked") as refused:
        check_proof(write_proof(CASE.proof()), asked)
    assert not isinstance(refused.value, Forged)


def test_the_file_round_trips() -> None:
    assert CASE.proof() == replace(read_proof(write_proof(CASE.proof())), inclusion=CASE.proof().inclusion)


def test_a_receipt_from_the_future_vouches_for_nothing() -> None:
    early = CASE.seen_at - timedelta(minutes=6)
    proved = check_proof(write_proof(CASE.proof()), DID, now=early)
    assert ((), {"Mirror 0", "Mirror 1"}) == (proved.signers, set(proved.ahead))
    assert CASE.us.said[5][0].published_at == proved.as_of
    assert 2 == len(check_proof(write_proof(CASE.proof()), DID, now=CASE.seen_at - timedelta(minutes=4)).signers)


def test_a_receipt_that_another_union_claims_with_the_same_key_is_no_second_one() -> None:
    liar = Case()
    liar.mirrors[1].cosigner = liar.mirrors[0].cosigner
    with pytest.raises(Forged, match="sign with one key"):
        check_proof(write_proof(liar.proof()), liar.us.did)
