"""Defines an evaluation task. There are two kinds.

An `AnswerTask` makes prompts, any subject answers them, and the task scores the answers. A `ForwardTask` needs the
weights in this process, because it reads likelihoods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.material import Material
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Answer, Prompt, Scores
from pipeline.evaluate.subjects.subject import Subject


@dataclass(frozen=True, slots=True)
class Asking:
    """What a task makes its prompts from."""

    options: Any  # Any: the task's own options model
    lengths: tuple[int, ...]
    """The requested lengths in tokens, ascending. A prompt and its longest answer fit into one."""
    meter: Meter
    """Counts and cuts in the subject's tokens."""
    material: Material | None
    """The held-out documents and rows of a build; None if no build is given and the task does not need one."""
    seed: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The prompts of a task for one subject's tokenizer."""

    prompts: tuple[Prompt, ...]
    """At each length, in the order in which they are asked. Prompts with the same beginning come one after another, so
    that a subject can reuse what it computed for it."""
    notes: tuple[str, ...] = ()
    """Sentences for the report."""
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Number of questions that were left out, by reason."""


Ask = Callable[[Asking], Asked]
Score = Callable[[Prompt, str], Scores]
FollowUp = Callable[[Asking, Sequence[tuple[Prompt, Answer]]], Asked]


@dataclass(frozen=True, slots=True)
class AnswerTask:
    """One kind of questions; a value of `TASK` in a module of `evaluate/tasks/`."""

    name: str
    """The name of the module."""
    title: str
    """What a report calls the task."""
    about: str
    """One sentence for a report: what the task asks, and its source."""
    options: type[EvaluationTaskOptions]
    ask: Ask
    score: Score
    """Returns the scores of an answer, and always the same names for the same prompt."""
    measure: str
    """The name of the main score."""
    follow_up: FollowUp | None = None
    """Makes prompts from the answers to those of `ask`, such as the merging of answers about chunks; called once."""
    measures: tuple[str, ...] = ()
    """The names of the other scores, in the order of the report."""
    needs_build: bool = True
    """Whether the task asks about documents of a build."""
    counts_for_effective_length: bool = False
    """Whether the effective length is measured on this task."""
    variants: tuple[str, ...] = ()
    """The variants in the order of the report; empty if the task has one."""

    def all_measures(self) -> Sequence[str]:
        """Return the names of all scores, the main one first."""
        return (self.measure, *self.measures)


@dataclass(frozen=True, slots=True)
class ForwardCell:
    """One measurement of a forward task: one model at one length."""

    subject: str
    """The subject's name."""
    length: int
    variant: str
    """The task's own name of what differs between cells of a length; empty if nothing does."""
    content: str
    """Fingerprint of everything that the task gives the model."""


@dataclass(frozen=True, slots=True)
class Planning:
    """What a forward task plans its cells from."""

    options: Any  # Any: the task's own options model
    lengths: tuple[int, ...]
    """The requested lengths in tokens, ascending."""
    subjects: tuple[Subject, ...]
    """The subjects with weights; at least one."""
    material: Material | None
    seed: int


@dataclass(frozen=True, slots=True)
class ForwardPlan:
    """The cells of a forward task, and how to measure one."""

    cells: tuple[ForwardCell, ...]
    measure: Callable[[Any, ForwardCell], Mapping[str, Any]]  # Any: a transformers model, and JSON values
    """Runs a model, in evaluation mode on its device, and returns the values of a cell."""
    section: Callable[[Sequence[tuple[ForwardCell, Mapping[str, Any], float]]], dict[str, Any]]
    """Returns the task's section of `evaluation.json` from cells, their values and seconds."""
    notes: tuple[str, ...] = ()
    num_tokens: int = 0
    """The number of tokens that all cells run through their models, for `--plan` and the time left."""

    def tokens_of(self, cell: ForwardCell) -> int:
        """Return a cell's part of `num_tokens`, in proportion to its length."""
        total = sum(one.length for one in self.cells)
        return round(self.num_tokens * cell.length / total) if total else 0


@dataclass(frozen=True, slots=True)
class ForwardTask:
    """One kind of measurement with likelihoods; a value of `TASK` in a module of `evaluate/tasks/`."""

    name: str
    """The name of the module."""
    title: str
    """What a report calls the task."""
    about: str
    """One sentence for a report: what is measured, and its source."""
    options: type[EvaluationTaskOptions]
    plan: Callable[[Planning], ForwardPlan]
    """Plans the cells without loading a model. Imports torch only inside `measure`."""
    needs_build: bool = True


EvaluationTask = AnswerTask | ForwardTask
