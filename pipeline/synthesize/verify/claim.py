"""What a check compares: an answer or a summary, and the parts of the document that must support it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.synthesize.verify.foreign import is_foreign, language_of
from pipeline.synthesize.verify.reading import Statement

_NOTHING = Statement("", (), (), ())


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer, or a summary, with its sources. All texts are read once."""

    language: str
    domain: str
    stated: Statement
    """The answer or the summary."""
    asked: Statement
    """The question; empty for a summary."""
    evidence: Statement
    """The quotes, or the section of a summary."""
    around: Statement
    """The whole lines of the evidence, with the headings above it and the document's title."""
    segment: str
    """The text that the request is about."""
    document: str
    owned: Statement = _NOTHING
    """The quotes, each on a line, with its function or speaker in front; for a summary, the section."""
    before: Statement = _NOTHING
    """The question and the answer of the turn before, which the question takes up; empty for most questions."""

    @property
    def evidence_language(self) -> str:
        """The language by whose rules the evidence is read; another than the answer's if it is in another script."""
        return language_of(self.evidence.text, self.language)

    @property
    def is_foreign(self) -> bool:
        """Whether the evidence is in another script than the answer, so that words cannot be compared."""
        return is_foreign(self.evidence.text, self.language)
