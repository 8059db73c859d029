"""Makes the candidate of a draft that passed every check."""

from __future__ import annotations

from pipeline.identity import content_id
from pipeline.records import Candidate, Context, Origin
from pipeline.synthesize.evidence import evidence_of
from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written_tasks import written_tasks


def candidate_of(draft: Draft, *, context: Context, teacher: str) -> Candidate:
    """Return the candidate of a draft about a document.

    Args:
        draft: the draft.
        context: the document.
        teacher: the name of the teacher that wrote the draft.
    """
    return Candidate(
        candidate_id=content_id(context.doc_id, draft.task, draft.question, draft.answer, draft.evidence[0].start),
        doc_id=context.doc_id,
        parent_id=context.parent_id,
        task=draft.task,
        family=written_tasks()[draft.task].family.value,
        form=draft.task,
        origin=Origin.WRITTEN.value,
        domain=context.domain,
        language=context.language,
        bucket=context.bucket,
        question=draft.question,
        answer=draft.answer,
        evidence=tuple(
            evidence_of(doc_id=context.doc_id, text=context.text, start=span.start, end=span.end, pages=context.pages)
            for span in draft.evidence
        ),
        checks=draft.checks,
        teacher=teacher,
        prompt_version=draft.prompt_version,
        is_trivial=False,
    )
