"""Which parsers read which kind of document.

Comes in: a `Context` and the tasks wanted; goes out: the `Findings` of those tasks. Used by `candidates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.config.build import StructuralTask as Task
from pipeline.documents.grammar.legal.sections import number_sections
from pipeline.documents.grammar.outline import outline_of
from pipeline.nodes import NodeKind, nodes_of
from pipeline.records import Context
from pipeline.synthesize.structural.abbreviations import abbreviation_facts
from pipeline.synthesize.structural.amounts import amount_facts
from pipeline.synthesize.structural.callers import caller_facts
from pipeline.synthesize.structural.cases import case_facts
from pipeline.synthesize.structural.citations import References
from pipeline.synthesize.structural.clauses import clause_facts
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.structural.deadlines import deadline_facts
from pipeline.synthesize.structural.definitions import definition_facts
from pipeline.synthesize.structural.duties import duty_facts
from pipeline.synthesize.structural.entries import entry_facts
from pipeline.synthesize.structural.facts import Findings, join_findings
from pipeline.synthesize.structural.headings import name_sections
from pipeline.synthesize.structural.manuals import Manual, manual_of, whole_tables
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.meanings import meaning_facts
from pipeline.synthesize.structural.notes import note_facts
from pipeline.synthesize.structural.own_text import without_foreign
from pipeline.synthesize.structural.parties import party_facts
from pipeline.synthesize.structural.passages import passage_facts
from pipeline.synthesize.structural.provisions import Outline, heading_outline, mark_amended, provision_outline
from pipeline.synthesize.structural.references import amended_provisions, reference_facts
from pipeline.synthesize.structural.requirements import requirement_facts
from pipeline.synthesize.structural.resolving import find_references
from pipeline.synthesize.structural.rulings import ruling_facts
from pipeline.synthesize.structural.signatures import signature_facts
from pipeline.synthesize.structural.speakers import speaker_facts
from pipeline.synthesize.structural.steps import step_facts
from pipeline.synthesize.structural.tables import table_facts
from pipeline.synthesize.structural.uses import reason_facts, use_facts

_Reader = Callable[[Context, frozenset[Task]], Iterator[Findings]]


def find_facts(*, context: Context, tasks: frozenset[Task]) -> Findings:
    """Everything the parsers of the document's domain find for the tasks wanted, and what they refuse."""
    return join_findings(_READERS[context.domain](context, tasks))


def _legal(context: Context, tasks: frozenset[Task]) -> Iterator[Findings]:
    text, language = context.text, context.language
    outline = provision_outline(text=text, nodes=outline_of(context), language=language)
    if not outline.provisions and len(outline.parts) == 1:
        outline = heading_outline(text=text, sections=context.sections, language=language)
    outline, references = _with_amendments(text, outline, language)
    if Task.CLAUSE in tasks:
        yield without_markup(clause_facts(text=text, outline=outline, language=language))
    if Task.DEFINITION in tasks:
        yield without_markup(definition_facts(text=text, outline=outline, language=language))
    if Task.PARTY in tasks:
        yield without_markup(party_facts(text=text, language=language))
    if Task.AMOUNT in tasks:
        yield without_markup(amount_facts(text=text, outline=outline, language=language))
    if Task.DEADLINE in tasks:
        yield without_markup(deadline_facts(text=text, outline=outline, language=language))
    if {Task.DUTY, Task.DEADLINE, Task.AMOUNT, Task.CLAUSE} & tasks:
        yield without_markup(duty_facts(text=text, outline=outline, language=language, tasks=tasks))
    if Task.RULING in tasks:
        yield ruling_facts(text=text, outline=outline, language=language)
    if Task.CROSS_REFERENCE in tasks:
        yield reference_facts(text=text, outline=outline, references=references, language=language)
    yield from _tables(context, tasks)


def _manual(context: Context, tasks: frozenset[Task]) -> Iterator[Findings]:
    # No clauses: which section has which heading is not worth asking, and what a section says is a passage.
    text, language = context.text, context.language
    if Task.CROSS_REFERENCE in tasks:
        nodes = number_sections(text=text, sections=context.sections, language=language)
        outline = provision_outline(text=text, nodes=nodes, language=language)
        references = find_references(text=text, outline=outline, language=language)
        yield reference_facts(text=text, outline=outline, references=references, language=language)
    manual = manual_of(text=text, language=language, outline=outline_of(context))
    for found in _manual_findings(manual, tasks):
        yield without_foreign(found, language)
    if Task.TABLE_CELL in tasks:
        yield table_facts(
            text=text,
            tables=manual.tables,
            sections=manual.sections,
            language=language,
            furniture=manual.furniture,
        )


def _manual_findings(manual: Manual, tasks: frozenset[Task]) -> Iterator[Findings]:
    if Task.STEPS in tasks:
        yield step_facts(manual=manual)
    if Task.NOTE in tasks:
        yield note_facts(manual=manual)
    if Task.ENTRY in tasks:
        yield entry_facts(manual=manual)
        yield meaning_facts(manual=manual)
        yield use_facts(manual=manual)
        yield abbreviation_facts(manual=manual)
    if Task.PASSAGE in tasks:
        yield passage_facts(manual=manual)
        yield requirement_facts(manual=manual)
        yield reason_facts(manual=manual)
    if Task.CASE in tasks:
        yield case_facts(manual=manual)


def _code(context: Context, tasks: frozenset[Task]) -> Iterator[Findings]:
    outline = CodeOutline(text=context.text, nodes=outline_of(context))
    if Task.SIGNATURE in tasks:
        yield signature_facts(outline=outline, language=context.language)
    if Task.CALLERS in tasks:
        yield caller_facts(outline=outline, language=context.language)


def _dialogue(context: Context, tasks: frozenset[Task]) -> Iterator[Findings]:
    if Task.SPEAKER in tasks:
        yield speaker_facts(context=context)
    yield from _tables(context, tasks)


def _tables(context: Context, tasks: frozenset[Task]) -> Iterator[Findings]:
    if Task.TABLE_CELL in tasks:
        outline = outline_of(context)
        sections = name_sections(text=context.text, headings=nodes_of(outline, {NodeKind.HEADING}))
        tables = whole_tables(outline)
        yield table_facts(text=context.text, tables=tables, sections=sections, language=context.language)


def _with_amendments(text: str, outline: Outline, language: str) -> tuple[Outline, References]:
    references = find_references(text=text, outline=outline, language=language)
    amended = amended_provisions(text=text, outline=outline, references=references)
    return mark_amended(outline, amended), references


_READERS: dict[str, _Reader] = {
    "legal": _legal,
    "manual": _manual,
    "code": _code,
    "dialogue": _dialogue,
}
