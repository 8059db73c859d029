"""The effective length: where a model first falls below a score, and how sure that is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored_answers import answered, task

from pipeline.evaluate.prompt import ScoredAnswer
from pipeline.evaluate.results.effective_length import effective_length
from pipeline.evaluate.task import AnswerTask

LENGTHS = (1024, 2048, 4096)
TASKS = (task("niah", measures=("score",), counts=True), task("vt", measures=("score",), counts=True))


def _answers(name: str, scores: dict[int, list[float]], **more: Any) -> list[ScoredAnswer]:
    return [
        answered("model", task=name, item=f"{name} {n}", length=length, scores={"score": score}, **more)
        for length, at_length in scores.items()
        for n, score in enumerate(at_length)
    ]


def _measured(
    scored: list[ScoredAnswer], *, tasks: tuple[AnswerTask, ...] = TASKS, threshold: float = 0.856
) -> dict[str, Any] | None:
    return effective_length(tasks, scored, subject="model", threshold=threshold, seed=17)


def test_length_is_the_last_one_before_the_mean_over_tasks_falls() -> None:
    scored = _answers("niah", {1024: [1.0] * 30, 2048: [1.0] * 30, 4096: [0.0] * 30})
    scored += _answers("vt", {1024: [1.0] * 10, 2048: [1.0] * 7 + [0.5] * 3, 4096: [1.0] * 10})
    found = _measured(scored)
    assert found is not None
    assert (found["value"], found["longest_tested"], found["at_least"], found["n"]) == (2048, 4096, False, 120)
    assert [(row["length"], row["value"], row["n"]) for row in found["scores"]] == [
        (1024, 1.0, 40),
        (2048, 0.925, 40),
        (4096, 0.5, 40),
    ]
    assert found["tasks"] == ["niah", "vt"] and 0 <= found["low"] <= 2048 <= found["high"] <= 4096


def test_length_that_recovers_later_does_not_count() -> None:
    scored = _answers("niah", {1024: [1.0] * 9, 2048: [0.0] * 9, 4096: [1.0] * 9})
    found = _measured(scored, tasks=TASKS[:1])
    assert found is not None and (found["value"], found["high"]) == (1024, 1024)


def test_model_that_fails_at_the_shortest_length_has_none() -> None:
    found = _measured(_answers("niah", {length: [0.0] * 20 for length in LENGTHS}))
    assert found is not None and (found["value"], found["low"], found["high"], found["at_least"]) == (0, 0, 0, False)


def test_model_that_never_falls_has_at_least_the_longest_and_few_answers_are_not_certain() -> None:
    many = _measured(_answers("niah", {length: [1.0] * 100 for length in LENGTHS}))
    few = _measured(_answers("niah", {length: [1.0] * 3 for length in LENGTHS}))
    assert many is not None and few is not None
    assert many["at_least"] and (many["low"], many["value"], many["high"]) == (4096, 4096, 4096)
    assert few["at_least"] and few["value"] == 4096 and few["low"] < 4096


def test_only_tasks_that_count_their_main_variant_and_common_lengths_are_used() -> None:
    scored = _answers("niah", {length: [1.0] * 9 for length in LENGTHS})
    scored += _answers("vt", {1024: [1.0] * 9, 2048: [1.0] * 9})
    scored += _answers("rows", {length: [0.0] * 9 for length in LENGTHS})
    scored += _answers("niah", {length: [0.0] * 9 for length in LENGTHS}, variant="no_document")
    found = _measured(scored, tasks=(*TASKS, task("rows", measures=("score",))))
    assert found is not None
    assert (found["value"], found["tasks"], found["lengths_left_out"]) == (2048, ["niah", "vt"], [4096])


def test_without_counting_tasks_or_common_lengths_there_is_none() -> None:
    assert _measured([]) is None
    assert _measured(_answers("rows", {1024: [1.0]}), tasks=(task("rows", measures=("score",)),)) is None
    apart = _answers("niah", {1024: [1.0]}) + _answers("vt", {2048: [1.0]})
    assert _measured(apart) is None


def test_interval_reaches_the_lengths_at_which_the_score_is_near_the_threshold() -> None:
    found = _measured(_answers("niah", {1024: [1.0] * 40, 2048: [1.0] * 35 + [0.0] * 5, 4096: [0.0] * 40}))
    assert found is not None and (found["value"], found["low"], found["high"]) == (2048, 1024, 2048)


_SCORES = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=6)


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(dict.fromkeys(LENGTHS, _SCORES)),
    st.tuples(st.floats(0.05, 1.0), st.floats(0.05, 1.0)),
    st.randoms(use_true_random=False),
)
def test_length_falls_with_the_threshold_and_is_independent_of_order(
    scores: dict[int, list[float]], thresholds: tuple[float, float], shuffler: random.Random
) -> None:
    scored = _answers("niah", scores)
    low, high = (_measured(scored, threshold=threshold) for threshold in sorted(thresholds))
    assert low is not None and high is not None
    for end in ("low", "value", "high"):
        assert high[end] <= low[end]
    assert low["low"] <= low["value"] <= low["high"]
    shuffler.shuffle(scored)
    assert _measured(scored, threshold=max(thresholds)) == high


@pytest.mark.parametrize("seed", [1, 2])
def test_resamples_are_those_of_documents(seed: int) -> None:
    """Ten answers about one document of two are one draw: the interval is as wide as that of two answers."""
    one_each = _answers("niah", {1024: [1.0, 0.0]})
    many = [
        answered("model", task="niah", item=f"{cluster}{n}", cluster=cluster, length=1024, scores={"score": score})
        for cluster, score in (("a", 1.0), ("b", 0.0))
        for n in range(10)
    ]
    found = [effective_length(TASKS, scored, subject="model", threshold=0.5, seed=seed) for scored in (one_each, many)]
    assert found[0] is not None and found[1] is not None
    assert found[0]["scores"][0]["low"] == found[1]["scores"][0]["low"] == 0.0
