"""What kind of document a text is, where the recipe does not say.

In: the raw text, its format and whether it came as a list of turns. Out: a `Domain`. Used by the ingest stage.
Looks at the first 200,000 characters. The evidence, in this order: code by file kind, dialogue by speaker turns, legal
by clause headings and legal words, manual otherwise.
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.documents.formats import Format
from pipeline.languages import any_of
from pipeline.records import Domain

_LOOKED_AT_CHARS = 200_000
_MIN_TURNS = 4
_MIN_TURN_SHARE = 0.35
"""Of the lines with text. Bundled minutes have 0.8 and more, manuals and contracts below 0.05."""
_MIN_CLAUSE_HEADINGS = 5
_MIN_LEGAL_WORDS_PER_1000 = 6.0

TURN = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(?:[\[(]\d{1,2}:\d{2}(?::\d{2})?[\])][ \t]*)?(?:<(?P<nick>[^<>\n]{1,32})>"
    r"|(?P<name>[^\s:：\[\]<>|#\"“/\\=][^:：\n\[\]<>|\"“/\\=]{0,39}?)[ \t]?[:：])[ \t]+\S",
    re.MULTILINE,
)
"""A line that one speaker says: `[10:02] Mara Lindqvist: …`, `<tyler> …`, `상담사: …`."""

_CLAUSE = re.compile(
    rf"^[ \t]*(?:§ ?\d+|\[\d{{1,3}}\] [A-Z]|{any_of(lambda rules: rules.domains.clause_heading)})", re.MULTILINE
)
_LEGAL_WORDS = re.compile(rf"§ ?\d|{any_of(lambda rules: rules.domains.legal_words)}", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_PROCEDURE_WORDS = re.compile(any_of(lambda rules: rules.domains.procedure_words), re.IGNORECASE)


def detect_domain(*, text: str, source_format: Format, is_conversation: bool) -> Domain:
    """The domain of a document."""
    if source_format in (Format.CODE, Format.TREE):
        return Domain.CODE
    if is_conversation:
        return Domain.DIALOGUE
    sample = text[:_LOOKED_AT_CHARS]
    if _is_dialogue(sample):
        return Domain.DIALOGUE
    return Domain.LEGAL if _is_legal(sample) else Domain.MANUAL


def _is_dialogue(text: str) -> bool:
    """Enough turns, and speakers who come back: labels of a specification table rarely do."""
    num_lines = sum(1 for line in text.split("\n") if line.strip())
    speakers = Counter((match["nick"] or match["name"] or "").strip() for match in TURN.finditer(text))
    num_turns = sum(count for count in speakers.values() if count > 1)
    return (
        num_turns >= _MIN_TURNS
        and num_turns >= _MIN_TURN_SHARE * num_lines
        and len(speakers) <= 0.6 * sum(speakers.values())
    )


def _is_legal(text: str) -> bool:
    num_words = max(1, sum(1 for _ in _WORD.finditer(text)))
    legal = 1000 * sum(1 for _ in _LEGAL_WORDS.finditer(text)) / num_words
    procedure = 1000 * sum(1 for _ in _PROCEDURE_WORDS.finditer(text)) / num_words
    clauses = sum(1 for _ in _CLAUSE.finditer(text))
    has_grammar = clauses >= _MIN_CLAUSE_HEADINGS and legal >= procedure / 2
    return has_grammar or (legal >= _MIN_LEGAL_WORDS_PER_1000 and legal >= 1.5 * procedure)
