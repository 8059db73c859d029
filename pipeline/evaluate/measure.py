"""Plans the cells of an evaluation and runs the forward passes of each.

A cell is one model, task and length. Takes the models as `Subject`s, the recipe and a build folder. Returns a `Plan`,
then one `CellResult` per cell. Used by `evaluate.run`. Cost: forward passes of the cells without a stored result. A
model is loaded for its first such cell, and only one model is in memory at a time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.config.recipe import Recipe
from pipeline.errors import InputError, RunError
from pipeline.evaluate.cells import Cell, CellResult, CellStore, EvaluationTask
from pipeline.evaluate.models import Subject, load_model
from pipeline.evaluate.passkey import answer_prompts, is_retrieved
from pipeline.evaluate.perplexity import score_window
from pipeline.evaluate.windows import HeldOutWindows, held_out_windows
from pipeline.identity import code_version, fingerprint
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import leading_ids, load_tokenizer
from pipeline.train.data.passkey import PasskeyPrompt, make_prompts
from pipeline.train.machine.device import resolve_device
from pipeline.train.memory.exhausted import is_out_of_memory
from pipeline.train.rope.in_force import reset_rotary

_CODE = (
    "train/data/passkey",
    "evaluate/perplexity",
    "evaluate/passkey",
    "evaluate/windows",
    "evaluate/models",
    "evaluate/measure",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that will be measured."""

    subjects: tuple[Subject, ...]
    cells: tuple[Cell, ...]
    """The cells, ordered by model, then task, then length."""
    windows: HeldOutWindows | None
    """None if perplexity is not requested."""
    prompts: Mapping[int, tuple[tuple[float, tuple[PasskeyPrompt, ...]], ...]]
    """For each length, the requested depths with their prompts. Empty if passkey is not requested."""
    device: str


def plan_evaluation(
    recipe: Recipe,
    *,
    subjects: Sequence[Subject],
    data: str,
    tasks: Sequence[EvaluationTask],
    lengths: Sequence[int] | None,
) -> Plan:
    """Choose windows and prompts, and list every cell. Loads tokenizers but no model.

    Raises:
        InputError: the build has no usable documents, a length is too short or too long, the tokenizers differ, or the
            recipe asks for CUDA and torch sees no CUDA device.
    """
    settings = recipe.evaluate
    device = resolve_device(settings.device, setting="evaluate.device")
    windows = None
    prompts: dict[int, tuple[tuple[float, tuple[PasskeyPrompt, ...]], ...]] = {}
    if EvaluationTask.PERPLEXITY in tasks:
        windows = _windows(recipe, subjects, data, lengths or settings.perplexity.lengths)
    if EvaluationTask.PASSKEY in tasks:
        tokenizers = [load_tokenizer(subject.reference) for subject in subjects]
        prompts = {
            length: _prompts(recipe, tokenizers, length) for length in sorted(set(lengths or settings.passkey.lengths))
        }
    cells = [
        Cell(subject.role, task, length, _cell_fingerprint(subject, settings, device, content))
        for subject in subjects
        for task, length, content in _contents(windows, prompts)
    ]
    return Plan(tuple(subjects), tuple(cells), windows, prompts, device)


def measure(plan: Plan, settings: EvaluateRecipe, store: CellStore) -> Iterator[tuple[CellResult, bool]]:
    """Yield each cell's result, and whether it was measured now, in the plan's order. New results are stored at once.

    Raises:
        InputError: a model cannot be loaded.
        RunError: the device does not have enough memory for a length, or a model's likelihoods are not finite.
    """
    for subject in plan.subjects:
        model: Any = None  # a transformers model, loaded when needed
        for cell in (cell for cell in plan.cells if cell.role is subject.role):
            stored = store.load(cell)
            if stored is not None:
                yield stored, False
                continue
            if model is None:
                model = load_model(subject.reference, dtype=settings.dtype, device=plan.device)
            started = time.perf_counter()
            values = _measure_cell(model, subject, cell, plan, settings)
            result = CellResult(cell=cell, seconds=round(time.perf_counter() - started, 2), values=values)
            store.save(result)
            yield result, True


