"""`pipeline evaluate`: compares a tuned model with its base model, by context length.

Takes a recipe, a model and a build folder. Writes the result of each cell (one model, task and length) to `cells/`, and
`evaluation.json`, `report.html` and one plot for each task (`perplexity.png`, `passkey.png`). Cost: forward passes for
the cells that were not measured yet; see `evaluate.measure`.
torch belongs to the extra `train` and is imported when an evaluation starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.config.recipe import Recipe
from pipeline.config.start import FolderAccess, Start
from pipeline.errors import InputError, MissingExtraError
from pipeline.evaluate.cells import CELL_FOLDER, Cell, CellResult, CellStore, EvaluationTask, Role
from pipeline.evaluate.summary import headline, passkey_section, perplexity_section
from pipeline.io import files
from pipeline.io.checked_json import write_checked
from pipeline.io.finished_build import check_finished_build
from pipeline.io.folders import open_output_folder, refuse_inside_build
from pipeline.io.lease import hold_folder
from pipeline.io.manifest import installed_versions
from pipeline.report.evaluation_page import EVALUATION_FILE, write_evaluation_report
from pipeline.report.evaluation_plots import write_evaluation_plots

if TYPE_CHECKING:
    from pipeline.evaluate.measure import Plan


class EvaluationObserver(Protocol):
    """Receives progress, so that a command can show it."""

    def on_phase(self, description: str) -> None:
        """Called when a phase starts, such as `choosing held-out windows`."""

    def on_plan(self, num_cells: int) -> None:
        """Called when the cells are known, before the first one runs."""

    def on_cell(self, cell: Cell, seconds: float, measured_now: bool) -> None:
        """Called when a cell has its result, measured now or by an earlier run."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What to evaluate, and on what."""

    model: str
    """The tuned model's folder, or any other model reference."""
    data: str
    """The build folder whose held-out documents are scored."""
    tasks: Sequence[EvaluationTask]
    """What to measure."""
    lengths: Sequence[int] | None
    """Context lengths in tokens for every task; None for the recipe's lengths."""


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What `evaluate` returns."""

    evaluation: Mapping[str, Any]
    """The content of `evaluation.json`."""
    record: str
    """Path of `evaluation.json`."""
    report: str
    """Path of `report.html`."""
    num_measured: int
    """Number of cells measured now; 0 if earlier runs had measured all of them."""
    num_cells: int


def evaluate(
    recipe: Recipe, request: EvaluationRequest, *, output: str, start: Start, observer: EvaluationObserver
) -> EvaluationResult:
    """Measure the tuned model and its base model on the same tokens, and write a record, plots and a report page.

    Lengths beyond a model's own context are measured too, because the comparison should show how the model degrades.

    Args:
        recipe: the recipe; only its `evaluate` section and its seed are used.
        request: the model, the build, the tasks and the lengths.
        output: folder to write.
        start: whether to keep or remove earlier measurements.
        observer: receives progress.

    Raises:
        InputError: a model, the build or a length cannot be used, no task is given, or the folder cannot be written.
        FolderBusyError: a different process is using the folder, or a build is running in the build folder.
        FolderLostError: a different process took the folder over.
        DamagedFileError: a file of the build, or the model's record, is damaged.
        DiskFullError: the evaluation does not fit on the disk.
        MissingExtraError: the extra `train` is not installed.
        RunError: a model's likelihoods are not finite, or the model does not fit into memory.
    """
    try:
        import pipeline.evaluate.measure  # noqa: F401  so that a missing torch is reported before the folder is touched
    except ImportError as error:
        raise MissingExtraError("Evaluating needs torch.", extra="train") from error
    if not request.tasks:
        raise InputError("No task to evaluate.", remedy=f"Choose from: {', '.join(EvaluationTask)}.")
    refuse_inside_build(output, what="evaluation folder")
    with hold_folder(output, command="evaluate"):
        open_output_folder(output, start=start, marker_files=(EVALUATION_FILE, CELL_FOLDER), access=FolderAccess.UMASK)
        return _evaluate(recipe, request, output=output, observer=observer)


def _evaluate(
    recipe: Recipe, request: EvaluationRequest, *, output: str, observer: EvaluationObserver
) -> EvaluationResult:
    from pipeline.evaluate.measure import measure, plan_evaluation
    from pipeline.evaluate.models import base_of, describe_subject

    check_finished_build(request.data, ("corpus", "sft"))
    base = base_of(request.model, configured=recipe.evaluate.base_model)
    subjects = [describe_subject(request.model, role=Role.TUNED)]
    if base is not None:
        subjects.insert(0, describe_subject(base, role=Role.BASE))
    observer.on_phase("choosing held-out windows and passkey prompts")
    plan = plan_evaluation(recipe, subjects=subjects, data=request.data, tasks=request.tasks, lengths=request.lengths)
    observer.on_plan(len(plan.cells))
    results, num_measured = [], 0
    for result, measured_now in measure(plan, recipe.evaluate, CellStore(output)):
        observer.on_cell(result.cell, result.seconds, measured_now)
        results.append(result)
        num_measured += measured_now
    evaluation = _evaluation(recipe, plan, results, data=request.data)
    record = files.join(output, EVALUATION_FILE)
    write_checked(record, evaluation)
    write_evaluation_plots(output, evaluation)
    report = write_evaluation_report(output)
    return EvaluationResult(evaluation, record, report, num_measured, len(plan.cells))


def _evaluation(recipe: Recipe, plan: Plan, results: Sequence[CellResult], *, data: str) -> dict[str, Any]:
    notes = list(plan.windows.notes) if plan.windows else []
    if len(plan.subjects) < len(Role):
        notes.append("No base model to compare with: training.json names none and evaluate.base_model is empty.")
    evaluation: dict[str, Any] = {
        "headline": "",
        "models": {subject.role.value: _subject_json(asdict(subject)) for subject in plan.subjects},
        "data": data,
        "device": plan.device,
        "seed": recipe.seed,
        "recipe": recipe.evaluate.model_dump(mode="json"),
        "versions": installed_versions(),
        "notes": notes,
        "perplexity": None,
        "passkey": None,
    }
    if plan.windows:
        windows = [_window_json(asdict(window)) for window in plan.windows.windows]
        evaluation["perplexity"] = {"windows": windows, **perplexity_section(results, seed=recipe.seed)}
    if plan.prompts:
        evaluation["passkey"] = passkey_section(results)
    return {**evaluation, "headline": headline(evaluation)}


def _subject_json(subject: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in subject.items() if name != "role"}


def _window_json(window: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in window.items() if name != "ids"}
    return {**kept, "joined_doc_ids": list(window["joined_doc_ids"])}
