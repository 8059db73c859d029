"""Takes held-out rows apart into their questions, and asks each with the row's document, with less of it, or without.

A question keeps the earlier turns of its conversation with their gold answers, as in training. All ways of asking a
question have the same earlier turns, so that two ways differ in the document alone: an earlier answer shows the form of
answers as well, and the export lets no answer give away a later one. Without a document, the words that point to it
("Based on the document above:") are left out too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.evaluate.material import Material
from pipeline.export.asked import asked_question
from pipeline.export.reach import FAR_CHARS
from pipeline.export.rows import noted_text
from pipeline.records import Context, Evidence, Message, SftExample, TaskFamily, Turn
from pipeline.synthesize.sentences import Span

_PLACE_SHARE = 0.1
"""Quotes within this share of a document are at one place."""


@dataclass(frozen=True)
class RowTurn:
    """One question of a held-out row."""

    row: SftExample
    number: int
    """The number of the turn, from 0."""
    context: Context

    @property
    def item(self) -> str:
        """The id of the question."""
        return f"{self.row.id}.{self.number}"

    @property
    def turn(self) -> Turn:
        """What the row says about the turn."""
        return self.row.turns[self.number]

    @property
    def gold(self) -> str:
        """The row's answer."""
        return self.row.messages[2 * self.number + 1].content

    @property
    def is_absent(self) -> bool:
        """Whether the document does not have what the question asks for."""
        return self.turn.family == TaskFamily.NOT_ANSWERABLE

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation up to the question, with the document."""
        return self.row.messages[: 2 * self.number + 1]

    @cached_property
    def question(self) -> str:
        """The question alone, without the document and the words that point to it."""
        return self._first_question if self.number == 0 else self.messages[-1].content

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """The quotes that support the answer."""
        return tuple(quote for quote in self.row.evidence if quote.turn == self.number)

    @property
    def quotes(self) -> list[Span]:
        """The places of the evidence in the document."""
        return [Span(quote.start, quote.end) for quote in self.evidence]

    @property
    def quotes_so_far(self) -> list[Span]:
        """The places of the evidence of this turn and of the turns before it, whose answers the messages hold."""
        return [Span(quote.start, quote.end) for quote in self.row.evidence if quote.turn <= self.number]

    @property
    def depth(self) -> float | None:
        """Where the proof begins, as a share of the document; None if it is not at one place.

        The places of a list or a count are spread over the document, and so is the proof that something is absent.
        """
        if self.is_absent or not self.evidence:
            return None
        start, end = min(quote.start for quote in self.evidence), max(quote.end for quote in self.evidence)
        length = len(self.context.text)
        return start / length if end - start <= max(FAR_CHARS, _PLACE_SHARE * length) else None

    def messages_with(self, text: str) -> tuple[Message, ...]:
        """Return the conversation up to the question, with a different text in the place of the document's."""
        first = self.row.messages[0].content
        at = first.index(self.context.text)
        changed = f"{first[:at]}{text}{first[at + len(self.context.text) :]}"
        return (Message("user", changed), *self.messages[1:])

    def messages_without_document(self) -> tuple[Message, ...]:
        """Return the conversation up to the question, without the document."""
        return (Message("user", self._first_question), *self.messages[1:])

    @cached_property
    def _first_question(self) -> str:
        return asked_question(self.row.messages[0].content, self.context, self.row.language)


def row_turns(material: Material) -> Iterator[RowTurn]:
    """Yield all questions of the held-out rows, by the id of the row."""
    for row in material.rows:
        context = material.context(row.doc_ids[0])
        for number in range(len(row.turns)):
            yield RowTurn(row, number, context)


def has_document(turn: RowTurn) -> bool:
    """Return whether the row contains its document word for word, as every row of a build does."""
    return noted_text(turn.context) in turn.row.messages[0].content


def quotes_in(evidence: Sequence[Evidence], text: str) -> tuple[str, ...]:
    """Return the quotes that a text contains, each once, in order."""
    return tuple(dict.fromkeys(quote.quote for quote in evidence if quote.quote in text))
