"""The sentences of a result claim what the intervals allow, and the figures are what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from scored_answers import ROWS_VARIANTS, answered, evaluation_of, task

from pipeline.evaluate.prompt import ScoredAnswer
from pipeline.evaluate.results.headline import headline, subject_words
from pipeline.evaluate.task import AnswerTask

ROWS = task(variants=ROWS_VARIANTS)
PASSKEY = task("passkey", measures=("exact",), title="Passkey")
POSITION = task("position", measures=("f1",), title="Position")
TWO = {"base": "base", "tuned": "tuned"}


def _evaluation(
    scored: list[ScoredAnswer],
    *tasks: AnswerTask,
    subjects: Mapping[str, str] = TWO,
    forward: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    names = list(subjects)
    reference = names[0] if len(names) > 1 else None
    return evaluation_of(tasks, scored, subjects=subjects, main=names[-1], reference=reference, forward=forward)


def _rows(subject: str, score: float, *, variant: str = "document") -> list[ScoredAnswer]:
    spread = 5 if (subject, variant) == ("tuned", "document") else 3
    return [
        answered(subject, score + (n % spread - spread // 2) / 100, item=f"q{n}", variant=variant, length=length)
        for n in range(15)
        for length in (2048, 4096)
    ]


def _hits(subject: str, hits: list[bool], *, length: int = 2048, of: str = "passkey") -> list[ScoredAnswer]:
    return [
        answered(subject, task=of, item=f"k{n}", length=length, scores={"exact": float(hit)})
        for n, hit in enumerate(hits)
    ]


def _perplexity(*rows: tuple[str, int, float], ratios: Mapping[int, tuple[float, float, float]] = {}) -> dict[str, Any]:
    return {
        "title": "Perplexity",
        "about": "",
        "notes": [],
        "results": [
            {"subject": subject, "length": length, "perplexity": value, "low": value * 0.8, "high": value * 1.2}
            for subject, length, value in rows
        ],
        "comparisons": [
            {"subject": "tuned", "reference": "base", "length": length, "ratio": ratio, "low": low, "high": high}
            for length, (low, ratio, high) in ratios.items()
        ],
    }


def test_figures_are_those_of_the_main_subject_and_null_where_nothing_was_measured() -> None:
    scored = _rows("base", 0.2) + _rows("tuned", 0.6) + _rows("tuned", 0.7, variant="evidence_only")
    evaluation = _evaluation(scored, ROWS)
    assert evaluation["f1"] == evaluation["figures"]["tuned"]["f1"]
    assert (evaluation["f1"]["value"], evaluation["f1"]["n"], evaluation["f1"]["documents"]) == (0.6, 30, 15)
    assert evaluation["f1"]["low"] < 0.6 < evaluation["f1"]["high"]
    assert evaluation["figures"]["base"]["f1"]["value"] == 0.2
    assert evaluation["evidence_only"]["value"] == 0.7 and evaluation["no_document"] is None
    assert evaluation["effective_length"] is None and evaluation["figures"]["base"]["cost_of_length"] is None
    assert evaluation["cost_of_length"]["value"] == 0.1 and evaluation["cost_of_length"]["is_clear"]


def test_headline_rows_says_gain_cost_of_length_and_control() -> None:
    scored = _rows("base", 0.2) + _rows("tuned", 0.6)
    scored += _rows("tuned", 0.7, variant="evidence_only") + _rows("tuned", 0.1, variant="no_document")
    text = headline(_evaluation(scored, ROWS))
    assert text.startswith("On held-out rows the tuned model's answers have an F1 of 0.60 (95% interval 0.5")
    assert ", the base model's 0.20 (95% interval" in text and ": 0.40 higher (0.39 to 0.41)." in text
    assert (
        "Given the evidence alone, the tuned model reaches 0.70 (" in text
        and "the whole document costs 0.10 (0.09 to 0.11)." in text
    )
    assert "Given no document, the tuned model reaches 0.10 (" in text


def test_headline_rows_divides_the_gain_into_the_form_of_answers_and_reading() -> None:
    scored = _rows("base", 0.2) + _rows("tuned", 0.6)
    for subject, score, step in (("base", 0.1, 2e-4), ("tuned", 0.3, 1e-4)):
        scored += [answered(subject, score + step * n * n, item=f"q{n}", variant="no_document") for n in range(15)]
    text = headline(_evaluation(scored, ROWS))
    assert "Without the document, the form of the answers alone, the tuned model is 0.19 higher (0.19 to 0.20)" in text
    assert " than the base model. Reading the document adds 0.29 (0.29 to 0.30) to the tuned model's F1" in text
    assert text.endswith(" to the base model's.") and "and 0.09 (0.0" in text


def test_headline_rows_without_a_gain_in_form_claims_none() -> None:
    scored = _rows("base", 0.2) + _rows("tuned", 0.6)
    scored += _rows("base", 0.2, variant="no_document") + _rows("tuned", 0.2, variant="no_document")
    text = headline(_evaluation(scored, ROWS))
    assert "Without the document the tuned model is not measurably different from the base model." in text
    assert text.endswith("and nothing measurable to the base model's.")


def test_headline_scaling_alone_says_what_scaling_does_and_what_training_adds() -> None:
    def step(low: float, ratio: float, high: float) -> dict[str, float]:
        return {"ratio": ratio, "low": low, "high": high}

    section = _perplexity(("base", 2048, 5.0), ("base", 16384, 200.0), ("tuned", 2048, 4.9), ("tuned", 16384, 4.6))
    section["scaling_alone"] = {
        "base": "base",
        "tuned": "tuned",
        "results": [
            {"length": 2048, "perplexity": 5.1, "low": 4.5, "high": 5.7}
            | {"scaling": step(1.01, 1.02, 1.03), "training": step(0.94, 0.96, 0.98)},
            {"length": 16384, "perplexity": 5.0, "low": 4.0, "high": 6.0}
            | {"scaling": step(0.02, 0.025, 0.03), "training": step(0.9, 0.99, 1.1)},
        ],
    }
    text = headline(_evaluation([], forward={"perplexity": section}))
    assert text.endswith(
        "With the same RoPE scaling and no training at all, the base model's perplexity at 16,384 tokens is 5.00 (95% "
        "interval 4.00 to 6.00): the scaling alone makes it 40.0 times lower, and training then changes nothing "
        "measurable. At 2,048 tokens the scaling alone makes it 2.0% higher, and training then makes it 4.0% lower."
    )


def test_headline_rows_without_a_clear_difference_claims_none() -> None:
    scored = [answered("base", 0.5 + (n % 3 - 1) / 5, item=f"q{n}") for n in range(9)]
    scored += [answered("tuned", 0.5 + (n % 4 - 1) / 5, item=f"q{n}") for n in range(9)]
    scored += [answered("tuned", 0.5 + (n % 2) / 5, item=f"q{n}", variant="evidence_only") for n in range(9)]
    text = headline(_evaluation(scored, ROWS))
    assert ": not measurably different." in text and "no measurable cost of reading the whole document" in text
    assert "higher" not in text and "costs" not in text


def test_headline_gain_on_few_documents_is_not_claimed() -> None:
    scored = [answered("base", 0.2 + n / 50, item=f"q{n}") for n in range(4)]
    scored += [answered("tuned", 0.6 + n / 25, item=f"q{n}") for n in range(4)]
    scored += [answered("tuned", 0.9 + n / 50, item=f"q{n}", variant="evidence_only") for n in range(4)]
    text = headline(_evaluation(scored, ROWS))
    assert text.count("too few documents to tell a difference from chance") == 2
    assert "higher" not in text and "costs" not in text


def test_headline_few_trials_do_not_tell_models_apart() -> None:
    text = headline(_evaluation(_hits("base", [True, False]) + _hits("tuned", [True, True]), PASSKEY))
    assert text == (
        "Passkey at 2,048 tokens: the tuned model scores 1.00 (95% interval 0.34 to 1.00), "
        "the base model 0.50 (95% interval 0.09 to 0.91): not measurably different."
    )
    clear = headline(_evaluation(_hits("base", [False] * 20) + _hits("tuned", [True] * 20), PASSKEY))
    assert clear.endswith(": 1.00 higher (0.68 to 1.00).")


def test_headline_one_model_is_the_model_and_has_no_base() -> None:
    forward = {"perplexity": _perplexity(("alone", 512, 7.0))}
    scored = _rows("alone", 0.5) + _hits("alone", [True] * 4)
    text = headline(_evaluation(scored, ROWS, PASSKEY, subjects={"alone": "other"}, forward=forward))
    assert "base" not in text and "tuned" not in text
    assert text.endswith(" At 512 tokens the model's perplexity is 7.00 (95% interval 5.60 to 8.40).")
    assert "Passkey at 2,048 tokens: the model scores 1.00" in text


def test_headline_perplexity_says_how_much_at_the_longest_and_the_shortest_length() -> None:
    forward = {
        "perplexity": _perplexity(
            *(("base", 8192, 9.0), ("base", 16384, 190.0), ("tuned", 8192, 9.9), ("tuned", 16384, 9.5)),
            ratios={8192: (1.05, 1.1, 1.15), 16384: (0.04, 0.05, 0.06)},
        )
    }
    text = headline(_evaluation([], forward=forward))
    assert text.startswith("At 16,384 tokens the tuned model's perplexity is 9.50 (95% interval 7.60 to 11.4), ")
    assert "the base model's 190 (95% interval 152 to 228): 20.0 times lower than the base model's." in text
    assert text.endswith("At 8,192 tokens the tuned model's is 10.0% higher than the base model's.")


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
def test_headline_claims_a_ratio_where_the_interval_leaves_out_one(
    low: float, ratio: float, high: float, words: str
) -> None:
    section = _perplexity(("base", 512, 5.0), ("tuned", 512, 5.0), ratios={512: (low, ratio, high)})
    text = headline(_evaluation([], forward={"perplexity": section}))
    assert text == (
        "At 512 tokens the tuned model's perplexity is 5.00 (95% interval 4.00 to 6.00), "
        f"the base model's 5.00 (95% interval 4.00 to 6.00): {words}."
    )


def test_headline_effective_length_says_reached_below_and_at_least() -> None:
    counting = task("passkey", measures=("exact",), counts=True)
    scored = [
        one
        for length, right in ((2048, True), (4096, False))
        for one in _hits("tuned", [right] * 40, length=length) + _hits("base", [False] * 40, length=length)
    ]
    scored += _hits("long", [True] * 40, length=2048) + _hits("long", [True] * 40, length=4096)
    text = headline(_evaluation(scored, counting))
    assert (
        "The tuned model's effective length, at a mean score of 85.6% on 1 task, is 2,048 of 4,096 tokens "
        "(95% interval 2,048 to 2,048); the base model's is below 2,048 tokens, the shortest tested "
        "(95% interval 0 to 0)." in text
    )
    lone = headline(_evaluation(scored, counting, subjects={"long": "other"}))
    assert "is at least 4,096 tokens, the longest tested (95% interval 4,096 to 4,096)." in lone


def test_headline_position_is_told_if_the_gap_is_clear() -> None:
    blind = [
        answered("tuned", 0.0 if depth == 0.5 else 1.0, task="position", item=f"q{n}", depth=depth)
        for n in range(20)
        for depth in (0.0, 0.5, 1.0)
    ]
    text = headline(_evaluation(blind, POSITION, subjects={"tuned": "other"}))
    assert text == (
        "At 2,048 tokens the position of the proof matters: the score is 1.00 (0.68 to 1.00) higher at the best depth "
        "(0%) than at the worst (50%)."
    )
    even = [answered("tuned", n % 2, task="position", item=f"q{n}", depth=d) for n in range(20) for d in (0.0, 1.0)]
    assert "no measurable difference" in headline(_evaluation(even, POSITION, subjects={"tuned": "other"}))


def test_headline_many_tasks_says_on_which_the_models_differ() -> None:
    tasks = [task(name, measures=("exact",), title=name) for name in ("a", "b", "c", "d")]
    scored = []
    for name, base, tuned in (("a", 0, 1), ("b", 1, 0), ("c", 1, 1), ("d", 0, 1)):
        scored += _hits("base", [bool(base)] * 20, of=name) + _hits("tuned", [bool(tuned)] * 20, of=name)
    text = headline(_evaluation(scored, *tasks))
    assert text == (
        "Of 4 other tasks, the tuned model is better on a and d, worse on b and not measurably different on 1, "
        "compared with the base model (95% for each task)."
    )


def test_subjects_are_named_by_role_only_if_the_role_is_theirs_alone() -> None:
    subjects = [{"name": "b", "role": "base"}, {"name": "t1", "role": "tuned"}, {"name": "t2", "role": "tuned"}]
    assert subject_words(subjects) == {"b": "the base model", "t1": "t1", "t2": "t2"}
    assert subject_words([{"name": "x", "role": "other"}, {"name": "y", "role": "other"}]) == {"x": "x", "y": "y"}
    assert subject_words([{"name": "x", "role": "tuned"}]) == {"x": "the model"}
