"""Stems and stop words of each language, its names of persons and numbers in words, and the openings of questions."""

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


@pytest.mark.parametrize(
    ("before", "kind", "unit", "opening"),
    [
        ("The tenant shall pay", "money", "", "How much must"),
        ("The deposit is", "money", "", "How much is"),
        ("The fee costs", "money", "", "How much"),
        ("if A may go, the fee is", "money", "", "How much may"),
        ("notice must be given by", "date", "", "By what date must"),
        ("The lease was signed on", "date", "", "On what date was"),
        ("The fee rose by", "share", "", "What percentage of"),
        ("the term will run for", "duration", "", "How long will"),
        ("must answer within", "duration", "", "Within what time must"),
        ("The kit has", "count", "bolts", "How many bolts"),
    ],
)
def test_english_question_for_a_fact_opens_with_the_verb_before_it(
    before: str, kind: str, unit: str, opening: str
) -> None:
    assert language_rules("en").asking.opening(before, kind, unit) == opening


@pytest.mark.parametrize(
    ("language", "question", "asks", "ends", "points"),
    [
        ("en", "What does the tenant pay?", True, True, False),
        ("en", "The tenant pays rent", False, False, False),
        ("en", "How long does it last?", True, True, True),
        ("en", "How long does it take?", True, True, False),
        ("en", "Who pays them?", True, True, True),
        ("ko", "보증금은 얼마입니까?", True, True, False),
        ("ko", "그는 무엇을 내는가", True, True, True),
        ("ko", "그물은 어디 있나요", True, True, False),
        ("ko", "보증금을 낸다.", False, False, False),
    ],
)
def test_question_is_told_by_its_words_its_end_and_its_pronouns(
    language: str, question: str, asks: bool, ends: bool, points: bool
) -> None:
    rules = language_rules(language).asking
    found = [rules.asks.search(question), rules.ends.search(question), rules.pronoun.search(question)]
    assert [match is not None for match in found] == [asks, ends, points]


@pytest.mark.parametrize(
    ("language", "phrase", "refers"),
    [
        ("en", "the above passage", True),
        ("en", "this sentence", True),
        ("en", "as stated above", True),
        ("en", "in the text", True),
        ("en", "this agreement", False),
        ("ko", "이 문단", True),
        ("ko", "다음 중", True),
        ("ko", "위에서 언급", True),
        ("ko", "이 계약", False),
    ],
)
def test_words_that_point_at_a_passage(language: str, phrase: str, refers: bool) -> None:
    assert bool(re.search(language_rules(language).asking.refers, phrase)) is refers


@pytest.mark.parametrize(("request_text", "asked"), [("설명하십시오.", True), ("쓰시오", True), ("설명한다.", False)])
def test_korean_request_needs_no_question_word(request_text: str, asked: bool) -> None:
    requests = language_rules("ko").asking.requests
    assert requests is not None
    assert bool(requests.search(request_text)) is asked


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


ASKING = {
    "clause_openers": "that which who whom whose because while when where whether if",
    "bounds_time": "from through until between before after since than and ending beginning",
    "points_back_first": "it its this that these those they he she his her their there then here such so and but or",
    "points_back": "I we us our my me you your said above latter former he she they him them",
    "negation": "not no never nor neither unless except without cannot until otherwise instead",
}


@pytest.mark.parametrize(("field", "words"), ASKING.items())
def test_every_word_that_matters_to_an_english_question_is_known(field: str, words: str) -> None:
    pattern = getattr(language_rules("en").asking, field)
    assert [word for word in words.split() if not re.fullmatch(pattern, word)] == []
    assert not re.fullmatch(pattern, "deposit")


def test_verbs_of_english_questions() -> None:
    asking = language_rules("en").asking
    grammar = asking.grammar
    assert grammar is not None
    assert (asking.ends_of_change, asking.measured) == ((" from ", " than ", " to "), (" of ",))
    assert grammar.before_base == {"shall", "must", "will", "can", "may", "to", "and", "or", "then", "be"}
    assert grammar.passive_marks == {"be", "been", "is", "was", "are", "were"}
    assert dict(grammar.inflecting_auxiliaries) == {"does": True, "do": False}
    assert (grammar.past_auxiliary, grammar.measure_word, grammar.adverb_ending) == ("did", "how", "ly")
    assert [word for word in ("opened", "need", "freed", "bed", "paid") if grammar.past.fullmatch(word)] == ["opened"]
    assert grammar.irregular()["held"] == "hold"
