"""Texts with and without personal data, in both languages: what is found must be right, and nearly everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from personal_data_cases import Score, cases, score, with_check_digits

from pipeline.clean.personal_values import find_personal_values
from pipeline.config.build import PersonalData

ALL = tuple(kind.value for kind in PersonalData)
MIN_SHARE = 0.98


def find(text: str) -> Iterator[tuple[int, int, str]]:
    return ((value.start, value.end, value.kind) for value in find_personal_values(text, ALL))


@pytest.fixture(scope="module")
def whole() -> Score:
    return score([*cases("positive"), *cases("negative")], find)


def test_cases_are_many_and_different() -> None:
    positive, negative = cases("positive"), cases("negative")
    values = [case.text[start:end] for case in positive for start, end, _ in case.values]
    kinds = Counter(kind for case in positive for _, _, kind in case.values)
    assert len(values) >= 300 and len(negative) >= 300
    assert len({case.text for case in positive + negative}) == len(positive) + len(negative)
    assert set(kinds) == set(ALL) and min(kinds.values()) >= 14
    assert all(case.values for case in positive) and not any(case.values for case in negative)


def test_cases_precision_and_recall_of_all_kinds_together(whole: Score) -> None:
    assert whole.precision() >= MIN_SHARE, whole.faults
    assert whole.recall() >= MIN_SHARE, whole.faults


@pytest.mark.parametrize("kind", ALL)
def test_cases_precision_and_recall_of_each_kind(whole: Score, kind: str) -> None:
    assert whole.precision(kind) >= MIN_SHARE, whole.faults
    assert whole.recall(kind) >= MIN_SHARE, whole.faults


@pytest.mark.parametrize("language", ["ko", "en"])
def test_cases_precision_and_recall_of_each_language(language: str) -> None:
    own = [case for name in ("positive", "negative") for case in cases(name) if case.file.endswith(f"_{language}.txt")]
    assert len(own) > 250
    result = score(own, find)
    assert min(result.precision(), result.recall()) >= MIN_SHARE, result.faults


@pytest.mark.parametrize(
    ("kind", "value", "whole_value"),
    [
        ("card", "7992 7398 71~", "7992 7398 713"),
        ("rrn", "800101-100000~", "800101-1000008"),
        ("brn", "124-81-0099~", "124-81-00998"),
        ("account", "DE~~ 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
    ],
)
def test_check_digits_of_the_cases_are_those_of_published_examples(kind: str, value: str, whole_value: str) -> None:
    assert with_check_digits(kind, value) == whole_value


def test_score_counts_what_is_missed_and_what_is_wrong() -> None:
    (case,) = [case for case in cases("positive") if case.text == "Call (802) 555-0164 or 802-555-0187."]
    result = score([case], lambda text: iter([(5, 19, "phone"), (0, 4, "email")]))
    assert (result.precision(), result.recall()) == (0.5, 0.5)
    assert len(result.faults) == 2
