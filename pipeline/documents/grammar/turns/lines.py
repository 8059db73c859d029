"""Splits a text into lines with offsets. A filled line is one with text.

Used by the families of turn formats, which share one `Lines` for each text, and by `headings.reading`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

_SAMPLES, _SAMPLE_LINES = 5, 16


@dataclass(frozen=True)
class Lines:
    """A text and its lines, without line breaks; `starts[i]` is the offset of `texts[i]` in the text."""

    text: str
    starts: list[int]
    texts: list[str]

    def is_blank(self, index: int) -> bool:
        """Return whether a line has only white space or does not exist."""
        return not 0 <= index < len(self.texts) or not self.texts[index].strip()

    def end(self, index: int) -> int:
        """Return the end offset of a line without its trailing white space."""
        return self.starts[index] + len(self.texts[index].rstrip())

    @cached_property
    def filled(self) -> list[str]:
        """The lines that contain more than white space."""
        return [line for line in self.texts if line and not line.isspace()]

    @property
    def num_filled(self) -> int:
        """The number of filled lines."""
        return len(self.filled)

    @cached_property
    def sample(self) -> list[str]:
        """Filled lines from several positions in the text, or all filled lines if the text is short."""
        filled, count = self.filled, _SAMPLES * _SAMPLE_LINES
        if len(filled) <= count:
            return filled
        step = (len(filled) - _SAMPLE_LINES) // (_SAMPLES - 1)
        return [line for place in range(_SAMPLES) for line in filled[place * step : place * step + _SAMPLE_LINES]]

    @cached_property
    def num_blocks(self) -> int:
        """The number of blocks, which are runs of filled lines."""
        filled = [bool(line) and not line.isspace() for line in self.texts]
        return sum(1 for index, is_filled in enumerate(filled) if is_filled and not (index and filled[index - 1]))


def split_lines(text: str) -> Lines:
    """Split a text into lines at `\\n`; other line separators, such as U+2028, remain inside a line."""
    texts = text.split("\n")
    starts = []
    start = 0
    for line in texts:
        starts.append(start)
        start += len(line) + 1
    return Lines(text=text, starts=starts, texts=texts)
