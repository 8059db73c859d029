"""What `pipeline evaluate` says of the embedded model, and of a model that was trained from it.

    python -m benchmarks.evaluation [--build DIR] [--model REF …] [--work DIR] [--part NAME …] [--items N] [--vllm]
                                    [--quick]

Each part is an evaluation of the product's own:

- `short`: every task with answers at 2,048 and 4,096 tokens
- `likelihoods`: every task without answers (perplexity, streaming), at 2,048 and 4,096 tokens
- `long`: rows, position and a needle task at 8,192 tokens
- `methods`: rows at 16,384 tokens for the embedded model under each RoPE method, untrained
- `method_likelihoods`: perplexity at 16,384 tokens, by method

`--build` is a finished build with held-out rows of these lengths; without it, the run writes and builds documents,
which reach 2,048 tokens. `--model` adds models to the first three parts. `--vllm` lets vLLM answer, which is two to
three times as fast on a CPU; what has no answers runs with transformers all the same, and so does the method
`dynamic`, which vLLM does not apply to a running sequence. `--work` keeps answers, so that an interrupted benchmark
goes on. A full run writes `benchmarks/results/evaluation.md`.

Prints tables, and one JSON object as the last line: by part and subject, the figures of `evaluation.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks._results import table_row, write_results
from benchmarks._rows_documents import write_documents
from benchmarks._rows_training import RowKind, build_rows
from benchmarks._scaled_models import write_scaled_models
from benchmarks.rows import QUICK
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import PipelineError
from pipeline.evaluate.asking import Step
from pipeline.evaluate.run import EvaluationRequest, evaluate
from pipeline.evaluate.subjects.references import VLLM_PREFIX
from pipeline.evaluate.task import AnswerTask
from pipeline.evaluate.tasks import evaluation_task, evaluation_tasks
from pipeline.io.models import EMBEDDED_MODEL

_RESULTS = Path(__file__).parent / "results" / "evaluation.md"
_FACTOR = 2.0
"""From the embedded model's 8,192 positions to 16,384."""
_ROWS = 32
"""Questions of `rows` a length, at least."""
_FEW_DOCUMENTS = 4
"""Documents of `rows` above `_CHEAP_TOKENS`, because each costs a minute or two of prefill a model."""
_CHEAP_TOKENS = 4096
_NEED_OPTIONS = ("lm_eval",)
"""Tasks that need options of the user's."""
_NOT_IN_VLLM = ("dynamic",)
"""Methods that vLLM computes in another way than the trainer: once for the longest sequence, not as it grows."""


@dataclass(frozen=True, slots=True)
class Part:
    """One evaluation."""

    name: str
    lengths: tuple[int, ...]
    tasks: tuple[str, ...] = ()
    """Empty for every task that has answers, or none."""
    has_answers: bool = True
    by_method: bool = False
    """Whether the subjects are the embedded model under each RoPE method, instead of the given ones."""


PARTS = (
    Part("short", (2048, 4096)),
    Part("likelihoods", (2048, 4096), has_answers=False),
    Part("long", (8192,), ("rows", "position", "niah_single")),
    Part("methods", (16384,), ("rows",), by_method=True),
    Part("method_likelihoods", (16384,), ("perplexity",), has_answers=False, by_method=True),
)
QUICK_PARTS = (Part("short", (1024,), ("rows", "niah_single")),)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__)
    parser.add_argument("--build", type=Path, help="finished build with held-out rows; written documents otherwise")
    parser.add_argument("--model", action="append", default=[], help="model beside the embedded one; repeatable")
    parser.add_argument("--work", type=Path, help="folder that keeps the answers; a temporary one otherwise")
    parser.add_argument(
        "--part", action="append", choices=[part.name for part in PARTS], help="repeatable; all if absent"
    )
    parser.add_argument("--items", type=int, default=10, help="questions a task and length")
    parser.add_argument("--task", action="append", help="task of a part; repeatable; all if absent")
    parser.add_argument("--method", action="append", help="RoPE method; repeatable; all if absent")
    parser.add_argument("--vllm", action="store_true", help="answers by vLLM in this process")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--quick", action="store_true", help="one question of two tasks; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    parts = QUICK_PARTS if options.quick else [part for part in PARTS if not options.part or part.name in options.part]
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    with tempfile.TemporaryDirectory(prefix="evaluation-") as temporary:
        work = options.work or Path(temporary)
        try:
            build = options.build or _written_build(work)
            items = 1 if options.quick else options.items
            figures = {}
            for part in parts:
                subjects = [EMBEDDED_MODEL, *options.model]
                if part.by_method:
                    subjects = _scaled_models(work, options.method)
                if options.vllm and part.has_answers:
                    subjects = [_in_vllm(reference) for reference in subjects]
                tasks = [name for name in _tasks_of(part) if not options.task or name in options.task]
                if not tasks:
                    continue
                recipe = _recipe(part, tasks, items=items, seed=options.seed)
                figures[part.name] = _run(part, recipe, build, work, models=subjects, show=show)
        except PipelineError as error:
            print(f"{error.message} {error.remedy}")
            return 2
    if not options.quick and not options.part:
        versions = {name: version(name) for name in ("torch", "transformers")}
        write_results(_RESULTS, title="Evaluation: what models read", versions=versions, lines=lines)
    print(json.dumps(figures))
    return 0


