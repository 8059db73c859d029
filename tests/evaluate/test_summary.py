"""The sentence of a result claims what the intervals allow."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.evaluate.cells import Cell, CellResult, EvaluationTask, Role
from pipeline.evaluate.summary import headline, passkey_section, perplexity_section


def _scored(role: Role, length: int, levels: list[float]) -> CellResult:
    cell = Cell(role=role, task=EvaluationTask.PERPLEXITY, length=length, fingerprint="f")
    return CellResult(cell=cell, seconds=1.0, values={"nll": [[level] * 32 for level in levels]})


def _tried(role: Role, length: int, hits: list[bool]) -> CellResult:
    cell = Cell(role=role, task=EvaluationTask.PASSKEY, length=length, fingerprint="f")
    trials = [{"depth": 0.5, "retrieved": hit, "answer": "12345", "key": "12345"} for hit in hits]
    return CellResult(cell=cell, seconds=2.0, values={"trials": trials})


def _headline(results: list[CellResult]) -> str:
    tasks = {result.cell.task for result in results}
    evaluation: dict[str, Any] = {
        "perplexity": perplexity_section(results, seed=1) if EvaluationTask.PERPLEXITY in tasks else None,
        "passkey": passkey_section(results) if EvaluationTask.PASSKEY in tasks else None,
    }
    return headline(evaluation)


def test_perplexity_section_is_weighted_by_token_and_pairs_models() -> None:
    results = [_scored(Role.BASE, 512, [1.0, 3.0]), _scored(Role.TUNED, 512, [0.5, 2.5])]
    section = perplexity_section(results, seed=1)
    assert [row["perplexity"] for row in section["results"]] == [pytest.approx(7.389), pytest.approx(4.482, abs=1e-3)]
    (comparison,) = section["comparisons"]
    assert comparison["tuned_over_base"] == pytest.approx(0.60653)
    assert comparison["low"] == comparison["high"] == pytest.approx(0.60653)


def test_headline_clear_gain_says_how_much_at_the_longest_length() -> None:
    text = _headline(
        [
            _scored(Role.BASE, 8192, [2.0, 2.4]),
            _scored(Role.BASE, 16384, [5.0, 5.5]),
            _scored(Role.TUNED, 8192, [2.1, 2.5]),
            _scored(Role.TUNED, 16384, [2.0, 2.5]),
        ]
    )
    assert text.startswith("At 16,384 tokens the tuned model's perplexity is 9.49 (95 % interval 7.39 to 12.2)")
    assert "20.1 times lower than the base's" in text
    assert "At 8,192 tokens the tuned model's is 10.5% higher than the base's." in text


def test_headline_difference_within_the_noise_is_not_claimed() -> None:
    text = _headline([_scored(Role.BASE, 512, [1.0, 3.0, 2.0]), _scored(Role.TUNED, 512, [1.2, 2.7, 2.1])])
    assert "no different from the base's as far as these tokens can tell" in text
    assert "lower" not in text


def test_headline_few_trials_says_that_they_do_not_tell_models_apart() -> None:
    text = _headline([_tried(Role.BASE, 2048, [True, False]), _tried(Role.TUNED, 2048, [True, True])])
    assert text == (
        "At 2,048 tokens the tuned model finds 2 of 2 hidden keys, the base model 1 of 2; "
        "too few trials to tell the two apart."
    )


def test_headline_one_model_does_not_mention_a_base() -> None:
    text = _headline([_scored(Role.TUNED, 512, [2.0]), _tried(Role.TUNED, 512, [True] * 4)])
    assert "base" not in text and "the model finds 4 of 4 hidden keys" in text
