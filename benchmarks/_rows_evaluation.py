"""What `pipeline evaluate` says of a model that the benchmark of rows trained, beside the untrained one.

Takes a build and a model folder; runs the task `rows` of `evaluate`: the questions of held-out rows with the whole
document, with the evidence only, and with no document. Answers that were given before are kept. Its questions are drawn
from all held-out documents, so some are about documents whose answers chose the checkpoint. Used by `rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks._results import table_row
from benchmarks._rows_training import Plan
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.evaluate.results.figures import Figures
from pipeline.evaluate.run import EvaluationRequest, SilentEvaluation, evaluate

_FIGURES = {
    "f1": "whole document",
    "evidence_only": "evidence only",
    "no_document": "no document",
    "cost_of_length": "evidence only − whole document",
}


def evaluate_rows(build: Path, model: Path, output: Path, plan: Plan, *, seed: int) -> Mapping[str, Any]:
    """Return the content of `evaluation.json`, with the untrained model and the trained one."""
    rows = {
        "max_items": plan.evaluated_questions,
        "max_documents": plan.evaluated_documents,
        "controls": ["evidence_only", "no_document"],
    }
    recipe = Recipe.model_validate(
        {
            "name": "rows",
            "seed": seed,
            "inputs": [{"path": "bundled:"}],
            "evaluate": {"device": "cpu", "lengths": [plan.max_tokens], "tasks": {"rows": rows}},
        }
    )
    request = EvaluationRequest(models=[str(model)], data=str(build))
    return evaluate(recipe, request, output=str(output), start=Start.RESUME, observer=SilentEvaluation()).evaluation


def evaluation_lines(evaluation: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of the figures by model, and what the command says of them."""
    yield f"| F1 by `pipeline evaluate` | questions | documents | {' | '.join(_FIGURES.values())} |"
    yield f"| --- | ---: | ---: | {' | '.join(['---'] * len(_FIGURES))} |"
    for subject, figures in evaluation["figures"].items():
        first = figures["f1"] or {}
        shown = [str(first.get(name, "–")) for name in ("n", "documents")]
        yield table_row(subject, [*shown, *(_estimate(figures[name]) for name in _FIGURES)])
    yield ""
    yield str(evaluation["headline"])


def evaluation_figures(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures by model, for the benchmark's last line."""
    return {
        subject: {name: figures[name] and figures[name]["value"] for name in _FIGURES}
        for subject, figures in evaluation["figures"].items()
    }


def _estimate(figure: Figures | None) -> str:
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]" if figure else "–"
