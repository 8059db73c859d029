"""Words of chats, minutes and transcripts.

Turns are read before the language of a document is known: the families of `documents.grammar.turns` join the words of
all languages. All strings are patterns; an empty one finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRules:
    """Words in dates and times."""

    before: str = ""
    """Half of the day before a clock time."""
    behind: str = ""
    """The same behind it."""
    morning: str = ""
    """The first half, wherever it is written."""
    afternoon: str = ""
    date: str = ""
    """A date that has words in it."""
    weekday: str = ""
    """Behind a date, without the space before it."""
    relative_day: str = ""
    """`Today` before a clock time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWords:
    """Texts that one chat service writes into its exports in the language."""

    saved: str = ""
    """The line that says when the export was made."""
    notice: str = ""
    """A line that nobody says: who joined and who left."""
    notice_marks: frozenset[str] = frozenset()
    """One of them is in each such line, as written."""
    attachment: str = ""
    """All that a message without words says: a picture, a file, a deleted message."""
    edited: str = ""
    """Opens the mark behind a message that was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRules:
    """What cannot be a speaker's name, what ends a sentence, and the words of times, scripts and exports."""

    labels: frozenset[str] = frozenset()
    """Words before a colon whose lines nobody says: labels of forms, notes and logs. Lower case."""
    question_labels: frozenset[str] = frozenset()
    """The `Q` and `A` of a list of questions. Lower case."""
    sentence_ends: frozenset[str] = frozenset()
    """Letters that end a sentence without a full stop."""
    clock: ClockRules = field(default_factory=ClockRules)
    agenda: str = ""
    """What opens a line of minutes that announces a sitting, an item or a time."""
    scene: str = ""
    """What opens the heading of a scene."""
    unseen: str = ""
    """In brackets behind a name: the speaker is heard and not seen."""
    kakaotalk: ExportWords = field(default_factory=ExportWords)
    line: ExportWords = field(default_factory=ExportWords)
    whatsapp: ExportWords = field(default_factory=ExportWords)
