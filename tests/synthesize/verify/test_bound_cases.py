"""Answers that bind values, names and denials as the evidence does pass; the others do not."""

from __future__ import annotations

from collections import Counter

import bound_cases_en
import bound_cases_ko
import later_cases_en
import later_cases_ko
import pytest
from synthesis_documents import context_of

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.records import Checks, Dropped
from pipeline.synthesize.evidence import locate_quotes
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import check_chat_answer

CASES = {"en": bound_cases_en, "ko": bound_cases_ko}
LATER = {"en": later_cases_en, "ko": later_cases_ko}
FAULTS = frozenset(
    {
        *("values_exchanged", "value_not_in_evidence", "name_not_in_evidence", "bound_differs", "negation_differs"),
        "answer_not_supported",
    }
)


def checked(language: str, name: str, question: str, answer: str, quote: str) -> Checks | Dropped:
    text, _, domain = (CASES[language].DOCUMENTS | LATER[language].DOCUMENTS)[name]
    evidence = locate_quotes((quote,), text=text, near=Span(start=0, end=len(text)))
    assert not isinstance(evidence, str), evidence
    return check_chat_answer(
        question=question,
        answer=answer,
        evidence=evidence,
        segment=Span(start=0, end=len(text)),
        context=context_of(text, language=language, domain=domain),
        limits=WrittenChecksRecipe(),
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
