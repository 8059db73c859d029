"""Ingest beside datatrove: MB/s a core of reading, cleaning, language, quality and masking, and small files.

    python -m benchmarks.ingest [--data DIR] [--quick]

DIR holds real documents (text, markup, JSON Lines, web pages) in any folders; without it, the bundled and generated
documents are used. Ours is what ingest does with a file up to the outline: `read_segment`, then `prepare_text`.
datatrove reads the same files and applies a language filter, GopherRepetitionFilter, GopherQualityFilter and
PIIFormatter to every document in the same process. Its language filter calls langdetect on the same windows as ours
does. Its words are split at white space; with spaCy installed, its own tokenizer is measured too.

Times are CPU seconds, in rounds in which the sides take turns; figures are medians over rounds, a ratio is datatrove's
seconds ÷ ours of the same round. The small files (20,000 of 1 KB; 2,000 with `--quick`) go through the whole ingest
stage, with the outline, by one Beam worker.

Prints tables, and one JSON object as the last line: `ratio_FORMAT`, `ratio_FORMAT_our_language` (datatrove calls our
detector), `ratio_FORMAT_without_language` and `mb_per_s_FORMAT` for text, jsonl and html; `small_files_per_s`. The full
run with DIR also writes `benchmarks/results/ingest.md`. Exit 2 where the peer or the documents are missing.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import apache_beam as beam
from datatrove.data import Document
from loguru import logger as datatrove_logger

from benchmarks._ingest_documents import Corpus, write_corpora, write_small_files
from benchmarks._ingest_peer import (
    LangdetectFilter,
    OurLanguageFilter,
    check_peer,
    default_tokenizer,
    peer,
    read_lines,
    read_pages,
    read_texts,
    versions,
)
from benchmarks._results import MissingPeerError, table_row, write_results
from pipeline.clean.document import Prepared, prepare_text
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource, Joining
from pipeline.datatrove_blocks.words import WhitespaceTokenizer
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import Extract, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_reports
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import RunShards

_RESULTS = Path(__file__).parent / "results" / "ingest.md"
_MAX_BYTES, _MAX_QUICK_BYTES = 4_000_000, 700_000
_NUM_ROUNDS, _NUM_QUICK_ROUNDS = 5, 3
_NUM_SMALL_FILES, _NUM_QUICK_SMALL_FILES = 20_000, 2_000
_READERS: Mapping[str, Callable[[Path, Sequence[Path]], Iterator[Document]]] = {
    "text": read_texts,
    "jsonl": read_lines,
    "html": read_pages,
}
OURS, OURS_PLAIN = "ours", "ours, without language"
LANGDETECT, OUR_LANGUAGE, PLAIN = "datatrove", "datatrove, our language", "datatrove, without language"
DEFAULT = "datatrove, its own tokenizer"
_COUNTERPARTS = {LANGDETECT: OURS, OUR_LANGUAGE: OURS, PLAIN: OURS_PLAIN, DEFAULT: OURS}


@dataclass(frozen=True, slots=True)
class Speed:
    """The seconds that one corpus took."""

    corpus: Corpus
    num_kept: int
    """Documents that ours kept."""
    seconds: Mapping[str, float]
    """Median by side."""
    ratio: Mapping[str, float]
    """Median over rounds of a peer's seconds ÷ ours of the same round."""

    def mb_per_second(self, side: str) -> float:
        """Return the megabytes that a side takes in one second."""
        return self.corpus.num_bytes / 1e6 / self.seconds[side]


def measure_speed(corpus: Corpus, *, num_rounds: int) -> Speed:
    """Read and clean the corpus by each side in turn."""
    source = InputSource(path=str(corpus.folder), join=Joining.FILE)
    plain_source = source.model_copy(update={"language": "en"})
    segments = [Segment(item, 0, TO_THE_END, item.num_bytes) for item in discover([source]).items]
    tokenizer, read = WhitespaceTokenizer(), _READERS[corpus.name]
    peers = {
        LANGDETECT: peer(tokenizer, LangdetectFilter()),
        OUR_LANGUAGE: peer(tokenizer, OurLanguageFilter()),
        PLAIN: peer(tokenizer, None),
    }
    if (own := default_tokenizer()) is not None:
        peers[DEFAULT] = peer(own, LangdetectFilter())
    sides: dict[str, Callable[[], object]] = {
        OURS: lambda: clean_all(segments, source),
        OURS_PLAIN: lambda: clean_all(segments, plain_source),
    }
    for name, steps in peers.items():
        sides[name] = lambda steps=steps: steps.run(read(corpus.folder, corpus.paths))  # type: ignore[misc]
    num_kept = clean_all(segments, source)  # loads what is loaded once, and does not count
    for name in [name for name in peers if name == DEFAULT]:
        peers[name].run([Document(text="The tenant pays the rent.", id="0")])
    names = list(sides)
    rounds = []
    for number in range(num_rounds):
        order = names if number % 2 == 0 else names[::-1]
        rounds.append({name: _cpu_seconds(sides[name]) for name in order})
    return Speed(
        corpus=corpus,
        num_kept=num_kept,
        seconds={name: statistics.median(each[name] for each in rounds) for name in names},
        ratio={name: statistics.median(each[name] / each[_COUNTERPARTS[name]] for each in rounds) for name in peers},
    )


