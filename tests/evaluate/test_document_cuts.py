from __future__ import annotations

import prose
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.evaluate.documents.document_cuts import CutDocument, NoCut, cut_document
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
    end = start + len(FACT)
    return cut_document(text, heading=heading, asked=start, start=start, end=end, meter=METER)


def share_before(cut: str | NoCut) -> float:
    assert not isinstance(cut, NoCut)
    return METER.count(cut[: cut.index(FACT)]) / METER.count(cut)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 58), st.integers(200, 900), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from(["en", "ko"]))
def test_cut_is_a_stretch_of_the_document_with_the_proof(
    sentence: int, num_tokens: int, depth: float, language: str
) -> None:
    whole = document(sentence, language=language)
    cut = whole.cut(depth, num_tokens)
    if isinstance(cut, NoCut):
        assert cut is NoCut.NO_TEXT_ON_ONE_SIDE
        return
    assert cut in whole.text and cut.count(FACT) == 1
    assert num_tokens - 24 <= METER.count(cut) <= num_tokens + 2, "no more than a word is missing"


@pytest.mark.parametrize("sentence", [28, 30, 32])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_evidence_is_at_the_start_in_the_middle_and_at_the_end(sentence: int, language: str) -> None:
    whole = document(sentence, language=language)
    start, middle, end = (whole.cut(depth, 500) for depth in (0.0, 0.5, 1.0))
    assert share_before(start) <= 0.1
    assert 0.4 <= share_before(middle) <= 0.6
    assert share_before(end) >= 0.9


def test_heading_of_the_evidence_stays_with_it() -> None:
    for depth in (0.0, 0.5, 1.0):
        cut = document(30).cut(depth, 500)
        assert not isinstance(cut, NoCut) and f"KEEPER\n\n{FACT}" in cut


def test_heading_that_the_question_names_is_in_the_window_or_there_is_none() -> None:
    lines = "\n".join(f"Lamp {number} is lit at dusk." for number in range(40))
    text = f"{lines}\n\n4. DUTIES\n\n{lines}\n{FACT}\n\n{lines}"
    start = text.index(FACT)
    asked = text.index("4. DUTIES")
    whole = cut_document(text, heading=0, asked=asked, start=start, end=start + len(FACT), meter=METER)
    far = METER.count(text[asked:start])
    assert all(whole.cut(depth, 2 * far) is NoCut.HEADING_TOO_FAR for depth in (0.0, 0.5, 1.0))
    long = f"{lines}\n" * 8 + text + f"\n{lines}" * 8
    asked, start = long.index("4. DUTIES"), long.index(FACT)
    whole = cut_document(long, heading=start, asked=asked, start=start, end=start + len(FACT), meter=METER)
    cuts = [whole.cut(depth, 5 * far) for depth in (0.0, 0.5, 1.0)]
    assert all(not isinstance(cut, NoCut) and "4. DUTIES" in cut and FACT in cut for cut in cuts)


def test_document_with_too_little_text_on_one_side_is_not_cut_there() -> None:
    early, late = document(2), document(57)
    assert early.cut(1.0, 700) is late.cut(0.0, 700) is NoCut.NO_TEXT_ON_ONE_SIDE
    assert early.cut(0.5, 700) is late.cut(0.5, 700) is NoCut.NO_TEXT_ON_ONE_SIDE
    assert share_before(early.cut(0.0, 700)) <= 0.1 and share_before(late.cut(1.0, 700)) >= 0.9


def test_document_that_is_too_short_is_not_cut() -> None:
    whole = document(30)
    assert whole.cut(0.5, whole.num_tokens) == whole.text.strip()
    assert whole.cut(0.5, whole.num_tokens + 1) is NoCut.DOCUMENT_TOO_SHORT


def test_evidence_that_is_too_long_is_not_cut() -> None:
    assert document(30).cut(0.5, 4 * METER.count(FACT) - 8) is NoCut.EVIDENCE_TOO_LONG


def test_long_line_is_cut_between_words() -> None:
    line = " ".join(f"word{number}" for number in range(900))
    text = f"{FACT}\n{line}"
    whole = cut_document(text, heading=0, asked=0, start=0, end=len(FACT), meter=METER)
    cut = whole.cut(0.0, 400)
    assert not isinstance(cut, NoCut) and 390 <= METER.count(cut) <= 400 and text.startswith(f"{cut} ")
