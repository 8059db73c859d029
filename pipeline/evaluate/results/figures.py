"""The figures at the top of `evaluation.json`: what one looks at first, and what programs read.

For each subject: the F1 of its answers to held-out rows with the whole document, with the evidence paragraphs only and
with no document, over all lengths; and its effective length. A figure is None if its task was not measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from pipeline.evaluate.prompt import ScoredAnswer, Variant
from pipeline.evaluate.results.effective_length import effective_length
from pipeline.evaluate.results.pairing import paired
from pipeline.evaluate.results.tables import paired_form
from pipeline.evaluate.task import AnswerTask
from pipeline.scoring.estimates import difference_estimate, difference_json, mean_estimate

ROWS_TASK, ROWS_MEASURE = "rows", "f1"
_VARIANTS = {
    "f1": Variant.DOCUMENT,
    "no_document": Variant.NO_DOCUMENT,
    "evidence_only": Variant.EVIDENCE_ONLY,
}

Figures = dict[str, Any]  # Any: a JSON object


def figures_of(
    tasks: Sequence[AnswerTask],
    scored: Mapping[str, Sequence[ScoredAnswer]],
    *,
    subject: str,
    threshold: float,
    seed: int,
) -> Figures:
    """Return the figures of one subject.

    Args:
        tasks: the tasks that were asked.
        scored: the answers of all subjects, by task.
        subject: the name of the subject.
        threshold: `EvaluateRecipe.effective_score`.
        seed: the recipe's seed.

    Returns:
        `f1`, `no_document`, `evidence_only` and `effective_length`, each with `value`, `n`, `low` and `high`; and
        `cost_of_length`: the mean of evidence only minus whole document, over the questions asked both ways.
    """
    rows = [one for one in scored.get(ROWS_TASK, ()) if one.subject == subject]
    everything = list(chain.from_iterable(scored.values()))
    return {
        **{name: _mean(rows, variant, seed) for name, variant in _VARIANTS.items()},
        "effective_length": effective_length(tasks, everything, subject=subject, threshold=threshold, seed=seed),
        "cost_of_length": _cost_of_length(rows, seed),
    }


def _mean(rows: Sequence[ScoredAnswer], variant: Variant, seed: int) -> Figures | None:
    scores = [
        (one.prompt.cluster, value)
        for one in rows
        if one.prompt.variant == variant and (value := one.value(ROWS_MEASURE)) is not None
    ]
    return mean_estimate(scores, seed=seed).as_json() if scores else None


def _cost_of_length(rows: Sequence[ScoredAnswer], seed: int) -> Figures | None:
    evidence, whole = (
        [paired_form(one) for one in rows if one.prompt.variant == variant]
        for variant in (Variant.EVIDENCE_ONLY, Variant.DOCUMENT)
    )
    differences = paired(evidence, whole).differences(ROWS_MEASURE)
    return difference_json(difference_estimate(differences, seed=seed)) if differences else None
