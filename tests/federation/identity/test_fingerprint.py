"""A fingerprint is the same everywhere, and people may write it as they like."""

import hashlib

import pytest
from mnemonic import Mnemonic

from federation.errors import BadKey
from federation.identity.fingerprint import digits, find_misspelling, is_fingerprint_of, words
from federation.keys import did_key, new_ed25519, public_of_did, raw_ed25519
from storage.ids import Did

UNION = Did("did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2")
OTHER = Did("did:key:z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V")
WORDS = "desert behave control report seat provide ordinary install"
DIGITS = "072094242952323116101473195"


def test_words_and_digits_of_a_known_key_never_change() -> None:
    assert (words(UNION), digits(UNION)) == (WORDS, DIGITS)


def test_words_spell_the_first_88_bits_of_the_root_keys_hash() -> None:
    did = did_key(new_ed25519().public_key())
    bits = "".join(f"{byte:08b}" for byte in hashlib.sha256(raw_ed25519(public_of_did(did))).digest()[:11])
    word_list = Mnemonic("english").wordlist
    expected = [word_list[int(bits[start : start + 11], 2)] for start in range(0, 88, 11)]
    assert words(did) == " ".join(expected)


def test_digits_are_the_same_value_and_always_27() -> None:
    for did in (UNION, OTHER):
        value = int.from_bytes(hashlib.sha256(raw_ed25519(public_of_did(did))).digest()[:11], "big")
        assert digits(did) == str(value).zfill(27)
        assert len(digits(did)) == 27


@pytest.mark.parametrize(
    "written",
    [
        WORDS,
        WORDS.upper(),
        WORDS.replace(" ", "-"),
        f"  {WORDS.replace(' ', '  ')}\n",
        WORDS.replace(" ", ", ") + ".",
        DIGITS,
        f"{DIGITS[:9]} {DIGITS[9:18]}-{DIGITS[18:]}",
        DIGITS.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)}),  # Arabic-Indic
    ],
)
def test_case_spaces_hyphens_and_script_do_not_matter(written: str) -> None:
    assert is_fingerprint_of(written, UNION)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "-",
        WORDS.rsplit(" ", 1)[0],
        WORDS + " abandon",
        " ".join(reversed(WORDS.split())),
        DIGITS[:-1],
        DIGITS + "0",
    ],
)
def test_anything_else_is_not_the_fingerprint(written: str) -> None:
    assert not is_fingerprint_of(written, UNION)


def test_another_unions_fingerprint_is_refused() -> None:
    assert not is_fingerprint_of(words(OTHER), UNION)
    assert not is_fingerprint_of(digits(OTHER), UNION)


def test_a_did_that_is_no_ed25519_key_has_no_fingerprint() -> None:
    with pytest.raises(BadKey):
        words(Did("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("desert behave", "neither eight words"),
        ("https://union.example", "neither eight words"),
        ("", "neither eight words"),
        ("12345", "5 digits instead of 27"),
        (WORDS.replace("seat", "seet"), "“seet” is none of the words"),
    ],
)
def test_a_slip_is_told_from_another_s_fingerprint(written: str, says: str) -> None:
    assert says in (find_misspelling(written) or "")


@pytest.mark.parametrize("written", [WORDS, WORDS.upper(), DIGITS, f"{DIGITS[:9]} {DIGITS[9:]}", words(OTHER)])
def test_what_may_be_a_fingerprint_is_no_slip(written: str) -> None:
    assert find_misspelling(written) is None
