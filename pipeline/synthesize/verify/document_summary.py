"""Checks a summary of a whole document: each sentence against the parts it is about, and how many parts it touches.

A sentence of such a summary may draw on several parts. Each is therefore compared with the few parts that together have
most of its values and words. The sentences of these parts with most in common are the evidence of the row. The cost is
one reading of each sentence of the parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.languages.quantities import QuantityKind
from pipeline.records import Checks, Context, Dropped
from pipeline.synthesize.sentences import Span, sentence_spans
from pipeline.synthesize.verify.chain import FACT_CHECKS, first_fault
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import StatedValue, Statement, read_statement, same_value
from pipeline.synthesize.verify.summary_check import without_heading
from pipeline.synthesize.verify.support import KnownWords, support_of
from pipeline.synthesize.verify.surroundings import surroundings_of
from pipeline.synthesize.verify.text_faults import (
    leaked_prompt,
    obeyed_instruction,
    repetition,
    wrong_language,
)
from pipeline.synthesize.verify.value_check import values_of

_MAX_PARTS = 4
"""How many parts a sentence of a summary may draw on."""
_VALUE_WEIGHT = 3
_TOUCHED_SHARE = 0.3
_TITLE_SHARE = 0.5
_MIN_WORDS = 3
_MIN_SHARED_WORDS = 2
_GIST_SHARE = 0.8
_COMPARED_SENTENCES = 4
"""How many sentences of the document a sentence of a summary is compared with."""
_QUOTES_PER_SENTENCE = 2
"""How many of them become evidence: those with most in common."""
_IN_PARTS = [(name, check) for name, check in FACT_CHECKS if name in ("values", "names")]
_IN_SENTENCES = [(name, check) for name, check in FACT_CHECKS if name not in ("values", "names")]
"""The checks of how words stand together. In whole parts, the same words stand together in many ways."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document that a summary of the whole should touch."""

    span: Span
    title: str = ""
    gist: str = ""
    """A summary of the part, if the summary of the document was made of such summaries."""


@dataclass(frozen=True, slots=True)
class CheckedSummary:
    """A summary that passed: the results of the checks, and the sentences that support it, in document order."""

    checks: Checks
    evidence: tuple[Span, ...]


def check_document_summary(
    *, summary: str, parts: Sequence[Part], context: Context, limits: WrittenChecksRecipe
) -> CheckedSummary | Dropped:
    """Check a summary of a whole document; return its results and evidence, or the first check that failed.

    Args:
        summary: the teacher's summary.
        parts: the parts that the summary was made of, at least one; all with a gist or none.
        context: the document.
        limits: the thresholds.
    """
    language = context.language
    fault = _text_fault(summary, context) or _too_long(summary, parts, context, limits)
    if fault is not None:
        return fault
    read_parts = [_ReadPart(part, context) for part in parts]
    stated = read_statement(summary, language)
    evidence: list[Span] = []
    for span in sentence_spans(summary, start=0, end=len(summary)):
        sentence = read_statement(summary[span.start : span.end], language)
        chosen = _parts_of(sentence, read_parts)
        supporting = _supporting(sentence, chosen)
        claim = _claim(sentence, chosen, context)
        near = replace(claim, evidence=read_statement(_joined(context, supporting), language))
        fault = first_fault(claim, _IN_PARTS) or first_fault(near, _IN_SENTENCES)
        if fault is not None:
            return fault
        share = support_of(sentence, (claim.evidence, claim.around))
        if len(sentence.words) >= _MIN_WORDS and share < limits.min_sentence_support:
            words = " ".join(sentence.text.split())[:120]
            least = limits.min_sentence_support
            detail = f"{share:.2f} of this is in the parts it is about, less than {least}: {words}"
            return Dropped("answer_not_supported", detail, share)
        evidence += supporting[:_QUOTES_PER_SENTENCE]
    fault = _untouched(stated, read_parts, least=limits.min_document_coverage)
    if fault is not None:
        return fault
    if not evidence:
        return Dropped("answer_not_supported", "No sentence of the document has words of the summary.", 0.0)
    checks = Checks(
        evidence_verbatim=True,
        answer_support=support_of(stated, [part.body for part in read_parts]),
        numbers_supported=True,
        question_grounded=None,
        language_match=True,
        answer_unique=None,
    )
    return CheckedSummary(checks, tuple(sorted(set(evidence), key=lambda found: (found.start, found.end))))


class _ReadPart:
    """A part with its words, values and sentences, each read once."""

    def __init__(self, part: Part, context: Context) -> None:
        self.part = part
        self.language = context.language
        text = context.text[part.span.start : part.span.end]
        self.length = len(text)
        self.body = read_statement(without_heading(text, part.title), context.language)
        self.known = KnownWords((self.body, read_statement(part.title, context.language)))
        self._context = context
        self._lowered = self.body.text.lower()

    @cached_property
    def sentences(self) -> list[tuple[Span, Statement]]:
        """The sentences, at offsets into the document, without the line of the title."""
        text = self._context.text
        spans = sentence_spans(text, start=self.part.span.start, end=self.part.span.end)
        title = self.part.title.strip()
        return [
            (span, read_statement(text[span.start : span.end], self.language))
            for span in spans
            if not title or text[span.start : span.end].strip() != title
        ]

    def has_value(self, value: StatedValue) -> bool:
        """Return whether the part has an equal value, or an identifier anywhere in its text."""
        if value.quantity.kind is QuantityKind.MARK and value.quantity.label in self._lowered:
            return True
        return any(same_value(value, other) for other in self.body.values)


