"""The synthetic part of `benchmarks.scale`: drawn lengths and labels through placement, selection and packing.

Writes the files that the first step of placement and of selection would write (`measured-k`, `labels-k`), 100,000 rows
each, and runs the later steps on them as a build does: each step in a process of its own, its shards one after the
other, so that the peak is that of a worker. Nothing is read or written but ids, lengths and labels.

Drawn are: length (log-normal), four domains, two languages, one document in ten below 128 tokens and half of these with
a MinHash, sources of about twenty documents, one document in ten in a cluster of two; for candidates, 5 to 40 of a
context, the families of tasks, depth and answer, and for one in five the words of a written question, of which one in
fifty is asked in a wording that many share.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.config.export import ExportRecipe
from pipeline.config.pack import PackRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.export.reach import Reach
from pipeline.io.arrow import schema_of
from pipeline.io.key_ranges import grouped_place, place_of
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import SORTED_GROUP_RECORDS
from pipeline.pack.packing import pack_windows
from pipeline.pack.pieces import Pieces, conversation_pieces
from pipeline.records import TaskFamily
from pipeline.stages.placement import decision_steps
from pipeline.stages.placement_files import MeasuredDocument, PlacementFile
from pipeline.stages.selection_files import PlacedLabels, SelectionFile
from pipeline.stages.selection_steps import choice_steps
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.step_files import step_path
from pipeline.stages.steps import Step
from tests.peak_memory import peak_mib

Numbers = npt.NDArray[np.int64]

SHARD_ROWS = 100_000
_SEED = 31
_DOMAINS, _LANGUAGES = ("legal", "manual", "code", "dialogue"), ("en", "ko")
_BUCKETS = np.array([8192, 16384, 32768, 65536, 131072])
_EDGES = (8192, 16384, 32768, 65536, 131072)
_MU, _SIGMA, _SHORTEST, _LONGEST = 8.2, 1.1, 40, 120_000
_MASK = (1 << 62) - 1


@dataclass(frozen=True, slots=True)
class StepCost:
    """What a step took."""

    name: str
    num_items: int
    seconds: float
    """CPU seconds of all processes together."""
    peak_mib: int
    """Of one process."""


def run_labels(num_labels: int, root: Path, *, processes: int, show: Callable[[StepCost], None]) -> list[StepCost]:
    """Draw lengths and labels, and run every decision of placement, selection and packing on them.

    Args:
        num_labels: the number of documents, of candidates, and of rows.
        root: a folder for the steps' files.
        processes: how many shards or ranges of a step run at once.
        show: takes each step when it has run.
    """
    costs: list[StepCost] = []

    def run(name: str, calls: Sequence[tuple[object, ...]]) -> None:
        seconds, peak = _apart(calls, processes)
        costs.append(StepCost(name, num_labels, seconds, peak))
        show(costs[-1])

    parts: tuple[tuple[str, Callable[..., None]], ...] = (
        ("placement", _write_measured),
        ("selection", _write_labels),
    )
    for name, write in parts:
        folder = str(root / name)
        _apart([(write, *shard, folder) for shard in _sizes(num_labels)], processes)
        for step in _steps(name, num_labels):
            run(f"{name}: {step.work.stage}", [(_run_shard, step, shard, folder) for shard in step.shards])
    run("packing: all windows", [(_pack, num_labels)])
    return costs


def _apart(calls: Sequence[tuple[object, ...]], processes: int) -> tuple[float, int]:
    """Call functions in new processes; return the CPU seconds of all, and the largest peak of a process in MiB."""
    with multiprocessing.get_context("spawn").Pool(min(processes, len(calls))) as pool:
        found = pool.map(_measured_call, calls, chunksize=1)
    return sum(seconds for seconds, _ in found), max(peak for _, peak in found)


def _measured_call(call: tuple[Any, ...]) -> tuple[float, int]:  # Any: a function and its arguments
    function, *arguments = call
    started = time.process_time()
    function(*arguments)
    return time.process_time() - started, peak_mib()


def _steps(part: str, num_labels: int) -> list[Step]:
    """Return the steps after the first, which the drawn files replace."""
    ids = tuple(shard_id(number) for number in range(-(-num_labels // SHARD_ROWS)))
    if part == "placement":
        mix = [{"domain": "dialogue", "max_tokens": 500 * num_labels}]
        recipe = PackRecipe.model_validate({"mix": mix})
        return decision_steps(ids, num_documents=num_labels, recipe=recipe, seed=_SEED, fingerprint="f")
    return choice_steps(ids, num_labels=num_labels, recipe=ExportRecipe(), seed=_SEED, fingerprint="f")


def _run_shard(step: Step, shard: Shard, root: str) -> None:
    folder = BuildFolder(root)
    with ShardLedger(folder=folder, stage=step.work.stage, shard_id=shard.shard_id, fingerprint="f") as ledger:
        step.work.run(shard, folder, ledger)


def _lengths(rng: np.random.Generator, number: int) -> Numbers:
    return np.clip(rng.lognormal(_MU, _SIGMA, number), _SHORTEST, _LONGEST).astype(np.int64)


def _hex(numbers: npt.NDArray[np.uint64]) -> list[str]:
    """Return ids of 16 digits that are drawn from numbers by a bijection (splitmix64)."""
    mixed = numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return [f"{one:016x}" for one in (mixed ^ (mixed >> np.uint64(31))).tolist()]


def _sizes(num_rows: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, first row and number of rows of each shard."""
    for number, first in enumerate(range(0, num_rows, SHARD_ROWS)):
        yield number, first, min(SHARD_ROWS, num_rows - first)


