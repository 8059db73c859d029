import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import DamagedFileError, StageError
from pipeline.identity import sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import (
    PartRecord,
    ShardLedger,
    ShardReport,
    read_shard_progress,
    read_shard_report,
    read_shard_reports,
    write_shard_report,
)
from pipeline.io.manifest import (
    Manifest,
    StageMarker,
    StageRecord,
    content_state,
    find_format,
    parts_digest,
    read_manifest,
    read_stage_marker,
    sum_reports,
    write_manifest,
    write_stage_marker,
)
from pipeline.io.parts import PartWriter, read_parts
from pipeline.io.written import write_bytes
from pipeline.records import DeadLetter, Rejection

REJECTION = Rejection("ingest", "d1", "too_short", "12 characters, at least 200", 12.0, "a.txt", 0, "짧은 글")


def ledger_of(folder: BuildFolder, shard: str = "00000", fingerprint: str = "f") -> ShardLedger:
    return ShardLedger(folder=folder, stage="ingest", shard_id=shard, fingerprint=fingerprint)


def test_ledger_commits_counts_and_piles_that_reconcile(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.keep(3)
        ledger.reject(REJECTION)
        ledger.add_dead_letter(item_id="b.gz", source_uri="b.gz", source_offset=0, error=EOFError("truncated"))
        ledger.count("masked/email", 2)
    report = read_shard_reports(folder, "ingest", "f")["00000"]
    assert (report.num_in, report.num_kept, report.num_rejected, report.num_dead) == (5, 3, 1, 1)
    assert report.counters == {"dead/EOFError": 1, "masked/email": 2, "rejected/too_short": 1}
    assert list(read_parts(folder.rejected, Rejection)) == [REJECTION]
    dead = list(read_parts(folder.dead, DeadLetter))
    assert [letter.error for letter in dead] == ["EOFError: truncated"]


def test_ledger_of_a_shard_that_fails_leaves_no_report(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))

    def fail() -> None:
        with ledger_of(folder) as ledger:
            ledger.reject(REJECTION)
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert read_shard_reports(folder, "ingest", "f") == {}
    assert files.list_files(folder.rejected) == []


