"""The table of input files: every file that lies in an input has one row, whatever became of it."""

from __future__ import annotations

import json
import os
import zipfile
from collections import Counter
from pathlib import Path

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.listing import SkippedFile
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import read_parts
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.stages.source_files import FileFate, FileLog, SourceFile

TEXT = """1. Rent. The tenant pays the rent of 900 euros on the first day of every month to the landlord's account.

2. Repairs. Small repairs up to 80 euros are borne by the tenant; the landlord bears all others without delay.

3. Notice. Either party may end this lease in writing with three months' notice to the end of a quarter.
"""


def ingest(inputs: Path, out: Path) -> tuple[dict[str, SourceFile], Counter[str]]:
    """Rows by path below the inputs, and the counters of all shards."""
    sources = (InputSource(path=str(inputs)),)
    plan = plan_ingest(sources=sources, ingest=IngestRecipe(), clean=CleanRecipe())
    work = IngestWork(
        sources=sources,
        ingest=IngestRecipe(),
        clean=CleanRecipe(),
        skipped=plan.skipped,
        skipped_files=plan.skipped_files,
        fingerprint="f",
    )
    folder = BuildFolder(str(out))
    for shard in plan.shards:
        with ShardLedger(folder=folder, stage="ingest", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    totals: Counter[str] = Counter()
    for report in read_shard_reports(folder, "ingest", "f").values():
        totals.update(kept=report.num_kept, rejected=report.num_rejected, dead=report.num_dead)
        totals.update({name: n for name, n in report.counters.items() if name.startswith("skipped/")})
    rows = list(read_parts(folder.files, SourceFile))
    found = {row.source_uri.removeprefix(f"{inputs}/"): row for row in rows}
    assert len(found) == len(rows), "one row for each file"
    return found, totals


def test_every_path_has_one_row_with_its_fate_and_reason(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    (inputs / "deep" / "node_modules").mkdir(parents=True)
    (inputs / "lease.txt").write_text(TEXT)
    (inputs / "short.md").write_text("# Short\n")
    (inputs / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (inputs / "rows.jsonl").write_text(json.dumps({"text": TEXT}) + "\n" + json.dumps({"text": "x"}) + "\nnot json\n")
    (inputs / "broken.txt.gz").write_bytes(b"\x1f\x8b\x08\0")
    (inputs / "deep" / "node_modules" / "a.js").write_text("x")
    (inputs / ".hidden").write_text("x")
    (inputs / "link.txt").symlink_to(tmp_path / "nowhere")
    os.mkfifo(inputs / "pipe")
    with zipfile.ZipFile(inputs / "papers.zip", "w") as archive:
        archive.writestr("deep/lease.txt", TEXT.replace("tenant", "buyer"))
        archive.writestr(".git/config", "x")
        archive.writestr("tiny.txt", "tiny")
    found, totals = ingest(inputs, tmp_path / "out")
    assert {name: (row.fate.value, row.reason, row.format) for name, row in found.items()} == {
        ".hidden": ("skipped", "hidden", ""),
        "broken.txt.gz": ("dead", "EOFError", ""),
        "deep/node_modules/a.js": ("skipped", "dependency", ""),
        "lease.txt": ("kept", "", "text"),
        "link.txt": ("skipped", "link_broken", ""),
        "papers.zip!/.git/config": ("skipped", "hidden", ""),
        "papers.zip!/deep/lease.txt": ("kept", "", "text"),
        "papers.zip!/tiny.txt": ("rejected", "too_short", "text"),
        "photo.png": ("rejected", "unsupported_format", ""),
        "pipe": ("skipped", "special_file", ""),
        "rows.jsonl": ("kept", "", "json_lines"),
        "short.md": ("rejected", "too_short", "markdown"),
    }
    rows = found["rows.jsonl"]
    assert (rows.num_kept, rows.num_rejected, rows.num_dead) == (1, 2, 0)
    sums = Counter(dict.fromkeys(("kept", "rejected", "dead"), 0))
    for row in found.values():
        sums.update(kept=row.num_kept, rejected=row.num_rejected, dead=row.num_dead)
    assert sums == Counter({fate: totals[fate] for fate in ("kept", "rejected", "dead")}), "the table reconciles"
    num_skipped = sum(number for name, number in totals.items() if name.startswith("skipped/"))
    assert num_skipped == sum(row.fate is FileFate.SKIPPED for row in found.values()) == 5
    below = {str(path.relative_to(inputs)) for path in inputs.rglob("*") if not path.is_dir()}
    assert below == {name.split("!/")[0] for name in found}


def test_fate_of_a_file_is_the_best_of_its_records() -> None:
    log = FileLog()
    log.note("a", 0, FileFate.REJECTED, reason="too_short", format_name="json_lines")
    log.note("a", 0, FileFate.DEAD, reason="ValueError")
    log.note("a", 500, FileFate.KEPT)
    log.note("b", 0, FileFate.DEAD, reason="OSError")
    log.note("b", 0, FileFate.KEPT, format_name="text")
    log.skip([SkippedFile("c", "hidden")])
    assert log.rows() == [
        SourceFile("a", 0, "json_lines", FileFate.DEAD, "too_short", 0, 1, 1),
        SourceFile("a", 500, "", FileFate.KEPT, "", 1, 0, 0),
        SourceFile("b", 0, "text", FileFate.KEPT, "", 1, 0, 1),
        SourceFile("c", 0, "", FileFate.SKIPPED, "hidden", 0, 0, 0),
    ]