def _write(path: str, columns: dict[str, Any], record_type: type) -> None:  # Any: columns of many types
    schema = schema_of(record_type)
    table = pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table.sort_by("place"),
        path,
        row_group_size=SORTED_GROUP_RECORDS,
        compression="zstd",
        use_dictionary=False,
        write_statistics=["place"],
    )


def _write_measured(number: int, first: int, size: int, root: str) -> None:
    folder = BuildFolder(root)
    rng = np.random.default_rng([_SEED, number])
    rows = np.arange(first, first + size)
    lengths = _lengths(rng, size)
    is_short = rng.random(size) < 0.1
    lengths[is_short] = rng.integers(20, 128, int(is_short.sum()))
    source = rows // 20
    kinds = (source * 2654435761 >> 7) % 8
    domain = [_DOMAINS[kind >> 1] for kind in kinds.tolist()]
    language = [_LANGUAGES[kind & 1] for kind in kinds.tolist()]
    doc_ids = _hex(rows.astype(np.uint64))
    is_pair = rows % 20 < 2
    clusters = [
        first_id if paired else own
        for own, first_id, paired in zip(doc_ids, _hex((rows // 20 * 20).astype(np.uint64)), is_pair, strict=True)
    ]
    has_source = rng.random(size) < 0.6
    keys = _hex((source + (1 << 40)).astype(np.uint64))
    versions = [cluster if paired else "" for cluster, paired in zip(clusters, is_pair, strict=True)]
    relation = [key if has else "" for key, has in zip(keys, has_source, strict=True)]
    place = [
        grouped_place(f"{own_domain} {own_language}", group or key or doc_id, doc_id)
        for own_domain, own_language, group, key, doc_id in zip(
            domain, language, versions, relation, doc_ids, strict=True
        )
    ]
    minhashes = rng.integers(0, 1 << 62, (size, 128), dtype=np.uint64)
    uses_minhash = is_short & (rng.random(size) < 0.5)
    _write(
        step_path(folder.placement, PlacementFile.MEASURED, shard_id(number)),
        {
            "place": place,
            "shard": np.full(size, number),
            "order": np.arange(size),
            "doc_id": doc_ids,
            "encoded_row": np.arange(size),
            "document_row": np.arange(size),
            "domain": domain,
            "language": language,
            "title": [f"Document {row}" for row in rows.tolist()],
            "source_uri": [f"/in/source{key}/file{row}.txt" for key, row in zip(source, rows, strict=True)],
            "source_offset": np.zeros(size, dtype=np.int64),
            "num_tokens": lengths,
            "longest_part": lengths,
            "heading_tokens": np.full(size, 12),
            "outline_type": [b""] * size,
            "relation": relation,
            "imports": [[]] * size,
            "fits": np.ones(size, dtype=np.bool_),
            "cluster_id": clusters,
            "is_related": is_pair,
            "versions": versions,
            "minhash": [row.tobytes() if uses else b"" for row, uses in zip(minhashes, uses_minhash, strict=True)],
        },
        MeasuredDocument,
    )


def _write_labels(number: int, first: int, size: int, root: str) -> None:
    folder = BuildFolder(root)
    families = [family.value for family in TaskFamily]
    reaches = [reach.value for reach in Reach]
    rng = np.random.default_rng([_SEED, 1, number])
    context = _contexts(rng, size)
    num_contexts = int(context[-1]) + 1
    doc_ids = _hex((np.arange(num_contexts) + (number << 32)).astype(np.uint64))
    tokens = _lengths(rng, num_contexts)
    bucket = _BUCKETS[np.searchsorted(_BUCKETS, tokens)]
    domain = rng.choice(4, num_contexts, p=[0.4, 0.3, 0.2, 0.1])
    language = rng.choice(2, num_contexts, p=[0.6, 0.4])
    family = rng.integers(0, len(families), size)
    is_written = rng.random(size) < 0.2
    ids = _hex((np.arange(first, first + size) + (1 << 50)).astype(np.uint64))
    of_context = context.tolist()
    labels = [
        {
            "candidate_id": ids[row],
            "doc_id": doc_ids[own],
            "cluster_id": doc_ids[own],
            "depths": [depth],
            "task": f"{families[kind]}{row % 3}",
            "family": families[kind],
            "is_trivial": trivial,
            "origin": "written" if written else "structural",
            "language": _LANGUAGES[language[own]],
            "domain": _DOMAINS[domain[own]],
            "reach": reaches[(kind * 7 + row) % len(reaches)],
            "bucket": int(bucket[own]),
            "context_tokens": int(tokens[own]),
            "question_tokens": 20,
            "answer_tokens": answer,
            "answer_hash": answer,
            "follows": "",
            "words": _words(rng, doc_ids[own], shared=row % 50 == 0) if written else None,
        }
        for row, own, kind, written, depth, trivial, answer in zip(
            range(size),
            of_context,
            family.tolist(),
            is_written.tolist(),
            rng.random(size).tolist(),
            (rng.random(size) < 0.1).tolist(),
            rng.integers(5, 80, size).tolist(),
            strict=True,
        )
    ]
    places = [place_of(doc_id, doc_id) for doc_id in doc_ids]
    _write(
        step_path(folder.selection, SelectionFile.LABELS, shard_id(number)),
        {
            "place": [places[own] for own in of_context],
            "shard": np.full(size, number),
            "row": np.arange(size),
            "num_chars": tokens[context] * 4,
            "labels": labels,
        },
        PlacedLabels,
    )


def _contexts(rng: np.random.Generator, size: int) -> Numbers:
    """Return the context of each candidate: 5 to 40 candidates each."""
    counts = rng.integers(5, 41, size // 5 + 1)
    return np.repeat(np.arange(counts.size), counts)[:size]


def _words(rng: np.random.Generator, about: str, *, shared: bool) -> dict[str, Any]:  # Any: columns of many types
    """Return the words of a question: of a wording that many share, or of its own."""
    drawn = np.random.default_rng(int(rng.integers(0, 200))) if shared else rng
    hashes = drawn.integers(0, _MASK, 14).tolist()
    return {
        "about": about,
        "text_hash": hashes[0],
        "stems": sorted(hashes[1:13]),
        "content": hashes[1:9],
        "fixed": hashes[13],
    }


def _pack(num_labels: int) -> None:
    """Plan the packs of drawn lengths in the recipe's windows."""
    recipe = PackingRecipe()

    def windows() -> Iterator[Pieces]:
        for number, first in enumerate(range(0, num_labels, recipe.window_rows)):
            lengths_R = _lengths(np.random.default_rng([_SEED, 2, number]), min(recipe.window_rows, num_labels - first))
            pieces, left_out = conversation_pieces(
                lengths_R, first_row=first, classes_R=np.zeros_like(lengths_R), max_tokens=_EDGES[-1]
            )
            assert not left_out.dropped_rows.size
            yield pieces

    assert sum(len(packs) for packs in pack_windows(windows(), edges=_EDGES, max_open_packs=recipe.max_open_packs))