def test_shard_that_is_run_again_and_drops_nothing_leaves_no_earlier_rejections(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.reject(REJECTION)
    with ledger_of(folder) as ledger:
        ledger.keep(1)
    assert list(read_parts(folder.rejected, Rejection)) == []
    assert read_shard_reports(folder, "ingest", "f")["00000"].num_rejected == 0


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_shard_that_is_run_again_and_buries_nothing_leaves_no_earlier_dead_letters(
    tmp_path: Path, is_interrupted: bool
) -> None:
    folder = BuildFolder(str(tmp_path))
    for shard in ("00000", "00001"):
        with ledger_of(folder, shard) as ledger:
            ledger.add_dead_letter(item_id=shard, source_uri="b.gz", source_offset=0, error=EOFError("truncated"))
    if is_interrupted:  # after its piles were written, before its report was
        files.remove_file(folder.shard_report("ingest", "00000"))
    assert len(files.list_files(folder.dead)) == 2
    with ledger_of(folder) as ledger:
        ledger.keep(1)
    assert [letter.item_id for letter in read_parts(folder.dead, DeadLetter)] == ["00001"]
    listed = {part.path for report in read_shard_reports(folder, "ingest", "f").values() for part in report.parts}
    assert {folder.relative(path) for path in files.list_files(folder.dead)} == listed


def test_reports_of_another_fingerprint_are_not_counted(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder, fingerprint="old") as ledger:
        ledger.keep(1)
    assert read_shard_reports(folder, "ingest", "new") == {}


def test_shard_report_that_does_not_reconcile_is_refused(tmp_path: Path) -> None:
    report = ShardReport("pack", "00000", "f", num_in=3, num_kept=1, num_rejected=1, num_dead=0)
    with pytest.raises(StageError, match="does not reconcile"):
        write_shard_report(BuildFolder(str(tmp_path)), report)


def test_manifest_with_summed_stage_reads_back_equal(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    reports = [
        ShardReport("pack", "00000", "f", 3, 2, 1, 0, {"tokens/4096": 10}),
        ShardReport("pack", "00001", "f", 2, 1, 0, 1, {"tokens/4096": 5, "tokens/1024": 1}),
    ]
    record = sum_reports(reports, counted="documents", seconds=1.234, fingerprint="f", outputs=("corpus",))
    assert (record.num_in, record.num_kept, record.num_rejected, record.num_dead) == (5, 3, 1, 1)
    assert record.counters == {"tokens/1024": 1, "tokens/4096": 15}
    manifest = Manifest({"name": "x"}, "fp", 17, {"python": "3.11"}).with_stage("pack", record)
    write_manifest(folder, manifest)
    assert read_manifest(folder) == manifest
    raw = files.read_json(folder.manifest)["stages"]["pack"]
    assert raw["num_in"] == raw["num_kept"] + raw["num_rejected"] + raw["num_dead"] == 5


def test_read_manifest_where_there_is_none_gives_none(tmp_path: Path) -> None:
    assert read_manifest(BuildFolder(str(tmp_path))) is None


def _report(*paths: str, sha256: str = "aa") -> ShardReport:
    parts = tuple(PartRecord(path, 10, sha256) for path in paths)
    return ShardReport("pack", "00000", "f", 0, 0, 0, 0, {}, parts)


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


def test_shard_report_lists_every_file_with_size_and_hash(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.reject(REJECTION)
        ledger.add_parts(write_bytes(files.join(folder.root, "work", "x.json"), b"{}"), None)
        with ledger.part(PartWriter(folder.rejected_part("other", "00000"), Rejection)) as writer:
            writer.add(REJECTION)
        with ledger.part(PartWriter(folder.dead_part("other", "00000"), DeadLetter)):
            pass
    parts = read_shard_reports(folder, "ingest", "f")["00000"].parts
    assert [part.path for part in parts] == [
        "rejected/part-ingest-00000.parquet",
        "rejected/part-other-00000.parquet",
        "work/x.json",
    ]
    for part in parts:
        data = (tmp_path / part.path).read_bytes()
        assert (part.num_bytes, part.sha256) == (len(data), sha256_hex(data))


def test_damaged_shard_report_is_not_counted_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.keep(1)
    path = Path(folder.shard_report("ingest", "00000"))
    path.write_text(path.read_text().replace('"num_in": 1', '"num_in": 2'))
    assert read_shard_reports(folder, "ingest", "f") == {}
    assert "00000.json is damaged" in caplog.text


def test_marker_of_another_stage_is_damaged(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    mark = StageMarker("f", {"pack": ("00000",)}, None)
    write_stage_marker(folder, "pack", mark)
    assert read_stage_marker(folder, "pack") == mark
    files.move(folder.stage_marker("pack"), folder.stage_marker("dedup"))
    with pytest.raises(DamagedFileError, match="a different stage"):
        read_stage_marker(folder, "dedup")


def test_digest_of_parts_follows_path_size_and_content() -> None:
    def digest(*part: object) -> str:
        report = ShardReport("pack", "0", "f", 1, 1, 0, 0, parts=(PartRecord(*part),))  # type: ignore[arg-type]
        return parts_digest([report])

    digests = [digest("a", 3, "x"), digest("b", 3, "x"), digest("a", 4, "x"), digest("a", 3, "y")]
    assert len(set(digests)) == 4
    assert digest("a", 3, "x") == digests[0]


RECORD = StageRecord(
    counted="documents",
    num_in=9,
    num_kept=5,
    num_rejected=3,
    num_dead=1,
    seconds=1.5,
    fingerprint="fp",
    outputs=("corpus", "work/tokens"),
    counters={"a/b": 2},
    digest="dd",
    state="ss",
)
RECORD_JSON = {
    "counted": "documents",
    "num_in": 9,
    "num_kept": 5,
    "num_rejected": 3,
    "num_dead": 1,
    "seconds": 1.5,
    "fingerprint": "fp",
    "outputs": ["corpus", "work/tokens"],
    "counters": {"a/b": 2},
    "digest": "dd",
    "state": "ss",
}


def test_manifest_and_marker_are_these_values(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    manifest = Manifest({"name": "x"}, "m", 17, {"python": "3.11"}, {"pack": RECORD})
    write_manifest(folder, manifest)
    value = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    checksum = value.pop("checksum")
    assert value == {
        "format": 7,
        "recipe": {"name": "x"},
        "fingerprint": "m",
        "seed": 17,
        "versions": {"python": "3.11"},
        "stages": {"pack": RECORD_JSON},
    }
    assert checksum
    assert read_manifest(folder) == manifest
    mark = StageMarker("fp", {"tokenize": ("00000",), "pack": ("00000", "00001")}, RECORD)
    write_stage_marker(folder, "pack", mark)
    value = json.loads(Path(folder.stage_marker("pack")).read_text(encoding="utf-8"))
    del value["checksum"]
    assert value == {
        "format": 7,
        "stage": "pack",
        "fingerprint": "fp",
        "shard_ids": {"tokenize": ["00000"], "pack": ["00000", "00001"]},
        "record": RECORD_JSON,
    }
    assert read_stage_marker(folder, "pack") == mark
    other = manifest.with_stage("export", replace(RECORD, num_in=0)).with_stage("pack", replace(RECORD, counted="u"))
    assert {name: (own.counted, own.num_in) for name, own in other.stages.items()} == {
        "pack": ("u", 9),
        "export": ("documents", 0),
    }
    assert (other.recipe, other.fingerprint, other.seed, other.versions) == ({"name": "x"}, "m", 17, {"python": "3.11"})


def test_record_of_a_stage_is_the_sum_of_its_shards_with_the_files_of_all(tmp_path: Path) -> None:
    own = ShardReport("pack", "00000", "f", 5, 2, 2, 1, {"x": 1}, (PartRecord("corpus/a", 3, "h"),))
    more = ShardReport("pack", "00001", "f", 1, 0, 0, 1, {"x": 2, "w": 5})
    side = ShardReport("tokenize", "00000", "f", 7, 7, 0, 0, {"y": 9}, (PartRecord("work/tokens/a", 4, "i"),))
    record = sum_reports(
        [own, more],
        side_reports=[side],
        counted="documents",
        seconds=1.236,
        fingerprint="f",
        outputs=("corpus",),
        upstream="before",
    )
    assert record == StageRecord(
        counted="documents",
        num_in=6,
        num_kept=2,
        num_rejected=2,
        num_dead=2,
        seconds=1.24,
        fingerprint="f",
        outputs=("corpus",),
        counters={"w": 5, "x": 3},
        digest=parts_digest([own, more, side]),
        state=content_state("before", [side, own]),
    )
    with pytest.raises(StageError, match=r"do not reconcile: .*'num_in': 2") as raised:
        sum_reports([replace(more, num_in=2)], counted="u", seconds=0, fingerprint="f", outputs=())
    assert raised.value.remedy == "This is a bug; please report it."


@pytest.mark.parametrize(
    ("manifest", "marker", "expected"),
    [
        (None, None, None),
        ('{"stages": {}}', None, 1),
        ('{"other": 1}', None, None),
        ("{", None, None),
        ("[]", None, None),
        ('{"format": 2, "stages": {}}', None, None),
        (None, '"0123456789abcdef"', 1),
        ("{", '"0123456789abcdef"', 1),
    ],
)
def test_format_of_a_folder_is_what_its_records_say(
    tmp_path: Path, manifest: str | None, marker: str | None, expected: int | None
) -> None:
    folder = BuildFolder(str(tmp_path))
    if manifest is not None:
        files.write_text(folder.manifest, manifest)
    if marker is not None:
        files.write_text(folder.stage_marker("pack"), marker)
    assert find_format(folder) == expected


def test_format_of_what_is_written_now_is_seven_and_of_a_changed_one_unknown(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    write_manifest(folder, Manifest({}, "f", 1, {}))
    assert find_format(folder) == 7
    text = (tmp_path / "manifest.json").read_text()
    (tmp_path / "manifest.json").write_text(text.replace('"format": 7', '"format": 8'))
    assert find_format(folder) is None


@pytest.mark.parametrize("value", ['{"parts": 1}', '{"stage": "pack"}', "[]", "{"])
def test_report_that_is_none_says_what_happens_next(tmp_path: Path, value: str) -> None:
    path = tmp_path / "00000.json"
    path.write_text(value)
    with pytest.raises(DamagedFileError, match="is damaged"):
        read_shard_report(str(path))


def test_progress_of_a_shard_shows_what_it_counted_and_goes_when_it_ends(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.keep(2)
        assert read_shard_progress(folder, "ingest", "f") == {}, "not within the first second"
        ledger._progress_due = 0.0
        ledger.count("teacher/asked", 3)
        shown = read_shard_progress(folder, "ingest", "f")["00000"]
        assert (shown.num_in, shown.num_kept, dict(shown.counters)) == (2, 2, {"teacher/asked": 3})
        ledger._progress_due = 0.0
        ledger.show({"teacher/asked": 4, "waiting": 1})
        shown = read_shard_progress(folder, "ingest", "f")["00000"]
        assert dict(shown.counters) == {"teacher/asked": 7, "waiting": 1}
        assert read_shard_progress(folder, "ingest", "another") == {}
        assert read_shard_reports(folder, "ingest", "f") == {}
    assert read_shard_progress(folder, "ingest", "f") == {}
    assert read_shard_reports(folder, "ingest", "f")["00000"].counters == {"teacher/asked": 3}


def test_dead_letters_are_counted_by_the_name_of_their_error(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    with ledger_of(folder) as ledger:
        ledger.add_dead(DeadLetter("pack", "a", "u", 1, "ValueError: no: really", "T"))
        ledger.add_dead_letter(item_id="b", source_uri="u", source_offset=7, error=KeyError("x"))
    report = read_shard_reports(folder, "ingest", "f")["00000"]
    assert dict(report.counters) == {"dead/KeyError": 1, "dead/ValueError": 1}
    first, second = read_parts(folder.dead, DeadLetter)
    assert first == DeadLetter("pack", "a", "u", 1, "ValueError: no: really", "T")
    assert (second.stage, second.item_id, second.source_uri, second.source_offset) == ("ingest", "b", "u", 7)
    assert (second.error, second.traceback) == ("KeyError: 'x'", "KeyError: 'x'\n")
