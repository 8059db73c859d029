"""Makes claims for the tests of single checks, from an answer, a question and quotes."""

from __future__ import annotations

from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import read_statement


def claim_of(
    answer: str,
    evidence: str,
    *,
    question: str = "What does the document say about this matter?",
    language: str = "en",
    domain: str = "legal",
    document: str = "",
    owned: str = "",
) -> Claim:
    """Return a claim; a summary if the question is empty."""
    return Claim(
        language=language,
        domain=domain,
        stated=read_statement(answer, language),
        asked=read_statement(question, language),
        evidence=read_statement(evidence, language),
        around=read_statement(evidence, language),
        segment=evidence,
        document=document or evidence,
        owned=read_statement(owned or evidence, language),
    )
