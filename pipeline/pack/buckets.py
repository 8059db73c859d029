"""Token counts in, length buckets out. Used by `pack.contexts`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def bucket_for(num_tokens: int, *, buckets: Sequence[int], room_tokens: int) -> int | None:
    """The smallest bucket that holds a document and the room for its task; None where not even the top one does.

    Args:
        num_tokens: length of the document.
        buckets: upper edges in tokens, ascending.
        room_tokens: kept free for question and answer.
    """
    index = bisect_left(buckets, num_tokens + room_tokens)
    return buckets[index] if index < len(buckets) else None
