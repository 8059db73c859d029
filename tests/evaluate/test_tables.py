"""Sections of `evaluation.json`: cells, paired differences, variants and positions, from synthetic answers."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scored_answers import ROWS_VARIANTS, answered, task

from pipeline.evaluate.prompt import ScoredAnswer
from pipeline.evaluate.results.tables import answer_section

ROWS = task(measures=("f1", "exact"), variants=ROWS_VARIANTS)


def _section(scored: list[ScoredAnswer], **options: Any) -> dict[str, Any]:
    chosen = {"subjects": ["base", "tuned"], "reference": "base", "seed": 17, **options}
    return answer_section(chosen.pop("of", ROWS), scored, **chosen)


def _value(row: dict[str, Any], measure: str = "f1") -> float:
    return row["scores"][measure]["value"]


def test_cells_count_answers_documents_faults_and_cuts() -> None:
    section = _section(
        [
            answered(score=1.0, item="q1", cluster="d1"),
            answered(score=0.5, item="q2", cluster="d1", is_cut=True),
            answered(score=0.0, item="q3", cluster="d2", fault="the server refused"),
        ]
    )
    (cell,) = section["cells"]
    assert (cell["subject"], cell["variant"], cell["length"]) == ("tuned", "document", 2048)
    assert (cell["n"], cell["documents"], cell["faults"], cell["cut"]) == (3, 2, 1, 1)
    assert cell["scores"]["f1"]["value"] == 0.5 and cell["scores"]["f1"]["interval"] == "bootstrap"
    assert section["subjects"] == ["tuned"] and section["lengths"] == [2048] and section["against_reference"] == []


def test_measure_that_a_question_does_not_have_is_left_out_of_its_n() -> None:
    section = _section(
        [
            answered(item="q1", scores={"f1": 1.0, "exact": None}),
            answered(item="q2", scores={"f1": 0.0, "exact": 1.0}),
            answered(item="q3", variant="no_document", scores={"f1": 0.0, "exact": None}),
        ]
    )
    document, blind = section["cells"]
    assert (document["scores"]["f1"]["n"], document["scores"]["exact"]["n"], document["n"]) == (2, 1, 2)
    assert "exact" not in blind["scores"]


def test_cells_stand_in_the_order_of_subjects_variants_and_lengths() -> None:
    scored = [
        answered(subject, variant=variant, length=length)
        for length in (4096, 2048)
        for variant in ("no_document", "document")
        for subject in ("tuned", "base")
    ]
    section = _section(scored)
    assert section["variants"] == ["document", "no_document"] and section["main_variant"] == "document"
    assert [(row["subject"], row["variant"], row["length"]) for row in section["cells"]] == [
        (subject, variant, length)
        for subject in ("base", "tuned")
        for variant in ("document", "no_document")
        for length in (2048, 4096)
    ]


def test_breakdowns_split_by_kind_and_language_where_there_are_several() -> None:
    section = _section(
        [
            answered(score=1.0, item="q1", kind="amount"),
            answered(score=0.0, item="q2", kind="deadline"),
        ]
    )
    assert [(row["kind"], row["n"], _value(row)) for row in section["by_kind"]] == [
        ("amount", 1, 1.0),
        ("deadline", 1, 0.0),
    ]
    assert section["by_language"] == [] and section["by_depth"] == []


def test_depths_are_shown_as_they_are_if_few_and_in_ranges_if_many() -> None:
    few = _section([answered(item=f"q{n}", depth=n / 10) for n in range(11)])
    assert few["depth_width"] == 0.0 and few["depths"] == [n / 10 for n in range(11)]
    many = _section([answered(item=f"q{n}", depth=n / 19) for n in range(20)])
    assert many["depth_width"] == 0.2 and many["depths"] == [0.1, 0.3, 0.5, 0.7, 0.9]
    assert sum(row["n"] for row in many["by_depth"]) == 20


def test_difference_from_the_reference_pairs_the_same_questions() -> None:
    scored = [answered("base", 0.2, item=f"q{n}") for n in range(8)]
    scored += [answered("tuned", 0.7, item=f"q{n}") for n in range(8)]
    scored += [answered("tuned", 0.0, item="only tuned has it")]
    section = _section(scored)
    at_length, over_all = section["against_reference"]
    assert (at_length["subject"], at_length["reference"], at_length["length"]) == ("tuned", "base", 2048)
    assert (at_length["n"], at_length["unpaired"], over_all["length"]) == (8, 1, None)
    assert _value(at_length) == 0.5 and at_length["scores"]["f1"]["is_clear"]


def test_question_that_one_tokenizer_puts_at_another_length_is_a_pair_over_all_lengths() -> None:
    scored = [answered("base", 0.2, item=f"q{n}", length=2048 if n else 4096) for n in range(8)]
    scored += [answered("tuned", 0.7, item=f"q{n}", length=2048) for n in range(8)]
    scored += [answered("tuned", 0.0, item="twice", length=length) for length in (2048, 4096)]
    scored += [answered("base", 0.0, item="twice", length=8192)]
    rows = {row["length"]: row for row in _section(scored)["against_reference"]}
    assert (rows[2048]["n"], rows[2048]["unpaired"]) == (7, 2)
    assert (rows[None]["n"], rows[None]["unpaired"], _value(rows[None])) == (8, 3, 0.5)


def test_difference_from_the_reference_is_narrower_than_the_cells_if_questions_differ_in_difficulty() -> None:
    levels = [n / 20 for n in range(20)]
    scored = [answered("base", level, item=f"q{n}") for n, level in enumerate(levels)]
    scored += [answered("tuned", level + 0.04 + n % 3 / 100, item=f"q{n}") for n, level in enumerate(levels)]
    section = _section(scored)
    base, tuned = section["cells"]
    assert base["scores"]["f1"]["high"] > tuned["scores"]["f1"]["low"], "the cells' intervals overlap"
    assert section["against_reference"][0]["scores"]["f1"]["is_clear"]


def test_depths_that_differ_between_tokenizers_are_paired_in_order() -> None:
    scored = [answered("base", 0.25, depth=depth) for depth in (0.51, 0.01, 0.98)]
    scored += [answered("tuned", score, depth=depth) for depth, score in ((0.02, 1.0), (0.49, 0.5), (0.97, 0.25))]
    (row, _) = _section(scored)["against_reference"]
    assert (row["n"], row["unpaired"], _value(row)) == (3, 0, pytest.approx(1 / 3, abs=1e-4))
    other_count = _section(scored[:-1])["against_reference"]
    assert other_count == []


def test_variants_are_compared_with_the_whole_document_at_the_same_length() -> None:
    scored = []
    for n in range(8):
        for length, loss in ((2048, 0.0), (8192, 0.5)):
            scored.append(answered(item=f"q{n}", length=length, score=0.75 - loss * (0.9 + n % 2 / 5)))
            scored.append(answered(item=f"q{n}", length=length, variant="evidence_only", score=0.75))
    rows = _section(scored)["against_variants"]
    assert [(row["control"], row["length"], _value(row)) for row in rows] == [
        ("evidence_only", 2048, 0.0),
        ("evidence_only", 8192, -0.5),
        ("evidence_only", None, -0.25),
    ]
    assert [row["scores"]["f1"]["is_clear"] for row in rows] == [False, True, True]


def test_control_that_is_asked_once_pairs_with_every_depth() -> None:
    scored = [answered(depth=depth, score=score) for depth, score in ((0.0, 1.0), (0.5, 0.0), (1.0, 1.0))]
    scored += [answered(variant="evidence_only", score=1.0)]
    (row, _) = _section(scored)["against_variants"]
    assert (row["n"], _value(row)) == (3, pytest.approx(-1 / 3, abs=1e-4))


def _blind_to_the_middle(num_items: int) -> list[ScoredAnswer]:
    return [
        answered(item=f"q{n}", depth=depth, score=0.0 if depth == 0.5 else 1.0)
        for n in range(num_items)
        for depth in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]


def test_position_gap_of_a_reader_blind_to_the_middle_is_whole() -> None:
    (row,) = _section(_blind_to_the_middle(20))["positions"]
    assert row["best"] == {"depth": 0.0, "value": 1.0} and row["worst"] == {"depth": 0.5, "value": 0.0}
    assert row["observed_gap"] == row["gap"]["value"] == 1.0 and row["gap"]["is_clear"] and row["gap"]["low"] > 0.6
    assert (row["n"], row["documents"]) == (100, 20)


def test_position_gap_of_a_reader_that_guesses_is_not_clear_though_one_depth_looks_best() -> None:
    observed, clear, gaps = [], 0, []
    for seed in range(30):
        chance = random.Random(seed)
        scored = [
            answered(item=f"q{n}", depth=depth, score=float(chance.random() < 0.5))
            for n in range(20)
            for depth in (0.0, 0.25, 0.5, 0.75, 1.0)
        ]
        (row,) = _section(scored)["positions"]
        observed.append(row["observed_gap"])
        gaps.append(row["gap"]["value"])
        clear += row["gap"]["is_clear"]
    assert sum(observed) / 30 > 0.2, "the largest minus the smallest mean is biased"
    assert abs(sum(gaps) / 30) < 0.08 and clear <= 2


def test_position_gap_needs_two_depths_and_two_documents() -> None:
    assert _section([answered(depth=0.5, item=f"q{n}") for n in range(5)])["positions"] == []
    (row,) = _section([answered(depth=0.0), answered(depth=1.0, score=0.0)])["positions"]
    assert row["observed_gap"] == 1.0 and row["gap"] is None


def test_lone_subject_has_no_reference() -> None:
    section = _section([answered("alone")], subjects=["alone"], reference=None)
    assert section["against_reference"] == [] and len(section["cells"]) == 1


_ANSWERS = st.lists(
    st.builds(
        answered,
        st.sampled_from(["base", "tuned"]),
        st.sampled_from([0.0, 0.3, 1.0]),
        item=st.sampled_from(["q1", "q2", "q3"]),
        cluster=st.sampled_from(["d1", "d2"]),
        length=st.sampled_from([2048, 4096]),
        variant=st.sampled_from(["document", "no_document"]),
        kind=st.sampled_from(["", "amount"]),
        depth=st.sampled_from([None, 0.0, 0.5]),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(_ANSWERS, st.randoms(use_true_random=False))
def test_section_is_json_and_independent_of_order(scored: list[ScoredAnswer], shuffler: random.Random) -> None:
    section = _section(scored)
    shuffled = list(scored)
    shuffler.shuffle(shuffled)
    assert _section(shuffled) == section == json.loads(json.dumps(section))
    assert sum(cell["n"] for cell in section["cells"]) == len(scored)
    assert sum(row["n"] for row in section["by_kind"]) in (0, len(scored))
    for cell in section["cells"]:
        for estimate in cell["scores"].values():
            assert 0.0 <= estimate["low"] <= estimate["value"] <= estimate["high"] <= 1.0
