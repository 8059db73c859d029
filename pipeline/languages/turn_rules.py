"""Rules for the words of chats, minutes and transcripts.

Turns are read before the language of a document is known, so `documents.grammar.turns` joins the words of all
languages. All strings are patterns; an empty pattern finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRules:
    """Words in dates and times."""

    before: str = ""
    """Words for half of the day before a clock time."""
    behind: str = ""
    """Words for half of the day after a clock time."""
    morning: str = ""
    """Words for the first half of the day, before or after the time."""
    afternoon: str = ""
    """Words for the second half of the day, before or after the time."""
    date: str = ""
    """A date that contains words."""
    weekday: str = ""
    """A weekday after a date, without the space before it."""
    relative_day: str = ""
    """A word such as `Today` before a clock time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWords:
    """Texts in the language that one chat service writes into its exports."""

    saved: str = ""
    """The line with the time of the export."""
    notice: str = ""
    """A line that no speaker says: who joined and who left."""
    notice_marks: frozenset[str] = frozenset()
    """Words as written; each such line contains at least one of them."""
    attachment: str = ""
    """The whole text of a message without words: a picture, a file, a deleted message."""
    edited: str = ""
    """The opening of the mark after a message that was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRules:
    """Words that cannot be a speaker's name, ends of sentences, and the words of times, scripts and exports."""

    labels: frozenset[str] = frozenset()
    """Words before a colon that are not speakers: labels of forms, notes and logs. Lower case."""
    question_labels: frozenset[str] = frozenset()
    """The `Q` and `A` of a list of questions and answers. Lower case."""
    sentence_ends: frozenset[str] = frozenset()
    """Letters that end a sentence without a full stop."""
    clock: ClockRules = field(default_factory=ClockRules)
    agenda: str = ""
    """The opening of a line of minutes that announces a sitting, an item or a time."""
    scene: str = ""
    """The opening of the heading of a scene."""
    unseen: str = ""
    """Words in brackets after the name of a speaker who is heard but not seen."""
    kakaotalk: ExportWords = field(default_factory=ExportWords)
    line: ExportWords = field(default_factory=ExportWords)
    whatsapp: ExportWords = field(default_factory=ExportWords)