def _measure_cell(model: Any, subject: Subject, cell: Cell, plan: Plan, settings: EvaluateRecipe) -> Mapping[str, Any]:
    try:
        if cell.task is EvaluationTask.PERPLEXITY:
            return {"nll": _score(model, subject, plan, cell.length)}
        return {"trials": _retrieve(model, subject, plan, cell.length, settings.max_batch_tokens)}
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and not is_out_of_memory(error):
            raise
        raise RunError(
            f"The {cell.role.value} model does not fit into memory at {cell.length:,} tokens.",
            remedy="Leave out that length, or lower evaluate.max_batch_tokens.",
        ) from error


def _score(model: Any, subject: Subject, plan: Plan, length: int) -> list[list[float]]:
    assert plan.windows is not None, "a perplexity cell was planned without windows"
    leading = leading_ids(subject.reference)
    scored = []
    for window in plan.windows.windows:
        reset_rotary(model)
        ids = (*leading, *window.cut(length)[len(leading) :])
        scored.append([round(nll, 5) for nll in score_window(model, ids, num_scored=window.num_scored)])
    return scored


def _retrieve(model: Any, subject: Subject, plan: Plan, length: int, max_batch_tokens: int) -> list[dict[str, Any]]:
    tokenizer = load_tokenizer(subject.reference)
    trials = []
    for depth, prompts in plan.prompts[length]:
        reset_rotary(model)
        answers = answer_prompts(model, tokenizer, prompts, max_batch_tokens=max_batch_tokens)
        trials += [
            {
                "depth": depth,
                "actual_depth": round(prompt.depth, 4),
                "key": prompt.key,
                "answer": answer,
                "retrieved": is_retrieved(answer, prompt.key),
            }
            for prompt, answer in zip(prompts, answers, strict=True)
        ]
    return trials


def _windows(recipe: Recipe, subjects: Sequence[Subject], data: str, lengths: Sequence[int]) -> HeldOutWindows:
    settings = recipe.evaluate.perplexity
    by_subject = [
        held_out_windows(
            data,
            tokenize=_tokenize(subject.reference),
            lengths=lengths,
            scored_tokens=settings.scored_tokens,
            max_windows=settings.max_windows,
            seed=recipe.seed,
        )
        for subject in subjects
    ]
    if any(windows != by_subject[0] for windows in by_subject):
        raise InputError(
            f"{' and '.join(subject.reference for subject in subjects)} have different tokenizers, so their "
            "perplexities cannot be compared.",
            remedy="Set evaluate.base_model to the model that was tuned.",
        )
    return by_subject[0]


def _prompts(
    recipe: Recipe, tokenizers: Sequence[Any], length: int
) -> tuple[tuple[float, tuple[PasskeyPrompt, ...]], ...]:
    settings = recipe.evaluate.passkey
    return tuple(
        (depth, _cell_prompts(tokenizers, length, depth, settings.samples, recipe.seed)) for depth in settings.depths
    )


def _cell_prompts(
    tokenizers: Sequence[Any], length: int, depth: float, samples: int, seed: int
) -> tuple[PasskeyPrompt, ...]:
    by_tokenizer = [
        tuple(make_prompts(tokenizer, length=length, depth=depth, samples=samples, seed=seed))
        for tokenizer in tokenizers
    ]
    if any(prompts != by_tokenizer[0] for prompts in by_tokenizer):
        raise InputError(
            "The two models tokenize the same prompt differently, so they cannot be compared.",
            remedy="Set evaluate.base_model to the model that was tuned.",
        )
    return by_tokenizer[0]


def _tokenize(reference: str) -> Any:
    return lambda text: encode_documents([text], reference)[0].tolist()


def _contents(
    windows: HeldOutWindows | None,
    prompts: Mapping[int, tuple[tuple[float, tuple[PasskeyPrompt, ...]], ...]],
) -> Iterator[tuple[EvaluationTask, int, str]]:
    if windows is not None:
        for length in windows.lengths:
            yield EvaluationTask.PERPLEXITY, length, windows.content_fingerprint(length)
    for length, depths in prompts.items():
        content = [[depth, [list(prompt.ids) for prompt in prompts_at]] for depth, prompts_at in depths]
        yield EvaluationTask.PASSKEY, length, fingerprint(content)


def _cell_fingerprint(subject: Subject, settings: EvaluateRecipe, device: str, content: str) -> str:
    return fingerprint(
        {
            "model": subject.fingerprint,
            "content": content,
            "dtype": settings.dtype,
            "device": device,
            "code": code_version(_CODE),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
        }
    )
