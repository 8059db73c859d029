"""Speed and memory of deduplication beside its peers. Used by `benchmarks.dedup`.

Times are CPU seconds of this one process, peers in turn within every round, so that what else the machine does weighs
on all of them alike; ratios are medians over the rounds.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks._dedup_peers import Peer
from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import band_keys, choose_banding
from pipeline.dedup.candidates import DocumentRef, bucket_pairs
from pipeline.dedup.clusters import component_labels
from pipeline.dedup.items import Hashes, LetterCase
from pipeline.dedup.shingles import Shingling
from pipeline.dedup.sketch import sketch_texts

Rows = NDArray[np.int32]

OURS = "ours"
_DUPLICATED_SHARE = 0.1
_CLUSTER_SIZE = 4
_AGREEING_ROWS = 0.8
_LEAST_SECONDS = 0.2
_CHUNK_DOCUMENTS = 20_000
_NUM_PARTITIONS = 64
_SCALE_ROUNDS = 3
_SIGN_LARGE = """
import sys
from pipeline.config.build import DedupRecipe
from pipeline.records import Document
from pipeline.dedup.signing import sign_documents
def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name)) / 1024
page = sys.stdin.read()
text = "".join(f"{number} {page}" for number in range(50 * 10**6 // len(page.encode()) + 1))
def document(content):
    return Document("a", content, "legal", "en", "", "", "", 0, "", ())
sign_documents([document(text[:200_000])], DedupRecipe())
size = len(text.encode())
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
before = status("VmRSS")
sign_documents([document(text)], DedupRecipe())
print(size, status("VmHWM") - before)
"""


@dataclass(frozen=True, slots=True)
class Speed:
    """One set of documents."""

    name: str
    num_bytes: int
    seconds: Mapping[str, float]
    """Median by finder."""
    ratio: Mapping[str, float]
    """Median over rounds of a peer's seconds ÷ ours of the same round."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Clustering of so many synthetic signatures."""

    num_documents: int
    num_edges: int
    """Pairs to verify, once for each band they share."""
    num_clusters: int
    seconds: float
    num_bytes: int
    """Of band keys, edges and labels."""


def sign_ours(texts: Sequence[str]) -> None:
    """Normalise, shingle and sign, as the stage does: MinHash, sample and anchors of each."""
    recipe = DedupRecipe()
    shingling = Shingling(LetterCase.FOLD, recipe.word_shingle, recipe.hangul_shingle)
    sketch_texts(texts, shingling, num_permutations=recipe.num_permutations)


def measure_speed(name: str, texts: Sequence[str], peers: Sequence[Peer], *, num_rounds: int) -> Speed:
    """Sign the texts in turn by everyone, `num_rounds` times after one that does not count for ours."""
    sign_ours(texts)
    signers: dict[str, Callable[[], object]] = {OURS: lambda: sign_ours(texts)}
    for peer in peers:
        signers[peer.name] = partial(_sign_each, peer, texts)
    rounds = [{finder: _cpu_seconds(run) for finder, run in signers.items()} for _ in range(num_rounds)]
    return Speed(
        name=name,
        num_bytes=sum(len(text.encode()) for text in texts),
        seconds={finder: statistics.median(r[finder] for r in rounds) for finder in signers},
        ratio={finder: statistics.median(r[finder] / r[OURS] for r in rounds) for finder in signers},
    )


def measure_memory(page: str) -> tuple[int, float]:
    """Bytes of a document of 50 MB, and MiB by which signing it raises the resident memory of a fresh process."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", _SIGN_LARGE], input=page, capture_output=True, text=True, check=True, env=environment
    )
    num_bytes, mebibytes = done.stdout.split()
    return int(num_bytes), float(mebibytes)


def measure_scale(sizes: Sequence[int]) -> list[Scale]:
    """Cluster synthetic signatures: a tenth of them in clusters of four with .8 of their rows equal.

    Band keys, pairs and components are the product's; Beam's GroupByKey between them is `_Shuffle` here. The garbage
    collector is off meanwhile, as in `timeit`. Seconds are the median of `_SCALE_ROUNDS`, the sizes in turn.
    """
    gc.collect()
    gc.disable()
    try:
        rounds = [[_cluster(size) for size in sizes] for _ in range(_SCALE_ROUNDS)]
    finally:
        gc.enable()
    return [sorted(runs, key=lambda run: run.seconds)[len(runs) // 2] for runs in zip(*rounds, strict=True)]


def _cluster(num_documents: int) -> Scale:
    recipe = DedupRecipe()
    banding = choose_banding(
        threshold=recipe.threshold,
        false_negative_target=recipe.false_negative_target,
        num_permutations=recipe.num_permutations,
    )
    started, seconds = 0.0, 0.0
    shuffle = _Shuffle(banding.num_bands)
    for first in range(0, num_documents, _CHUNK_DOCUMENTS):
        signatures = _signatures(first, min(_CHUNK_DOCUMENTS, num_documents - first), recipe.num_permutations)
        started = time.process_time()
        shuffle.add(band_keys(signatures, banding), first)
        seconds += time.process_time() - started
    started = time.process_time()
    ends = np.concatenate(
        [_pairs(buckets) for band in range(banding.num_bands) for buckets in shuffle.partitions(band)]
    )
    labels = component_labels(num_documents, ends[:, 0], ends[:, 1])
    seconds += time.process_time() - started
    return Scale(
        num_documents=num_documents,
        num_edges=len(ends),
        num_clusters=int(np.count_nonzero(np.bincount(labels) > 1)),
        seconds=seconds,
        num_bytes=shuffle.num_bytes + ends.nbytes + labels.nbytes,
    )


def _signatures(first: int, count: int, num_permutations: int) -> Hashes:
    """Signatures of the documents from `first` on; those of one cluster agree in most rows."""
    generator = np.random.default_rng(first)
    signatures = generator.integers(0, 2**64, size=(count, num_permutations), dtype=np.uint64)
    num_duplicated = int(count * _DUPLICATED_SHARE) // _CLUSTER_SIZE * _CLUSTER_SIZE
    bases = np.repeat(np.arange(0, num_duplicated, _CLUSTER_SIZE), _CLUSTER_SIZE)
    agrees = generator.random((num_duplicated, num_permutations)) < _AGREEING_ROWS
    signatures[:num_duplicated] = np.where(agrees, signatures[bases], signatures[:num_duplicated])
    return signatures


def _pairs(buckets: Iterable[list[int]]) -> Rows:
    """Pairs to verify among documents that share a key, shape [pairs, 2]."""
    pairs: list[tuple[int, int]] = []
    for bucket in buckets:
        members = [DocumentRef(f"{row:08d}", "0/00000", row, 1000, 0, False) for row in bucket]
        pairs.extend((first.row, second.row) for first, second in bucket_pairs(members))
    return np.array(pairs, dtype=np.int32).reshape(-1, 2)


class _Shuffle:
    """Stands in for Beam's GroupByKey: keys are partitioned as they come, and a partition is sorted when it is read.

    A chunk and a partition fit a core's cache, so that a larger corpus does not cost more a document for being larger.
    """

    def __init__(self, num_bands: int) -> None:
        self._segments: list[list[list[tuple[Hashes, Rows]]]] = [
            [[] for _ in range(_NUM_PARTITIONS)] for _ in range(num_bands)
        ]
        self.num_bytes = 0

    def add(self, keys: Hashes, first: int) -> None:
        """Take the band keys of documents from `first` on, shape [documents, bands]."""
        limits = np.arange(1, _NUM_PARTITIONS, dtype=np.uint64) * np.uint64(2**64 // _NUM_PARTITIONS)
        for band, partitions in enumerate(self._segments):
            order = np.argsort(keys[:, band])
            ascending, rows = keys[order, band], (order + first).astype(np.int32)
            bounds = [0, *np.searchsorted(ascending, limits).tolist(), len(rows)]
            for partition, (start, end) in zip(partitions, pairwise(bounds), strict=True):
                partition.append((ascending[start:end], rows[start:end]))
            self.num_bytes += ascending.nbytes + rows.nbytes

    def partitions(self, band: int) -> Iterator[Iterator[list[int]]]:
        """Documents that share a key, two or more, partition by partition."""
        return map(_buckets, self._segments[band])


def _buckets(partition: Sequence[tuple[Hashes, Rows]]) -> Iterator[list[int]]:
    keys = np.concatenate([keys for keys, _ in partition])
    order = np.argsort(keys)
    ascending = keys[order]
    rows = np.concatenate([rows for _, rows in partition])[order]
    bounds = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1], [True]]))
    shared = np.flatnonzero(np.diff(bounds) > 1)
    for start, end in zip(bounds[shared].tolist(), bounds[shared + 1].tolist(), strict=True):
        yield rows[start:end].tolist()


def _sign_each(peer: Peer, texts: Sequence[str]) -> None:
    for text in texts:
        peer.sign(text)


def _cpu_seconds(run: Callable[[], object]) -> float:
    """Mean over as many runs as take a fifth of a second, the clock's noise being a hundredth of that."""
    started, num_runs = time.process_time(), 0
    while (elapsed := time.process_time() - started) < _LEAST_SECONDS:
        run()
        num_runs += 1
    return elapsed / num_runs
