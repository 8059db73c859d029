"""Our own repetition rules agree with datatrove's, rule by rule, and report the share that they measured."""

from __future__ import annotations

import doctest
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from clean.datatrove_filter import datatrove_filter, rule_of
from pipeline.clean import repetition
from pipeline.clean.repetition import find_repetition
from pipeline.clean.windows import windows_of
from pipeline.domains.quality_rules import PROSE, RepetitionLimits

PUBLISHED = RepetitionLimits()
TWICE = RepetitionLimits(
    lines=0.6,
    line_chars=0.4,
    paragraphs=0.6,
    paragraph_chars=0.4,
    top_phrases=tuple((n, 2 * limit) for n, limit in PUBLISHED.top_phrases),
    repeated_phrases=tuple((n, 2 * limit) for n, limit in PUBLISHED.repeated_phrases),
)
PHRASES_ONLY = RepetitionLimits(
    lines=1.0,
    line_chars=1.0,
    paragraphs=1.0,
    paragraph_chars=1.0,
    top_phrases=(),
    repeated_phrases=PUBLISHED.repeated_phrases,
)
LIMITS = {"published": PUBLISHED, "twice": TWICE, "phrases only": PHRASES_ONLY}
FILTERS = {name: datatrove_filter(limits) for name, limits in LIMITS.items()}

WORDS = st.sampled_from(["a", "b", "ab", "ba", "aab", "word", "longer-word", "갑", "계약", "123", "\u00a0", "é"])
GAPS = st.sampled_from([" ", " ", " ", "  ", "\n", "\n\n", "\n\n\n", " \n", "\n ", "\t"])
SMALL_TEXTS = st.lists(st.tuples(WORDS, GAPS), max_size=60).map(lambda pairs: "".join(w + gap for w, gap in pairs))
CLAUSES = st.lists(st.text(alphabet="abc가 ", min_size=1, max_size=12), min_size=1, max_size=6)
REPEATING_TEXTS = CLAUSES.flatmap(
    lambda clauses: st.lists(st.sampled_from(clauses), min_size=1, max_size=40).map(" ".join)
) | CLAUSES.flatmap(lambda clauses: st.lists(st.sampled_from(clauses), min_size=1, max_size=40).map("\n".join))


@pytest.mark.parametrize("limits", LIMITS)
@settings(max_examples=150, deadline=None)
@given(text=SMALL_TEXTS | REPEATING_TEXTS)
def test_find_repetition_breaks_the_same_rule_as_datatrove(limits: str, text: str) -> None:
    found = find_repetition(text, LIMITS[limits])
    assert (found.rule if found else None) == rule_of(FILTERS[limits], text)


@pytest.mark.parametrize("limits", LIMITS)
def test_find_repetition_on_real_documents_breaks_the_same_rules_as_datatrove(limits: str) -> None:
    documents = Path(pipeline.__file__).parent / "bundled" / "documents"
    paths = [path for path in sorted(documents.rglob("*")) if path.suffix in (".txt", ".md", ".py", ".html", ".jsonl")]
    windows = [window for path in paths for window in windows_of(path.read_text(encoding="utf-8", errors="replace"))]
    ours = [found.rule if (found := find_repetition(window, LIMITS[limits])) else None for window in windows]
    assert ours == [rule_of(FILTERS[limits], window) for window in windows]
    assert len(windows) > 100
    if limits != "twice":
        assert len(Counter(ours)) > 1, "no window breaks a rule: the comparison says little"


RULE_TEXTS = {
    "no text": "",
    "duplicate paragraphs": "one\n\n" * 9 + "two",
    "duplicate lines": "one\n" * 9 + "two",
    "characters in duplicate paragraphs": "a long paragraph\n\na long paragraph\n\nb\n\nc\n\nd",
    "characters in duplicate lines": "a long line of text\na long line of text\nb\nc\nd",
    "most frequent phrase of 2 words": "on the one on the two on the x y z",
}


@pytest.mark.parametrize("rule", RULE_TEXTS)
def test_find_repetition_names_each_rule_as_datatrove_does(rule: str) -> None:
    found = find_repetition(RULE_TEXTS[rule], PUBLISHED)
    assert found is not None
    assert found.rule == rule == rule_of(FILTERS["published"], RULE_TEXTS[rule])
    assert found.value > found.limit or rule == "no text"


def test_find_repetition_sequences_with_other_gaps_but_equal_letters_count_as_equal() -> None:
    text = "ab c d e f x1 x2 a bc d e f y1 y2 y3 y4"
    found = find_repetition(text, PHRASES_ONLY)
    assert found is not None and found.rule == rule_of(FILTERS["phrases only"], text) == "repeated phrases of 5 words"


def test_find_repetition_single_phrase_in_a_short_text_counts_only_with_the_published_count() -> None:
    text = f"{'x' * 80} to the end"
    found = find_repetition(text, PUBLISHED)
    assert found is not None and found.rule == rule_of(FILTERS["published"], text) == "most frequent phrase of 2 words"
    assert PROSE.repetition is not None and find_repetition(text, PROSE.repetition) is None


def test_find_repetition_example_in_the_docstring_is_what_happens() -> None:
    assert doctest.testmod(sys.modules[repetition.__name__]).attempted == 2
    assert doctest.testmod(sys.modules[repetition.__name__]).failed == 0
