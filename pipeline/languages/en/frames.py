"""English wordings around questions, answers and documents."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.quoted import first_outside_quotes
from pipeline.languages.rules import Frames

_OPENINGS = re.compile(
    r"(?:What|Which|Who|Whom|Whose|When|Where|Why|How|In|Under|According|On|At|By|For|From|To|With|Name|List|Quote|Is|"
    r"Are|Was|Were|Does|Do|Did|Has|Have|Had|Can|May|Must|Should|Within|Until|After|Before|Summarise|Find|Give|"
    r"State|Tell|Complete|Describe|Explain|Identify|Copy|Repeat)\b"
)
"""Matches the first word of a question or request: `What`, `List`."""
_PLACE = re.compile(
    r"\b(?P<lead>in|of) (?:this|the) document\b|\b(?:this|the) document (?=says\b|states\b)", re.IGNORECASE
)
"""Finds words that the name of the document replaces, outside quotations: `in this document`, `of this document`."""


def name_document(question: str, title: str, number: int) -> str:
    """Return a question that names its document: `In “Title”, what does it cost?`."""
    name = f"“{title}”" if title else f"document {number}"
    if found := first_outside_quotes(_PLACE, question):
        shown = f"{found['lead'].lower()} {name}" if found["lead"] else f"{name} "
        named = f"{question[: found.start()]}{shown}{question[found.end() :]}"
        return named[:1].upper() + named[1:] if question[:1].isupper() else named
    opening = _OPENINGS.match(question)
    return f"In {name}, {question[0].lower()}{question[1:]}" if opening else f"In {name}: {question}"


def join_names(names: Sequence[str]) -> str:
    """Return names as a list in running text: `a, b and c`."""
    return ", ".join(names) if len(names) < 2 else f"{', '.join(names[:-1])} and {names[-1]}"


FRAMES = Frames(
    about_one=(
        "{question}",
        "Based on the document above: {question}",
        "A question about this document: {question}",
    ),
    about_several=(
        "{question}",
        "Based on the documents above: {question}",
        "A question about these documents: {question}",
    ),
    ahead_of_one=(
        "{question}",
        "Answer from the document below: {question}",
        "A question about the document that follows: {question}",
    ),
    ahead_of_several=(
        "{question}",
        "Answer from the documents below: {question}",
        "A question about the documents that follow: {question}",
    ),
    part="[Part {part} of {num_parts}]",
    continued="[Part {part} of {num_parts}; continues under: {path}]",
    document_heading="Document {number}: {title}",
    summary_question="Summarise what the document says under “{title}”.",
    document_summary_question="Summarise the main points of the document.",
    before_amendment="before any amendment, ",
    provisions="provisions",
    sections="sections",
    table_under="under “{name}”",
    step_count="{count}",
    at_time="at {time}",
    module_level="module level",
    package_level="package level",
    in_all="{count} in all:",
)
