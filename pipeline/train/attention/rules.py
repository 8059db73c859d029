"""The one description of an attention pattern: which keys a query sees. Pure; everything else derives from it.

In: positions within a document. Out: yes or no (`HeadRule.sees`), and the *lanes* of a rule: runs of tokens, some
distance apart, in which a token sees the last `window` tokens of its lane. The eager kernel masks by `sees`; the fast
kernels compute lanes; tests hold the two equal. I queries, J keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class HeadRule:
    """What one kind of head sees: key j ≤ query i of the same document, less than `reach` before it, and either within
    the window of the query's lane or among the document's first `num_global` tokens.

    None is no limit. A lane is a segment of the document, or, where `dilation` is d, every d-th token of it.
    """

    segment_tokens: int | None
    first_segment_tokens: int | None
    """Of the document's first segment, which may be shorter; None is `segment_tokens`."""
    dilation: int
    window: int | None
    """Keys of the lane a query sees, itself included."""
    num_global: int
    reach: int | None
    """A window of the layer's own, in tokens, itself included."""

    def __post_init__(self) -> None:
        assert self.first_segment_tokens is None or self.first_segment_tokens <= (self.segment_tokens or 0)

    def sees(self, queries_I: npt.NDArray[np.int64], keys_J: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Visibility of every key for every query, I × J; both by position in their document."""
        i, j = queries_I[:, None], keys_J[None, :]
        distance = i - j
        local = (self.segment_of(i) == self.segment_of(j)) & (distance % self.dilation == 0)
        if self.window is not None:
            local &= distance < self.window * self.dilation
        visible = (distance >= 0) & (local | (j < self.num_global))
        if self.reach is not None:
            visible &= distance < self.reach
        return np.asarray(visible)

    def segment_of(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Number of the segment each position lies in."""
        if self.segment_tokens is None:
            return np.zeros_like(positions)
        return (positions - self._first_segment) // self.segment_tokens + 1

    def limited_to(self, reach: int | None) -> HeadRule:
        """The rule in a layer with a sliding window of `reach` tokens."""
        return self if reach is None else replace(self, reach=reach if self.reach is None else min(reach, self.reach))

    def on(self, length: int) -> HeadRule:
        """The same visibility on documents of up to `length` tokens, with what does not limit anything left out.

        Afterwards `reach` stands only beside globals, which it limits; elsewhere it is part of the window.
        """
        window, reach, num_global = self.window, self.reach, self.num_global
        segment, first = self.segment_tokens, self.first_segment_tokens
        if segment is not None and length <= self._first_segment:
            segment = first = None
        if reach is not None and reach >= length:
            reach = None
        if reach is not None:
            in_steps = (reach - 1) // self.dilation + 1
            window = in_steps if window is None else min(window, in_steps)
        longest_lane = -(-length // self.dilation)
        if window is not None and window >= longest_lane:
            window = None
        local_covers_all = segment is None and self.dilation == 1 and (window is None or window == reach)
        if num_global == 0 or local_covers_all:
            num_global, reach = 0, None
        return HeadRule(segment, first, self.dilation, window, num_global, reach)

    def stretches(self, length: int) -> tuple[tuple[int, int], ...]:
        """Segments of a document in order, as (how many, tokens of each); neighbours of equal length together."""
        if self.segment_tokens is None or length <= self._first_segment:
            return ((1, length),)
        found: list[tuple[int, int]] = []
        left = length
        if self._first_segment != self.segment_tokens:
            found.append((1, self._first_segment))
            left -= self._first_segment
        whole, rest = divmod(left, self.segment_tokens)
        return (*found, *([(whole, self.segment_tokens)] if whole else []), *([(1, rest)] if rest else []))

    @property
    def _first_segment(self) -> int:
        assert self.segment_tokens is not None
        return self.first_segment_tokens or self.segment_tokens


FULL_RULE = HeadRule(None, None, 1, None, 0, None)
"""Every token before, of the same document."""
