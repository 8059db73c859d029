"""Builds of growing size, decisions about many drawn labels, and a paper model: where memory ends first.

    python -m benchmarks.scale [--quick] [--megabytes 320] [--labels 20000000] [--processes 1]

Builds the documents of `tests.chaos.documents`, Korean and English, at a tenth, three tenths and the whole of
`--megabytes` (1×, 3×, 10×): ingest to export, structural rows, one process. Prints time, its ratio to the size, the
peak memory of a process, and the bytes a document that Beam groups and that steps exchange through files. Then runs
the decisions of placement, selection and packing on `--labels` drawn lengths and labels; `--processes` processes share
the shards and ranges of each step. Last a model, computed from measured constants, of the memory of each step up to
10⁹ documents. With 0, a part is left out.

Prints tables, and one JSON object as the last line. The full run, without `--quick` and with both parts, also writes
`benchmarks/results/scale.md`. 20 million labels need hours of one core and 12 GB of disk; a million need about 2% more
than their share. Exit 2 if a build fails.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._results import table_row, write_results
from benchmarks._scale_builds import BuildCost, BuildFailedError, build, write_corpus
from benchmarks._scale_labels import StepCost, run_labels
from pipeline.config.export import ExportRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.dedup.clusters import ClusterMember
from pipeline.identity import content_id
from pipeline.io.key_ranges import num_ranges
from pipeline.stages.placement import MOST_DOCUMENTS
from pipeline.stages.selection_steps import range_size

_RESULTS = Path(__file__).parent / "results" / "scale.md"
_MEGABYTES, _QUICK_MEGABYTES = 320, 6
_LABELS, _QUICK_LABELS = 20_000_000, 20_000
_SCALES, _QUICK_SCALES = (1, 3, 10), (1, 3)
_MODEL_SIZES = (1_000_000, 20_000_000, 100_000_000, 1_000_000_000)
_MEMBERS = 20_000
_RELATED_SHARE, _CLUSTER_SHARE, _CAPPED_SHARE, _CANDIDATES_PER_DOCUMENT = 0.1, 0.02, 0.25, 8
_SETTLED_BYTES, _UNITED_BYTES, _VALIDATION_BYTES, _PIECE_BYTES = 40, 300, 50, 125
_RANGE_BYTES = 5 * 1024
_WORKER_GIB = 8


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--data", type=Path, help="not needed: documents, lengths and labels are drawn")
    parser.add_argument("--megabytes", type=int, help="size of the largest build, by default 320; 0 for no builds")
    parser.add_argument("--labels", type=int, help="number of drawn labels, by default 20,000,000; 0 for none")
    parser.add_argument("--processes", type=int, default=1, help="at once, for drawn labels")
    parser.add_argument("--quick", action="store_true", help="two small builds and few labels")
    options = parser.parse_args(arguments)
    given = (options.megabytes, options.labels)
    usual = (_QUICK_MEGABYTES, _QUICK_LABELS) if options.quick else (_MEGABYTES, _LABELS)
    megabytes, labels = (default if own is None else own for own, default in zip(given, usual, strict=True))
    logging.disable(logging.WARNING)
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    root = Path(tempfile.mkdtemp(prefix="scale-"))
    try:
        scales = _QUICK_SCALES if options.quick else _SCALES
        builds = _show_builds(root, megabytes * 100_000, scales, show) if megabytes else []
        steps = _show_labels(root / "labels", labels, options.processes, show) if labels else []
    except BuildFailedError as error:
        print(error)
        return 2
    finally:
        shutil.rmtree(root, ignore_errors=True)
    bottleneck = _show_model(show)
    results = {
        "time_ratio": round(builds[-1].seconds / builds[0].seconds, 3) if builds else None,
        "size_ratio": round(builds[-1].num_bytes / builds[0].num_bytes, 3) if builds else None,
        "peak_ratio": round(builds[-1].peak_mib / builds[0].peak_mib, 3) if builds else None,
        "beam_bytes_per_document": round(builds[-1].beam_bytes / builds[-1].num_documents) if builds else None,
        "file_bytes_per_document": round(builds[-1].exchanged_bytes / builds[-1].num_documents) if builds else None,
        "labels": labels,
        "label_seconds": round(sum(step.seconds for step in steps), 1),
        "label_peak_mib": max((step.peak_mib for step in steps), default=None),
        "first_bottleneck": bottleneck,
    }
    print(json.dumps(results))
    if builds and steps and not options.quick:
        write_results(_RESULTS, title="Scale", versions={}, lines=lines)
    return 0


def _show_builds(root: Path, unit_bytes: int, scales: Sequence[int], show: Callable[[str], None]) -> list[BuildCost]:
    show("Builds, ingest to export, structural rows, one process:\n")
    heads = ("MB", "documents", "s", "s ÷ s at 1×", "CPU s", "peak MiB", "÷ peak at 1×", "Beam B/doc", "files B/doc")
    show(table_row("size", heads))
    show(table_row("---", ["---:"] * len(heads)))
    found: list[BuildCost] = []
    for scale in scales:
        documents, output = root / f"documents-{scale}", root / f"build-{scale}"
        write_corpus(documents, num_bytes=unit_bytes * scale)
        own = build(documents, output)
        found.append(own)
        cells = (
            f"{own.num_bytes / 1e6:.1f}",
            f"{own.num_documents:,}",
            f"{own.seconds:.1f}",
            f"{own.seconds / found[0].seconds:.2f}",
            f"{own.cpu_seconds:.1f}",
            f"{own.peak_mib:,}",
            f"{own.peak_mib / found[0].peak_mib:.2f}",
            f"{own.beam_bytes / own.num_documents:,.0f}",
            f"{own.exchanged_bytes / own.num_documents:,.0f}",
        )
        show(table_row(f"{scale}×", cells))
        shutil.rmtree(output)
        shutil.rmtree(documents)
    stages = list(found[0].stage_seconds)
    show("\nSeconds of each stage:\n")
    show(table_row("size", stages))
    show(table_row("---", ["---:"] * len(stages)))
    for scale, own in zip(scales, found, strict=True):
        show(table_row(f"{scale}×", [f"{own.stage_seconds[stage]:.1f}" for stage in stages]))
    return found


def _show_labels(root: Path, num_labels: int, processes: int, show: Callable[[str], None]) -> list[StepCost]:
    show(
        f"\n{num_labels:,} drawn documents through placement, candidates through selection, and rows through packing; "
        f"ranges of {MOST_DOCUMENTS:,} documents and {range_size(num_labels):,} candidates; {processes} "
        "processes, CPU seconds of all:\n"
    )
    show(table_row("step", ["CPU s", "µs an item", "peak MiB"]))
    show(table_row("---", ["---:"] * 3))

    def show_step(step: StepCost) -> None:
        each = step.seconds / step.num_items * 1e6
        show(table_row(step.name, [f"{step.seconds:.1f}", f"{each:.1f}", f"{step.peak_mib:,}"]))

    return run_labels(num_labels, root, processes=processes, show=show_step)


@dataclass(frozen=True, slots=True)
class _Term:
    """The memory of one step in one process."""

    name: str
    formula: str
    bytes_at: Callable[[int], float]
    """Takes the number of documents n."""


def _show_model(show: Callable[[str], None]) -> str:
    """Show the memory of each step that grows with the build, and return the first that no worker has room for."""
    member = _bytes_of_member()
    validation = ExportRecipe().validation_share
    terms = (
        _Term(
            f"members of clusters, in each worker of dedup and tokenize ({member:.0f} B each)",
            f"{_RELATED_SHARE} n × {member:.0f} B",
            lambda n: _RELATED_SHARE * n * member,
        ),
        _Term(
            "placement, settle: items under a cap, united clusters",
            f"{_CAPPED_SHARE} n × {_SETTLED_BYTES} B + {_CLUSTER_SHARE} n × {_UNITED_BYTES} B",
            lambda n: _CAPPED_SHARE * n * _SETTLED_BYTES + _CLUSTER_SHARE * n * _UNITED_BYTES,
        ),
        _Term(
            "selection, split: clusters in validation",
            f"{validation} n × {_VALIDATION_BYTES} B",
            lambda n: validation * n * _VALIDATION_BYTES,
        ),
        _Term(
            "placement and selection, a range",
            f"min(n, {MOST_DOCUMENTS:,}) × {_RANGE_BYTES // 1024} KiB",
            lambda n: min(n, MOST_DOCUMENTS) * _RANGE_BYTES,
        ),
        _Term(
            "packing, a window",
            f"min(n, {PackingRecipe().window_rows:,}) × {_PIECE_BYTES} B",
            lambda n: min(n, PackingRecipe().window_rows) * _PIECE_BYTES,
        ),
    )
    show(
        f"\nModel: GiB in one process for n documents, of which {_RELATED_SHARE:.0%} are related to others, "
        f"{_CAPPED_SHARE:.0%} are under a cap, and {_CLUSTER_SHARE:.0%} are in clusters that joined rows connect "
        f"(assumed). Bytes of members are measured here, the others are those of `docs/scaling.md`.\n"
    )
    show(table_row("step", ["formula", *(f"n = {size:,}" for size in _MODEL_SIZES)]))
    show(table_row("---", ["---", *(["---:"] * len(_MODEL_SIZES))]))
    for term in terms:
        show(table_row(term.name, [term.formula, *(f"{term.bytes_at(size) / 2**30:.2f}" for size in _MODEL_SIZES)]))
    ranges = [
        (size, num_ranges(size * _CANDIDATES_PER_DOCUMENT, most_items=range_size(size * _CANDIDATES_PER_DOCUMENT)))
        for size in _MODEL_SIZES
    ]
    show(
        f"\nRanges of candidates, at {_CANDIDATES_PER_DOCUMENT} a document: "
        + ", ".join(f"{number:,} at n = {size:,}" for size, number in ranges)
        + ". Each range reads slices of one or two files of each shard, and each shard of one or two of each range, so "
        "files are opened 3 × shards × ranges times."
    )
    first = next((term for size in _MODEL_SIZES for term in terms if term.bytes_at(size) > _WORKER_GIB * 2**30), None)
    name = first.name if first else ""
    show(f"\nFirst bottleneck, at {_WORKER_GIB} GiB a worker: {name or 'none'}.")
    return name


def _bytes_of_member() -> float:
    """Return the memory of an entry of `stages.cluster_members`, with a title and an address of usual length."""
    tracemalloc.start()
    members = {
        doc_id: ClusterMember(
            doc_id=doc_id,
            cluster_id=content_id("cluster", number // 2),
            role="".join(["near", "_duplicate"]),
            is_kept=False,
            similarity=number / _MEMBERS,
            survivor_title=f"Agreement on the lease of warehouse {number}",
            survivor_uri=f"/data/corpus/legal/en/set{number // 500:03d}/document{number:05d}.txt",
        )
        for number in range(_MEMBERS)
        for doc_id in [content_id("document", number)]
    }
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return used / len(members)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
