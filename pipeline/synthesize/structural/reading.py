"""Holds what the tasks read of one document; each parsed part is computed once, on first use.

Takes a `Context`. Provides the outline, provisions and their references, statements, numbered sections, the document
as a manual with its entries, the document as code, tables, and sections; and to tasks that build on others, the
findings of those. Used by `candidates` and the tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.documents.grammar.legal.sections import number_sections
from pipeline.documents.grammar.outline import outline_of
from pipeline.languages import Language
from pipeline.nodes import Node, NodeKind, nodes_of
from pipeline.records import Context
from pipeline.synthesize.structural.amending import amended_provisions, mark_amended
from pipeline.synthesize.structural.citations import References
from pipeline.synthesize.structural.code_outline import CodeOutline
from pipeline.synthesize.structural.entry_list import EntryList, list_entries
from pipeline.synthesize.structural.headings import NamedSection, name_sections
from pipeline.synthesize.structural.manuals import Manual, manual_of, whole_tables
from pipeline.synthesize.structural.provision_outline import heading_outline, provision_outline
from pipeline.synthesize.structural.provisions import Outline
from pipeline.synthesize.structural.resolving import find_references
from pipeline.synthesize.structural.statements import Stated, find_statements

if TYPE_CHECKING:
    from pipeline.synthesize.structural.facts import Findings

_NO_TASKS: Mapping[str, Callable[[Reading], Findings]] = MappingProxyType({})


class Reading:
    """One document, parsed in the ways that the tasks need."""

    def __init__(self, context: Context, finds: Mapping[str, Callable[[Reading], Findings]] = _NO_TASKS) -> None:
        """Read a document.

        Args:
            context: The document.
            finds: The functions that find the facts of the tasks for this domain, by the name of the task.
        """
        self.context = context
        self._finds = finds
        self._found: dict[str, Findings] = {}

    def findings_of(self, task: str) -> Findings:
        """Return what a task finds in this document, for a task that builds on it; computed once.

        Raises:
            KeyError: No task of this name serves the document's domain.
        """
        if task not in self._found:
            self._found[task] = self._finds[task](self)
        return self._found[task]

    @property
    def text(self) -> str:
        """The text of the document."""
        return self.context.text

    @property
    def language(self) -> Language:
        """The language of the document."""
        return self.context.language

    @cached_property
    def nodes(self) -> Sequence[Node]:
        """The outline of the document."""
        return outline_of(self.context)

    @property
    def provisions(self) -> Outline:
        """The provisions of a legal text, or its titled sections if it has neither provisions nor a second part.

        A provision that an amendment in the text changes is flagged, and so are the provisions around and inside it.
        """
        return self._amended[0]

    @property
    def references(self) -> References:
        """The references between the provisions of a legal text."""
        return self._amended[1]

    @cached_property
    def statements(self) -> tuple[Stated, ...]:
        """Sentences of a legal text that bind, allow or punish someone, or set when something takes effect."""
        return tuple(find_statements(text=self.text, outline=self.provisions, language=self.language))

    @cached_property
    def numbered_sections(self) -> Outline:
        """The numbered sections of a manual, in the form of provisions."""
        nodes = number_sections(text=self.text, sections=self.context.sections, language=self.language)
        return provision_outline(text=self.text, nodes=nodes, language=self.language)

    @cached_property
    def manual(self) -> Manual:
        """The document read as a manual."""
        return manual_of(text=self.text, language=self.language, outline=self.nodes)

    @cached_property
    def entries(self) -> EntryList:
        """All entries of a manual, and which of them can be asked about."""
        return list_entries(self.manual)

    @cached_property
    def code(self) -> CodeOutline:
        """The document read as code."""
        return CodeOutline(text=self.text, nodes=self.nodes)

    @cached_property
    def tables(self) -> tuple[Node, ...]:
        """The complete TABLE nodes, each followed by its cells."""
        return whole_tables(self.nodes)

    @cached_property
    def sections(self) -> tuple[NamedSection, ...]:
        """The sections of the document, including the text above the first heading; the name is empty if not unique."""
        return name_sections(text=self.text, headings=nodes_of(self.nodes, {NodeKind.HEADING}))

    @cached_property
    def _amended(self) -> tuple[Outline, References]:
        outline = provision_outline(text=self.text, nodes=self.nodes, language=self.language)
        if not outline.provisions and len(outline.parts) == 1:
            outline = heading_outline(text=self.text, sections=self.context.sections, language=self.language)
        references = find_references(text=self.text, outline=outline, language=self.language)
        amended = amended_provisions(text=self.text, outline=outline, references=references)
        return mark_amended(outline, amended), references
