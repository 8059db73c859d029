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
    assert text.startswith("At 16,384 tokens the tuned model's perplexity is 9.49 (95% interval 7.39 to 12.2)")
    assert "20.1 times lower than the base model's" in text
    assert "At 8,192 tokens the tuned model's is 10.5% higher than the base model's." in text


def test_headline_difference_within_the_noise_is_not_claimed() -> None:
    text = _headline([_scored(Role.BASE, 512, [1.0, 3.0, 2.0]), _scored(Role.TUNED, 512, [1.2, 2.7, 2.1])])
    assert "not measurably different from the base model's" in text
    assert "lower" not in text


def test_headline_few_trials_says_that_they_do_not_tell_models_apart() -> None:
    text = _headline([_tried(Role.BASE, 2048, [True, False]), _tried(Role.TUNED, 2048, [True, True])])
    assert text == (
        "At 2,048 tokens the tuned model finds 2 of 2 hidden keys, the base model 1 of 2; "
        "too few trials to show a difference."
    )


def test_headline_one_model_does_not_mention_a_base() -> None:
    text = _headline([_scored(Role.TUNED, 512, [2.0]), _tried(Role.TUNED, 512, [True] * 4)])
    assert "base" not in text and "the model finds 4 of 4 hidden keys" in text


def test_passkey_section_counts_hits_by_depth_and_over_all() -> None:
    cell = Cell(role=Role.TUNED, task=EvaluationTask.PASSKEY, length=512, fingerprint="f")
    trials = [
        {"depth": depth, "retrieved": hit, "answer": answer, "key": "1"}
        for depth, hit, answer in ((0.0, True, "1"), (0.0, False, "2"), (0.5, True, "1"), (1.0, False, "3"))
    ]
    section = passkey_section([CellResult(cell=cell, seconds=2.5, values={"trials": trials})])
    assert [(row["depth"], row["hits"], row["samples"], row["answers"]) for row in section["cells"]] == [
        (0.0, 1, 2, ["1", "2"]),
        (0.5, 1, 1, ["1"]),
        (1.0, 0, 1, ["3"]),
    ]
    (over_all,) = section["by_length"]
    assert (over_all["hits"], over_all["samples"], over_all["accuracy"], over_all["seconds"]) == (2, 4, 0.5, 2.5)
    assert (over_all["model"], over_all["length"]) == ("tuned", 512)
    assert 0 < over_all["low"] < 0.5 < over_all["high"] < 1


def test_perplexity_section_compares_at_lengths_both_models_have_in_order() -> None:
    results = [_scored(Role.TUNED, length, [1.0, 2.0]) for length in (4096, 512, 8192)]
    results += [_scored(Role.BASE, length, [1.5, 2.5]) for length in (4096, 512)]
    section = perplexity_section(results, seed=1)
    assert [row["length"] for row in section["comparisons"]] == [512, 4096]
    assert len(section["results"]) == 5
    first = section["results"][0]
    assert (first["num_tokens"], first["num_windows"], first["window_nll"], first["mean_nll"]) == (
        64,
        2,
        [1.0, 2.0],
        1.5,
    )
    assert first["low"] < first["perplexity"] < first["high"]


def _compared(low: float, ratio: float, high: float) -> str:
    row = {"perplexity": 5.0, "low": 4.0, "high": 6.0, "length": 512}
    return headline(
        {
            "perplexity": {
                "results": [{**row, "model": "base"}, {**row, "model": "tuned"}],
                "comparisons": [{"length": 512, "tuned_over_base": ratio, "low": low, "high": high}],
            },
            "passkey": None,
        }
    )


@pytest.mark.parametrize(
    ("low", "ratio", "high", "words"),
    [
        (0.8, 0.9, 1.0, "not measurably different from the base model's"),
        (1.0, 1.1, 1.2, "not measurably different from the base model's"),
        (0.8, 0.9, 0.99, "10.0% lower than the base model's"),
        (1.01, 1.1, 1.2, "10.0% higher than the base model's"),
        (0.4, 0.5, 0.6, "2.00 times lower than the base model's"),
        (0.5, 0.51, 0.6, "49.0% lower than the base model's"),
        (1.9, 2.0, 2.1, "2.00 times higher than the base model's"),
        (1.9, 1.99, 2.1, "99.0% higher than the base model's"),
        (10.0, 12.34, 15.0, "12.3 times higher than the base model's"),
        (100.0, 123.4, 150.0, "123 times higher than the base model's"),
    ],
)
def test_headline_claims_a_difference_where_the_interval_leaves_out_one(
    low: float, ratio: float, high: float, words: str
) -> None:
    text = _compared(low, ratio, high)
    assert text.startswith(
        "At 512 tokens the tuned model's perplexity is 5.00 (95% interval 4.00 to 6.00), "
        "the base model's 5.00 (95% interval 4.00 to 6.00): " + words
    )


def test_headline_equal_hits_are_told_without_a_caution_and_clear_ones_too() -> None:
    equal = _headline([_tried(Role.BASE, 512, [True, False]), _tried(Role.TUNED, 512, [True, False])])
    assert equal == "At 512 tokens the tuned model finds 1 of 2 hidden keys, the base model 1 of 2."
    clear = _headline([_tried(Role.BASE, 512, [False] * 20), _tried(Role.TUNED, 512, [True] * 20)])
    assert clear == "At 512 tokens the tuned model finds 20 of 20 hidden keys, the base model 0 of 20."
