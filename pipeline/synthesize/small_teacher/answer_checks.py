"""Checks the questions, answers and summaries of a teacher in completion form against the document.

The answer of such a question is a fact cut from its sentence, so comparing words and numbers as written is enough. A
very small teacher often asks about another sentence than it was given; the rival sentence is a check for that, no proof
that the answer is unique.

Takes a question and an answer, or a summary, with the part of the document that it is about. Returns the results of the
checks, or the first check that failed. Used by `synthesize.written`. Sentences are split and stemmed once for each
document; the time for one question is then linear in the number of sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.records import Checks, Dropped
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.words import content_stems, is_in_language, names, numbers, supported_share


@dataclass(frozen=True, slots=True)
class IndexedSentence:
    """A sentence and the stems of its content words."""

    span: Span
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document with its sentences in order."""

    text: str
    language: str
    sentences: tuple[IndexedSentence, ...]


@lru_cache(maxsize=2)
def index_document(text: str, language: str) -> IndexedDocument:
    """Split a document into sentences and stem the words of each."""
    sentences = tuple(
        IndexedSentence(span=span, stems=frozenset(content_stems(text[span.start : span.end])))
        for span in sentence_spans(text, start=0, end=len(text))
    )
    return IndexedDocument(text=text, language=language, sentences=sentences)


def check_answer(
    *,
    question: str,
    answer: str,
    evidence: Span,
    segment: Span,
    document: IndexedDocument,
    min_answer_support: float,
    min_question_grounding: float,
) -> Checks | Dropped:
    """Check a question and its answer; return the results, or the first check that failed.

    Args:
        question: a question that passed `faults.question_fault`.
        answer: the teacher's answer.
        evidence: the span of the quote, inside the segment.
        segment: the span that the question is about.
        document: the whole document, from `index_document`.
        min_answer_support: smallest allowed share of the answer's content words that are in the evidence.
        min_question_grounding: smallest allowed share of the question's content words that are in the segment.
    """
    text = document.text
    quote = text[evidence.start : evidence.end]
    if has_pseudonym(question) or has_pseudonym(answer):
        return Dropped("masked_personal_data", "Personal data was masked in the question or its answer.")
    if not is_in_language(answer, document.language):
        return Dropped("wrong_language", f"The answer is not written in '{document.language}'.")
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
    rival = rival_sentence(question=question, answer=answer, evidence=evidence, document=document)
    if rival is not None:
        return Dropped("not_unique", f"This sentence fits the question too: {text[rival.start : rival.end][:160]}")
    return Checks(
        evidence_verbatim=True,
        answer_support=support,
        numbers_supported=True,
        question_grounded=grounding,
        language_match=True,
        answer_unique=None,
    )


def rival_sentence(*, question: str, answer: str, evidence: Span, document: IndexedDocument) -> Span | None:
    """Return the first sentence that fits the question no worse than the evidence but lacks part of the answer.

    The fit of a sentence is the number of different content words that it shares with the question. The sentence must
    not overlap the evidence and must share at least one word; the question could then mean this sentence too.
    Return None if no sentence qualifies.
    """
    asked = frozenset(content_stems(question))
    answered = frozenset(content_stems(answer))
    fit = len(asked & frozenset(content_stems(document.text[evidence.start : evidence.end])))
    for sentence in document.sentences:
        inside = sentence.span.start < evidence.end and evidence.start < sentence.span.end
        if not inside and len(asked & sentence.stems) >= max(1, fit) and not answered <= sentence.stems:
            return sentence.span
    return None


def check_summary(*, summary: str, section: str, language: str, min_answer_support: float) -> Checks | Dropped:
    """Check a summary of a section; return the results, or the first check that failed.

    A summary must be shorter than the section. All numbers and names in the summary must be in the section, and so must
    the share `min_answer_support` of its content words. If the section has numbers or names, the summary must keep at
    least one of them.
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
        answer_unique=None,
    )
