"""The task `multi_hop` merges two answered questions into one that needs both of their segments.

The segments share a rare name, term or reference, or one refers to the other (`written.pairs`). The teacher names the
bridge between them, which the question must leave out: the reader has to find it at the one place to know what to look
for at the other (HotpotQA, arXiv 1809.09600; merged from related single-hop questions as in LongMIT, arXiv 2409.01893).
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.merge_parsing import BRIDGED, parse_bridged
from pipeline.synthesize.reply_fields import fields_schema
from pipeline.synthesize.verify.hop_check import hop_fault
from pipeline.synthesize.written.checked import checked_draft
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round
from pipeline.synthesize.written.merging import MERGED_RULES, located_by_segment, merge_request, with_headings
from pipeline.synthesize.written.pairs import atoms, disjoint, linked_pairs
from pipeline.synthesize.written.task import Writing, WrittenTask


def _plan(document: WrittenDocument, count: int, drafts: Sequence[Draft]) -> list[PlannedRequest]:
    pairs = disjoint(linked_pairs(document, atoms(drafts)), count)
    schema = fields_schema(BRIDGED)
    return [merge_request(document, (pair.first, pair.second), task=TASK.name, schema=schema) for pair in pairs]


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    segments = tuple(source.segments[0] for source in item.sources)
    reply = parse_bridged(text, max_quotes=len(segments) * document.recipe.checks.max_quotes)
    if isinstance(reply, Dropped):
        return reply
    located = located_by_segment(document, reply.atom.quotes, segments)
    if isinstance(located, Dropped):
        return located
    draft = checked_draft(
        document,
        item,
        question=reply.atom.question,
        answer=reply.atom.answer,
        evidence=[span for spans in located for span in spans],
        segments=segments,
        rules=MERGED_RULES,
    )
    if isinstance(draft, Dropped):
        return draft
    fault = hop_fault(
        bridge=reply.bridge,
        question=draft.question,
        answer=draft.answer,
        passages=[with_headings(document, span) for span in segments],
        language=document.context.language,
    )
    return fault or draft


TASK = WrittenTask(name="multi_hop", family=TaskFamily.MULTI_HOP, chat=Writing(_plan, _read), round=Round.MERGES)
