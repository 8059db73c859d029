from pathlib import Path

import pytest

from pipeline.errors import DamagedFileError, StageError
from pipeline.identity import sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import PartRecord, UnitLedger, UnitReport, read_unit_reports, write_unit_report
from pipeline.io.manifest import (
    Manifest,
    StageMark,
    content_state,
    parts_digest,
    read_manifest,
    read_stage_mark,
    sum_reports,
    write_manifest,
    write_stage_mark,
)
from pipeline.io.parts import PartWriter, read_parts
from pipeline.io.written import write_bytes
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


def _report(*paths: str, sha256: str = "aa") -> UnitReport:
    parts = tuple(PartRecord(path, 10, sha256) for path in paths)
    return UnitReport("pack", "00000", "f", 0, 0, 0, 0, {}, parts)


def test_state_of_a_stage_covers_what_came_before_and_every_file_later_stages_read() -> None:
    state = content_state("before", [_report("corpus/a.parquet")])
    assert state == content_state("before", [_report("corpus/a.parquet")])
    assert state != content_state("other", [_report("corpus/a.parquet")])
    assert state != content_state("before", [_report("corpus/a.parquet", sha256="bb")])
    assert state != content_state("before", [_report("corpus/b.parquet")])
    assert state != content_state("before", [_report("corpus/a.parquet"), _report("work/b.parquet")])


def test_state_leaves_out_what_no_stage_reads_and_the_digest_does_not() -> None:
    alone = [_report("corpus/a.parquet")]
    for unread in ("rejected/part-pack-00000.parquet", "dead/part-pack-00000.parquet", "work/sources/part-0.parquet"):
        both = [_report("corpus/a.parquet", unread)]
        assert content_state("s", both) == content_state("s", alone)
        assert parts_digest(both) != parts_digest(alone)


def test_unit_report_lists_every_file_with_size_and_hash(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.reject(REJECTION)
        ledger.add_parts(write_bytes(files.join(folder.root, "work", "x.json"), b"{}"), None)
        with ledger.part(PartWriter(folder.rejected_part("other", "00000"), Rejection)) as writer:
            writer.add(REJECTION)
        with ledger.part(PartWriter(folder.dead_part("other", "00000"), DeadLetter)):
            pass
    parts = read_unit_reports(folder, "ingest", "f")["00000"].parts
    assert [part.path for part in parts] == [
        "rejected/part-ingest-00000.parquet",
        "rejected/part-other-00000.parquet",
        "work/x.json",
    ]
    for part in parts:
        data = (tmp_path / part.path).read_bytes()
        assert (part.num_bytes, part.sha256) == (len(data), sha256_hex(data))


def test_damaged_unit_report_is_not_counted_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.keep(1)
    path = Path(folder.unit_report("ingest", "00000"))
    path.write_text(path.read_text().replace('"num_in": 1', '"num_in": 2'))
    assert read_unit_reports(folder, "ingest", "f") == {}
    assert "00000.json is damaged" in caplog.text


def test_marker_of_another_stage_is_damaged(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    mark = StageMark("f", {"pack": ("00000",)}, None)
    write_stage_mark(folder, "pack", mark)
    assert read_stage_mark(folder, "pack") == mark
    files.move(folder.stage_marker("pack"), folder.stage_marker("dedup"))
    with pytest.raises(DamagedFileError, match="another stage"):
        read_stage_mark(folder, "dedup")


def test_digest_of_parts_follows_path_size_and_content() -> None:
    def digest(*part: object) -> str:
        report = UnitReport("pack", "0", "f", 1, 1, 0, 0, parts=(PartRecord(*part),))  # type: ignore[arg-type]
        return parts_digest([report])

    digests = [digest("a", 3, "x"), digest("b", 3, "x"), digest("a", 4, "x"), digest("a", 3, "y")]
    assert len(set(digests)) == 4
    assert digest("a", 3, "x") == digests[0]
