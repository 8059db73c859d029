"""What an evaluation of two small models says, number by number, as approved."""

from __future__ import annotations

from pathlib import Path

from approved_outcome import check_approved
from test_evaluation_run import StepLog

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.evaluate.run import EvaluationRequest, evaluate


def test_evaluation_says_what_was_approved(
    recipe: Recipe, tuned_model: str, base_model: str, build: str, tmp_path: Path
) -> None:
    result = evaluate(
        recipe,
        EvaluationRequest([tuned_model], build),
        output=str(tmp_path),
        start=Start.RESUME,
        observer=StepLog(),
    )
    names = {tuned_model: "TUNED", base_model: "BASE", build: "BUILD", str(tmp_path): "OUT"}
    lines = [f"measured {result.num_measured} of {result.num_steps}", *_lines("", result.evaluation, names)]
    check_approved("evaluation.txt", lines, relative=2e-3)


def _lines(path: str, value: object, names: dict[str, str]) -> list[str]:
    """Every leaf of the record with the way to it, but versions, times and fingerprints."""
    if isinstance(value, dict):
        kept = {key: own for key, own in value.items() if key not in ("versions", "seconds", "fingerprint", "checksum")}
        return [line for key, own in kept.items() for line in _lines(f"{path}.{key}", own, names)]
    if isinstance(value, list | tuple):
        return [line for index, own in enumerate(value) for line in _lines(f"{path}[{index}]", own, names)]
    if isinstance(value, str):
        for place, name in names.items():
            value = value.replace(place, name)
    return [f"{path} {float(value):.6f}" if isinstance(value, float) else f"{path} {value!r}"]
