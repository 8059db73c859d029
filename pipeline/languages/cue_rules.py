"""The type of the rules that find passages to ask about, and read the conclusion about a case.

The cues choose segments for the written tasks; a segment with cues may still hold nothing to ask, which the teacher
then says. All patterns ignore case, and an empty pattern finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CueRules:
    """Words that show what a passage is good for."""

    rule: str = ""
    """A condition, a limit, a duty or an exception: `within`, `unless`."""
    order: str = ""
    """Words that put acts in order: `first`, `upon receipt`."""
    step_end: str = ""
    """The end of a list item that is a sentence and may instruct, in a language whose verbs come last."""
    decision: str = ""
    """Something is decided, promised or assigned: `we agreed`, `I'll send`."""
    says_no: str = ""
    """The beginning of an answer that says no."""
    asks_kept: str = ""
    """Words of a question whether a limit is kept: `in time`."""
    asks_broken: str = ""
    """Words of a question whether a limit is broken: `late`."""
