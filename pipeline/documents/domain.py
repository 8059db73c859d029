"""What kind of document a text is, where the recipe does not say.

In: the normalised text, its format and whether it came as a list of turns. Out: a `Domain`. Used by the ingest stage.
Looks at the first 200,000 characters, for turns at the first 40,000. The evidence, in this order: code by file kind,
dialogue by its turns (`grammar.turns`), legal by clause headings and legal words, manual otherwise.
"""

from __future__ import annotations

import re

from pipeline.documents.formats import Format
from pipeline.documents.grammar.turns.reading import holds_dialogue
from pipeline.records import Domain

_LOOKED_AT_CHARS = 200_000
_LOOKED_AT_FOR_TURNS_CHARS = 40_000
_MIN_CLAUSE_HEADINGS = 5
_MIN_LEGAL_WORDS_PER_1000 = 6.0

_CLAUSE = re.compile(
    r"^[ \t]*(?:ARTICLE [\dIVX]+|SECTION \d|Section \d+(?:\.\d+)*[.:]?\s|§ ?\d+"
    r"|제\s?\d+조(?:의\d+)?\s?[(①【]|제\s?\d+\s?[장절]\s"
    r"|주\s{1,9}문\s*$|이\s{1,9}유\s*$|\[\d{1,3}\] [A-Z]"
    r"|\d{1,2}\.\d{1,2}\s+(?:The|Each|Neither|Landlord|Tenant|If|No|Any)\b)",
    re.MULTILINE,
)
_LEGAL_WORDS = re.compile(
    r"\b(?:shall|hereby|herein|hereunder|thereof|pursuant|plaintiff|defendant|lessee|lessor|landlord|tenant|licensor"
    r"|licensee|indemnif\w+|warrant(?:y|ies)|liabilit(?:y|ies)|clause|agreement|statute|jurisdiction|claimant|appellant"
    r"|court|licen[sc]e[sd]?|copyright|redistribut\w+|liable|damages|permission|granted|merchantability|creditors?"
    r"|noninfringement|terms and conditions)\b|§ ?\d|paragraph \("
    r"|계약|원고|피고|임대인|임차인|법률|대통령령|과세|판결|조항|위반|손해배상|당사자|법원"
    r"|해당하는|하여야\s?한다|소득세법|조세|양도",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_PROCEDURE_WORDS = re.compile(
    r"\b(?:install\w*|click|button|command|configur\w+|directory|press|cable|screen|valve|commit|boot)\b"
    r"|설치|설정|명령|버튼|파일|전원|누르|화면|서버|옵션|필터",
    re.IGNORECASE,
)


def detect_domain(*, text: str, source_format: Format, is_conversation: bool) -> Domain:
    """The domain of a document."""
    if source_format in (Format.CODE, Format.TREE):
        return Domain.CODE
    if is_conversation:
        return Domain.DIALOGUE
    sample = text[:_LOOKED_AT_CHARS]
    if holds_dialogue(text[:_LOOKED_AT_FOR_TURNS_CHARS]):
        return Domain.DIALOGUE
    return Domain.LEGAL if _is_legal(sample) else Domain.MANUAL


def _is_legal(text: str) -> bool:
    num_words = max(1, sum(1 for _ in _WORD.finditer(text)))
    legal = 1000 * sum(1 for _ in _LEGAL_WORDS.finditer(text)) / num_words
    procedure = 1000 * sum(1 for _ in _PROCEDURE_WORDS.finditer(text)) / num_words
    clauses = sum(1 for _ in _CLAUSE.finditer(text))
    has_grammar = clauses >= _MIN_CLAUSE_HEADINGS and legal >= procedure / 2
    return has_grammar or (legal >= _MIN_LEGAL_WORDS_PER_1000 and legal >= 1.5 * procedure)
