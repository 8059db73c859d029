from __future__ import annotations

import prose
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluate.documents.document_cuts import Cut, CutDocument, cut_document
from pipeline.evaluate.meter import Meter

METER = Meter("embedded:smollm2-135m-instruct")
FACT = "The lighthouse keeper is called Odalys Quennell."


def document(sentence: int, *, language: str = "en", num_sentences: int = 60) -> CutDocument:
    """A document whose sentence of this number is the fact, below a heading of its own."""
    sentences = prose.document(language, 3, num_sentences=num_sentences).replace("\n\n", " ").split(". ")
    before, behind = ". ".join(sentences[:sentence]), ". ".join(sentences[sentence:])
    text = f"{before}.\n\nKEEPER\n\n{FACT}\n\n{behind}"
    heading = text.index("KEEPER")
    start = text.index(FACT)
    return cut_document(text, heading=heading, start=start, end=start + len(FACT), meter=METER)


def share_before(cut: Cut) -> float:
    return METER.count(cut.text[: cut.text.index(FACT)]) / METER.count(cut.text)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 58), st.integers(200, 900), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from(["en", "ko"]))
def test_cut_always_holds_the_proof_once_within_its_length(
    sentence: int, num_tokens: int, depth: float, language: str
) -> None:
    whole = document(sentence, language=language)
    cut = whole.cut(depth, num_tokens)
    assert cut is not None
    assert cut.text.count(FACT) == 1
    assert METER.count(cut.text) <= num_tokens + 2
    assert METER.count(cut.text) >= num_tokens - 24, "no more than a word is missing"
    assert cut.text in whole.doubled
    assert (cut.text in whole.text) is not cut.runs_over_the_end


@pytest.mark.parametrize("sentence", [2, 30, 57])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_evidence_is_at_the_start_in_the_middle_and_at_the_end(sentence: int, language: str) -> None:
    whole = document(sentence, language=language)
    start, middle, end = (whole.cut(depth, 700) for depth in (0.0, 0.5, 1.0))
    assert start and middle and end
    assert share_before(start) <= 0.1
    assert 0.4 <= share_before(middle) <= 0.6
    assert share_before(end) >= 0.9


def test_heading_of_the_evidence_stays_with_it() -> None:
    for depth in (0.0, 0.5, 1.0):
        cut = document(20).cut(depth, 600)
        assert cut is not None and f"KEEPER\n\n{FACT}" in cut.text


def test_document_with_text_on_both_sides_is_not_wrapped() -> None:
    whole = document(30)
    assert not any(cut.runs_over_the_end for depth in (0.0, 0.5, 1.0) if (cut := whole.cut(depth, 500)))


def test_document_with_too_little_text_on_one_side_runs_over_its_end() -> None:
    early, late = document(2), document(57)
    wrapped = early.cut(1.0, 700), late.cut(0.0, 700)
    assert all(cut is not None and cut.runs_over_the_end for cut in wrapped)
    plain = early.cut(0.0, 700), late.cut(1.0, 700)
    assert not any(cut is None or cut.runs_over_the_end for cut in plain)


def test_document_that_is_too_short_is_not_cut() -> None:
    whole = document(30)
    assert whole.cut(0.5, whole.num_tokens) is not None
    assert whole.cut(0.5, whole.num_tokens + 1) is None


def test_evidence_that_is_too_long_is_not_cut() -> None:
    assert document(30).cut(0.5, 4 * METER.count(FACT) - 8) is None


def test_long_line_is_cut_between_words() -> None:
    line = " ".join(f"word{number}" for number in range(900))
    text = f"{FACT}\n{line}"
    whole = cut_document(text, heading=0, start=0, end=len(FACT), meter=METER)
    cut = whole.cut(0.0, 400)
    assert cut is not None and 390 <= METER.count(cut.text) <= 400 and text.startswith(f"{cut.text} ")
