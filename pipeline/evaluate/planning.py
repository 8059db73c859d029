"""Plans an evaluation: every prompt and every cell, before any model is loaded.

Takes the recipe, the subjects and a build. Returns an `EvaluationPlan`. Prompts are made once for each tokenizer, so
subjects with the same tokenizer get the same prompts. Cost: tokenizes the documents that are asked about; no weights
are read. Does not import torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.config.recipe import Recipe
from pipeline.errors import InputError
from pipeline.evaluate.material import Material, read_material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.subjects.subject import Subject
from pipeline.evaluate.task import AnswerTask, Asked, Asking, EvaluationTask, ForwardPlan, ForwardTask, Planning
from pipeline.evaluate.tasks import evaluation_task, evaluation_task_names
from pipeline.io import files
from pipeline.io.finished_build import check_finished_build


@dataclass(frozen=True, slots=True)
class ChosenTask:
    """A task with its options and lengths."""

    task: EvaluationTask
    options: Any  # Any: the task's own options model
    lengths: tuple[int, ...]
    """In tokens, ascending."""


@dataclass(frozen=True, slots=True)
class PlannedAnswers:
    """The prompts of one task for one subject."""

    subject: Subject
    task: AnswerTask
    asking: Asking
    asked: Asked


@dataclass(frozen=True, slots=True)
class PlannedForward:
    """The cells of one forward task, for all subjects."""

    task: ForwardTask
    plan: ForwardPlan


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """Everything that an evaluation measures."""

    subjects: tuple[Subject, ...]
    answers: tuple[PlannedAnswers, ...]
    """By subject, then task."""
    forwards: tuple[PlannedForward, ...]
    notes: tuple[str, ...]

    @property
    def num_steps(self) -> int:
        """The number of prompts and cells; a task of two rounds adds to it later."""
        prompts = sum(len(planned.asked.prompts) for planned in self.answers)
        return prompts + sum(len(planned.plan.cells) for planned in self.forwards)

    @property
    def num_tokens(self) -> int:
        """The number of prompt tokens and of tokens in cells."""
        prompts = sum(prompt.num_tokens for planned in self.answers for prompt in planned.asked.prompts)
        return prompts + sum(planned.plan.num_tokens for planned in self.forwards)

    def prompts_of(self, subject: Subject) -> list[Prompt]:
        """Return all prompts for a subject."""
        return [
            prompt
            for planned in self.answers
            if planned.subject.name == subject.name
            for prompt in planned.asked.prompts
        ]


def choose_tasks(recipe: Recipe, names: Sequence[str], lengths: Sequence[int]) -> tuple[ChosenTask, ...]:
    """Return the tasks to measure.

    Args:
        recipe: its `evaluate` section has the options of tasks and their lengths.
        names: the tasks; those of the recipe if empty. A task that the recipe does not have gets its default options.
        lengths: the lengths of all tasks; those of the recipe if empty.

    Raises:
        InputError: a task does not exist, or there is none.
    """
    settings = recipe.evaluate
    of_recipe: Mapping[str, EvaluationTaskOptions] = {options.task: options for options in settings.tasks}
    known = evaluation_task_names()
    chosen = list(dict.fromkeys(names)) or list(of_recipe)
    unknown = [name for name in chosen if name not in known]
    if unknown or not chosen:
        problem = f"Unknown evaluation task '{unknown[0]}'." if unknown else "No task to evaluate."
        raise InputError(problem, remedy=f"Choose from: {', '.join(known)}.")
    found = []
    for name in chosen:
        task = evaluation_task(name)
        options = of_recipe.get(name) or task.options.model_validate({})
        at = lengths or options.lengths or settings.lengths
        found.append(ChosenTask(task, options, tuple(sorted(set(at)))))
    return tuple(found)


def plan_evaluation(
    recipe: Recipe,
    *,
    subjects: Sequence[Subject],
    tasks: Sequence[ChosenTask],
    data: str,
    on_phase: Callable[[str], None],
) -> EvaluationPlan:
    """Make all prompts and cells.

    Args:
        recipe: the recipe; only its `evaluate` section and its seed are used.
        subjects: the models.
        tasks: what to measure.
        data: the build folder; it need not exist if no task asks about documents.
        on_phase: called with what happens.

    Raises:
        InputError: the build has no usable documents, or a length is too short for a task.
        FolderBusyError: a build is running in the build folder.
        DamagedFileError: a file of the build is missing or damaged.
    """
    material = _material(tasks, data)
    asked: dict[tuple[str, Meter], Asked] = {}
    answers = []
    for subject in subjects:
        for chosen in tasks:
            task = chosen.task
            if not isinstance(task, AnswerTask):
                continue
            asking = Asking(chosen.options, chosen.lengths, subject.meter, material, recipe.seed)
            if (task.name, subject.meter) not in asked:
                on_phase(f"making prompts: {task.title.lower()}")
                asked[task.name, subject.meter] = task.ask(asking)
            answers.append(PlannedAnswers(subject, task, asking, asked[task.name, subject.meter]))
    weighed = tuple(subject for subject in subjects if subject.has_weights)
    forwards, notes = [], []
    for chosen in tasks:
        task = chosen.task
        if not isinstance(task, ForwardTask):
            continue
        if len(weighed) < len(subjects):
            left_out = ", ".join(subject.name for subject in subjects if not subject.has_weights)
            notes.append(f"{task.title} is not measured for {left_out}: it needs the weights in this process.")
        if weighed:
            on_phase(f"planning: {task.title.lower()}")
            planning = Planning(chosen.options, chosen.lengths, weighed, material, recipe.seed)
            forwards.append(PlannedForward(task, task.plan(planning)))
    return EvaluationPlan(tuple(subjects), tuple(answers), tuple(forwards), tuple(notes))


def _material(tasks: Sequence[ChosenTask], data: str) -> Material | None:
    """Return the material of the build; None if there is no build and no task needs one."""
    needing = [chosen.task.title for chosen in tasks if chosen.task.needs_build]
    if not needing and not files.exists(data):
        return None
    if needing and not files.exists(data):
        raise InputError(
            f"The build folder '{data}' does not exist, but {', '.join(needing).lower()} asks about its documents.",
            remedy="Give the folder of a finished build-sft with --data, or choose other tasks with --task.",
        )
    check_finished_build(data, ("corpus", "sft"))
    return read_material(data)
