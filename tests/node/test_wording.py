"""The words of pages in the union's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from string import Formatter

import pytest

from node.settings import SPOKEN, is_spoken
from node.web.readers.notices import NAMES
from node.web.readers.views import campaign_page, error_page, post_page, union_page
from node.web.readers.wording import ENGLISH, WORDINGS, Wording, wording_for
from node.web.readers.wording.table import Counted
from storage.store import Store
from tests.node.reading import CAMPAIGN, SITE, START, post, read
from tests.node.test_pages import store  # noqa: F401

each = pytest.mark.parametrize("wording", WORDINGS.values(), ids=list(WORDINGS))


def sentences(wording: Wording) -> Iterator[tuple[str, str]]:
    """Every text of a language with its name."""
    for field in fields(wording):
        value = getattr(wording, field.name)
        if isinstance(value, str):
            yield field.name, value
        elif isinstance(value, Counted):
            yield from ((f"{field.name}.one", value.one), (f"{field.name}.many", value.many))
    for name, notice in wording.notices.items():
        yield from ((f"{name}.{field.name}", getattr(notice, field.name)) for field in fields(notice))


@pytest.mark.parametrize(
    ("language", "code"),
    [("en", "en"), ("ko", "ko"), ("de-AT", "de"), ("FR", "fr"), ("es-419", "es"), ("pt-BR", "en"), ("", "en")],
)
def test_the_first_part_of_a_tag_chooses_and_english_speaks_where_we_have_nothing(language: str, code: str) -> None:
    assert code == wording_for(language).code


@each
def test_every_language_says_everything_and_fills_in_the_same(wording: Wording) -> None:
    assert NAMES == set(wording.notices)
    assert (7, 12) == (len(wording.weekdays), len(wording.months))
    english = dict(sentences(ENGLISH))
    for name, sentence in sentences(wording):
        assert sentence.strip() == sentence != ""
        if name.endswith(".many") or name in {"comments_part", "date"}:
            assert names_in(english[name]) == names_in(sentence)
        else:
            assert set() == names_in(sentence)


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@each
def test_no_language_was_left_in_english(wording: Wording) -> None:
    english = dict(sentences(ENGLISH))
    same = {
        name
        for name, sentence in sentences(wording)
        if sentence == english[name] and " " in sentence and name != "date"
    }
    assert (wording is ENGLISH) == bool(same)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Tuesday 3 November 2026, 14:05 UTC"),
        ("de", "Dienstag, 3. November 2026, 14:05 Uhr UTC"),
        ("fr", "mardi 3 novembre 2026, 14:05 UTC"),
        ("es", "martes 3 de noviembre de 2026, 14:05 UTC"),
        ("ko", "2026년 11월 3일 화요일 14:05 UTC"),
    ],
)
def test_dates_are_in_words_of_the_language(language: str, words: str) -> None:
    assert words == wording_for(language).on(START)


@pytest.mark.parametrize(("number", "words"), [(1, "1 Kommentar"), (2, "2 Kommentare"), (1000, "1000 Kommentare")])
def test_one_is_one_and_many_are_many(number: int, words: str) -> None:
    assert words == wording_for("de").comments(number)


@each
async def test_a_whole_page_speaks_one_language(store: Store, wording: Wording) -> None:  # noqa: F811
    site = replace(SITE, language=wording.code)
    await store.save_post(post(1))
    for page, expected in (
        (await union_page(store, site), wording.newest_updates),
        (await campaign_page(store, site, CAMPAIGN, None), wording.follow_campaign),
        (post_page(site, CAMPAIGN, post(1)), wording.reply_how),
        (error_page(site, 404), wording.notices["missing"].remedy),
    ):
        reading = read(page)
        assert wording.code == reading.all("html")[0].attributes["lang"]
        assert expected in reading.text
        assert wording.own_server in reading.text
        assert wording is ENGLISH or ENGLISH.own_server not in reading.text


def test_an_update_keeps_its_own_language_whatever_the_pages_speak() -> None:
    reading = read(post_page(replace(SITE, language="de"), CAMPAIGN, replace(post(1), language="ar")))
    assert ["ar"] == [e.attributes["lang"] for e in reading.all("div", **{"class": "words"})]


def test_the_settings_name_the_languages_that_have_words() -> None:
    assert set(WORDINGS) == set(SPOKEN)
    assert [is_spoken(language) for language in ("de-AT", "KO", "it", "end")] == [True, True, False, False]
