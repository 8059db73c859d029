"""Finds questions that a teacher wrote again, about versions or parts of a document, or in one wording about many.

`read_question` turns a question into `QuestionWords`, which `selection` holds instead of its text; `repeated_questions`
returns those to drop. Structural questions and the questions of summaries are templates, and a follow-up means nothing
without what it follows, so none of them is read. Pure. Cost: the words of each question, and each pair of questions of
a group whose numbers, names and negations are equal.

Words alone decide, and a question that is dropped wrongly is lost. So near copies differ only by words that one of them
adds, the words that matter come in the same order, and all that distinguishes two questions of one kind is equal:
`the tenant pays the landlord` is no copy of `the landlord pays the tenant`, nor is `which costs are not paid` one of
`which costs are paid`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.identity import stable_hash64
from pipeline.languages import compiled, language_rules, rules_by_script
from pipeline.records import Dropped

DUPLICATE_QUESTION = "duplicate_question"
"""Reason for dropping a written question that is asked elsewhere in the same or nearly the same words."""
_MIN_WORDS = 4
"""Questions with fewer different words are near copies only if they are equal."""
_WORD = re.compile(r"\w+(?:[.,:/'’-]\w+)*")
_QUOTED = re.compile(r"[“\"「『`]([^”\"」』`\n]{1,200})[”\"」』`]")


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """What is compared of a written question."""

    about: str
    """Questions with the same value are about versions or parts of one document, or about one joined context."""
    text_hash: int
    """Equal for questions with the same words in the same order; 63 bits."""
    stems: tuple[int, ...]
    """Hashes of the different stems of all words, sorted; the words themselves are not passed on."""
    content: tuple[int, ...]
    """Hashes of the stems of the words that say something about the subject, in order."""
    fixed: int
    """Equal for questions with the same numbers, names, quoted words and negations."""


@dataclass(frozen=True, slots=True, order=True)
class RankedQuestion:
    """A written question that is no repeat among the candidates of its range, by its words and rank."""

    text_hash: int
    rank: int
    """Questions with smaller ranks are preferred."""
    doc_id: str
    candidate_id: str


class Asked(Protocol):
    """The labels of a candidate."""

    @property
    def candidate_id(self) -> str:
        """Its id."""

    @property
    def doc_id(self) -> str:
        """The id of its context."""

    @property
    def words(self) -> QuestionWords | None:
        """The words of its question; None if it is not compared."""


def read_question(question: str, *, language: str, about: str) -> QuestionWords:
    """Return what is compared of a question.

    Args:
        question: the question.
        language: its language, whose negations are found.
        about: the id of the cluster of its document, or of its joined context.
    """
    words = _WORD.findall(question)
    negations = compiled(language_rules(language).statements.negations)
    fixed = [word.casefold() for number, word in enumerate(words) if _is_fixed(word, is_first=number == 0)]
    fixed += [f"“{' '.join(quoted.casefold().split())}”" for quoted in _QUOTED.findall(question)]
    fixed += ["no"] * sum(1 for _ in negations.finditer(question.casefold()))
    rules = [(word.casefold(), rules_by_script(word).words) for word in words]
    return QuestionWords(
        about=about,
        text_hash=_hash(*(word for word, _ in rules)),
        stems=tuple(sorted({_hash(of_word.stem(word)) for word, of_word in rules})),
        content=tuple(_hash(of_word.stem(word)) for word, of_word in rules if not of_word.is_stop_word(word)),
        fixed=_hash(*sorted(fixed)),
    )


def is_near_copy(one: QuestionWords, other: QuestionWords, *, least_likeness: float) -> bool:
    """Return whether two questions are equal, or one only adds a few words to the other."""
    if one.text_hash == other.text_hash:
        return True
    if one.fixed != other.fixed or min(len(one.stems), len(other.stems)) < _MIN_WORDS:
        return False
    stems, other_stems = set(one.stems), set(other.stems)
    if len(stems & other_stems) < least_likeness * len(stems | other_stems):
        return False
    shorter, longer = sorted((one.content, other.content), key=len)
    return _is_subsequence(shorter, longer)


def repeated_questions(candidates: Sequence[Asked], *, max_same: int, least_likeness: float) -> dict[str, Dropped]:
    """Return why questions are dropped, by candidate id. Of equal questions, the first ones stay.

    Args:
        candidates: all candidates, in the order in which they are preferred.
        max_same: the maximum number of contexts with a question in the same words.
        least_likeness: the share of common words from which two questions about the same are near copies.
    """
    contexts: dict[int, set[str]] = defaultdict(set)
    kept: dict[tuple[str, int], list[QuestionWords]] = defaultdict(list)
    dropped: dict[str, Dropped] = {}
    for candidate in candidates:
        words = candidate.words
        if words is None:
            continue
        alike = kept[words.about, words.fixed]
        if any(is_near_copy(words, other, least_likeness=least_likeness) for other in alike):
            dropped[candidate.candidate_id] = Dropped(
                DUPLICATE_QUESTION, "The same question is asked of another version or part of the document."
            )
            continue
        asked_of = contexts[words.text_hash]
        if len(asked_of - {candidate.doc_id}) >= max_same:
            dropped[candidate.candidate_id] = too_often(max_same=max_same)
            continue
        asked_of.add(candidate.doc_id)
        alike.append(words)
    return dropped


def asked_too_often(questions: Iterable[RankedQuestion], *, max_same: int) -> list[str]:
    """Return the ids of the questions beyond the first `max_same` contexts with the same words.

    Args:
        questions: questions of all ranges in any order; those with the same words are all here.
        max_same: the maximum number of contexts with a question in the same words.
    """
    contexts: dict[int, set[str]] = defaultdict(set)
    beyond = []
    for question in sorted(questions):
        asked_of = contexts[question.text_hash]
        if len(asked_of - {question.doc_id}) >= max_same:
            beyond.append(question.candidate_id)
        else:
            asked_of.add(question.doc_id)
    return beyond


def too_often(*, max_same: int) -> Dropped:
    """Return why a question is dropped that is asked of other contexts in the same words."""
    return Dropped(DUPLICATE_QUESTION, f"The question is asked of {max_same} other contexts in the same words.")


def _hash(*words: str) -> int:
    return stable_hash64(*words) >> 1  # so that it fits into a signed number


def _is_fixed(word: str, *, is_first: bool) -> bool:
    return any(char.isdecimal() or char == "_" for char in word) or (not is_first and word != word.lower())


def _is_subsequence(shorter: Iterable[int], longer: Iterable[int]) -> bool:
    left = iter(longer)
    return all(item in left for item in shorter)
