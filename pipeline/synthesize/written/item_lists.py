"""Makes a draft whose answer is a list, such as steps or decisions, and checks each item against its own quotes.

An item is checked alone: its values, names, bounds and negations must be in its own quotes and not in those of another
item. The answer as a whole therefore passes only the checks of texts and questions. Used by the tasks `procedure` and
`decisions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Dropped
from pipeline.synthesize.evidence import locate_quote, without_inner
from pipeline.synthesize.reply_parsing import quotes_fault
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import FACT_CHECKS, TaskRules, claim_of, first_fault
from pipeline.synthesize.verify.support import unsupported
from pipeline.synthesize.written.checked import checked_draft
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest

_ITEMS_ALONE = TaskRules(facts=())
"""The facts of a list are checked item by item."""
_OF_ITEMS = tuple((name, check) for name, check in FACT_CHECKS if name != "actors")
"""The task says who acts, and checks it by the speakers of the quotes, whose words say `I` and `you`."""


@dataclass(frozen=True, slots=True)
class LocatedItem:
    """An item of a list with the spans of its quotes, in the order in which the teacher gave them."""

    text: str
    evidence: tuple[Span, ...]


def locate_items(
    document: WrittenDocument, planned: PlannedRequest, items: Sequence[tuple[str, Sequence[str]]]
) -> list[LocatedItem] | Dropped:
    """Return items with the places of their quotes, or a fault if an item is empty or a quote is not in the document.

    A short quote, such as `Yes.`, may be in many places. The one meant is the first behind the quote before it.

    Args:
        document: the document.
        planned: the request; quotes are searched for in its segment before the rest of the document.
        items: the text of each item with its quotes.
    """
    text, near = document.context.text, planned.segment
    most = document.recipe.checks.max_quotes
    located = []
    for words, quotes in items:
        if not words:
            return Dropped("empty_answer", "An item of the answer is empty.")
        if "\n" in words:
            return Dropped("wrong_fields", "An item of the answer must be one line.")
        if too_many := quotes_fault(quotes, most=most, of="An item"):
            return too_many
        spans: list[Span] = []
        for quote in quotes:
            places = ((spans[-1].end if spans else near.start, near.end), (near.start, near.end), (0, len(text)))
            found = next(
                (at for low, high in places if (at := locate_quote(quote, text=text, start=low, end=high))), None
            )
            if found is None:
                return Dropped("evidence_not_found", f"The quote is not in the document: {quote[:160]}")
            spans.append(Span(start=found[0], end=found[1]))
        located.append(LocatedItem(words, tuple(spans)))
    return located


def checked_list(
    document: WrittenDocument, planned: PlannedRequest, *, question: str, answer: str, items: Sequence[LocatedItem]
) -> Draft | Dropped:
    """Return a draft whose answer is a list, or the first fault of an item or of the whole.

    Args:
        document: the document.
        planned: the request.
        question: the question.
        answer: the items as one text.
        items: the items, at least one.
    """
    context, limits = document.context, document.recipe.checks
    draft = checked_draft(
        document,
        planned,
        question=question,
        answer=answer,
        evidence=without_inner([span for item in items for span in item.evidence]),
        segments=(planned.segment,),
        rules=_ITEMS_ALONE,
    )
    for item in items:
        if isinstance(draft, Dropped):
            return draft
        claim = claim_of(
            question=question, answer=item.text, evidence=item.evidence, segment=planned.segment, context=context
        )
        draft = document.doubted(draft, first_fault(claim, _OF_ITEMS))
        support = unsupported(claim, least=limits.min_answer_support, least_new=limits.min_new_support)
        if isinstance(draft, Draft) and isinstance(support, Dropped):
            draft = document.doubted(draft, support)
    return draft
