"""Judges one document against the evaluation sets: what it contains, and what is left of it.

Takes a document's text and an `ItemFinder`; returns the rows of `decontamination/`, and the spans to cut or a
rejection. Used by `stages.decontaminate`. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.clean.length import is_shorter
from pipeline.config.decontamination import ContaminationRule, ContextRule
from pipeline.decontamination.findings import ItemFinder, ItemFinding, Place
from pipeline.decontamination.index import NGramIndex
from pipeline.decontamination.items import ItemPart
from pipeline.decontamination.ngrams import TextItems, read_text
from pipeline.records import Name, Note, Rejection, Uri, excerpt_of
from pipeline.stages.kept_documents import DECONTAMINATE_STAGE
from pipeline.stages.stored_index import EvaluationItem

STAGE = DECONTAMINATE_STAGE
CONTAMINATED = "contaminated"
_MAX_LINE_REST = 16
"""If a line has no more letters and digits than this besides a passage, such as a label or a number, the whole line is
cut."""


class Fate(StrEnum):
    """What happened to a document that contains an evaluation item."""

    DROPPED = "dropped"
    CUT = "cut"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Contamination:
    """A row of `decontamination/`: an evaluation item that a document contains."""

    doc_id: str
    source_uri: Uri
    source_offset: int
    set_name: Name
    item_id: Name
    part: str
    """The part of the item that was found, see `ItemPart`."""
    share: float
    """Share of the part's words that the document contains close together."""
    start: int
    end: int
    """Where the part was found, as offsets in the text before cutting."""
    excerpt: Note
    fate: Fate


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The fields of a document that are judged."""

    doc_id: str
    text: str
    source_uri: str
    source_offset: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome for one document."""

    found: tuple[Contamination, ...] = ()
    rejection: Rejection | None = None
    cuts: tuple[tuple[int, int], ...] = ()
    """Spans to remove from the text; they may overlap."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What happens to a document that contains an item."""

    action: ContaminationRule
    contexts: ContextRule
    drop_share: float
    """With `AUTO`, the share of a document's text in items from which on it is dropped."""
    min_chars: int
    """The minimum length of a document after cutting."""


def judge(
    document: DocumentText, index: NGramIndex, finder: ItemFinder, items: Sequence[EvaluationItem], rules: Rules
) -> Judged:
    """Return what happens to a document, and the items that it contains.

    Args:
        document: a cleaned document.
        index: the n-grams of the evaluation sets.
        finder: finds the items of the index.
        items: the items by number.
        rules: the recipe's rules.
    """
    text = read_text(document.text)
    findings = finder.find(text, index.find(text))
    acted_on = [finding for finding in findings if is_acted_on(finding, rules.contexts)]
    rejection: Rejection | None = None
    cuts: tuple[tuple[int, int], ...] = ()
    if acted_on and rules.action is ContaminationRule.DROP:
        rejection = _rejection(document, acted_on, items)
    elif acted_on and rules.action is not ContaminationRule.MARK:
        spans = [span_of(place, text, document.text) for finding in acted_on for place in finding.places]
        cuts = tuple(dict.fromkeys(_with_labels(document.text, *span) for span in spans))
        text_left = without(document.text, cuts).strip()
        left = len(text_left)
        if is_shorter(text_left, rules.min_chars):
            rejection, cuts = _rejection(document, acted_on, items, left=left), ()
        elif rules.action is ContaminationRule.AUTO and left <= (1.0 - rules.drop_share) * len(document.text):
            rejection, cuts = _rejection(document, acted_on, items), ()
    fate = Fate.DROPPED if rejection else Fate.CUT if cuts else Fate.KEPT
    found = (
        _row(document, finding, text, items[finding.item], fate if is_acted_on(finding, rules.contexts) else Fate.KEPT)
        for finding in findings
    )
    return Judged(tuple(found), rejection, cuts)


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return a text without some spans."""
    kept, end = [], 0
    for start, stop in sorted(spans):
        kept.append(text[end:start])
        end = max(end, stop)
    return "".join([*kept, text[end:]])


def span_of(place: Place, items: TextItems, text: str) -> tuple[int, int]:
    """Return the start and the end of a place in characters."""
    last = min(place.end, len(items.starts)) - 1
    return int(items.starts[place.first]), _end_of_item(text, int(items.starts[last]), bool(items.is_word[last]))


def _end_of_item(text: str, start: int, is_word: bool) -> int:
    end = start + 1
    while is_word and end < len(text) and (text[end].isalnum() or unicodedata.category(text[end]).startswith("M")):
        end += 1
    return end


def _with_labels(text: str, start: int, end: int) -> tuple[int, int]:
    """Extend a span to whole lines if hardly anything else is on its first and last line."""
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    last = len(text) if last < 0 else last
    before, after = text[first:start], text[end:last]
    num_left = sum(character.isalnum() for character in before + after)
    if num_left <= _MAX_LINE_REST:
        return first, min(last + 1, len(text))
    while end < last and not text[end].isalnum() and not text[end].isspace():
        end += 1
    return start, end


def is_acted_on(finding: ItemFinding, contexts: ContextRule) -> bool:
    """Return whether a finding counts: a context alone does only if the recipe says so."""
    return finding.part is not ItemPart.CONTEXT or contexts is ContextRule.ACT


def contained(finding: ItemFinding, item: EvaluationItem) -> str:
    """Return a sentence, without its full stop, that says what was found of an item."""
    return f"Contains {finding.share:.0%} of the {finding.part} of {item.item_id} in the evaluation set {item.set_name}"


def _row(
    document: DocumentText, finding: ItemFinding, text: TextItems, item: EvaluationItem, fate: Fate
) -> Contamination:
    start, end = span_of(finding.places[0], text, document.text)
    return Contamination(
        doc_id=document.doc_id,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        set_name=item.set_name,
        item_id=item.item_id,
        part=finding.part.value,
        share=finding.share,
        start=start,
        end=end,
        excerpt=excerpt_of(" ".join(document.text[start:end].split())),
        fate=fate,
    )


def _rejection(
    document: DocumentText, findings: Sequence[ItemFinding], items: Sequence[EvaluationItem], *, left: int | None = None
) -> Rejection:
    worst = max(findings, key=lambda finding: (finding.share, -finding.item))
    detail = contained(worst, items[worst.item])
    if len(findings) > 1:
        detail += f", and {len(findings) - 1} more"
    detail += f"; without them, {left} characters are left." if left is not None else "."
    return Rejection(
        stage=STAGE,
        item_id=document.doc_id,
        reason=CONTAMINATED,
        detail=detail,
        score=worst.share,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        excerpt=excerpt_of(document.text),
    )
