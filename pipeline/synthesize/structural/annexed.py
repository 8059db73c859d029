"""Finds annexed parts that the outline does not contain, and mentions of annexed parts.

An annexed part is a schedule, an appendix or the like. The task `cross_reference` uses both to refuse questions whose
answer might leave out a provision, or might name the wrong place. Takes a text, its `Outline` and its language; answers
questions about the text between two offsets. The time is linear in the text.
"""

from __future__ import annotations

from bisect import bisect_left

from pipeline.documents.grammar.legal.lines import split_lines
from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.layout import one_line
from pipeline.synthesize.structural.provisions import Outline


class AnnexedParts:
    """The annexed parts of one document, and the mentions of them."""

    def __init__(self, *, text: str, outline: Outline, language: Language) -> None:
        self._text = text
        self._rules = language_rules(language).legal.references
        self._unknown_starts = self._find_unknown(outline)

    def opens_unknown(self, start: int, end: int) -> bool:
        """Return whether an annexed part that the outline does not contain begins between two offsets."""
        at = bisect_left(self._unknown_starts, start)
        return at < len(self._unknown_starts) and self._unknown_starts[at] < end

    def are_mentioned(self, start: int, end: int) -> bool:
        """Return whether the text between two offsets mentions an annexed part, a chapter or a comment."""
        mention = self._rules.part_mention if self._rules is not None else None
        return mention is not None and mention.search(self._text, start, end) is not None

    def _find_unknown(self, outline: Outline) -> list[int]:
        """Return the offsets of the lines that open parts missing from the outline: the last line for each name.

        Lines before the first provision are ignored, because they belong to a table of contents.
        """
        pattern = self._rules.part_line if self._rules is not None else None
        if pattern is None or not outline.provisions:
            return []
        starts = {part.start for part in outline.parts}
        known: set[str] = set()
        found: dict[str, int] = {}
        for line in split_lines(self._text):
            if match := pattern.fullmatch(line.text):
                name = one_line(match["name"]).casefold()
                if any(at in starts for at in range(line.start, line.start + match.end("name"))):
                    known.add(name)
                elif line.start > outline.provisions[0].start:
                    found[name] = line.start
        return sorted(at for name, at in found.items() if name not in known)
