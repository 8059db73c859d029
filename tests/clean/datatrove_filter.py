"""datatrove's GopherRepetitionFilter on words split at white space: what our own rules must agree with."""

from __future__ import annotations

from dataclasses import fields

from datatrove.data import Document
from datatrove.pipeline.filters import GopherRepetitionFilter
from datatrove.pipeline.filters.base_filter import get_filter_result

from pipeline.datatrove_blocks.words import WhitespaceTokenizer
from pipeline.domains.quality_rules import RepetitionLimits

_RULES = {
    "empty": "no text",
    "dup_para_frac": "duplicate paragraphs",
    "dup_para_char_frac": "characters in duplicate paragraphs",
    "dup_line_frac": "duplicate lines",
    "dup_line_char_frac": "characters in duplicate lines",
    **{f"top_{n}_gram": f"most frequent phrase of {n} words" for n in (2, 3, 4)},
    **{f"duplicated_{n}_n_grams": f"repeated phrases of {n} words" for n in range(5, 11)},
}


def datatrove_filter(limits: RepetitionLimits) -> GopherRepetitionFilter:
    assert {field.name for field in fields(limits)} - {"min_top_phrase_count"} == {
        "lines", "line_chars", "paragraphs", "paragraph_chars", "top_phrases", "repeated_phrases",
    }  # fmt: skip
    return GopherRepetitionFilter(
        dup_line_frac=limits.lines,
        dup_para_frac=limits.paragraphs,
        dup_line_char_frac=limits.line_chars,
        dup_para_char_frac=limits.paragraph_chars,
        top_n_grams=limits.top_phrases,
        dup_n_grams=limits.repeated_phrases,
        language=WhitespaceTokenizer(),
    )


def rule_of(gopher: GopherRepetitionFilter, text: str) -> str | None:
    """Return the rule that a text breaks, by our name for it."""
    keep, reason = get_filter_result(gopher.filter(Document(text=text, id="")))
    return None if keep else _RULES[reason]
