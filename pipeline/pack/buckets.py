"""Sort token counts into length buckets. Used by `stages.placement` and `stages.pack`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def bucket_for(num_tokens: int, *, buckets: Sequence[int], room_tokens: int) -> int:
    """Return the smallest bucket that holds a document and the room for its task; edges double past the top edge.

    Args:
        num_tokens: length of the document.
        buckets: upper edges in tokens, ascending.
        room_tokens: tokens kept free for question and answer.
    """
    index = bisect_left(buckets, num_tokens + room_tokens)
    if index < len(buckets):
        return buckets[index]
    edge = 2 * buckets[-1]
    while edge < num_tokens + room_tokens:
        edge *= 2
    return edge
