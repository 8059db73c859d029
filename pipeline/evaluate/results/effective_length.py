"""Measures the effective length of a model: up to which context length it keeps a score.

RULER (arXiv 2404.06654, section 4): the largest tested length at which the mean score over the tasks is at least a
threshold, here also at every shorter tested length. Each task's mean weighs the same. Used by `figures`.

The interval is that of 1,000 resamples of each task's documents, the same ones at every length. Resamples cannot vary
where all answers of a task and length score 0, or all score 1; there the mean is drawn from the posterior of a share
with Jeffreys' prior, so that three right answers out of three do not count as certainty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.evaluate.prompt import ScoredAnswer
from pipeline.evaluate.results.tables import main_variant
from pipeline.evaluate.task import AnswerTask
from pipeline.identity import stable_hash64

_RESAMPLES = 1000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _LengthScores:
    """The scores of one task at one length."""

    mean: float
    resampled: Floats
    """Shape [resamples]."""
    n: int


def effective_length(
    tasks: Sequence[AnswerTask], scored: Sequence[ScoredAnswer], *, subject: str, threshold: float, seed: int
) -> dict[str, Any] | None:
    """Return a subject's effective length in tokens, with its interval and the mean score at each length.

    Only lengths at which all tasks were asked are compared, because the tasks differ in difficulty; the others are in
    `lengths_left_out`. `at_least` says that the score never fell below the threshold at a tested length.

    Args:
        tasks: all tasks; those with `counts_for_effective_length` and answers are used, each with its main variant.
        scored: the answers of all subjects and tasks.
        subject: the name of the subject.
        threshold: `EvaluateRecipe.effective_score`.
        seed: the recipe's seed.

    Returns:
        The JSON object; None if no task counts, or the tasks have no length in common.
    """
    by_task = {
        task.name: measured
        for task in tasks
        if task.counts_for_effective_length and (measured := _scores_of(task, scored, subject, seed))
    }
    if not by_task:
        return None
    common = sorted(set.intersection(*(set(measured) for measured in by_task.values())))
    if not common:
        return None
    cells = {length: [measured[length] for measured in by_task.values()] for length in common}
    means = {length: float(np.mean([cell.mean for cell in column])) for length, column in cells.items()}
    draws = {length: np.mean([cell.resampled for cell in column], axis=0) for length, column in cells.items()}
    value = _reached(means, threshold)
    sampled = [
        _reached({length: float(draws[length][index]) for length in common}, threshold) for index in range(_RESAMPLES)
    ]
    low, high = (int(end) for end in np.quantile(sampled, [0.025, 0.975], method="nearest"))
    return {
        "value": value,
        "low": min(low, value),
        "high": max(high, value),
        "n": sum(cell.n for column in cells.values() for cell in column),
        "threshold": threshold,
        "longest_tested": common[-1],
        "at_least": value == common[-1],
        "tasks": sorted(by_task),
        "scores": [_score_row(length, means[length], draws[length], cells[length]) for length in common],
        "lengths_left_out": sorted({length for measured in by_task.values() for length in measured} - set(common)),
    }


def _score_row(length: int, mean: float, draws: Floats, cells: Sequence[_LengthScores]) -> dict[str, Any]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return {
        "length": length,
        "value": round(mean, 4),
        "low": round(min(float(low), mean), 4),
        "high": round(max(float(high), mean), 4),
        "n": sum(cell.n for cell in cells),
    }


def _reached(means: Mapping[int, float], threshold: float) -> int:
    """Return the last length before the first one with a score below the threshold; 0 if that is the shortest."""
    reached = 0
    for length, mean in sorted(means.items()):
        if mean < threshold:
            break
        reached = length
    return reached


def _scores_of(task: AnswerTask, scored: Sequence[ScoredAnswer], subject: str, seed: int) -> dict[int, _LengthScores]:
    own = [one for one in scored if one.task == task.name and one.subject == subject]
    main = main_variant(task, own)
    answers = [
        (one.prompt.length, one.prompt.cluster, value)
        for one in own
        if one.prompt.variant == main and (value := one.value(task.measure)) is not None
    ]
    clusters = sorted({cluster for _, cluster, _ in answers})
    row_of = {cluster: row for row, cluster in enumerate(clusters)}
    generator = np.random.default_rng(stable_hash64("effective length", seed, task.name))
    picks = generator.integers(0, max(len(clusters), 1), size=(_RESAMPLES, len(clusters)))
    found = {}
    for length in sorted({length for length, _, _ in answers}):
        table = np.zeros((len(clusters), 2))  # of each document: sum and count of its scores at this length
        for _, cluster, value in sorted(answer for answer in answers if answer[0] == length):
            table[row_of[cluster]] += (value, 1.0)
        total = table.sum(axis=0)
        mean = float(total[0] / total[1])
        found[length] = _LengthScores(mean, _resampled(table, picks, mean, task.name, seed), int(total[1]))
    return found


def _resampled(table: Floats, picks: npt.NDArray[np.int64], mean: float, task: str, seed: int) -> Floats:
    num_documents = int((table[:, 1] > 0).sum())
    if mean in (0.0, 1.0):
        # The same draws at every length, so that a resample is one model and not a different one at each length.
        generator = np.random.default_rng(stable_hash64("effective length", seed, task, "equal scores"))
        short = generator.beta(0.5, num_documents + 0.5, size=_RESAMPLES)
        return short if mean == 0.0 else 1.0 - short
    sums = table[picks].sum(axis=1)
    means = np.full(_RESAMPLES, mean)  # a resample can miss all documents of a length
    np.divide(sums[:, 0], sums[:, 1], out=means, where=sums[:, 1] > 0)
    return means
