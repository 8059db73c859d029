"""Judges the replies of `verification_cases` with the chain of checks."""

from __future__ import annotations

from functools import cache

from synthesis_documents import context_of
from verification_cases import DOCUMENTS, Case, SummaryCase

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.records import Checks, Context, Dropped
from pipeline.synthesize.evidence import locate_quotes
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import check_chat_answer, check_chat_summary

LIMITS = WrittenChecksRecipe()


@cache
def document(name: str) -> Context:
    """Return a document with its sections."""
    text, language, domain = DOCUMENTS[name]
    return context_of(text, language=language, domain=domain)


def judged(case: Case) -> Checks | Dropped:
    """Return the verdict on a reply about the whole document."""
    context = document(case.document)
    whole = Span(start=0, end=len(context.text))
    evidence = locate_quotes(case.quotes, text=context.text, near=whole)
    if isinstance(evidence, str):
        return Dropped("evidence_not_found", evidence)
    return check_chat_answer(
        question=case.question,
        answer=case.answer,
        evidence=evidence,
        segment=Span(start=max(0, evidence[0].start - 200), end=min(len(context.text), evidence[-1].end + 200)),
        context=context,
        limits=LIMITS,
    )


def judged_summary(case: SummaryCase) -> Checks | Dropped:
    """Return the verdict on the summary of a section."""
    context = document(case.document)
    start = context.text.index(case.heading)
    end = context.text.find("\n## ", start + 1)
    section = Span(start=start, end=len(context.text) if end < 0 else end)
    title = context.text[start : context.text.index("\n", start)].lstrip("# ")
    return check_chat_summary(summary=case.summary, section=section, title=title, context=context, limits=LIMITS)
