"""`pipeline evaluate`: measures how well models read long documents, and compares them.

Takes a recipe, models and a build folder. Writes answers to `answers/` and results of cells to `cells/` as they come,
then `evaluation.json`, `tables.csv`, `samples/` and `report.html`. Cost: a forward pass for every prompt and cell that
was not measured before. torch belongs to the extra `train`; it is imported when a model is opened in this process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.config.recipe import Recipe
from pipeline.config.start import FolderAccess, Start
from pipeline.evaluate.answer_store import ANSWER_FOLDER
from pipeline.evaluate.asking import Results, Step, Watch, ask_all
from pipeline.evaluate.cells import CELL_FOLDER
from pipeline.evaluate.planning import EvaluationPlan, choose_tasks, plan_evaluation
from pipeline.evaluate.results.figures import figures_of
from pipeline.evaluate.results.headline import headline
from pipeline.evaluate.results.result_files import write_result_files
from pipeline.evaluate.results.tables import answer_section
from pipeline.evaluate.subjects.opening import describe
from pipeline.evaluate.subjects.subject import Role, Subject, reference_of
from pipeline.io import files
from pipeline.io.checked_json import write_checked
from pipeline.io.folders import open_output_folder, refuse_inside_build
from pipeline.io.lease import hold_folder
from pipeline.io.manifest import installed_versions
from pipeline.report.evaluation_page import EVALUATION_FILE, write_evaluation_report


class EvaluationObserver(Watch, Protocol):
    """Receives progress, so that a command can show it."""

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        """Called when the prompts and cells are known, before the first one runs."""


class SilentEvaluation:
    """Ignores progress."""

    def on_phase(self, description: str) -> None:
        """Do nothing."""

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        """Do nothing."""

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        """Do nothing."""

    def on_step(self, step: Step) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What to evaluate, and on what."""

    models: Sequence[str]
    """References of the models; see `subjects.subject`. The base of a tuned model is added by itself."""
    data: str
    """The build folder whose held-out documents are asked about."""
    tasks: Sequence[str] = ()
    """Names of what to measure; empty for the recipe's tasks."""
    lengths: Sequence[int] = ()
    """Context lengths in tokens for every task; empty for the recipe's lengths."""


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
    """Number of prompts and cells measured now; 0 if earlier runs had measured all of them."""
    num_steps: int
    """Number of all prompts and cells."""


def evaluate(
    recipe: Recipe, request: EvaluationRequest, *, output: str, start: Start, observer: EvaluationObserver
) -> EvaluationResult:
    """Measure the models on the same questions, and write a record, tables, samples and a report page.

    Lengths beyond a model's own context are measured too, because the comparison should show how the model degrades.

    Args:
        recipe: the recipe; only its `evaluate` section and its seed are used.
        request: the models, the build, the tasks and the lengths.
        output: folder to write.
        start: whether to keep or remove earlier answers.
        observer: receives progress.

    Raises:
        InputError: a model, the build, a task or a length cannot be used, or the folder cannot be written.
        FolderBusyError: a different process is using the folder, or a build is running in the build folder.
        FolderLostError: a different process took the folder over.
        DamagedFileError: a file of the build, or the model's record, is damaged.
        DiskFullError: the evaluation does not fit on the disk.
        MissingExtraError: a model runs in this process, and the extra `train` is not installed.
        RunError: a model's likelihoods are not finite, a model does not fit into memory, or a server failed for good.
    """
    plan = make_plan(recipe, request, on_phase=observer.on_phase)
    refuse_inside_build(output, what="evaluation folder")
    with hold_folder(output, command="evaluate"):
        markers = (EVALUATION_FILE, CELL_FOLDER, ANSWER_FOLDER)
        open_output_folder(output, start=start, marker_files=markers, access=FolderAccess.PRIVATE)
        observer.on_plan(plan.num_steps, plan.num_tokens)
        results = ask_all(plan, recipe.evaluate, output=output, watch=observer)
        evaluation = _evaluation(recipe, plan, results, data=request.data)
        record = files.join(output, EVALUATION_FILE)
        write_result_files(output, evaluation, [answer for scored in results.scored.values() for answer in scored])
        write_checked(record, evaluation)
        report = write_evaluation_report(output)
    return EvaluationResult(evaluation, record, report, results.num_measured, results.num_steps)


def make_plan(recipe: Recipe, request: EvaluationRequest, *, on_phase: Callable[[str], None]) -> EvaluationPlan:
    """Describe the subjects and make all prompts; nothing is written and no model is loaded.

    Raises:
        InputError, FolderBusyError, DamagedFileError, MissingExtraError: as for `evaluate`.
    """
    tasks = choose_tasks(recipe, request.tasks, request.lengths)
    on_phase("reading models")
    subjects = describe(request.models, settings=recipe.evaluate)
    return plan_evaluation(recipe, subjects=subjects, tasks=tasks, data=request.data, on_phase=on_phase)


def _evaluation(recipe: Recipe, plan: EvaluationPlan, results: Results, *, data: str) -> dict[str, Any]:
    main, names = main_of(plan.subjects), [subject.name for subject in plan.subjects]
    reference = reference_of(plan.subjects) if len(names) > 1 else None
    tasks = {planned.task.name: planned.task for planned in plan.answers}
    sections = {}
    for task_name, task in tasks.items():
        scored = results.scored[task_name]
        section = answer_section(task, scored, subjects=names, reference=reference, seed=recipe.seed)
        sections[task_name] = {**section, **_left_out(results, task_name)}
    forwards = {
        forward.task.name: {
            "title": forward.task.title,
            "about": forward.task.about,
            **forward.plan.section(results.measured.get(forward.task.name, [])),
            "notes": list(forward.plan.notes),
        }
        for forward in plan.forwards
    }
    asked, threshold = list(tasks.values()), recipe.evaluate.effective_score
    figures = {
        name: figures_of(asked, results.scored, subject=name, threshold=threshold, seed=recipe.seed) for name in names
    }
    evaluation: dict[str, Any] = {
        "headline": "",
        **figures[main],
        "main": main,
        "reference": reference,
        "subjects": [_subject_json(subject) for subject in plan.subjects],
        "figures": figures,
        "data": data,
        "device": recipe.evaluate.device,
        "seed": recipe.seed,
        "recipe": recipe.evaluate.model_dump(mode="json"),
        "versions": installed_versions(),
        "notes": list(plan.notes),
        "tasks": sections,
        "forward": forwards,
    }
    return {**evaluation, "headline": headline(evaluation)}


def main_of(subjects: Sequence[Subject]) -> str:
    """Return the name of the subject that the evaluation is about: the last one that is no base."""
    return next((one.name for one in reversed(subjects) if one.role is not Role.BASE), subjects[-1].name)


def _left_out(results: Results, task: str) -> dict[str, Any]:
    """Return the notes of a task, and how many questions it left out, by reason; subjects may differ in both."""
    asked = results.asked.get(task, [])
    skipped: dict[str, int] = {}
    for one in asked:
        for reason, count in one.skipped.items():
            skipped[reason] = max(count, skipped.get(reason, 0))
    return {"notes": list(dict.fromkeys(note for one in asked for note in one.notes)), "skipped": skipped}


def _subject_json(subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.name,
        "reference": subject.reference,
        "role": subject.role.value,
        "fingerprint": subject.fingerprint,
        "context_tokens": subject.context_tokens,
        "original_context_tokens": subject.original_context_tokens,
        "rope": dict(subject.rope),
        "tokenizer": subject.meter.reference,
    }
