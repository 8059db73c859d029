"""The peers of the packing benchmark behind one function: lengths and a sequence length in, an `Outcome` out.

TRL's `pack_dataset` runs as it is, on a column of lists of *nulls*: each list is as long as its document and holds no
byte, so what is timed is TRL's own planning and the arithmetic of offsets, as with ours, and not the copying of tokens.
One map batch of all documents is what fills TRL's packs best; its default of 1,000 a batch is measured too.

LLaMA-Factory cannot be installed beside this project. Its `greedy_knapsack` is written here anew from its description:
sort, then fill one sequence after the other, each time with the longest document that fits the room left, found by
binary search; then look up which document has each length. Documents beyond the cutoff are dropped. It sees the
documents of one preprocessing batch of 1,000; taking each from the sorted list makes it quadratic in the batch.
"""

from __future__ import annotations

import importlib
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks._results import MissingPeerError

Lengths = npt.NDArray[np.int64]

DEFAULT_BATCH = 1000
"""Of `datasets.map` and of LLaMA-Factory's preprocessing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the documents."""

    num_packs: int
    capacity: int
    """Σ tokens the packs could hold."""
    tokens: int
    """In the packs."""
    tokens_dropped: int
    documents_cut: int
    """Documents whose tokens are not in one pack, or not all there."""
    documents_dropped: int
    """Documents of which nothing is in a pack."""
    seconds: float

    @property
    def utilisation(self) -> float:
        """Tokens ÷ capacity."""
        return self.tokens / self.capacity


@dataclass(frozen=True, slots=True)
class Peer:
    """A packer of another project."""

    name: str
    version: str
    pack: Callable[[pa.LargeListArray, int, int], Outcome]
    """Documents as a column of lists, sequence length, documents a batch."""


def load_peers() -> list[Peer]:
    """All peers.

    Raises:
        MissingPeerError: TRL is not installed.
    """
    try:
        data_utils = importlib.import_module("trl.data_utils")
    except ImportError as error:
        raise MissingPeerError("Missing peer: trl. Install it with: pip install 'longdoc-pipeline[bench]'") from error
    trl = installed_version("trl")
    peers = [
        Peer(f"TRL {strategy}", trl, _trl_packer(data_utils.pack_dataset, strategy))
        for strategy in ("bfd", "bfd_split", "wrapped")
    ]
    return [*peers, Peer("LLaMA-Factory greedy", "written anew from its description", _pack_greedily)]


def column_of(lengths: Lengths, values: pa.Array) -> pa.LargeListArray:
    """Documents of these lengths, cut from the values one after the other."""
    return pa.LargeListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(lengths)])), values)


def _trl_packer(pack_dataset: Any, strategy: str) -> Callable[[pa.LargeListArray, int, int], Outcome]:
    from datasets import Dataset, disable_progress_bars

    disable_progress_bars()

    def pack(column: pa.LargeListArray, max_tokens: int, batch: int) -> Outcome:
        lengths = column.value_lengths().to_numpy()
        documents = Dataset(pa.table({"input_ids": column}))
        settings = {"batch_size": batch, "keep_in_memory": True, "load_from_cache_file": False}
        started = time.perf_counter()
        packed = pack_dataset(documents, max_tokens, strategy, settings)
        seconds = time.perf_counter() - started
        sizes = packed.data.column("input_ids").combine_chunks().value_lengths().to_numpy()
        kept = int(sizes.sum())
        return Outcome(
            num_packs=int(sizes.size),
            capacity=int(sizes.size) * max_tokens,
            tokens=kept,
            tokens_dropped=int(lengths.sum()) - kept,
            documents_cut=_cut_by_wrapping(lengths, max_tokens, batch)
            if strategy == "wrapped"
            else int((lengths > max_tokens).sum()),
            documents_dropped=0,
            seconds=seconds,
        )

    return pack


def _cut_by_wrapping(lengths: Lengths, max_tokens: int, batch: int) -> int:
    """Documents that a cut every `max_tokens` tokens of a batch goes through."""
    cut = 0
    for at in range(0, lengths.size, batch):
        ends = np.cumsum(lengths[at : at + batch])
        starts = ends - lengths[at : at + batch]
        cut += int((starts // max_tokens != (ends - 1) // max_tokens).sum())
    return cut


def _pack_greedily(column: pa.LargeListArray, max_tokens: int, batch: int) -> Outcome:
    lengths = column.value_lengths().to_numpy()
    started = time.perf_counter()
    fitting = lengths <= max_tokens
    kept = lengths[fitting].tolist()
    num_packs = sum(len(_greedy_packs(kept[at : at + batch], max_tokens)) for at in range(0, len(kept), batch))
    seconds = time.perf_counter() - started
    return Outcome(
        num_packs=num_packs,
        capacity=num_packs * max_tokens,
        tokens=sum(kept),
        tokens_dropped=int(lengths[~fitting].sum()),
        documents_cut=0,
        documents_dropped=int((~fitting).sum()),
        seconds=seconds,
    )


def _greedy_packs(lengths: list[int], capacity: int) -> list[list[int]]:
    """Positions of the documents of each pack."""
    with_length: dict[int, list[int]] = defaultdict(list)
    for position, length in enumerate(lengths):
        with_length[length].append(position)
    return [[with_length[length].pop() for length in knapsack] for knapsack in _greedy_knapsacks(lengths, capacity)]


def _greedy_knapsacks(lengths: list[int], capacity: int) -> list[list[int]]:
    waiting = sorted(lengths)
    knapsacks = []
    while waiting:
        knapsack: list[int] = []
        room = capacity
        while (longest := bisect_right(waiting, room)) > 0:
            knapsack.append(waiting.pop(longest - 1))
            room -= knapsack[-1]
        knapsacks.append(knapsack)
    return knapsacks
