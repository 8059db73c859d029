"""`pipeline build-sft`: runs a build from a recipe and options, and prints its progress and a summary."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.build import build_sft
from pipeline.build_result import BuildResult
from pipeline.cli.duration import duration
from pipeline.cli.events import BuildEvents, ProgressFormat, write_event
from pipeline.cli.options import RecipeChoice
from pipeline.cli.run_folders import build_folder
from pipeline.config.build import DedupRecipe, InputSource
from pipeline.config.limits import RunLimits
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.dedup.banding import banding_of, candidate_probability
from pipeline.errors import LimitReachedError
from pipeline.io.ledger import ShardReport
from pipeline.io.manifest import Manifest, StageRecord
from pipeline.io.outputs import Finding
from pipeline.io.parts import read_columns
from pipeline.records import Split
from pipeline.stages.runner import BuildObserver, Stage
from pipeline.stages.unanswered import no_written_rows
from pipeline.synthesize.asking_servers import SECONDS_LEFT


def run_build(
    choice: RecipeChoice,
    *,
    inputs: Sequence[str],
    output: str | None,
    limit: int | None,
    start: Start,
    beam_options: Sequence[str],
    limits: RunLimits,
    format_: ProgressFormat,
) -> None:
    """Run a build, show its progress and print a summary.

    Raises:
        LimitReachedError: the run reached its limits; the remedy is the command that goes on.
    """
    recipe = with_options(choice.load(), inputs=inputs, limit=limit)

    def build(observer: BuildObserver) -> BuildResult:
        try:
            return build_sft(
                recipe,
                output=build_folder(recipe, output),
                start=start,
                beam_options=beam_options,
                observer=observer,
                limits=limits,
            )
        except LimitReachedError as error:
            command = _command(choice, inputs, output, limit, limits, beam_options)
            remedy = f"All answers are stored. To ask as much again, run: {command}"
            raise LimitReachedError(error.message, remedy=remedy) from error

    if format_ is ProgressFormat.EVENTS:
        write_event("finished", _summary_values(build(BuildEvents())))
        return
    console = Console()
    with BuildProgress(console) as observer:
        result = build(observer)
    _print_summary(console, recipe, result)


def _summary_values(result: BuildResult) -> dict[str, Any]:
    rows = result.num_rows
    return {
        "folder": result.folder.root,
        "did_nothing": result.did_nothing,
        "train_rows": rows[Split.TRAIN.value],
        "validation_rows": rows[Split.VALIDATION.value],
        "report": result.report,
    }


_SECONDS_BETWEEN_LINES = 5.0


class BuildProgress:
    """Shows one line per stage, with a bar for the stage that is running; elsewhere than on a terminal, plain lines.

    A line says that a stage starts, what it has done so far, at most every five seconds, and what it has done.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<11}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._has_bars = console.is_terminal
        self._last_line = time.monotonic()

    def __enter__(self) -> BuildProgress:
        if self._has_bars:
            self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._has_bars:
            self._progress.stop()

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None:
        """Show the stage as finished."""
        note = f"up to date · {_counts(record)}"
        self._progress.add_task(stage.name, total=1, completed=1, note=note)
        self._print(stage, note)

    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None:
        """Print how many files are affected; the log names the first of them."""
        files = "file" if len(findings) == 1 else "files"
        self._progress.console.print(f"{stage.name}: {len(findings)} damaged, missing or unknown {files}; rebuilding")

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None:
        """Add the stage's line."""
        note = f"resuming after {num_finished_shards} of {stage.num_shards} shards" if num_finished_shards else "starts"
        total = max(1, stage.num_shards)
        self._tasks[stage.name] = self._progress.add_task(
            stage.name, total=total, completed=num_finished_shards, note=note
        )
        self._print(stage, note)

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None:
        """Move the stage's bar."""
        kept = sum(report.num_kept for report in reports.values())
        dropped = sum(report.num_rejected + report.num_dead for report in reports.values())
        note = f"{kept} {stage.counted} kept, {dropped} dropped" + teacher_note(reports.values())
        self._progress.update(self._tasks[stage.name], completed=num_finished_shards, note=note)
        if time.monotonic() - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._print(stage, f"{num_finished_shards} of {stage.num_shards} shards · {note}")

    def stage_finished(self, stage: Stage, record: StageRecord) -> None:
        """Complete the stage's line."""
        task = self._tasks[stage.name]
        total = max(1, stage.num_shards)
        self._progress.update(task, total=total, completed=total, note=_counts(record))
        self._print(stage, f"done in {duration(record.seconds)} · {_counts(record)}")

    def _print(self, stage: Stage, note: str) -> None:
        if not self._has_bars:
            self._last_line = time.monotonic()
            self._progress.console.print(f"{stage.name}: {note}", soft_wrap=True, highlight=False, markup=False)


