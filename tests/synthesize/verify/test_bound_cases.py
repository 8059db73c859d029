"""Answers that bind values, names and denials as the evidence does pass; the others do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import bound_cases_en
import bound_cases_ko
import later_cases_en
import later_cases_ko
import opposite_cases_en
import opposite_cases_ko
import pytest
from synthesis_documents import context_of

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.records import Checks, Dropped
from pipeline.synthesize.evidence import locate_quotes
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import LOOK_UP_RULES, check_chat_answer
from pipeline.synthesize.verify.code_claims import for_code

CASES = {"en": bound_cases_en, "ko": bound_cases_ko}
LATER = {"en": later_cases_en, "ko": later_cases_ko}
OPPOSITE = {"en": opposite_cases_en, "ko": opposite_cases_ko}
FAULTS = frozenset(
    {
        *("values_exchanged", "value_not_in_evidence", "name_not_in_evidence", "bound_differs", "negation_differs"),
        "answer_not_supported",
    }
)


def checked(language: str, name: str, question: str, answer: str, quote: str) -> Checks | Dropped:
    return checked_in(language, CASES[language].DOCUMENTS | LATER[language].DOCUMENTS, name, question, answer, quote)


def checked_in(
    language: str, documents: Mapping[str, tuple[str, str, str]], name: str, question: str, answer: str, quote: str
) -> Checks | Dropped:
    text, _, domain = documents[name]
    evidence = locate_quotes((quote,), text=text, near=Span(start=0, end=len(text)))
    assert not isinstance(evidence, str), evidence
    return check_chat_answer(
        question=question,
        answer=answer,
        evidence=evidence,
        segment=Span(start=0, end=len(text)),
        context=context_of(text, language=language, domain=domain),
        limits=WrittenChecksRecipe(),
        rules=for_code(LOOK_UP_RULES) if domain == "code" else LOOK_UP_RULES,
    )


ALL = [(language, case) for language in sorted(CASES) for case in CASES[language].CASES]


@pytest.mark.parametrize(("language", "case"), ALL, ids=[case[1] for _, case in ALL])
def test_answers_with_the_evidence_s_bindings_pass_and_others_do_not(language, case):
    name, question, quote, good, spoiled = case
    for answer in good:
        found = checked(language, name, question, answer, quote)
        assert isinstance(found, Checks), (answer, found)
    for kind, answer in spoiled:
        found = checked(language, name, question, answer, quote)
        assert isinstance(found, Dropped), (kind, answer)
        assert found.reason in FAULTS, (answer, found)


OPPOSITES = [(language, case) for language in sorted(OPPOSITE) for case in OPPOSITE[language].CASES]


@pytest.mark.parametrize(("language", "case"), OPPOSITES, ids=[case[1] for _, case in OPPOSITES])
def test_answers_with_opposite_words_do_not_pass_and_paraphrases_do(language, case):
    name, question, quote, good, spoiled = case
    for answer in good:
        found = checked_in(language, OPPOSITE[language].DOCUMENTS, name, question, answer, quote)
        assert isinstance(found, Checks), (answer, found)
    for kind, answer in spoiled:
        found = checked_in(language, OPPOSITE[language].DOCUMENTS, name, question, answer, quote)
        assert isinstance(found, Dropped), (kind, answer)
        assert found.reason in FAULTS, (answer, found)


def test_korean_answer_without_a_word_that_english_evidence_can_have_has_no_support():
    """What cannot be compared is not written as checked."""
    name, question, quote, good, _ = next(case for case in opposite_cases_ko.CASES if "항목이 지워집니까" in case[1])
    found = checked_in("ko", opposite_cases_ko.DOCUMENTS, name, question, good[1], quote)
    assert isinstance(found, Checks)
    assert found.answer_support is None


@pytest.mark.parametrize("language", sorted(CASES))
def test_cases_have_every_kind_in_each_language(language):
    kinds = Counter(kind for *_, spoiled in CASES[language].CASES for kind, _ in spoiled)
    assert kinds.keys() == {"swapped_values", "swapped_names", "wrong_unit", "wrong_name", "negation", "bound"}
    assert sum(len(good) for *_, good, _ in CASES[language].CASES) >= 25


@pytest.mark.parametrize(("language", "least_good", "least_caught"), [("en", 0.97, 0.87), ("ko", 0.96, 0.78)])
def test_answers_written_after_the_checks_are_told_apart_at_the_measured_rate(language, least_good, least_caught):
    counts: Counter[tuple[bool, bool]] = Counter()
    for name, question, quote, good, spoiled in LATER[language].CASES:
        for is_good, answer in (*((True, answer) for answer in good), *((False, answer) for _, answer in spoiled)):
            counts[is_good, isinstance(checked(language, name, question, answer, quote), Checks)] += 1
    num_good, num_spoiled = counts[True, True] + counts[True, False], counts[False, True] + counts[False, False]
    assert num_good >= 30 and num_spoiled >= 30
    assert counts[True, True] / num_good >= least_good
    assert counts[False, False] / num_spoiled >= least_caught
