"""Whatever is said, extraction answers, at once, with words that were really said."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scenario.extraction.wording import words
from app.scenario.field_extractor import FieldRules, FieldType, answer, extract, extract_many, refusal, spoken
from app.scenario.language_detector import detect
from tests.unit.scenario.hearing import NOW

pytestmark = pytest.mark.unit

FIELDS = {
    kind.value: FieldRules(
        kind,
        options={"чистка": ("гигиена", "болит зуб"), "delivery": ("2 комнаты",)} if kind is FieldType.CHOICE else {},
        between=(time(9), time(20)) if kind is FieldType.TIME else None,
    )
    for kind in FieldType
}

GRAMMAR = words("""
в на не нет ой а или пять шестого половине без четверти двадцать пятого декабря завтра через неделю час вечера
восемь девятьсот двадцать шесть собака точка ру иван меня зовут анна плюс тысяч полтора с половиной целых
десятых пол at five past half quarter to tomorrow next friday december fifth pm oh double nine hundred and a
million dot com john my name is no , . - ( ) + @ / : 8 926 17:30 05.12 2026-02-30 99 0 1,500 25-го 5th 31 13
""")
WORDS = st.sampled_from([*GRAMMAR, "\u200b", "\u202e", "\u0301", "\x00"])
SENTENCES = st.lists(WORDS, max_size=25).map(" ".join)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def check(said: str, lang: str, now: datetime) -> None:
    for kind, rules in FIELDS.items():
        for asked in (True, False):
            found = extract(said, rules, lang=lang, now=now, region="RU", asked=asked)
            if found is not None:
                assert found.raw == said[found.start : found.end] != "", kind
                assert 0 <= found.confidence <= 1
                assert (found.value is None) == (found.ambiguous or found.problem is not None) or found.value
                if found.value is not None:
                    assert isinstance(spoken(found.value, rules.type, lang, now=now), str)
    for asked_field in (None, *FIELDS):
        found_all = extract_many(
            said,
            FIELDS,
            asked=asked_field,
            lang=lang,
            now=now,
            region="US",
            known={"time": "17:00", "date": "2026-11-26"},
        )
        spans = sorted((found.start, found.end) for found in found_all.values())
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    assert answer(said, lang) in ("yes", "no", "")
    assert refusal(said, lang) in (True, False)
    assert detect(said, ["ru", "en"], lang)[0] in ("ru", "en")


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=200), st.sampled_from(["ru", "en"]))
def test_any_text_is_survived(said: str, lang: str) -> None:
    check(said, lang, NOW)


@settings(max_examples=200, deadline=None)
@given(SENTENCES, st.sampled_from(["ru", "en"]), MOMENTS)
def test_any_jumble_of_the_words_of_the_grammars_is_survived_at_any_moment(said: str, lang: str, now: datetime) -> None:
    check(said, lang, now)


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "\x00\x01\x02",
        "\u202eабв\u202c",
        "за\u200bвтра",
        "9" * 401,
        "1" + "0" * 400 + " тысяч",
        "через " + "9" * 30 + " дней",
        "через 9999 лет",
        "через 9999 недель",
        "in 9999 years",
        "99999999999999999999.99.9999",
        "0000-00-00",
        "²³ ½ ٣٤٥ ０９",
        "👍🏽",
        "{{ name }} <script>alert(1)</script> '; drop table call;--",
        "İ" * 50,
        "ﬁ ﬂ ß",
    ],
)
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_odd_texts_are_survived(said: str, lang: str) -> None:
    check(said, lang, NOW)


def test_a_zero_width_space_inside_a_word_does_not_hide_it() -> None:
    found = extract("за\u200bвтра", FIELDS["date"], lang="ru", now=NOW, region="RU", asked=True)
    assert found is not None
    assert found.value == "2026-11-25"
    assert found.raw == "за\u200bвтра"


def test_digits_of_other_scripts_are_digits() -> None:
    found = extract("٩٢٦ ١٢٣ ٤٥ ٦٧", FIELDS["phone"], lang="ru", now=NOW, region="RU", asked=True)
    assert found is not None
    assert found.value == "+79261234567"


@pytest.mark.timeout(20)  # nine turns take a part of a second; an expression that backtracks would take hours
@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize(
    "unit",
    [
        "а ",
        "8 ",
        "нет ",
        "точка ",
        "(",
        "не в ",
        "1",
        "abc@",
        "в 5 , ",
        "+7",
        ".",
        "five to ",
        "no wait ",
        "половине ",
        "a.b",
        "- ",
    ],
)
def test_ten_thousand_characters_end_in_good_time(unit: str, lang: str) -> None:
    said = (unit * 10_000)[:10_000]
    for asked in FIELDS:
        extract_many(said, FIELDS, asked=asked, lang=lang, now=NOW, region="RU", known={"time": "17:00"})
    answer(said, lang)
    refusal(said, lang)
    detect(said, ["ru", "en"], lang)


def test_the_same_words_at_the_same_moment_give_the_same() -> None:
    said = "запишите на чистку послезавтра в шесть вечера, меня зовут Анна, телефон 8 926 123 45 67"
    runs = [extract_many(said, FIELDS, asked="date", lang="ru", now=NOW, region="RU") for _ in range(2)]
    assert runs[0] == runs[1]
    later = extract_many(said, FIELDS, asked="date", lang="ru", now=NOW.replace(day=25), region="RU")
    assert later["date"].value == "2026-11-27"
