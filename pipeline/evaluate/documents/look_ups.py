"""The questions about held-out documents that one place of one document answers with its own words.

Takes the `Material` of a build; returns `LookUp`s. They come from two sources: what a teacher wrote for the build's
validation rows, and what the structural tasks find in the held-out documents, of which a build exports only a few. The
documents of a joined row are asked about one by one; written questions about one are left out, because they name it by
its place in the row. Left out and counted are questions about the state before a change of the document, which the
prompt may not show, and questions that hold their answer. Used by the tasks that move a proof or cut a document.

Cost: the structural tasks read up to 120 held-out documents once: 3.6 s for 14 documents of 0.6 MB.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from pipeline.evaluate.documents.presence import contains_answer
from pipeline.evaluate.documents.spread import spread_order
from pipeline.evaluate.material import CorpusEntry, Material
from pipeline.export.rows import noted_text
from pipeline.identity import stable_hash64
from pipeline.languages import final_syllables, language_rules
from pipeline.records import Candidate, Context, Evidence, Origin, SftExample, TaskFamily, Turn
from pipeline.scoring.answers import is_refusal
from pipeline.synthesize.members import DocumentView, document_views
from pipeline.synthesize.structural.candidates import QuestionLimits, structural_candidates
from pipeline.synthesize.structural.task import Trait
from pipeline.synthesize.tasks import forms_by_name, task_names

_MAX_DOCUMENTS = 120
_QUESTIONS_PER_DOCUMENT = 60
_UNLIMITED_TOKENS = 1 << 30
_CHARS_PER_WORD = 12
_FOLLOW_UP = "follow_up"
"""The task whose questions take up what was asked before."""
_SPACE = re.compile(r"\s+")
_SENTENCE_ENDS = (".", "!", "?", ";", ":")
_PHRASE_FORMS = frozenset(
    {
        "amount.named",
        "amount.only",
        "amount.place",
        "amount.share",
        "deadline.due",
        "deadline.duty",
        "deadline.effective",
        "deadline.only",
        "definition.term",
        "entry.abbreviation",
        "entry.default",
        "entry.field",
        "party.role",
        "passage.command",
        "ruling.date",
        "signature.file",
        "table_cell.cell",
        "table_cell.value",
    }
)
"""The forms that ask for a name, a value or a time, and not for what a passage says or for a list."""
_CHANGE_FORMS = frozenset({"clause.amended"})
"""The forms that ask about changes of the document."""


class LeftOut(StrEnum):
    """Why a question with a short verbatim answer is no look-up."""

    CHANGE = "question_about_a_change"
    IN_QUESTION = "answer_in_the_question"


@dataclass(frozen=True, slots=True)
class LookUp:
    """A question with a short answer that is in one place of one document."""

    item: str
    """The id of the candidate."""
    question: str
    answer: str
    """Verbatim in the evidence, apart from white space."""
    document: Context
    """The document, or the part of a long document, that is a row of the corpus or belongs to a joined row."""
    row_id: str
    """The `doc_id` of the row of the corpus."""
    start: int
    end: int
    """The evidence, in characters of the document's text."""
    task: str
    form: str
    """The form of the question; empty for a written one."""
    language: str

    @property
    def evidence(self) -> str:
        """The quote that proves the answer."""
        return self.document.text[self.start : self.end]

    @property
    def cluster(self) -> str:
        """The id of the document with its near duplicates and its other parts, which resamples draw as one."""
        return self.document.cluster_id or self.document.parent_id


def look_ups(material: Material, seed: int) -> tuple[LookUp, ...]:
    """Return all look-ups about held-out documents, sorted by id.

    The answer is in the evidence, is not computed, and is not in the question, whatever its letter case. Documents that
    are near duplicates of each other give a question once.

    Args:
        material: the build's documents and rows.
        seed: decides how the structural tasks word their questions; the build's own seed gives the build's wordings.
    """
    return _found(material, seed)[0]


def left_out(material: Material, seed: int) -> Mapping[str, int]:
    """Return how many questions `look_ups` leaves out for a reason of `LeftOut`, by reason."""
    return _found(material, seed)[1]


@lru_cache(maxsize=4)
def _found(material: Material, seed: int) -> tuple[tuple[LookUp, ...], Mapping[str, int]]:
    found: dict[tuple[str, str, str], LookUp] = {}
    reasons: dict[tuple[str, str, str], LeftOut] = {}
    for look_up in (*_of_rows(material), *_of_documents(material, seed)):
        key = look_up.cluster, one_line(look_up.evidence), one_line(look_up.answer)
        reason = left_out_for(look_up)
        if reason is None:
            found.setdefault(key, look_up)
        else:
            reasons.setdefault(key, reason)
    counts = Counter(reason.value for key, reason in reasons.items() if key not in found)
    return tuple(sorted(found.values(), key=lambda look_up: look_up.item)), MappingProxyType(counts)


def asked_documents(material: Material, seed: int) -> list[CorpusEntry]:
    """Return at most 120 held-out documents; languages take turns, and in each of these, documents of all lengths."""
    ordered = spread_order(
        material.held_out,
        groups=(lambda entry: entry.language, lambda entry: entry.num_tokens.bit_length()),
        chance=lambda entry: stable_hash64("asked document", seed, entry.doc_id),
    )
    return ordered[:_MAX_DOCUMENTS]