def teacher_note(reports: Iterable[ShardReport]) -> str:
    """Return how many requests were answered or failed so far, and how long the build still waits for a silent server.

    Empty if no request was made yet and no server is silent.
    """
    asked = failed = seconds_left = 0
    for report in reports:
        asked += report.counters.get("teacher/asked", 0)
        failed += report.counters.get("teacher/failed", 0)
        seconds_left = max(seconds_left, report.counters.get(SECONDS_LEFT, 0))
    answers = "answer" if asked - failed == 1 else "answers"
    note = f", {asked - failed} teacher {answers}" if asked else ""
    note += f", {failed} failed" if failed else ""
    if seconds_left:
        left = f"{seconds_left} s" if seconds_left < 90 else f"{round(seconds_left / 60)} min"
        note += f", waiting for the server, {left} left"
    return note


def failed_requests_warning(manifest: Manifest) -> str:
    """Return a warning about teacher requests that failed; empty if all were answered."""
    record = manifest.stages.get("synthesize")
    failed = record.counters.get("teacher/failed", 0) if record else 0
    if not record or not failed:
        return ""
    total = record.counters.get("teacher/asked", 0) + record.counters.get("teacher/cached", 0)
    return (
        f"{failed} of {total} teacher requests failed and became dead letters, as synthesize.teacher.max_failed_share "
        "allows. To repeat only these requests, run with a lower share."
    )


def no_written_rows_warning(manifest: Manifest) -> str:
    """Return a warning if a teacher answered and none of its answers became a row; else an empty string."""
    record = manifest.stages.get("synthesize")
    said = no_written_rows(record.counters) if record else ""
    return said and f"{said} The reasons are in rejected/, with the replies."


def with_options(recipe: Recipe, *, inputs: Sequence[str], limit: int | None) -> Recipe:
    """Return a recipe with the inputs and the number of documents that a command's options set."""
    changes: dict[str, object] = {}
    if inputs:
        changes["inputs"] = tuple(InputSource(path=path) for path in inputs)
    if limit is not None:
        changes["ingest"] = recipe.ingest.model_copy(update={"max_documents": limit})
    return recipe.model_copy(update=changes)


def _command(
    choice: RecipeChoice,
    inputs: Sequence[str],
    output: str | None,
    limit: int | None,
    limits: RunLimits,
    beam_options: Sequence[str],
) -> str:
    """Return the command that goes on with a build: the same one, but never with `--fresh`."""
    words = ["pipeline", "build-sft", *([choice.reference] if choice.reference else [])]
    words += [word for path in inputs for word in ("--input", path)]
    given = {"--output": output, "--limit": limit, "--max-requests": limits.max_requests, "--max-cost": limits.max_cost}
    words += [word for name, value in given.items() if value is not None for word in (name, f"{value}")]
    words += [word for path in choice.fragments for word in ("--with", path)]
    words += [word for setting in choice.overrides for word in ("--set", setting)]
    return shlex.join([*words, *(["--", *beam_options] if beam_options else [])])


def _banding(recipe: DedupRecipe) -> str:
    banding = banding_of(recipe)
    missed = 1.0 - candidate_probability(recipe.threshold, banding)
    return (
        f"threshold {recipe.threshold:g}, {banding.num_bands} bands of {banding.num_rows} rows, "
        f"{missed:.1%} of pairs at the threshold are not compared"
    )


def _counts(record: StageRecord) -> str:
    text = f"{record.num_in} {record.counted} in = {record.num_kept} kept + {record.num_rejected} rejected"
    return text + f" + {record.num_dead} dead"


def _print_summary(console: Console, recipe: Recipe, result: BuildResult) -> None:
    if result.did_nothing:
        console.print("Nothing to do: every stage is up to date with this recipe, these inputs and this code.")
    folder = result.folder
    rows = read_columns(folder.sft, ["domain", "language", "split"]).to_pylist()
    counts = Counter((row["domain"], row["language"], row["split"]) for row in rows)
    table = Table("domain", "language", "train", "validation", title="Verified rows", title_justify="left")
    for domain, language in sorted({(row["domain"], row["language"]) for row in rows}):
        numbers = [str(counts[domain, language, split.value]) for split in (Split.TRAIN, Split.VALIDATION)]
        table.add_row(domain, language, *numbers)
    console.print(table)
    console.print(f"{'dedup:':<9} {_banding(recipe.dedup)}", soft_wrap=True, highlight=False)
    for label, path in (("rows", folder.sft), ("manifest", folder.manifest), ("report", folder.report)):
        console.print(f"{label + ':':<9} {path}", soft_wrap=True, highlight=False)
    for warning in (failed_requests_warning(result.manifest), no_written_rows_warning(result.manifest)):
        if warning:
            console.print(f"[bold yellow]warning:[/] {warning}", soft_wrap=True, highlight=False)