class _Dots:
    """Shows one dot for each prompt on stderr."""

    def on_phase(self, description: str) -> None:
        """Show the phase."""
        print(f"\n{description} ", end="", file=sys.stderr, flush=True)

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        """Show the plan."""
        print(f"\n{num_steps} prompts and cells, {num_tokens:,} tokens", end="", file=sys.stderr, flush=True)

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        """Nothing to show."""

    def on_step(self, step: Step) -> None:
        """Show a dot."""
        print("." if step.measured_now else ",", end="", file=sys.stderr, flush=True)


def _scaled_models(work: Path, methods: Sequence[str] | None) -> list[str]:
    paths = write_scaled_models(work / "scaled", factor=_FACTOR)
    return [str(path) for path in paths if not methods or path.name in methods]


def _in_vllm(reference: str) -> str:
    return reference if Path(reference).name in _NOT_IN_VLLM else f"{VLLM_PREFIX}{reference}"


def _written_build(work: Path) -> Path:
    documents = work / "documents"
    if not documents.is_dir():
        write_documents(documents, num_documents=QUICK.written_documents, seed=17)
    plan = replace(QUICK, buckets=(1024,))
    built = build_rows(documents, work, plan, kinds=(RowKind.CONVERSATIONS,), seed=17)
    return built[RowKind.CONVERSATIONS].folder


def _tasks_of(part: Part) -> Sequence[str]:
    return part.tasks or [
        name
        for name, task in evaluation_tasks().items()
        if isinstance(task, AnswerTask) == part.has_answers and name not in _NEED_OPTIONS
    ]


def _recipe(part: Part, tasks: Sequence[str], *, items: int, seed: int) -> Recipe:
    return Recipe.model_validate(
        {
            "name": "evaluation",
            "seed": seed,
            "inputs": [{"path": "bundled:"}],
            "evaluate": {"device": "cpu", "tasks": {name: _options(name, items, part) for name in tasks}},
        }
    )


def _run(
    part: Part, recipe: Recipe, build: Path, work: Path, *, models: Sequence[str], show: Callable[[str], None]
) -> dict[str, Any]:
    result = evaluate(
        recipe,
        EvaluationRequest(models=models, data=str(build), lengths=part.lengths),
        output=str(work / part.name),
        start=Start.RESUME,
        observer=_Dots(),
    )
    show(f"## {part.name}: {', '.join(f'{length:,}' for length in part.lengths)} tokens\n")
    for line in _lines(result.evaluation):
        show(line)
    return {name: dict(figures) for name, figures in result.evaluation["figures"].items()}


def _options(task: str, items: int, part: Part) -> Mapping[str, Any]:
    """Return how many questions a task asks; the name of that option differs between tasks."""
    fields = evaluation_task(task).options.model_fields
    found: dict[str, Any] = {name: items for name in ("max_items", "samples", "max_windows") if name in fields}
    if task == "rows":
        shortest = min(part.lengths)
        found |= {"max_items": max(_ROWS, items) if items > 1 else 1, "min_tokens": shortest // 2}
        found |= {"max_documents": _FEW_DOCUMENTS} if shortest > _CHEAP_TOKENS else {}
        found |= {"controls": ()} if part.by_method else {}
    return found


def _lines(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of every task by subject, variant and length, then the figures and the headline."""
    yield (
        "| task | measure | variant | length | n | " + " | ".join(one["name"] for one in evaluation["subjects"]) + " |"
    )
    yield "| --- | --- | --- | ---: | ---: |" + " --- |" * len(evaluation["subjects"])
    for name, section in evaluation["tasks"].items():
        for variant in section["variants"]:
            for length in section["lengths"]:
                cells = {
                    cell["subject"]: cell
                    for cell in section["cells"]
                    if cell["variant"] == variant and cell["length"] == length
                }
                if cells:
                    yield _row(name, section["measure"], variant, length, cells, evaluation)
    for name, section in evaluation["forward"].items():
        yield from _forward_lines(name, section)
    yield ""
    for subject, figures in evaluation["figures"].items():
        shown = ", ".join(f"{name} {_estimate(figure)}" for name, figure in figures.items() if figure)
        yield f"{subject}: {shown}."
    yield ""
    yield str(evaluation["headline"])
    yield ""


def _row(
    task: str, measure: str, variant: str, length: int, cells: Mapping[str, Any], evaluation: Mapping[str, Any]
) -> str:
    first = next(iter(cells.values()))
    shown = [
        _estimate(cells[one["name"]]["scores"].get(measure)) if one["name"] in cells else "–"
        for one in evaluation["subjects"]
    ]
    return table_row(task, [measure, variant, f"{length:,}", str(first["n"]), *shown])


def _forward_lines(task: str, section: Mapping[str, Any]) -> Iterator[str]:
    for result in section.get("results", ()):
        variant = f", {result['variant']}" if result.get("variant") else ""
        yield (
            f"- {task}, {result['subject']}{variant}, {result['length']:,} tokens: {_perplexity(result)}"
            + (f"; after the window {_perplexity(after)}" if (after := result.get("after_window")) else "")
            + (f"; cache {result['cache_bytes'] / 2**20:.1f} MiB" if "cache_bytes" in result else "")
        )
    for refused in section.get("refused", ()):
        yield f"- {task}, {refused['subject']}: refused. {refused['reason']}"


def _perplexity(result: Mapping[str, Any]) -> str:
    return f"{result['perplexity']} [{result['low']}, {result['high']}]"


def _estimate(figure: Mapping[str, Any] | None) -> str:
    if not figure:
        return "–"
    return f"{figure['value']:.3g} [{figure['low']:.3g}, {figure['high']:.3g}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
