"""What is removed as boilerplate from written sources with a known truth, and from folders of real documents.

    python -m benchmarks.boilerplate [--data DIR ...] [--lines N] [--quick]

Each source is surveyed and ingested in this process, as in a build. For a written source
(`_boilerplate_sources.py`), a removed line is wrong unless the truth has it. For a folder of `--data`, the lines
removed most often are printed, to be read. Prints a table and one JSON object as the last line: for each source
`documents`, `right`, `wrong`, `missed` (lines), and `read_twice` (documents surveyed); `wrong` in all. Exit 1 if any
line was removed wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._boilerplate_sources import SOURCES, Written
from benchmarks._results import table_row
from pipeline.clean.personal_data import clean_line
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource, PersonalData
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import read_parts
from pipeline.records import Document
from pipeline.report.boilerplate_section import most_removed_lines
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.stages.removed_lines import RemovedLine
from pipeline.stages.shards import Shard, ShardWork, shard_id
from pipeline.stages.survey import CountLines, SurveyWork

_QUICK_SOURCES = 4


@dataclass(frozen=True, slots=True)
class Ingested:
    """What ingesting one folder left."""

    texts: dict[str, str]
    """By file name."""
    removed: Sequence[RemovedLine]
    num_surveyed: int
    num_documents: int
    num_kept_whole: int
    """Documents that lost nothing because too much would have gone."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Lines of a written source."""

    right: int
    wrong: int
    missed: int


def ingest(data: Path, out: Path, clean: CleanRecipe) -> Ingested:
    """Survey and ingest a folder."""
    sources = [InputSource(path=str(data))]
    recipe = IngestRecipe()
    plan = plan_ingest(sources=sources, ingest=recipe, clean=clean)
    folder = BuildFolder(str(out))
    for shard in plan.survey:
        _run(SurveyWork(tuple(sources), recipe, "f"), shard, folder)
    _run(CountLines(clean.boilerplate, "f"), Shard(shard_id(0), ()), folder)
    work = IngestWork(sources=tuple(sources), ingest=recipe, clean=clean, skipped=plan.skipped, fingerprint="f")
    for shard in plan.shards:
        _run(work, shard, folder)
    reports = list(read_shard_reports(folder, work.stage, "f").values())
    return Ingested(
        texts={
            document.source_uri.rsplit("/", 1)[-1]: document.text for document in read_parts(folder.documents, Document)
        },
        removed=most_removed_lines(folder),
        num_surveyed=sum(report.counters.get("boilerplate/surveyed", 0) for report in reports),
        num_documents=sum(report.num_kept for report in reports),
        num_kept_whole=sum(report.counters.get("boilerplate/kept_documents", 0) for report in reports),
    )


def judge(written: Sequence[Written], before: Ingested, after: Ingested) -> tuple[Judged, list[str]]:
    """Compare the lines of each document with and without removal; return counts and the lines in error."""
    right = wrong = missed = 0
    errors: set[str] = set()
    for document in written:
        if document.name not in after.texts:
            errors.add(f"rejected: {document.name}")
            continue
        had = [_bare(line) for line in before.texts[document.name].split("\n") if line.strip()]
        has = [_bare(line) for line in after.texts[document.name].split("\n") if line.strip()]
        truth = {_bare(line) for line in document.boilerplate}
        for line in set(had):
            num_gone = had.count(line) - has.count(line)
            right += num_gone if line in truth else 0
            wrong += 0 if line in truth else num_gone
            missed += has.count(line) if line in truth else 0
            if line in truth and line in has:
                errors.add(f"missed: {line}")
            elif line not in truth and num_gone:
                errors.add(f"wrong: {line}")
    return Judged(right, wrong, missed), sorted(errors)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="*", default=[])
    parser.add_argument("--lines", type=int, default=40, help="removed lines to print for each folder of --data")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    results = {}
    print(table_row("source", ["documents", "read twice", "kept whole", "right", "wrong", "missed"]))
    print(table_row("---", ["---:"] * 6))
    notes: list[str] = []
    for name, write in list(SOURCES.items())[: _QUICK_SOURCES if options.quick else None]:
        written = write()
        with tempfile.TemporaryDirectory() as scratch:
            data = Path(scratch) / "in"
            data.mkdir()
            for document in written:
                (data / document.name).write_text(document.text, encoding="utf-8")
            off = CleanRecipe().boilerplate.model_copy(update={"max_surveyed": 0})
            before = ingest(data, Path(scratch) / "before", CleanRecipe(boilerplate=off))
            after = ingest(data, Path(scratch) / "after", CleanRecipe())
        judged, errors = judge(written, before, after)
        cells = [
            after.num_documents,
            after.num_surveyed,
            after.num_kept_whole,
            judged.right,
            judged.wrong,
            judged.missed,
        ]
        print(table_row(name, [str(cell) for cell in cells]), flush=True)
        notes += [f"{name}: {error}" for error in errors]
        results[name] = {
            "documents": cells[0],
            "read_twice": cells[1],
            "right": cells[3],
            "wrong": cells[4],
            "missed": cells[5],
        }
    print("\n".join(["", *notes, ""]))
    for data in options.data:
        _show_folder(data, options.lines)
    wrong = sum(result["wrong"] for result in results.values())
    print(json.dumps({"sources": results, "wrong": wrong}, ensure_ascii=False))
    return 1 if wrong else 0


def _show_folder(data: Path, num_lines: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        after = ingest(data, Path(scratch), CleanRecipe())
    total = sum(row.num_lines for row in after.removed)
    print(
        f"{data.name}: {after.num_documents} documents, {after.num_surveyed} read twice, "
        f"{after.num_kept_whole} kept whole, {total} lines removed"
    )
    for row in after.removed[:num_lines]:
        print(f"  {row.num_documents:5} {row.line}")


def _run(work: ShardWork, shard: Shard, folder: BuildFolder) -> None:
    with ShardLedger(folder=folder, stage=work.stage, shard_id=shard.shard_id, fingerprint="f") as ledger:
        work.run(shard, folder, ledger)


def _bare(line: str) -> str:
    return clean_line(line.replace("#", " ").strip(" *-"), tuple(PersonalData))


if __name__ == "__main__":
    sys.exit(main())
