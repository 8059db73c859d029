"""Deduplication beside datatrove, rensa and datasketch: what is found, how fast, in how much memory.

    python -m benchmarks.dedup [--data DIR] [--quick]

DIR holds the truth set (`dups/` or `public/dups/`). Prints tables, and one JSON object as the last line. The full run
also writes `benchmarks/results/dedup.md`. Exit 2 where a peer or the truth set is missing.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import apache_beam as beam

from benchmarks._dedup_cost import OURS, Scale, Speed, measure_memory, measure_scale, measure_speed
from benchmarks._dedup_peers import Peer, connected, load_peers
from benchmarks._dedup_truth import (
    EXCERPT_KINDS,
    KINDS,
    LANGUAGES,
    ExcerptQuality,
    Quality,
    Text,
    Truth,
    find_truth,
    measure_excerpts,
    measure_pairs,
    read_truth,
)
from benchmarks._results import MissingPeerError, table_row, write_results
from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import candidate_curve, choose_banding
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Document
from pipeline.stages.cluster_members import cluster_members
from pipeline.stages.dedup import DropDuplicates
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import plan_document_shards

_RESULTS = Path(__file__).parent / "results" / "dedup.md"
_SHORT_BYTES, _LONG_BYTES = 4_700, 600_000
"""Of 1k and 128k tokens of English; Korean documents have as many bytes."""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dedup", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder that holds public/dups or dups")
    parser.add_argument("--quick", action="store_true", help="a part of the truth set; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    folder = find_truth(options.data)
    if folder is None:
        print(f"No truth set (docs.jsonl) in {options.data}, its dups or its public/dups; name one with --data.")
        return 2
    try:
        peers = load_peers()
    except MissingPeerError as error:
        print(error)
        return 2
    logging.disable(logging.WARNING)
    truth = read_truth(folder, every=24 if options.quick else 1)
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    show(_banding_line())
    quality, excerpt_quality = _show_quality(truth, peers, show)
    speeds = _show_speed(read_truth(folder, every=4), peers, show, num_rounds=3 if options.quick else 9)
    num_bytes, peak = measure_memory("\n".join(text.text for text in truth.texts[:200]))
    show(f"\nA document of {num_bytes / 1e6:.0f} MB signs within +{peak:.1f} MiB.")
    _show_scale(measure_scale((20_000, 200_000) if options.quick else (200_000, 2_000_000)), show)
    results = {
        "ratio_datatrove_128k": speeds["128k"].ratio["datatrove, whitespace"],
        "ratio_rensa_128k": speeds["128k"].ratio["rensa"],
        "ratio_datatrove_1k": speeds["1k"].ratio["datatrove, whitespace"],
        "ratio_rensa_1k": speeds["1k"].ratio["rensa"],
        "precision": min(quality.precision["all"], excerpt_quality.precision),
        "recall_exact": min(quality.recall["exact", language] for language in LANGUAGES),
        "recall_edit1": min(quality.recall["1 %", language] for language in LANGUAGES),
        "recall_edit5": min(quality.recall["5 %", language] for language in LANGUAGES),
        "recall_excerpt": min(excerpt_quality.recall.values()),
        "peak_extra_mb_50mb_document": peak * 2**20 / 1e6,
    }
    if not options.quick:
        versions = {peer.name: f"{peer.version} ({peer.parameters})" for peer in peers}
        write_results(_RESULTS, title="Deduplication", versions=versions, lines=lines)
    print(json.dumps({key: round(float(value), 4) for key, value in results.items()}))
    return 0


def _banding_line() -> str:
    recipe = DedupRecipe()
    banding = choose_banding(
        threshold=recipe.threshold,
        false_negative_target=recipe.false_negative_target,
        num_permutations=recipe.num_permutations,
    )
    curve = dict(candidate_curve(banding))
    points = ", ".join(f"{s:.1f}: {curve[s]:.3f}" for s in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9))
    return (
        f"Ours: threshold {recipe.threshold}, {banding.num_bands} bands of {banding.num_rows} rows; a pair of this "
        f"similarity becomes a candidate with probability {points}; candidates are verified."
    )


def _show_quality(truth: Truth, peers: Sequence[Peer], show: Callable[[str], None]) -> tuple[Quality, ExcerptQuality]:
    ours = measure_pairs(truth, _our_places(truth.texts))
    ours_excerpts = measure_excerpts(truth, _our_places(truth.excerpt_texts))
    qualities, excerpt_qualities = {OURS: ours}, {OURS: ours_excerpts}
    for peer in peers:
        ids = [text.doc_id for text in truth.texts]
        found = peer.find({text.doc_id: peer.sign(text.text) for text in truth.texts})
        qualities[peer.name] = measure_pairs(truth, connected(found, ids))
        if peer.name != "datatrove, default":  # minutes more, and no excerpt more than with whitespace
            found = peer.find({text.doc_id: peer.sign(text.text) for text in truth.excerpt_texts})
            excerpt_qualities[peer.name] = measure_excerpts(truth, _peer_places(truth, found))
    num_negatives = sum(pair.kind == "hard negative" for pair in truth.pairs)
    show(f"\n{len(truth.texts)} documents, {len(truth.pairs)} labelled pairs, of them {num_negatives} hard negatives.")
    show("Recall by kind and language; precision of all pairs put together; hard negatives put together.\n")
    columns = [f"{kind} {language}" for kind in KINDS for language in LANGUAGES]
    show(table_row("finder", [*columns, "precision en", "ko", "all", "hard negatives"]))
    show(table_row("---", ["---"] * (len(columns) + 4)))
    for name, quality in qualities.items():
        cells = [f"{quality.recall[kind, language]:.3f}" for kind in KINDS for language in LANGUAGES]
        cells += [f"{quality.precision[key]:.4f}" for key in (*LANGUAGES, "all")]
        show(table_row(name, [*cells, str(quality.joined_negatives)]))
    below = [
        f"{name}: {kind} {language}"
        for name, quality in qualities.items()
        for (kind, language), recall in quality.recall.items()
        if recall > ours.recall[kind, language]
    ]
    show(f"\nCells in which a peer finds more than ours: {', '.join(below) or 'none'}.")
    show(f"\n{len(truth.excerpts)} excerpts and unrelated texts, {len(truth.excerpt_texts)} documents in all. Recall;")
    show("excerpts named with their container, with another one they are verbatim in, with a wrong one.\n")
    excerpt_columns = [f"{kind} {language}" for kind in EXCERPT_KINDS for language in LANGUAGES]
    show(table_row("finder", [*excerpt_columns, "labelled", "verbatim", "wrong", "precision"]))
    show(table_row("---", ["---"] * (len(excerpt_columns) + 4)))
    for name, excerpts in excerpt_qualities.items():
        cells = [f"{excerpts.recall.get((kind, lang), 0.0):.3f}" for kind in EXCERPT_KINDS for lang in LANGUAGES]
        counts = [str(excerpts.num_labelled), str(excerpts.num_verbatim), str(excerpts.num_wrong)]
        show(table_row(name, [*cells, *counts, f"{excerpts.precision:.4f}"]))
    return ours, ours_excerpts


def _show_speed(
    truth: Truth, peers: Sequence[Peer], show: Callable[[str], None], *, num_rounds: int
) -> dict[str, Speed]:
    fast = [peer for peer in peers if peer.name != "datatrove, default"]
    by_language = {
        language: "\n".join(text.text for text in truth.texts if text.language == language) for language in LANGUAGES
    }
    documents: dict[str, list[str]] = {}
    for name, num_bytes, count in (("1k", _SHORT_BYTES, 60), ("128k", _LONG_BYTES, 1)):
        for language, text in by_language.items():
            documents[f"{name} {language}"] = _documents(text, num_bytes, count)
        documents[name] = [text for language in LANGUAGES for text in documents[f"{name} {language}"]]
    speeds = {name: measure_speed(name, texts, fast, num_rounds=num_rounds) for name, texts in documents.items()}
    show("\nMB/s of one process: normalise, shingle, sign; in brackets how many times faster ours is.\n")
    show(table_row("documents", [OURS, *(peer.name for peer in fast)]))
    show(table_row("---", ["---"] * (len(fast) + 1)))
    for name, speed in speeds.items():
        rates = [f"{speed.num_bytes / speed.seconds[OURS] / 1e6:.1f}"]
        rates += [
            f"{speed.num_bytes / speed.seconds[peer.name] / 1e6:.2f} ({speed.ratio[peer.name]:.1f})" for peer in fast
        ]
        show(table_row(f"{len(documents[name])} of {name} tokens", rates))
    return speeds


def _show_scale(scales: Sequence[Scale], show: Callable[[str], None]) -> None:
    small, large = scales
    show("")
    for scale in scales:
        show(
            f"{scale.num_documents:,} synthetic signatures: {scale.num_edges:,} pairs, {scale.num_clusters:,} clusters "
            f"in {scale.seconds:.2f} s, {scale.num_bytes / scale.num_documents:.0f} bytes a document."
        )
    growth = large.num_documents / small.num_documents
    show(f"{growth:.0f} times the documents take {large.seconds / small.seconds:.2f} times as long.")


def _our_places(texts: Sequence[Text]) -> dict[str, str]:
    """Each document's survivor, by the stage itself with the default recipe; versions are marked with theirs."""
    documents = [
        Document(text.doc_id, text.text, text.domain, text.language, "", "", text.doc_id, 0, "", ()) for text in texts
    ]
    with tempfile.TemporaryDirectory() as root:
        folder = BuildFolder(root)
        write_part(folder.document_part("00000"), documents, Document)
        with beam.Pipeline(options=pipeline_options([])) as job:
            shards = plan_document_shards(folder)
            _ = job | DropDuplicates(shards=shards, folder=folder, recipe=DedupRecipe(), fingerprint="benchmark")
        return {doc_id: member.cluster_id for doc_id, member in cluster_members(folder).items()}


def _peer_places(truth: Truth, found: set[tuple[str, str]]) -> dict[str, str]:
    """The container in an excerpt's component, the labelled one where it is there."""
    group_of = connected(found, [text.doc_id for text in truth.excerpt_texts])
    excerpts = {excerpt.doc_id: excerpt.container for excerpt in truth.excerpts}
    containers: dict[int, list[str]] = {}
    for doc_id, group in group_of.items():
        if doc_id not in excerpts:
            containers.setdefault(group, []).append(doc_id)
    places = {}
    for doc_id, own in excerpts.items():
        near = containers.get(group_of[doc_id], [])
        if near:
            places[doc_id] = own if own in near and own else near[0]
    return places


def _documents(text: str, num_bytes: int, count: int) -> list[str]:
    """Documents of about so many bytes, one after another from the text, from its start again where it ends."""
    num_chars = round(num_bytes * len(text) / len(text.encode()))
    source = text * (1 + num_chars * count // len(text))
    return [source[index * num_chars : (index + 1) * num_chars] for index in range(count)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
