"""Exported models in transformers 4.57 and the newest 5.x: ids, logits and rotary frequencies are compared.

Models of three families (Llama, Qwen, Gemma) with random weights are exported as `finetune` exports them, once for
every RoPE method.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.compat.environments import MODEL_PACKAGES, Package
from benchmarks.compat.model_cases import FACTOR, ORIGINAL_TOKENS, Case, make_cases
from benchmarks.compat.model_comparison import FREQUENCY_TOLERANCE, LOGIT_TOLERANCE, compare_model, logit_difference
from benchmarks.compat.part import Outcome, Part, Prepared

_UNSCALED = "none"
_HEADER = "| loaded with | family | RoPE method | ids equal | largest logit difference | largest frequency error | |"
_RULE = "| --- | --- | --- | --- | --- | --- | --- |"


def _prepare(root: Path, data: Path | None) -> Prepared:
    del data  # the models need no rows
    folder = root / "models" / "cases"
    shutil.rmtree(folder.parent, ignore_errors=True)
    cases = list(make_cases(folder))
    return Prepared(_head(cases), given=(folder,), outcomes=partial(_outcomes, cases=cases))


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


def _outcomes(package: Package, out: Path, *, cases: Sequence[Case]) -> Iterator[Outcome]:
    """Yield a line of the table for each case, and whether it is right."""
    by_case = {line["case"]: line for line in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    for case in cases:
        result = compare_model(by_case[case.name], case.expected)
        remark = "" if result.is_equal else f"**{result.error or 'differs'}**"
        cells = ("yes" if result.ids_equal else "no", f"{result.logit_difference:.2g}", f"{result.frequency_error:.2g}")
        yield f"| {package.name} | {case.family} | {case.method} | {' | '.join(cells)} | {remark} |", result.is_equal


MODELS = Part("compat_models.md", title="Exported models in transformers", packages=MODEL_PACKAGES, prepare=_prepare)
