"""The types of the rules for chats, minutes and transcripts, whose units are turns: the words of one speaker.

Turns are parsed before the language of a document is known, so `documents.grammar.turns` joins the words of all
languages. All attributes of the type `str` are patterns; an empty pattern finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRules:
    """Words in dates and times."""

    before: str = ""
    """Words for the half of the day, such as `AM`, before a clock time."""
    behind: str = ""
    """Words for the half of the day after a clock time."""
    morning: str = ""
    """Words for the first half of the day, before or after the time."""
    afternoon: str = ""
    """Words for the second half of the day, before or after the time."""
    date: str = ""
    """A date that contains words."""
    weekday: str = ""
    """A weekday after a date, without the space between them."""
    relative_day: str = ""
    """A word such as `Today` before a clock time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWords:
    """Texts that a chat service writes into its exports in this language."""

    saved: str = ""
    """The beginning of the line that gives the time of the export."""
    notice: str = ""
    """A line from the service instead of a speaker, such as who joined or left."""
    notice_marks: frozenset[str] = frozenset()
    """Words as written. Each notice contains at least one of them."""
    attachment: str = ""
    """The whole text of a message without words: a picture, a file, a deleted message."""
    edited: str = ""
    """The beginning of the note after a message that was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRules:
    """Words that cannot be a speaker's name, ends of sentences, and words in times, scripts and chat exports."""

    labels: frozenset[str] = frozenset()
    """Words before a colon that are not speakers but labels in forms, notes and logs; in lower case."""
    question_labels: frozenset[str] = frozenset()
    """The labels `Q` and `A` in a list of questions and answers; in lower case."""
    sentence_ends: frozenset[str] = frozenset()
    """Letters that can end a sentence without a full stop."""
    clock: ClockRules = field(default_factory=ClockRules)
    agenda: str = ""
    """The beginning of a line in minutes that announces a sitting, an item or a time."""
    scene: str = ""
    """The beginning of a scene heading."""
    unseen: str = ""
    """Words in brackets after the name of a speaker who is heard but not seen."""
    kakaotalk: ExportWords = field(default_factory=ExportWords)
    line: ExportWords = field(default_factory=ExportWords)
    whatsapp: ExportWords = field(default_factory=ExportWords)
