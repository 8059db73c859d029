"""How each language asks: openings, question words, ends, pronouns, and words that a question must not lose."""

from __future__ import annotations

import re

import pytest

from pipeline.languages import language_rules


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


@pytest.mark.parametrize(
    ("language", "negations", "openers"),
    [
        ("en", ["not", "never", "unless", "don't", "otherwise"], ["It", "This", "and", "one", "then"]),
        ("ko", ["않", "아니", "없", "외에는"], ["이는", "다만", "따라서", "그"]),
    ],
)
def test_asking_knows_negations_and_words_that_point_back(
    language: str, negations: list[str], openers: list[str]
) -> None:
    rules = language_rules(language).asking
    words = [*negations, *openers, "may", "the", "을"]
    assert [word for word in words if re.search(rules.negation, word)] == negations
    assert [word for word in words if re.fullmatch(rules.points_back_first, word, re.IGNORECASE)] == openers
