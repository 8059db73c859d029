"""Groups the inputs into shards: the files, and parts of large files, that one worker reads at a time.

Takes discovered items and the recipe's sizes. Returns lists of segments, which do not depend on the number of workers.
Used by the ingest stage. Of the contents, only the footers of Parquet files and the first bytes of JSON Lines files are
read, and only if the file is larger than a shard.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from pipeline.documents.items import TO_THE_END, Segment, SourceItem
from pipeline.documents.readers import kind_of_item
from pipeline.io.record_values import json_of, record_of

_EVEN_SHARDS = 32
_SMALL_SHARD_BYTES = 2 * 2**20
"""Shards are made smaller than the recipe allows until there are so many, or until they are so small."""


def plan_segments(items: Sequence[SourceItem], *, shard_bytes: int, min_shards: int) -> list[list[Segment]]:
    """Group consecutive segments into shards of at most `shard_bytes`. A larger segment forms its own shard.

    Inputs that would fill only a few shards of this size form smaller ones, so that workers end at about the same time.
    The result has at least `min_shards` shards, or one shard per segment if there are fewer segments than that.
    """
    total = sum(item.num_bytes for item in items)
    shard_bytes = min(shard_bytes, max(_SMALL_SHARD_BYTES, math.ceil(total / _EVEN_SHARDS)))
    segments = [segment for item in items for segment in _split(item, shard_bytes)]
    target = max(1, min(shard_bytes, math.ceil(total / min_shards)))
    shards: list[list[Segment]] = []
    filled = 0
    for segment in segments:
        if not shards or filled + segment.num_bytes > target:
            shards.append([])
            filled = 0
        shards[-1].append(segment)
        filled += segment.num_bytes
    while len(shards) < min(min_shards, len(segments)):
        index = max(range(len(shards)), key=lambda i: (len(shards[i]) > 1, _num_bytes(shards[i]), -i))
        shards[index : index + 1] = _halves(shards[index])
    return shards


def single_shard(items: Sequence[SourceItem]) -> list[list[Segment]]:
    """Group all items into one shard, each as a whole."""
    return [[_whole(item) for item in items]]


def encode_segment(segment: Segment) -> str:
    """Return a segment as JSON text for a shard's descriptor."""
    # ASCII: a name that is not UTF-8 holds surrogates, which only JSON escapes can represent.
    return json.dumps(json_of(segment), ensure_ascii=True, separators=(",", ":"))


def decode_segment(text: str) -> Segment:
    """Return the segment that `encode_segment` encoded."""
    return record_of(json.loads(text), Segment)


def _split(item: SourceItem, shard_bytes: int) -> list[Segment]:
    kind = kind_of_item(item)
    if item.num_bytes > shard_bytes and not item.members and not kind.compression and kind.reader and kind.reader.split:
        return kind.reader.split(item, shard_bytes)
    return [_whole(item)]


def _whole(item: SourceItem) -> Segment:
    return Segment(item=item, start=0, end=TO_THE_END, num_bytes=item.num_bytes)


def _num_bytes(shard: Sequence[Segment]) -> int:
    return sum(segment.num_bytes for segment in shard)


def _halves(shard: list[Segment]) -> list[list[Segment]]:
    """Cut a shard of several segments into two parts whose sizes are as equal as possible."""
    total = _num_bytes(shard)
    cut = min(range(1, len(shard)), key=lambda index: (abs(2 * _num_bytes(shard[:index]) - total), index))
    return [shard[:cut], shard[cut:]]
