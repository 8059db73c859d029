"""Loads exported models in transformers 4.57 and the newest 5.x, and compares ids, logits and rotary frequencies.

    python -m benchmarks.compat.models [--only NAME …] [--root DIR]

Models of three families (Llama, Qwen, Gemma) with random weights are exported as `finetune` exports them, once for
every RoPE method. Each version of transformers is installed in an environment of its own below `--root`
(`.venv-compat`). Prints a table; a run of all versions also writes `benchmarks/results/compat_models.md`. Exit 0 if
everything is equal, 1 if something differs, 2 if a version does not install or its loader fails.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks._results import write_results
from benchmarks.compat.environments import (
    MODEL_PACKAGES,
    FailedStepError,
    Package,
    make_environment,
    run_loader,
    versions,
)
from benchmarks.compat.model_cases import FACTOR, ORIGINAL_TOKENS, Case, make_cases
from benchmarks.compat.model_comparison import FREQUENCY_TOLERANCE, LOGIT_TOLERANCE, compare_model, logit_difference

_RESULTS = Path(__file__).parents[1] / "results" / "compat_models.md"
_ROOT = Path(".venv-compat")
_UNSCALED = "none"
_HEADER = "| loaded with | family | RoPE method | ids equal | largest logit difference | largest frequency error | |"
_RULE = "| --- | --- | --- | --- | --- | --- | --- |"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compat.models", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--only", nargs="+", choices=[package.name for package in MODEL_PACKAGES], help="what to run")
    parser.add_argument("--root", type=Path, default=_ROOT, help="folder of the environments")
    given = parser.parse_args(argv)
    root = given.root.resolve()
    folder = root / "models" / "cases"
    shutil.rmtree(folder.parent, ignore_errors=True)
    cases = list(make_cases(folder))
    lines = _head(cases)
    print("\n".join(lines), flush=True)
    code, shown = 0, {}
    for package in MODEL_PACKAGES:
        if given.only and package.name not in given.only:
            continue
        try:
            make_environment(package, root)
            out = root / "loaded" / package.name / "answers.jsonl"
            run_loader(package, root, folder, out=out)
            found = ", ".join(f"{name} {number}" for name, number in versions(package, root).items())
            shown[package.name] = found
            outcome = list(_outcomes(package, out, cases))
        except (FailedStepError, subprocess.TimeoutExpired) as error:
            outcome, code = [(f"| {package.name} | failed: {error} | | | | | |", False)], 2
        for line, is_right in outcome:
            print(line, flush=True)
            lines.append(line)
            code = code or int(not is_right)
    if not given.only:
        write_results(_RESULTS, title="Exported models in transformers", versions=shown, lines=lines)
    return code


def _head(cases: Sequence[Case]) -> list[str]:
    """Return the lines above the table's rows, and make sure that the logits tell every method from no scaling."""
    unscaled = {case.family: case.expected["logits"] for case in cases if case.method == _UNSCALED}
    least = min(
        logit_difference(case.expected["logits"], unscaled[case.family]) for case in cases if case.method != _UNSCALED
    )
    assert least > 10 * LOGIT_TOLERANCE, f"a scaling changes the logits by {least:.2g} only"
    return [
        f"Random models of {ORIGINAL_TOKENS} tokens, scaled {FACTOR:g}-fold and exported by this project. Ids: three "
        "texts in Korean and English, and the same in the chat template. Logits: the largest difference from those in "
        f"this environment, as a share of the largest logit; up to {LOGIT_TOLERANCE:g} counts as equal, and a scaling "
        f"that is not in force makes at least {least:.2g}. Frequencies: relative error against our own in float64, at "
        f"the original length and at the scaled one; up to {FREQUENCY_TOLERANCE:g}.",
        "",
        _HEADER,
        _RULE,
    ]


def _outcomes(package: Package, out: Path, cases: Sequence[Case]) -> Iterator[tuple[str, bool]]:
    """Yield a line of the table for each case, and whether it is right."""
    by_case = {line["case"]: line for line in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    for case in cases:
        result = compare_model(by_case[case.name], case.expected)
        remark = "" if result.is_equal else f"**{result.error or 'differs'}**"
        cells = ("yes" if result.ids_equal else "no", f"{result.logit_difference:.2g}", f"{result.frequency_error:.2g}")
        yield f"| {package.name} | {case.family} | {case.method} | {' | '.join(cells)} | {remark} |", result.is_equal


if __name__ == "__main__":
    sys.exit(main())
