"""What is seen of a stage's shards while they run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, write_shard_report
from pipeline.io.record_values import write_checked_record
from pipeline.stages.progress import SeenShards, shown_progress

REPORT = ShardReport("copy", "00000", "f", num_in=5, num_kept=3, num_rejected=2, num_dead=0)


def leave_progress(folder: BuildFolder, report: ShardReport) -> None:
    write_checked_record(folder.shard_progress(report.stage, report.shard_id), report)


def test_look_returns_finished_and_running_shards_of_this_fingerprint(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    shards = SeenShards(folder, "copy", "f")
    assert shards.look() == {}, "no shard has started"
    running = replace(REPORT, shard_id="00001", num_in=2, num_kept=2, num_rejected=0)
    write_shard_report(folder, REPORT)
    leave_progress(folder, running)
    leave_progress(folder, replace(REPORT, shard_id="00002", fingerprint="older"))
    assert shards.look() == {"00000": REPORT, "00001": running}
    assert shards.num_finished == 1


def test_look_shows_the_newest_counts_of_a_shard_and_reads_a_report_once(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    shards = SeenShards(folder, "copy", "f")
    leave_progress(folder, replace(REPORT, num_in=1, num_kept=1, num_rejected=0))
    assert shards.look()["00000"].num_in == 1
    leave_progress(folder, replace(REPORT, num_in=2, num_kept=2, num_rejected=0))
    assert shards.look()["00000"].num_in == 2
    write_shard_report(folder, REPORT)
    assert shards.look() == {"00000": REPORT}, "a report counts before the progress file that its shard left"
    Path(folder.shard_report("copy", "00000")).write_bytes(b"no report")
    Path(folder.shard_progress("copy", "00000")).unlink()
    assert shards.look() == {"00000": REPORT}


def test_shown_progress_shows_what_is_seen_until_the_block_ends(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    write_shard_report(folder, REPORT)
    shown: list[tuple[Mapping[str, ShardReport], int]] = []
    was_shown = threading.Event()

    def show(reports: Mapping[str, ShardReport], num_finished: int) -> None:
        shown.append((reports, num_finished))
        was_shown.set()

    with shown_progress(SeenShards(folder, "copy", "f"), show, name="progress-of-the-test"):
        assert was_shown.wait(60)
    assert shown[0] == ({"00000": REPORT}, 1)
    assert "progress-of-the-test" not in {thread.name for thread in threading.enumerate()}
