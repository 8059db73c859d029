"""Defines what an attention pattern is: which keys a query sees. All kernels follow this definition. Pure.

A rule divides a document into segments, and each segment into *lanes* of evenly spaced tokens; a token sees the last
`window` tokens of its lane. `HeadRule.sees` takes positions within a document and returns whether a query sees a key.
The eager kernel masks scores with `sees`; the fast kernels compute lane by lane; tests check that they agree. Shape
suffixes: I queries, J keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class HeadRule:
    """Which keys one kind of head sees.

    Query i sees key j of the same document if j ≤ i, j is less than `reach` tokens before i, and j is either in the
    window of the query's lane or among the document's first `num_global` tokens. None means no limit. A lane is a
    segment of the document or, if `dilation` is d, every d-th token of a segment.
    """

    segment_tokens: int | None
    first_segment_tokens: int | None
    """Tokens in the document's first segment, which may be shorter than the others; None means `segment_tokens`."""
    dilation: int
    window: int | None
    """Number of keys that a query sees in its lane, including its own."""
    num_global: int
    reach: int | None
    """The layer's own sliding window in tokens, including the query's own."""

    def __post_init__(self) -> None:
        is_shorter = self.first_segment_tokens is None or self.first_segment_tokens <= (self.segment_tokens or 0)
        assert is_shorter, "the first segment is longer than the others"

    def sees(self, queries_I: npt.NDArray[np.int64], keys_J: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return whether each query sees each key, I × J; both are positions in the document."""
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
        """Return the number of the segment that contains each position."""
        if self.segment_tokens is None:
            return np.zeros_like(positions)
        return (positions - self._first_segment) // self.segment_tokens + 1

    def limited_to(self, reach: int | None) -> HeadRule:
        """Return the rule for a layer with a sliding window of `reach` tokens; None means no window."""
        return self if reach is None else replace(self, reach=reach if self.reach is None else min(reach, self.reach))

    def simplified_for(self, length: int) -> HeadRule:
        """Return an equivalent rule for documents of up to `length` tokens, without limits that have no effect there.

        A `reach` becomes part of the window; the result keeps it as well only if it limits global tokens.
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

    def segment_runs(self, length: int) -> tuple[tuple[int, int], ...]:
        """Return a document's segments in order, grouped by length: (number of segments, tokens in each)."""
        if self.segment_tokens is None or length <= self._first_segment:
            return ((1, length),)
        runs: list[tuple[int, int]] = []
        left = length
        if self._first_segment != self.segment_tokens:
            runs.append((1, self._first_segment))
            left -= self._first_segment
        whole, rest = divmod(left, self.segment_tokens)
        return (*runs, *([(whole, self.segment_tokens)] if whole else []), *([(1, rest)] if rest else []))

    @property
    def _first_segment(self) -> int:
        assert self.segment_tokens is not None
        return self.first_segment_tokens or self.segment_tokens


FULL_RULE = HeadRule(None, None, 1, None, 0, None)
"""A query sees its own token and all earlier tokens of its document."""
