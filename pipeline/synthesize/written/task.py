"""Defines a written task: what it asks a teacher about a document, and how it reads the replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.domains import Domain
from pipeline.identity import unit_interval
from pipeline.records import Dropped, TaskFamily
from pipeline.synthesize.prompts.templates import has_templates
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round

if TYPE_CHECKING:
    from pipeline.synthesize.written.document import WrittenDocument

Plan = Callable[["WrittenDocument", int, Sequence[Draft]], list[PlannedRequest]]
"""Plans at most so many requests about a document, from the drafts kept so far (none in the first round)."""
Read = Callable[["WrittenDocument", PlannedRequest, str], Draft | Dropped]
"""Reads the text of a reply and makes every check that needs no other request."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a task asks and reads in one form of prompts."""

    plan: Plan
    read: Read


@dataclass(frozen=True, slots=True)
class WrittenTask:
    """One kind of rows that a teacher writes."""

    name: str
    """The name of the module; also of the wordings' file."""
    family: TaskFamily
    chat: Writing
    completion: Writing | None = None
    """For base and very small models; None if the task needs an instruct model."""
    round: Round = Round.ATOMS
    domains: tuple[Domain, ...] = ()
    """The domains it is asked about; empty for all."""
    proven_by_functions: bool = False
    """Whether the evidence of a row is whole functions, since lines do not prove what the answer says of them."""
    document_share: float = 1.0
    """The share of the documents that it is asked about, which are drawn by their ids."""

    wordings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The wordings by language, for a language without a file of the task's name in `languages/LANGUAGE/written/`."""

    def serves(self, document: WrittenDocument) -> bool:
        """Return whether the task asks about this document, with prompts of its form."""
        context = document.context
        if unit_interval("written task", self.name, context.doc_id) >= self.document_share:
            return False
        in_domain = not self.domains or context.domain in self.domains
        return in_domain and self.writing(document) is not None and has_templates(self.name, context.language)

    def writing(self, document: WrittenDocument) -> Writing | None:
        """Return how the task asks in the document's form of prompts."""
        return self.chat if document.is_chat else self.completion