def _text_fault(summary: str, context: Context) -> Dropped | None:
    if not summary.strip():
        return Dropped("empty_answer", "The summary is empty.")
    if has_pseudonym(summary):
        return Dropped("masked_personal_data", "Personal data was masked in the summary.")
    return (
        wrong_language(summary, sources=context.text, language=context.language)
        or repetition(summary)
        or leaked_prompt(summary, document=context.text)
        or obeyed_instruction(summary, evidence="", document=context.text)
    )


def _too_long(summary: str, parts: Sequence[Part], context: Context, limits: WrittenChecksRecipe) -> Dropped | None:
    share = len(summary) / max(1, len(context.text))
    if share > limits.max_document_summary_share:
        most = limits.max_document_summary_share
        return Dropped("not_shorter", f"The summary is {share:.2f} of the document, more than {most}.", share)
    num_gist_chars = sum(len(part.gist) for part in parts)
    if num_gist_chars and len(summary) > num_gist_chars:
        return Dropped("not_shorter", f"The summary is longer than the {len(parts)} summaries that it is made of.")
    return None


def _parts_of(sentence: Statement, parts: Sequence[_ReadPart]) -> list[_ReadPart]:
    """Return the few parts that together have most of a sentence's words and values, in document order."""
    words = {word.stem for word in sentence.words}
    values = list(values_of(sentence))
    chosen: list[_ReadPart] = []
    while (words or values) and len(chosen) < _MAX_PARTS:
        gains = [
            sum(part.known.has(word) for word in words) + _VALUE_WEIGHT * sum(part.has_value(v) for v in values)
            for part in parts
        ]
        best = max(range(len(parts)), key=lambda index: (gains[index], -index))
        if gains[best] == 0:
            break
        part = parts[best]
        chosen.append(part)
        words = {word for word in words if not part.known.has(word)}
        values = [value for value in values if not part.has_value(value)]
    return sorted(chosen, key=lambda part: part.part.span.start) or [parts[0]]


def _claim(sentence: Statement, parts: Sequence[_ReadPart], context: Context) -> Claim:
    return Claim(
        language=context.language,
        domain=context.domain,
        stated=sentence,
        asked=read_statement("", context.language),
        evidence=read_statement("\n\n".join(part.body.text for part in parts), context.language),
        around=read_statement(surroundings_of(context, [part.part.span for part in parts]), context.language),
        segment="\n\n".join(part.body.text for part in parts),
        document=context.text,
    )


def _joined(context: Context, spans: Sequence[Span]) -> str:
    return "\n".join(context.text[span.start : span.end] for span in sorted(spans, key=lambda span: span.start))


def _supporting(sentence: Statement, parts: Sequence[_ReadPart]) -> list[Span]:
    """Return the sentences of some parts with most of a summary sentence's values and words, the best first."""
    words = set(sentence.stems)
    values = list(values_of(sentence))
    found: list[Span] = []
    candidates = [item for part in parts for item in part.sentences]
    while candidates and len(found) < _COMPARED_SENTENCES:
        gains = [
            len(words & read.stems) + _VALUE_WEIGHT * sum(any(same_value(v, o) for o in read.values) for v in values)
            for _, read in candidates
        ]
        best = max(range(len(candidates)), key=lambda index: (gains[index], -index))
        if gains[best] < (_MIN_WORDS if found else 1):
            break
        span, read = candidates[best]
        found.append(span)
        words -= read.stems
        values = [value for value in values if not any(same_value(value, other) for other in read.values)]
    return found


def _untouched(stated: Statement, parts: Sequence[_ReadPart], *, least: float) -> Dropped | None:
    """Return a fault if a summary leaves out too many parts: of those with gists by number, else by length."""
    spread = _spread_stems(parts)
    missed = [part for part in parts if not _touches(stated, part, spread)]
    has_gists = bool(parts[0].part.gist)
    if has_gists and len(parts) - len(missed) < ceil(_GIST_SHARE * len(parts)):
        name = missed[0].part.title
        return Dropped(
            "covers_nothing", f"The summary leaves out {len(missed)} of {len(parts)} sections, such as '{name}'."
        )
    share = 1 - sum(part.length for part in missed) / max(1, sum(part.length for part in parts))
    if not has_gists and share < least:
        return Dropped("covers_nothing", f"The summary touches {share:.2f} of the document, less than {least}.", share)
    return None


def _spread_stems(parts: Sequence[_ReadPart]) -> frozenset[str]:
    """Return the words of more than half of the parts, such as the parties; they do not show that a part is touched."""
    counts = Counter(stem for part in parts for stem in part.body.stems)
    return frozenset(stem for stem, count in counts.items() if count > max(1, len(parts) / 2))


def _touches(stated: Statement, part: _ReadPart, spread: frozenset[str]) -> bool:
    """Return whether a summary has a third of the words of one of a part's sentences, a value of it, or its title."""
    own = stated.stems - spread
    title = read_statement(part.part.title, part.language).stems - spread
    if title and len(title & own) >= _TITLE_SHARE * len(title):
        return True
    values = list(values_of(stated))
    if part.part.gist:
        gist = part.part.gist
        spans = sentence_spans(gist, start=0, end=len(gist))
        sentences = [read_statement(gist[span.start : span.end], part.language) for span in spans]
    else:
        sentences = [read for _, read in part.sentences]
    for read in sentences:
        stems = read.stems - spread
        if len(stems & own) >= max(_MIN_SHARED_WORDS, _TOUCHED_SHARE * len(stems)):
            return True
        if any(same_value(value, other) for value in values for other in values_of(read)):
            return True
    return False
