"""Defines the parts and provisions of a document, and finds the spans that make up a label.

Created by `provision_outline`; used by the tasks for legal texts and the modules that they share. A part is a stretch
of a document with its own numbering, such as an amendment. A container is a provision such as a chapter; the numbers
inside it continue those of the container before it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import trim


class Doubt(StrEnum):
    """Why a provision cannot be asked about; the value is the reason for the refusal."""

    NONE = ""
    SAME_LABEL = "ambiguous_number"
    TITLE = "damaged_title"
    """The title that names the provision is cut off or damaged."""
    GAP = "missing_number"
    """The numbering jumps after the provision, or the end of the provision is uncertain."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a document with its own numbering."""

    kind: PartSort
    name: str
    """The name in a question, such as `First Amendment to Lease`; empty for the main part and others without a name."""
    title: str
    start: int
    body: Span
    """The text of the part, without the lines that open the part."""


@dataclass(frozen=True, slots=True)
class Provision:
    """A numbered provision with everything inside it."""

    label: str
    """The label: `Section 4.1`, `paragraph 3 of the First Amendment`. It includes the part if the part has a name."""
    path: str
    """The label without the part."""
    noun: str
    """What the provision is called, such as `Section`; may also be `ENTRY` or `WHOLE`."""
    named: str
    """The label in the form used in questions, with each heading in brackets after its number."""
    title: str
    """The heading; may be empty."""
    start: int
    body: Span
    """The text after the number and the heading, including the provisions inside."""
    own_end: int
    """Where the text before the first provision inside ends; the end of `body` if there is none inside."""
    part: int
    """Index of the part in which the provision is numbered."""
    parent: int
    """Index of the provision around it; -1 at the top."""
    is_leaf: bool
    """Whether no provision is inside this one."""
    is_container: bool
    doubt: Doubt
    is_amended: bool
    """Whether an amendment in the text changes this provision, one inside it or one around it."""

    @property
    def doubt_detail(self) -> str:
        """The doubt as a sentence; empty for no doubt."""
        return {
            Doubt.NONE: "",
            Doubt.SAME_LABEL: f"more than one provision is called {self.label}",
            Doubt.TITLE: f"the title of {self.label} is cut off or damaged",
            Doubt.GAP: f"the provision that should follow {self.label} was not found, so its text may be inside it",
        }[self.doubt]

    @property
    def is_long(self) -> bool:
        """Whether the provision is too long for a question about the one sum, time or share that it states."""
        return self.body.end - self.body.start > _MAX_CHARS_OF_ONE


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts and provisions of a document, in order."""

    parts: tuple[Part, ...]
    provisions: tuple[Provision, ...]

    def part_at(self, position: int) -> int:
        """Return the index of the part that contains a position."""
        return max(0, bisect_right(self.parts, position, key=lambda part: part.start) - 1)

    def at(self, position: int) -> int:
        """Return the index of the innermost provision that contains a position; -1 if no provision does."""
        index = bisect_right(self.provisions, position, key=lambda provision: provision.start) - 1
        while index >= 0 and self.provisions[index].body.end <= position:
            index = self.provisions[index].parent
        return index


ENTRY = "entry"
"""The noun of a digest entry, and of a document that is one ruling; both count as provisions without a number."""
WHOLE = "part"
"""The noun of a part or titled section without numbers, which counts as one provision."""
NO_OUTLINE = Outline(parts=(Part(PartSort.MAIN, "", "", 0, Span(0, 0)),), provisions=())
_MAX_CHARS_OF_ONE = 4_000


def label_spans(*, text: str, outline: Outline, index: int) -> list[Span]:
    """Return the spans that a provision's label is made of: numbers with their headings, and the heading of the part.

    The numbers are those of the provision and of the provisions around it whose labels begin its label. The heading of
    the main part is left out.
    """
    provision = outline.provisions[index]
    spans = [_number_and_heading(text, provision)]
    while provision.parent >= 0 and provision.path.startswith(outline.provisions[provision.parent].path):
        provision = outline.provisions[provision.parent]
        spans.append(_number_and_heading(text, provision))
    if provision.part:
        spans.append(part_heading(text=text, part=outline.parts[provision.part]))
    return spans


def part_heading(*, text: str, part: Part) -> Span:
    """Return the span of the line that opens a part."""
    line_end = text.find("\n", part.start)
    return trim(text, part.start, len(text) if line_end < 0 else line_end)


def is_led_in(text: str, outline: Outline, index: int) -> bool:
    """Return whether a provision may continue a sentence of a provision around it, such as a condition: `If …:`."""
    while (index := outline.provisions[index].parent) >= 0:
        above = outline.provisions[index]
        if text[above.body.start : above.own_end].rstrip().endswith((":", "：", "—", ",")):
            return True
    return False


def _number_and_heading(text: str, provision: Provision) -> Span:
    """Return the span of a provision's number and heading; at least one character."""
    span = trim(text, provision.start, max(provision.body.start, provision.start + 1))
    return span if span.end > span.start else Span(provision.start, provision.start + 1)
