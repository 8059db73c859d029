"""Checks a summary sentence by sentence against its section, and that it covers the section in much fewer words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.foreign import read_source
from pipeline.synthesize.verify.reading import Statement, compiled_ignoring_case, read_statement, same_value
from pipeline.synthesize.verify.support import foreign_support, support_of
from pipeline.synthesize.verify.value_check import values_of

_TOUCHED_SHARE = 0.3
"""The share of a sentence's words from which a summary covers it."""
_MIN_SENTENCE_WORDS = 3


def sentences_of(claim: Claim) -> Iterator[Claim]:
    """Yield a summary sentence by sentence, each as a claim of its own."""
    text = claim.stated.text
    for span in sentence_spans(text, start=0, end=len(text)):
        yield replace(claim, stated=read_statement(text[span.start : span.end], claim.language))


def unsupported_sentence(claim: Claim, *, least: float) -> Dropped | None:
    """Return a fault if a sentence of the summary has too few words of the section."""
    for sentence in sentences_of(claim):
        sources = (claim.evidence, claim.around)
        if claim.is_foreign:
            share = foreign_support(sentence.stated, sources, claim)
            if share is None:
                continue
        else:
            share = support_of(sentence.stated, sources)
        if len(sentence.stated.words) >= _MIN_SENTENCE_WORDS and share < least and not _only_describes(sentence):
            words = " ".join(sentence.stated.text.split())[:120]
            return Dropped(
                "answer_not_supported", f"{share:.2f} of this is in the section, less than {least}: {words}", share
            )
    return None


def _only_describes(sentence: Claim) -> bool:
    """Return whether a sentence says what the section is about, and no value or name."""
    describes = compiled_ignoring_case(language_rules(sentence.language).statements.describes)
    states = bool(sentence.stated.values) or any(word.is_name for word in sentence.stated.words)
    return not states and describes.search(sentence.stated.text.strip()) is not None


def too_long(claim: Claim, *, most: float) -> Dropped | None:
    """Return a fault if a summary is longer than a share of its section, in characters."""
    share = len(claim.stated.text) / max(1, len(claim.evidence.text.strip()))
    if share > most:
        return Dropped("not_shorter", f"The summary is {share:.2f} of the section, more than {most}.", share)
    return None


def uncovered(claim: Claim, *, least: float) -> Dropped | float:
    """Return the share of the section's sentences that the summary covers, or a fault if it is too low.

    A section in another script has no words of the summary, so one identifier or value of a sentence is enough.
    """
    text = claim.evidence.text
    stated = claim.stated.stems
    num_sentences, num_covered = 0, 0
    for span in sentence_spans(text, start=0, end=len(text)):
        stems = {word.stem for word in claim.evidence.words if span.start <= word.start < span.end}
        if len(stems) < _MIN_SENTENCE_WORDS:
            continue
        num_sentences += 1
        least_stems = 1 if claim.is_foreign else _TOUCHED_SHARE * len(stems)
        num_covered += len(stems & stated) >= least_stems or _keeps_value(claim, span.start, span.end)
    coverage = num_covered / num_sentences if num_sentences else 1.0
    if coverage < least:
        return Dropped("covers_nothing", f"The summary covers {coverage:.2f} of the section's sentences.", coverage)
    return coverage


def _keeps_value(claim: Claim, start: int, end: int) -> bool:
    inside = [value for value in values_of(claim.evidence) if start <= value.start < end]
    return any(same_value(value, other) for value in values_of(claim.stated) for other in inside)


def without_heading(section: str, title: str) -> str:
    """Return a section without the line of its heading, whose number is no fact of the section."""
    first, _, rest = section.lstrip().partition("\n")
    return rest if title.strip() and title.strip() in first and rest.strip() else section


def read_section(section: str, title: str, language: str) -> Statement:
    """Return the text below a section's heading as a statement."""
    return read_source(without_heading(section, title), language)
