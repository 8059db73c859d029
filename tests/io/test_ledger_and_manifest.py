from pathlib import Path

import pytest

from pipeline.errors import StageError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger, UnitReport, read_unit_reports, write_unit_report
from pipeline.io.manifest import Manifest, read_manifest, sum_reports, write_manifest
from pipeline.io.parts import read_parts
from pipeline.records import DeadLetter, Rejection

REJECTION = Rejection("ingest", "d1", "too_short", "12 characters, at least 200", 12.0, "a.txt", 0, "짧은 글")


def ledger_of(folder: BuildFolder, unit: str = "00000", fingerprint: str = "f") -> UnitLedger:
    return UnitLedger(folder=folder, stage="ingest", unit_id=unit, fingerprint=fingerprint)


def test_ledger_commits_counts_and_piles_that_reconcile(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.keep(3)
        ledger.reject(REJECTION)
        ledger.bury(item_id="b.gz", source_uri="b.gz", source_offset=0, error=EOFError("truncated"))
        ledger.count("masked/email", 2)
    report = read_unit_reports(folder, "ingest", "f")["00000"]
    assert (report.num_in, report.num_kept, report.num_rejected, report.num_dead) == (5, 3, 1, 1)
    assert report.counters == {"dead/EOFError": 1, "masked/email": 2, "rejected/too_short": 1}
    assert list(read_parts(folder.rejected, Rejection)) == [REJECTION]
    dead = list(read_parts(folder.dead, DeadLetter))
    assert [letter.error for letter in dead] == ["EOFError: truncated"]


def test_ledger_of_a_unit_that_fails_leaves_no_report(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))

    def fail() -> None:
        with ledger_of(folder) as ledger:
            ledger.reject(REJECTION)
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert read_unit_reports(folder, "ingest", "f") == {}
    assert files.list_files(folder.rejected) == []


def test_unit_that_is_run_again_and_drops_nothing_leaves_no_earlier_rejections(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.reject(REJECTION)
    with ledger_of(folder) as ledger:
        ledger.keep(1)
    assert list(read_parts(folder.rejected, Rejection)) == []
    assert read_unit_reports(folder, "ingest", "f")["00000"].num_rejected == 0


def test_reports_of_another_fingerprint_are_not_counted(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder, fingerprint="old") as ledger:
        ledger.keep(1)
    assert read_unit_reports(folder, "ingest", "new") == {}


def test_unit_report_that_does_not_reconcile_is_refused(tmp_path: Path) -> None:
    report = UnitReport("pack", "00000", "f", num_in=3, num_kept=1, num_rejected=1, num_dead=0)
    with pytest.raises(StageError, match="does not reconcile"):
        write_unit_report(BuildFolder(str(tmp_path)), report)


def test_manifest_with_summed_stage_reads_back_equal(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    reports = [
        UnitReport("pack", "00000", "f", 3, 2, 1, 0, {"tokens/4096": 10}),
        UnitReport("pack", "00001", "f", 2, 1, 0, 1, {"tokens/4096": 5, "tokens/1024": 1}),
    ]
    record = sum_reports(reports, unit="documents", seconds=1.234, fingerprint="f", outputs=("corpus",))
    assert (record.num_in, record.num_kept, record.num_rejected, record.num_dead) == (5, 3, 1, 1)
    assert record.counters == {"tokens/1024": 1, "tokens/4096": 15}
    manifest = Manifest({"name": "x"}, "fp", 17, {"python": "3.11"}).with_stage("pack", record)
    write_manifest(folder, manifest)
    assert read_manifest(folder) == manifest
    raw = files.read_json(folder.manifest)["stages"]["pack"]
    assert raw["in"] == raw["kept"] + raw["rejected"] + raw["dead"] == 5


def test_read_manifest_where_there_is_none_gives_none(tmp_path: Path) -> None:
    assert read_manifest(BuildFolder(str(tmp_path))) is None
