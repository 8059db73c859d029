"""The numbered provisions of a document, with labels that identify each one on its own.

Takes a text and the `PART` and `PROVISION` nodes of its outline; returns an `Outline`. Its provisions know their part,
their parent, whether a later amendment changes them, and any doubt about them. Linear in the text.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import trim


class Doubt(StrEnum):
    """Why a provision cannot be asked about; the value is the reason of the refusal."""

    NONE = ""
    SAME_LABEL = "ambiguous_number"
    TITLE = "damaged_title"
    """The title that names it is cut off or damaged."""
    GAP = "missing_number"
    """The numbering jumps after it, or its end is unknown."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a document with its own numbering."""

    kind: PartSort
    name: str
    """The name in a question, such as `First Amendment to Lease`; empty for the main part."""
    title: str
    start: int
    body: Span
    """Its text without the lines that open it."""


@dataclass(frozen=True, slots=True)
class Provision:
    """A numbered provision with everything under it."""

    label: str
    """Its label, with its part if the number is ambiguous: `Section 4.1`, `paragraph 3 of the First Amendment`."""
    path: str
    """Its label without the part."""
    noun: str
    named: str
    """The label as a question gives it, with each heading in brackets after its number."""
    title: str
    """Its own heading; may be empty."""
    start: int
    body: Span
    """The text after its number and heading, including the provisions below it."""
    own_end: int
    """Where the first provision below it starts; the end of `body` if there is none."""
    part: int
    """Index of the part that numbers it."""
    parent: int
    """Index of the provision around it, -1 at the top."""
    is_leaf: bool
    is_container: bool
    """It is a chapter or the like."""
    doubt: Doubt
    is_amended: bool
    """A later amendment changes it or something in it."""

    @property
    def doubt_detail(self) -> str:
        """The doubt in a sentence."""
        return {
            Doubt.NONE: "",
            Doubt.SAME_LABEL: f"more than one provision is called {self.label}",
            Doubt.TITLE: f"the title of {self.label} is cut off or damaged",
            Doubt.GAP: f"the provision that should follow {self.label} was not found, so its text may be inside it",
        }[self.doubt]

    @property
    def is_long(self) -> bool:
        """Whether it is too long for a question about *the* sum, time or share that it states."""
        return self.body.end - self.body.start > _MAX_CHARS_OF_ONE


@dataclass(frozen=True, slots=True)
class Outline:
    """The parts and provisions of a document, in order."""

    parts: tuple[Part, ...]
    provisions: tuple[Provision, ...]

    def part_at(self, position: int) -> int:
        """Return the index of the part that holds a position."""
        return max(0, bisect_right(self.parts, position, key=lambda part: part.start) - 1)

    def at(self, position: int) -> int:
        """Return the index of the innermost provision that holds a position, -1 outside all provisions."""
        index = bisect_right(self.provisions, position, key=lambda provision: provision.start) - 1
        while index >= 0 and self.provisions[index].body.end <= position:
            index = self.provisions[index].parent
        return index


ENTRY = "entry"
"""Noun of an entry of a digest, or of a document that is one ruling; it counts as a provision without a number."""
WHOLE = "part"
"""Noun of a part without numbers that counts as one provision."""
NO_OUTLINE = Outline(parts=(Part(PartSort.MAIN, "", "", 0, Span(0, 0)),), provisions=())
_MAX_CHARS_OF_ONE = 4_000


def label_spans(*, text: str, outline: Outline, index: int) -> list[Span]:
    """Return the spans of a provision's label: its number, the numbers of what contains it, the heading of its part."""
    provision = outline.provisions[index]
    spans = [_head(text, provision)]
    while provision.parent >= 0 and provision.path.startswith(outline.provisions[provision.parent].path):
        provision = outline.provisions[provision.parent]
        spans.append(_head(text, provision))
    if provision.part:
        spans.append(part_heading(text=text, part=outline.parts[provision.part]))
    return spans


def part_heading(*, text: str, part: Part) -> Span:
    """Return the line that opens a part."""
    line_end = text.find("\n", part.start)
    return trim(text, part.start, len(text) if line_end < 0 else line_end)


def is_led_in(text: str, outline: Outline, index: int) -> bool:
    """Return whether a provision continues a sentence of one around it, which may state a condition: `If …:`."""
    while (index := outline.provisions[index].parent) >= 0:
        above = outline.provisions[index]
        if text[above.body.start : above.own_end].rstrip().endswith((":", "：", "—", ",")):
            return True
    return False


def _head(text: str, provision: Provision) -> Span:
    """Return the number and heading of a provision, at least the first character of its line."""
    head = trim(text, provision.start, max(provision.body.start, provision.start + 1))
    return head if head.end > head.start else Span(provision.start, provision.start + 1)
