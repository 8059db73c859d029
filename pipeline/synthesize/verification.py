"""Verify a question and an answer against the document: support, grounding, and no second answer elsewhere.

A teacher's output is untrusted; anything that fails these checks is dropped. Cost for one question: linear in the
number of sentences of the document. The words of the sentences are indexed once.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.records import Checks, Dropped
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.words import content_stems, is_in_language, names, numbers, supported_share


@dataclass(frozen=True, slots=True)
class IndexedSentence:
    """A sentence and the stems of its content words."""

    span: Span
    stems: frozenset[str]


def index_sentences(text: str) -> tuple[IndexedSentence, ...]:
    """Return every sentence of a document with its stems, in order."""
    return tuple(
        IndexedSentence(span=span, stems=frozenset(content_stems(text[span.start : span.end])))
        for span in sentence_spans(text, start=0, end=len(text))
    )


def check_answer(
    *,
    question: str,
    answer: str,
    evidence: Span,
    segment: Span,
    text: str,
    sentences: tuple[IndexedSentence, ...],
    language: str,
    min_answer_support: float,
    min_question_grounding: float,
) -> Checks | Dropped:
    """Return the results of the checks, or the first check that failed.

    Args:
        question: a question that passed `faults.question_fault`.
        answer: the teacher's answer.
        evidence: the span of the quote, inside the segment.
        segment: the span that the question is about.
        text: the whole document.
        sentences: the result of `index_sentences(text)`.
        language: the row's language.
        min_answer_support: least share of the answer's content words that must be in the evidence.
        min_question_grounding: least share of the question's content words that must be in the segment.
    """
    quote = text[evidence.start : evidence.end]
    if not is_in_language(answer, language):
        return Dropped("wrong_language", f"The answer is not written in '{language}'.")
    missing = [number for number in numbers(answer) if number not in numbers(quote)]
    if missing:
        return Dropped("number_not_in_evidence", f"{missing[0]} of the answer is not in the evidence.")
    support = supported_share(content_stems(answer), quote)
    if support < min_answer_support:
        return Dropped(
            "answer_not_supported",
            f"{support:.2f} of the answer is in the evidence, less than {min_answer_support}.",
            support,
        )
    grounding = supported_share(content_stems(question), text[segment.start : segment.end])
    if grounding < min_question_grounding:
        detail = f"{grounding:.2f} of the question's words are in the segment, less than {min_question_grounding}."
        return Dropped("question_not_grounded", detail, grounding)
    rival = rival_sentence(question=question, answer=answer, evidence=evidence, text=text, sentences=sentences)
    if rival is not None:
        return Dropped("not_unique", f"This sentence fits the question too: {text[rival.start : rival.end][:160]}")
    return Checks(
        evidence_verbatim=True,
        answer_support=support,
        numbers_supported=True,
        question_grounded=grounding,
        language_match=True,
        answer_unique=True,
    )


def rival_sentence(
    *, question: str, answer: str, evidence: Span, text: str, sentences: tuple[IndexedSentence, ...]
) -> Span | None:
    """Return a sentence outside the evidence that fits the question at least as well but does not hold the answer.

    The fit of a sentence is the number of the question's content words in it. If the evidence does not fit better than
    another sentence, the question does not say which of the two it means.
    """
    asked = frozenset(content_stems(question))
    answered = frozenset(content_stems(answer))
    fit = len(asked & frozenset(content_stems(text[evidence.start : evidence.end])))
    for sentence in sentences:
        inside = sentence.span.start < evidence.end and evidence.start < sentence.span.end
        if not inside and len(asked & sentence.stems) >= max(1, fit) and not answered <= sentence.stems:
            return sentence.span
    return None


def check_summary(*, summary: str, section: str, language: str, min_answer_support: float) -> Checks | Dropped:
    """Return the results of the checks of a summary, or the first check that failed.

    A summary must be shorter than its section and say nothing that the section does not say: all its numbers and names
    must be in the section. It must also keep some of the section's numbers and names, if there are any.
    """
    if not is_in_language(summary, language):
        return Dropped("wrong_language", f"The summary is not written in '{language}'.")
    if len(summary) >= len(section):
        return Dropped("not_shorter", f"{len(summary)} characters about a section of {len(section)}.")
    missing = [item for item in numbers(summary) if item not in numbers(section)]
    missing += [name for name in names(summary) if name.lower() not in section.lower()]
    if missing:
        return Dropped("not_in_section", f"'{missing[0]}' is not in the section.")
    support = supported_share(content_stems(summary), section)
    if support < min_answer_support:
        return Dropped(
            "answer_not_supported",
            f"{support:.2f} of the summary is in the section, less than {min_answer_support}.",
            support,
        )
    facts = set(numbers(section)) | {name.lower() for name in names(section)}
    kept = set(numbers(summary)) | {name.lower() for name in names(summary)}
    if facts and not facts & kept:
        return Dropped("covers_nothing", "The summary keeps no number and no name of the section.", 0.0)
    return Checks(
        evidence_verbatim=True,
        answer_support=support,
        numbers_supported=True,
        question_grounded=1.0,
        language_match=True,
        answer_unique=True,
    )