def left_out_for(look_up: LookUp) -> LeftOut | None:
    """Return why a question is left out; None if it is a look-up."""
    lead = language_rules(look_up.language).frames.before_amendment.strip().casefold()
    if look_up.form in _CHANGE_FORMS or look_up.question.strip().casefold().startswith(lead):
        return LeftOut.CHANGE
    return LeftOut.IN_QUESTION if contains_answer(look_up.question, look_up.answer) else None


def asks_for_phrase(look_up: LookUp) -> bool:
    """Return whether the answer is a phrase by itself, and not what a provision or a passage says.

    The form of a structural question decides. A written answer is a phrase if it does not end as a sentence does.
    """
    if look_up.form:
        return look_up.form in _PHRASE_FORMS
    endings = *_SENTENCE_ENDS, *final_syllables()
    return not one_line(look_up.answer).endswith(endings)


def in_turn(items: Sequence[LookUp], seed: int) -> list[LookUp]:
    """Return look-ups in the order in which tasks take them: languages in turn, and in each of these documents."""
    return spread_order(
        items,
        groups=(lambda item: item.language, lambda item: item.cluster),
        chance=lambda item: stable_hash64("look-up", seed, item.item),
    )


def is_short(answer: str, *, max_words: int) -> bool:
    """Return whether an answer has few words, and no more characters than as many words of average length have."""
    plain = one_line(answer)
    return len(plain.split()) <= max_words and len(plain) <= max_words * _CHARS_PER_WORD


def one_line(text: str) -> str:
    """Return a text with single spaces for white space."""
    return _SPACE.sub(" ", text).strip()


def _of_rows(material: Material) -> Iterator[LookUp]:
    for row in material.rows:
        context = material.context(row.doc_ids[0])
        if len(row.doc_ids) > 1 or context.members:
            continue
        for number, turn in enumerate(row.turns):
            evidence = [quote for quote in row.evidence if quote.turn == number]
            if turn.origin != Origin.WRITTEN or turn.family != TaskFamily.LOOK_UP or turn.task == _FOLLOW_UP:
                continue
            if len(evidence) == 1 and (question := _question_of(row, number, context)):
                answer = row.messages[2 * number + 1].content
                yield from _checked(
                    _look_up(turn, question, answer, evidence[0], context, context.doc_id, row.language)
                )


def _question_of(row: SftExample, number: int, context: Context) -> str:
    """Return a turn's question, without the document and the words that introduce the first question of a row."""
    content = row.messages[2 * number].content
    if number:
        return content
    before, document, behind = content.partition(noted_text(context))
    asked = (behind or before).strip() if document else ""
    frames = language_rules(row.language).frames
    for frame in (*frames.about_one, *frames.ahead_of_one):
        opening, _, ending = frame.partition("{question}")
        if opening and asked.startswith(opening) and asked.endswith(ending):
            return asked.removeprefix(opening).removesuffix(ending).strip()
    return asked


def _of_documents(material: Material, seed: int) -> Iterator[LookUp]:
    limits = QuestionLimits(
        tasks=frozenset(task_names()),
        max_questions=_QUESTIONS_PER_DOCUMENT,
        count_tokens=_no_tokens,
        max_answer_tokens=_UNLIMITED_TOKENS,
    )
    for entry in asked_documents(material, seed):
        for view in document_views(material.context(entry.doc_id)):
            candidates, _ = structural_candidates(view.context, limits=limits, seed=seed)
            for candidate in candidates:
                yield from _of_candidate(candidate, view)


def _no_tokens(texts: Sequence[str]) -> list[int]:
    """Return no tokens for any text: short answers are chosen by other measures."""
    return [0 for _ in texts]


def _of_candidate(candidate: Candidate, view: DocumentView) -> Iterator[LookUp]:
    form = forms_by_name()[candidate.form]
    if candidate.family != TaskFamily.LOOK_UP or candidate.is_trivial or Trait.COMPUTED in form.traits:
        return
    if len(candidate.evidence) == 1:
        (evidence,) = candidate.evidence
        question, answer = candidate.question, candidate.answer
        yield from _checked(
            _look_up(candidate, question, answer, evidence, view.context, view.row.doc_id, candidate.language)
        )


def _look_up(
    source: Candidate | Turn,
    question: str,
    answer: str,
    evidence: Evidence,
    document: Context,
    row_id: str,
    language: str,
) -> LookUp:
    return LookUp(
        item=source.candidate_id,
        question=question,
        answer=answer,
        document=document,
        row_id=row_id,
        start=evidence.start,
        end=evidence.end,
        task=source.task,
        form=source.form if isinstance(source, Candidate) else "",
        language=language,
    )


def _checked(look_up: LookUp) -> Iterator[LookUp]:
    answer = one_line(look_up.answer)
    if not answer or answer not in one_line(look_up.evidence) or answer in look_up.question or is_refusal(answer):
        return
    if not (answer.isdecimal() and _is_label(answer, look_up.evidence)):
        yield look_up


def _is_label(number: str, evidence: str) -> bool:
    """Return whether a number is only at the beginning of lines, where it numbers a step or an item."""
    return re.search(rf"(?<=[^\s\d])[^\S\n]*{number}(?!\d)", evidence) is None
