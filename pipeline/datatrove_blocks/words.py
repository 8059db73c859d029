"""The word splitter `whitespace`, which datatrove does not have. It needs no package and no model.

Takes a text; returns its words. Imports datatrove, so it is imported only where a block is made.
"""

from __future__ import annotations

from datatrove.utils.word_tokenizers import WordTokenizer


class WhitespaceTokenizer(WordTokenizer):  # type: ignore[misc]  # datatrove accepts only subclasses of its own
    """Splits words at white space, and sentences at line ends."""

    def word_tokenize(self, text: str) -> list[str]:
        """Return the words."""
        return text.split()

    def sent_tokenize(self, text: str) -> list[str]:
        """Return the lines that are not blank."""
        return [line.strip() for line in text.split("\n") if line.strip()]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Return the start and end of each line, with its line end."""
        spans, start = [], 0
        for line in text.splitlines(keepends=True):
            spans.append((start, start + len(line)))
            start += len(line)
        return spans
