"""The task `comparison` merges two answered questions about the same kind of matter into one that compares them.

The answer is a table with a row for each matter and a sentence that says how they differ. The teacher writes the cells;
the table is set here, so that all tables have one form. Each row is checked against its own evidence
(`verify.row_check`), so rows with each other's values are found; rows about code are read as code has them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pipeline.domains import domain_rules
from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.composed.markdown_table import markdown_table
from pipeline.synthesize.merge_parsing import ComparedRow, Comparison, parse_comparison
from pipeline.synthesize.prompts.chat import object_schema
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import FACT_CHECKS, LOOK_UP_RULES, TaskRules, first_fault
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.code_claims import for_code
from pipeline.synthesize.verify.foreign import read_source
from pipeline.synthesize.verify.owners import owned_quote
from pipeline.synthesize.verify.reading import read_statement
from pipeline.synthesize.verify.row_check import CheckedRow, exchanged_rows, without_computed, wrong_difference
from pipeline.synthesize.verify.surroundings import quoted_words, surroundings_of
from pipeline.synthesize.written.checked import checked_draft
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round
from pipeline.synthesize.written.merging import located_by_segment, merge_request
from pipeline.synthesize.written.pairs import atoms, comparable_pairs, disjoint
from pipeline.synthesize.written.task import Writing, WrittenTask

_STRING = {"type": "string"}
_STRINGS = {"type": "array", "items": _STRING}
_ROW = json.loads(object_schema({"name": _STRING, "cells": _STRINGS, "evidence": _STRINGS}))
_SCHEMA = object_schema(
    {
        "nothing": {"type": "boolean"},
        "question": _STRING,
        "columns": _STRINGS,
        "rows": {"type": "array", "items": _ROW},
        "difference": _STRING,
    }
)

_RULES = TaskRules(facts=tuple((name, check) for name, check in FACT_CHECKS if name != "negation"))
"""Without the negations, because the rows may say opposite things. They are compared row by row."""


def _plan(document: WrittenDocument, count: int, drafts: Sequence[Draft]) -> list[PlannedRequest]:
    pairs = disjoint(comparable_pairs(document, atoms(drafts)), count)
    return [merge_request(document, (pair.first, pair.second), task=TASK.name, schema=_SCHEMA) for pair in pairs]


def _read(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    reply = parse_comparison(text, max_quotes=document.recipe.checks.max_quotes)
    if isinstance(reply, Dropped):
        return reply
    matched = _evidence_of_rows(document, item.sources, reply.rows)
    if isinstance(matched, Dropped):
        return matched
    rows = [
        _checked_row(document, reply, row, source, evidence)
        for row, (source, evidence) in zip(reply.rows, matched, strict=True)
    ]
    is_code = domain_rules(document.context.domain).is_code
    facts = (for_code(LOOK_UP_RULES) if is_code else LOOK_UP_RULES).facts
    fault = exchanged_rows(rows) or next((found for row in rows if (found := first_fault(row.claim, facts))), None)
    fault = fault or wrong_difference(reply.difference, rows)
    if fault is not None:
        return fault
    if not reply.difference:
        return Dropped("wrong_fields", "The sentence that says how the rows differ is empty.")
    table = markdown_table(reply.columns, [(row.name, *row.cells) for row in reply.rows])
    return checked_draft(
        document,
        item,
        question=reply.question,
        answer=f"{table}\n\n{reply.difference}",
        evidence=[span for _, evidence in matched for span in evidence],
        segments=tuple(source.segments[0] for source in item.sources),
        rules=_RULES,
        stated="\n".join([*map(_stated, reply.rows), without_computed(reply.difference, rows)]),
    )


def _stated(row: ComparedRow) -> str:
    """Return a row as a line of text, as the checks read it."""
    return f"{row.name}: {'; '.join(row.cells)}"


def _evidence_of_rows(
    document: WrittenDocument, sources: Sequence[Draft], rows: Sequence[ComparedRow]
) -> list[tuple[Draft, list[Span]]] | Dropped:
    """Return for each row the draft about whose segment it is, and its evidence there; the rows may be in any order."""
    fault: Dropped | None = None
    for order in (sources, sources[::-1]):
        located = [
            located_by_segment(document, row.quotes, source.segments) for row, source in zip(rows, order, strict=True)
        ]
        found = [spans for spans in located if not isinstance(spans, Dropped)]
        if len(found) == len(rows):
            return [(source, spans[0]) for source, spans in zip(order, found, strict=True)]
        fault = fault or next(spans for spans in located if isinstance(spans, Dropped))
    assert fault is not None, "an order without evidence has a fault"
    return Dropped(fault.reason, f"The rows do not have one segment each. {fault.detail}")


def _checked_row(
    document: WrittenDocument, reply: Comparison, row: ComparedRow, source: Draft, evidence: Sequence[Span]
) -> CheckedRow:
    context = document.context
    language = context.language
    claim = Claim(
        language=language,
        domain=context.domain,
        stated=read_statement("\n".join(row.cells), language),
        asked=read_statement("\n".join((row.name, *reply.columns)), language),
        evidence=read_source("\n".join(quoted_words(context, span) for span in evidence), language),
        around=read_source(surroundings_of(context, evidence), language),
        owned=read_source("\n".join(owned_quote(context, span) for span in evidence), language),
        segment=document.text(source.segments[0]),
        document=context.text,
    )
    return CheckedRow(row.name, claim, f"{source.question}\n{source.answer}")


TASK = WrittenTask(name="comparison", family=TaskFamily.COMPARISON, chat=Writing(_plan, _read), round=Round.MERGES)
