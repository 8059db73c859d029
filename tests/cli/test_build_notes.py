"""The sentences beside the bar of a build, and the warning at its end."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from rich.console import Console

from pipeline.cli.build_command import (
    BuildProgress,
    _banding,
    failed_requests_warning,
    no_written_rows_warning,
    teacher_note,
    with_options,
)
from pipeline.config.build import DedupRecipe, InputSource
from pipeline.config.load import load_recipe
from pipeline.dedup.banding import candidate_probability, choose_banding
from pipeline.io.ledger import ShardReport
from pipeline.io.manifest import Manifest, StageRecord
from pipeline.io.outputs import Finding
from pipeline.stages.runner import Stage
from pipeline.synthesize.asking_servers import SECONDS_LEFT


def _report(**counters: int) -> ShardReport:
    named = {name.replace("_", "/", 1): number for name, number in counters.items()}
    return ShardReport("synthesize", "00000", "f", 0, 0, 0, 0, named)


@pytest.mark.parametrize(
    ("reports", "note"),
    [
        ([], ""),
        ([_report(teacher_cached=4)], ""),
        ([_report(teacher_asked=5), _report(teacher_asked=2)], ", 7 teacher answers"),
        ([_report(teacher_asked=5, teacher_failed=2)], ", 3 teacher answers, 2 failed"),
    ],
)
def test_note_counts_answers_and_failures_of_all_shards(reports: list[ShardReport], note: str) -> None:
    assert teacher_note(reports) == note


@pytest.mark.parametrize(
    ("seconds", "left"), [(1, "1 s"), (89, "89 s"), (90, "2 min"), (149, "2 min"), (570, "10 min")]
)
def test_note_says_how_long_a_silent_server_is_waited_for(seconds: int, left: str) -> None:
    reports = [
        ShardReport("synthesize", str(n), "f", 0, 0, 0, 0, {SECONDS_LEFT: s}) for n, s in enumerate((0, seconds, 1))
    ]
    assert teacher_note(reports) == f", waiting for the server, {left} left"


def _manifest(counters: Mapping[str, int] | None) -> Manifest:
    stages = {} if counters is None else {"synthesize": StageRecord("c", 0, 0, 0, 0, 0.0, "f", (), counters)}
    return Manifest({}, "f", 1, {}, stages)


@pytest.mark.parametrize("counters", [None, {}, {"teacher/asked": 9}])
def test_build_without_failed_requests_warns_of_nothing(counters: Mapping[str, int] | None) -> None:
    assert failed_requests_warning(_manifest(counters)) == ""


def test_failed_requests_are_counted_among_those_asked_now_and_before() -> None:
    warning = failed_requests_warning(_manifest({"teacher/failed": 2, "teacher/asked": 7, "teacher/cached": 5}))
    assert warning == (
        "2 of 12 teacher requests failed and became dead letters, as synthesize.teacher.max_failed_share allows. To "
        "repeat only these requests, run with a lower share."
    )


@pytest.mark.parametrize(
    "counters",
    [
        None,
        {"kept/structural": 4},
        {"teacher/asked": 9, "kept/written": 1},
        {"teacher/asked": 3, "teacher/failed": 3, "kept/written": 0},
    ],
)
def test_build_whose_teacher_was_not_asked_or_wrote_something_warns_of_nothing(
    counters: Mapping[str, int] | None,
) -> None:
    assert no_written_rows_warning(_manifest(counters)) == ""


def test_teacher_of_whose_answers_none_was_kept_is_a_warning() -> None:
    counters = {
        "teacher/asked": 7,
        "teacher/cached": 5,
        "teacher/failed": 2,
        "kept/written": 0,
        "rejected/not_json": 10,
    }
    assert no_written_rows_warning(_manifest(counters)).startswith(
        "The teacher answered 10 requests, and no answer became a row."
    )


def test_options_of_the_command_change_their_own_keys_alone() -> None:
    settings = ["ingest.min_shards=7", "ingest.max_record_bytes=12345", "ingest.max_documents=99", "seed=5"]
    recipe = load_recipe(None, overrides=settings)
    assert with_options(recipe, inputs=[], limit=None) == recipe
    limited = with_options(recipe, inputs=[], limit=3)
    assert limited.ingest == recipe.ingest.model_copy(update={"max_documents": 3})
    assert limited.model_copy(update={"ingest": recipe.ingest}) == recipe
    read = with_options(recipe, inputs=["a", "b"], limit=None)
    assert read.inputs == (InputSource(path="a"), InputSource(path="b"))
    assert read.model_copy(update={"inputs": recipe.inputs}) == recipe


@pytest.mark.parametrize("threshold", [0.48, 0.7])
def test_banding_is_told_with_the_share_that_it_misses(threshold: float) -> None:
    recipe = DedupRecipe(threshold=threshold)
    banding = choose_banding(threshold=threshold, false_negative_target=0.02, num_permutations=128)
    missed = 100 * (1 - candidate_probability(threshold, banding))
    assert 0 < missed <= 2
    assert _banding(recipe) == (
        f"threshold {threshold}, {banding.num_bands} bands of {banding.num_rows} rows, {missed:.1f}% of pairs at the "
        "threshold are not compared"
    )


def _stage(name: str, num_shards: int) -> Stage:
    shards = {name: tuple(f"{number:05d}" for number in range(num_shards))}
    return Stage(name, "documents", "f", "", shards, (), lambda job: None)


def test_lines_of_stages_say_what_is_counted() -> None:
    out = io.StringIO()
    console = Console(file=out, width=160, force_terminal=False)
    record = StageRecord("documents", 9, 6, 2, 1, 0.0, "f", (), {})
    with BuildProgress(console) as observer:
        observer.stage_skipped(_stage("ingest", 2), record)
        observer.stage_damaged(_stage("dedup", 2), [Finding("a", "is missing"), Finding("b", "is missing")])
        observer.stage_started(_stage("dedup", 4), 0)
        (_, dedup) = observer._progress.tasks
        assert (dedup.fields["note"], dedup.total, dedup.completed) == ("starts", 4, 0)
        observer.stage_started(_stage("pack", 4), 3)
        pack = observer._progress.tasks[2]
        assert (pack.fields["note"], pack.completed) == ("resuming after 3 of 4 shards", 3)
        reports = {
            "0": ShardReport("dedup", "0", "f", 6, 3, 2, 1, {}),
            "1": ShardReport("dedup", "1", "f", 5, 4, 1, 0, {"teacher/asked": 4}),
        }
        observer.stage_progressed(_stage("dedup", 4), reports, 2)
        assert (dedup.fields["note"], dedup.completed) == ("7 documents kept, 4 dropped, 4 teacher answers", 2)
        observer.stage_finished(_stage("dedup", 4), record)
        assert (dedup.fields["note"], dedup.completed) == ("9 documents in = 6 kept + 2 rejected + 1 dead", 4)
        observer.stage_started(_stage("export", 0), 0)
        observer.stage_finished(_stage("export", 0), record)
        export = observer._progress.tasks[3]
        assert (export.total, export.completed) == (1, 1), "a stage without shards is no endless bar"
    said = out.getvalue()
    assert "dedup: 2 damaged, missing or unknown files; rebuilding" in said
    assert "up to date · 9 documents in = 6 kept + 2 rejected + 1 dead" in said
