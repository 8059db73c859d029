"""Why a question cannot be used, by looking at the question itself, in English and Korean.

The question is asked of the whole document, so it must name what it asks about, must not be answerable by yes or no,
and must not carry its answer. Every fault is a reason code of `rejected/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.records import Language
from pipeline.synthesize.words import content_stems, is_in_language, normalized, numbers, tokens


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something is dropped."""

    reason: str
    """Snake-case code."""
    detail: str
    """One sentence for a person."""
    score: float | None
    """The measured value where there is one."""


_ENGLISH_ASKS = re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b", re.IGNORECASE)
_KOREAN_ASKS = re.compile(r"무엇|무슨|뭐|누구|누가|언제|어디|어느|어떤|어떻게|어떠|얼마|몇|며칠|왜")
_KOREAN_ENDS = re.compile(r"(?:까|요|가|지|나|오|는가|은가|인가)\s*[?.]?$|\?$")
_REFERS = re.compile(
    r"\b(?:this|the|that|given|above|following|provided)\s+(?:given |above |provided |following )?"
    r"(?:sentence|passage|segment|paragraph|excerpt|text|quote|question|answer|statement|options?)\b"
    r"|\bin the (?:above|text|passage)\b|\b(?:as|is) (?:mentioned|stated|described) (?:here|above|below)\b"
    r"|\bthe answer\b"
    r"|(?:이|위|해당|본)\s?(?:대목|문장|글|지문|단락|문단|구절|내용|발췌)|다음 중|위에서 (?:말한|언급)|윗글",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:he|she|him|they|them|these|those|i|we|us|my|our|me|you|your)\b"
    r"|\b(?:does|did|is|was|must|can|may|will|has|of|to|for|by|in|about) (?:it|this|that)\b"
    r"(?!\s+(?:take|took|possible|necessary)\b)",
    re.IGNORECASE,
)
_KOREAN_PRONOUN = re.compile(
    r"(?:^|\s)(?:그것|이것|저것|그들|그는|그가|그녀|이들|그의|여기|거기|저는|제가|우리|나는|내가)(?=\S{0,3}(?:\s|$))"
)
_MAX_QUESTION_CHARS = 400
_MIN_SUBJECT_STEMS = 2


def question_fault(question: str, *, answer: str, language: str) -> Fault | None:
    """The first reason why a question cannot be asked of a whole document; None where there is none."""
    for fault in (
        _shape_fault(question, language),
        _reference_fault(question, language),
        _subject_fault(question),
        _answer_fault(question, answer),
    ):
        if fault is not None:
            return fault
    return None


def _shape_fault(question: str, language: str) -> Fault | None:
    if not is_in_language(question, language):
        return Fault("wrong_language", f"The question is not written in '{language}'.", None)
    if "\n" in question or len(question) > _MAX_QUESTION_CHARS:
        return Fault(
            "not_a_question", f"More than one line or {_MAX_QUESTION_CHARS} characters: {len(question)}.", None
        )
    if language == Language.KOREAN:
        asks, ends = _KOREAN_ASKS.search(question), _KOREAN_ENDS.search(question)
        imperative = re.search(r"(?:하시오|하십시오|하세요|쓰시오|말하시오|주세요)[.]?$", question)
        if imperative and not asks:
            return None
    else:
        asks, ends = _ENGLISH_ASKS.search(question), re.search(r"\?$", question)
    if not ends:
        return Fault("not_a_question", "It does not end as a question.", None)
    if not asks:
        return Fault("yes_no_question", "It has no question word, so yes or no would answer it.", None)
    return None


def _reference_fault(question: str, language: str) -> Fault | None:
    refers = _REFERS.search(question)
    if refers:
        return Fault("refers_to_passage", f"'{refers.group()}' means nothing to a reader of the whole document.", None)
    pronoun = (_KOREAN_PRONOUN if language == Language.KOREAN else _PRONOUN).search(question)
    if pronoun:
        return Fault(
            "unresolved_pronoun", f"'{pronoun.group().strip()}' stands for something the question does not name.", None
        )
    return None


def _subject_fault(question: str) -> Fault | None:
    stems = content_stems(question)
    if len(set(stems)) < _MIN_SUBJECT_STEMS:
        return Fault("generic_question", "It names too little to find one place in a document.", float(len(set(stems))))
    words = [token.lower() for token in tokens(question)]
    pairs = list(zip(words, words[1:], words[2:], strict=False))
    if len(pairs) != len(set(pairs)):
        return Fault("repeats_itself", "The same three words follow each other twice.", None)
    return None


def _answer_fault(question: str, answer: str) -> Fault | None:
    if not answer.strip():
        return Fault("empty_answer", "There is no answer.", None)
    in_answer, in_question = set(numbers(answer)), set(numbers(question))
    if normalized(answer) in normalized(question) or (in_answer and in_answer <= in_question):
        return Fault("answer_in_question", "The question already contains its answer.", None)
    stems = set(content_stems(answer))
    if not in_answer and stems and stems <= set(content_stems(question)):
        return Fault("answer_in_question", "Every word of the answer stands in the question.", None)
    return None
