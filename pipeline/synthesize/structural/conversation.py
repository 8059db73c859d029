"""Lists the turns of a conversation, and says whether the speaker and the words of each turn are certain.

Takes a `Reading`; returns the turns that begin in the document, in order. Used by the task `speaker`. Time is linear in
the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.documents.grammar.turns.clocks import seconds_of
from pipeline.documents.grammar.turns.family import OPEN
from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.nodes import Cut, Node, NodeKind
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.reading import Reading

LINE_NUMBER = re.compile(r"\n[ \t]*\d{1,2}[ \t]{2,}")
"""A line number that a transcript prints before a line and that is not spoken: `12  I agree.`."""
_FILLED = re.compile(r"\S")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation."""

    node: Node
    session: int
    """Number of the session, from 0; it increases with every new day and whenever the clock goes back."""
    is_named: bool
    """Whether the name is certain and belongs to a person, so that a question may ask about the speaker."""
    is_whole: bool
    """Whether `words` is certain to hold everything that was said, and nothing else."""
    follows: bool
    """Whether the turn comes directly after another turn, with no text between the two."""

    @property
    def speaker(self) -> str:
        """The speaker's name as written."""
        return self.node.label

    @property
    def whole(self) -> Span:
        """The span of the turn, including the name and the time."""
        return Span(self.node.start, self.node.end)

    @property
    def words(self) -> Span:
        """The span of what is said."""
        return Span(self.node.body, self.node.end)


def conversation_turns(reading: Reading) -> list[Turn]:
    """Return the turns that begin in the document, in order."""
    text, context = reading.text, reading.context
    nodes = [node for node in reading.nodes if node.kind is NodeKind.TURN and node.begins_here]
    counts = Counter(_without_brackets(node.label) for node in nodes)
    sections = frozenset(section.start for section in context.sections)
    is_cut = context.part < context.num_parts
    turns: list[Turn] = []
    session, previous = 0, None
    for index, node in enumerate(nodes):
        if previous is not None:
            session += node.numbering != previous.numbering or seconds_of(node.value) < seconds_of(previous.value)
        following = nodes[index + 1] if index + 1 < len(nodes) else None
        # A name without a time that occurs only once may be a word with a colon, in the middle of the turn above.
        ends_surely = following is None or _is_certain_name(following, counts)
        turns.append(
            Turn(
                node=node,
                session=session,
                is_named=_is_certain_name(node, counts) and _is_of_person(node.label, text[node.start : node.body]),
                is_whole=ends_surely
                and not (following is None and is_cut)
                and node.cut is Cut.NONE
                and (node.level != OPEN or _ends_at_section(text, node, sections))
                and LINE_NUMBER.search(text, node.body, node.end) is None,
                follows=previous is not None and not text[previous.end : node.start].strip(),
            )
        )
        previous = node
    return turns


def _is_certain_name(turn: Node, counts: Counter[str]) -> bool:
    """Return whether a turn has a time, or a name that begins other turns too."""
    return bool(turn.value) or counts[_without_brackets(turn.label)] > 1


def _ends_at_section(text: str, turn: Node, sections: frozenset[int]) -> bool:
    """Return whether a turn is a single line followed by a heading, which cannot be part of the turn."""
    below = _FILLED.search(text, turn.end)
    return below is not None and below.start() in sections and "\n" not in text[turn.body : turn.end]


def _without_brackets(label: str) -> str:
    """Return a name without the part in brackets: `Hon. Marc Lind (Minister)` becomes `Hon. Marc Lind`."""
    return label.partition(" (")[0]


def _is_of_person(label: str, head: str) -> bool:
    """Return whether a label names a person: it is not masked, empty or a single letter such as `Q` or `A`.

    The head of the turn shows a masked name whole; the brackets of `[PHONE-1]` may be missing from the label.
    """
    return len(label) > 1 and not has_pseudonym(label) and not has_pseudonym(head)
