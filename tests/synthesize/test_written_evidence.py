"""The evidence of a row: turns with their speakers, functions whole, other quotes as they are."""

from __future__ import annotations

import pytest
from synthesis_documents import LEASE_EN, context_of

from pipeline.records import Candidate, Checks, Context
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.candidates import candidates_of
from pipeline.synthesize.written.draft import Draft

TALK = (
    """Mina: Who calls the caterer?

Tom: I will. And I tell the hall by Friday.

Mina: """
    + "We had many words about the food before. " * 12
    + "Then we settled it."
)
CODE = '''import os


def load(path):
    """Return the text of a file."""
    if not os.path.exists(path):
        raise FileNotFoundError(path)
    return open(path).read()


def show(path):
    print(load(path))
'''


def quotes(context: Context, task: str, *words: str, segment: str = "") -> list[str]:
    def span(part: str) -> Span:
        start = context.text.index(part)
        return Span(start=start, end=start + len(part))

    draft = Draft(
        task=task,
        question="Who?",
        answer="Tom.",
        evidence=tuple(span(part) for part in words),
        segments=(span(segment or words[0]),),
        checks=Checks(True, 1.0, True, 1.0, True, None),
        prompt_version="v",
    )
    (candidate,) = candidates_of([draft], context=context, teacher="told")
    assert isinstance(candidate, Candidate)
    assert all(context.text[one.start : one.end] == one.quote for one in candidate.evidence)
    return [one.quote for one in candidate.evidence]


def test_quoted_turn_has_its_speaker() -> None:
    context = context_of(TALK, domain="dialogue")
    assert quotes(context, "qa", "I tell the hall by Friday.") == ["Tom: I will. And I tell the hall by Friday."]


def test_late_words_of_a_long_turn_stay_as_they_are() -> None:
    context = context_of(TALK, domain="dialogue")
    assert quotes(context, "qa", "Then we settled it.") == ["Then we settled it."]


def test_quote_of_a_contract_stays_as_it_is() -> None:
    words = "an annual rent of GBP 4,800"
    assert quotes(LEASE_EN, "qa", words) == [words]


@pytest.mark.parametrize("task", ["explanation", "what_breaks"])
def test_functions_are_quoted_whole_once(task: str) -> None:
    context = context_of(CODE, domain="code")
    found = quotes(
        context, task, "raise FileNotFoundError(path)", "print(load(path))", segment="return open(path).read()"
    )
    assert len(found) == 2
    assert found[0].startswith("def load(path):") and found[0].rstrip().endswith("return open(path).read()")
    assert found[1].rstrip() == "def show(path):\n    print(load(path))"


def test_single_line_of_code_stays_as_it_is_for_a_question_about_one_place() -> None:
    context = context_of(CODE, domain="code")
    assert quotes(context, "qa", "raise FileNotFoundError(path)") == ["raise FileNotFoundError(path)"]
