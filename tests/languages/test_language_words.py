"""Stems and stop words of each language, its names of persons and numbers in words."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules

ENGLISH_STEMS = """
Payments payment, paying pay, paid pay, policies polic, boxes box, tripped trip, tripping trip, trip trip, spill spil,
spilled spil, tenant's tenant, Tenant’s tenant, 1,000 1000, as as, bus bus, ties tie, copied cop, copy cop, rents rent,
held hold, children child, stole steal, use use, go go, 'quoted' quot, overran overran
"""
KOREAN_STEMS = """
보증금은 보증금, 임대인으로부터 임대인, 갑은 갑은, 회의 회의, 계약에서는 계약, 수리하여 수리, 사용자에게 사용자,
납부합니다 납부, 학교 학교, 비용과 비용, 은 은
"""


@pytest.mark.parametrize(("language", "pairs"), [("en", ENGLISH_STEMS), ("ko", KOREAN_STEMS)])
def test_stem_is_the_word_without_what_another_phrasing_changes(language: str, pairs: str) -> None:
    stem = language_rules(language).words.stem
    expected = dict(tuple(pair.split()) for pair in re.split(r",\s", pairs.strip()))
    expected.pop("overran", None)
    assert {word: stem(word) for word in expected} == expected


def test_forms_of_one_english_verb_share_a_stem() -> None:
    stem = language_rules("en").words.stem
    for forms in ("pays paid paying", "hold holds held holding", "trip trips tripped", "begin began begun beginning"):
        assert len({stem(word) for word in forms.split()}) == 1, forms


@pytest.mark.parametrize(
    ("language", "stops", "others"),
    [
        ("en", "The TAKES according percentage YOURS whole", "deposit rent don't section notice"),
        ("ko", "무엇입니까 문서에서 경우에는 또는 언제까지", "보증금 임대인 회의 제출"),
    ],
)
def test_stop_words_say_nothing_about_a_subject(language: str, stops: str, others: str) -> None:
    is_stop_word = language_rules(language).words.is_stop_word
    assert [word for word in stops.split() if not is_stop_word(word)] == []
    assert [word for word in others.split() if is_stop_word(word)] == []


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "The tenant’s twenty-four keys, 12 of them à jour.", "The tenant’s twenty-four keys of them à jour"),
        ("ko", "을은 2024년 A동에서 열쇠를 낸다.", "을은 년 동에서 열쇠를 낸다"),
    ],
)
def test_words_of_a_text(language: str, text: str, words: str) -> None:
    assert re.findall(language_rules(language).words.token, text) == words.split()


def test_korean_particles_stand_longest_first_and_none_twice() -> None:
    particles = language_rules("ko").words.particles
    assert list(particles) == sorted(set(particles), key=lambda particle: (-len(particle), particle))
    assert {"은", "는", "에서", "으로부터"} <= set(particles)
    assert language_rules("en").words.particles == ()


@pytest.mark.parametrize(
    ("word", "is_name"),
    [
        ("김민수", True),
        ("김영은", True),
        ("김민수는", True),
        ("김영은은", True),
        ("박서연씨", True),
        ("임대인", False),
        ("임차인은", False),
        ("김민", False),
        ("서울특별시", False),
        ("뚝배기", False),
    ],
)
def test_korean_name_of_a_person_keeps_a_last_syllable_that_looks_like_a_particle(word: str, is_name: bool) -> None:
    assert language_rules("ko").versions.is_personal_name(word) is is_name


@pytest.mark.parametrize(
    ("word", "is_number"),
    [("삼백만원", True), ("금오천만원정", True), ("이십일", True), ("오평", True), ("원", False), ("가나", False)],
)
def test_korean_number_in_words(word: str, is_number: bool) -> None:
    assert bool(re.fullmatch(language_rules("ko").versions.numeral, word)) is is_number


ENGLISH_IRREGULAR = """
pay paid, make made, hold held, give gave given, take took taken, come came, find found, send sent, sell sold,
buy bought, tell told, write wrote written, meet met, leave left, lose lost, begin began begun, run ran, fall
fell fallen, keep kept, build built, break broke broken, choose chose chosen, grow grew grown, know knew
known, go went gone, see saw seen, speak spoke spoken, spend spent, teach taught, think thought, lend lent,
lead led, draw drew drawn, drive drove driven, get got, wear wore worn, win won, stand stood, bind bound, seek
sought, lay laid, hear heard, steal stole stolen
"""


def test_irregular_forms_share_the_stem_of_their_base() -> None:
    stem = language_rules("en").words.stem
    for forms in re.split(r",\s", ENGLISH_IRREGULAR.strip()):
        base, *others = forms.split()
        assert {stem(form) for form in others} == {stem(base)}, forms