def clean_all(segments: Sequence[Segment], source: InputSource) -> int:
    """Read and clean every record of the segments up to the outline; returns how many are kept."""
    recipe, defaults = CleanRecipe(), IngestRecipe()
    limits = ReadLimits(
        defaults.max_record_bytes,
        defaults.max_inflation_ratio,
        defaults.max_parser_seconds,
        defaults.max_parser_bytes,
    )
    settings = ReadSettings("text", "title", limits, ReadOptions(frozenset(defaults.include), defaults.tracked_changes))
    num_kept = 0
    for segment in segments:
        for reading in read_segment(segment, settings):
            if isinstance(reading, Extract):
                num_kept += isinstance(prepare_text(reading, source=source, recipe=recipe), Prepared)
    return num_kept


@dataclass(frozen=True, slots=True)
class SmallFiles:
    """Small files through the whole ingest stage."""

    num_files: int
    num_kept: int
    cpu_seconds: float
    wall_seconds: float


def measure_small_files(folder: Path, out: Path, *, num_files: int) -> SmallFiles:
    """Plan and run the ingest stage by one Beam worker in this process."""
    sources, ingest, clean = (InputSource(path=str(folder)),), IngestRecipe(), CleanRecipe()
    begin, cpu_begin = time.perf_counter(), time.process_time()
    plan = plan_ingest(sources=sources, ingest=ingest, clean=clean)
    work = IngestWork(sources=sources, ingest=ingest, clean=clean, skipped=plan.skipped, fingerprint="benchmark")
    with beam.Pipeline(options=pipeline_options([])) as job:
        _ = job | beam.Create(plan.shards, reshuffle=False) | RunShards(work, BuildFolder(str(out)))
    cpu, wall = time.process_time() - cpu_begin, time.perf_counter() - begin
    reports = read_shard_reports(BuildFolder(str(out)), work.stage, "benchmark").values()
    return SmallFiles(num_files, sum(report.num_kept for report in reports), cpu, wall)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ingest", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder of documents; without it, own documents")
    parser.add_argument("--quick", action="store_true", help="few documents; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    datatrove_logger.remove()
    logging.disable(logging.WARNING)
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    with tempfile.TemporaryDirectory(prefix="ingest-") as root:
        try:
            check_peer()
            corpora = write_corpora(
                options.data, Path(root), max_bytes=_MAX_QUICK_BYTES if options.quick else _MAX_BYTES
            )
        except (MissingPeerError, FileNotFoundError) as error:
            print(error)
            return 2
        rounds = _NUM_QUICK_ROUNDS if options.quick else _NUM_ROUNDS
        speeds = [measure_speed(corpus, num_rounds=rounds) for corpus in corpora]
        _show_speeds(speeds, show)
        num_small = _NUM_QUICK_SMALL_FILES if options.quick else _NUM_SMALL_FILES
        write_small_files(corpora[0].paths, Path(root) / "small", count=num_small)
        small = measure_small_files(Path(root) / "small", Path(root) / "build", num_files=num_small)
    show(
        f"\n{small.num_files:,} files of 1 KB through the ingest stage: {small.cpu_seconds:.1f} CPU s, "
        f"{small.wall_seconds:.1f} s by clock; {small.num_kept:,} kept."
    )
    results = _results(speeds) | {"small_files_per_s": small.num_files / small.cpu_seconds}
    if not options.quick and options.data is not None:
        write_results(_RESULTS, title="Ingest", versions=versions(), lines=lines)
    print(json.dumps({key: round(value, 3) for key, value in results.items()}))
    return 0


def _show_speeds(speeds: Sequence[Speed], show: Callable[[str], None]) -> None:
    names = list(speeds[0].seconds)
    show("MB/s of one core; in brackets how many times faster ours is.\n")
    show(table_row("documents", names))
    show(table_row("---", ["---"] * len(names)))
    for speed in speeds:
        corpus = speed.corpus
        cells = [f"{speed.mb_per_second(name):.2f}{_in_brackets(speed, name)}" for name in names]
        head = (
            f"{corpus.name}: {corpus.num_documents} documents, {corpus.num_bytes / 1e6:.1f} MB, {speed.num_kept} kept"
        )
        show(table_row(head, cells))


def _in_brackets(speed: Speed, name: str) -> str:
    return f" ({speed.ratio[name]:.2f})" if name in speed.ratio else ""


def _results(speeds: Sequence[Speed]) -> dict[str, float]:
    found: dict[str, float] = {}
    for speed in speeds:
        name = speed.corpus.name
        found[f"ratio_{name}"] = speed.ratio[LANGDETECT]
        found[f"ratio_{name}_our_language"] = speed.ratio[OUR_LANGUAGE]
        found[f"ratio_{name}_without_language"] = speed.ratio[PLAIN]
        if DEFAULT in speed.ratio:
            found[f"ratio_{name}_its_own_tokenizer"] = speed.ratio[DEFAULT]
        found[f"mb_per_s_{name}"] = speed.mb_per_second(OURS)
    return found


def _cpu_seconds(run: Callable[[], object]) -> float:
    gc.collect()  # else a side pays for the parsed pages that the side before it left
    begin = time.process_time()
    run()
    return time.process_time() - begin


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
