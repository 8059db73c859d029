"""The page of an evaluation: findings, tasks of any subjects, controls, heat maps, samples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from page_checks import broken_promises, visible_text
from sample_evaluations import sample_answers, sample_evaluation, write_sample_evaluation
from sample_folders import HOSTILE
from scored_answers import answered, evaluation_of, task

from pipeline.evaluate.results.headline import findings
from pipeline.report.evaluation_charts import (
    control_charts,
    depth_charts,
    effective_chart,
    heat_maps,
    perplexity_chart,
    subject_styles,
)
from pipeline.report.evaluation_page import forward_seconds, render_evaluation_report
from pipeline.report.evaluation_samples import SHOWN_SAMPLES, choose, read_samples


def sample_alone() -> dict[str, Any]:
    """An evaluation of one model that is no base and was not tuned here."""
    answers = [one for one in sample_answers() if one.subject == "other"]
    tasks = [task(measures=("f1", "exact"), variants=("document", "no_document")), task("passkey", measures=("exact",))]
    return evaluation_of(tasks, answers, subjects={"other": "other"}, main="other", reference=None)


def _labels(html: str) -> list[str]:
    return [str(chart["aria-label"]) for chart in BeautifulSoup(html, "html.parser").find_all("svg", role="img")]


def test_page_of_three_models_keeps_its_promises_and_shows_findings_tasks_and_notes(tmp_path: Path) -> None:
    folder = write_sample_evaluation(tmp_path)
    evaluation = sample_evaluation()
    html = render_evaluation_report(evaluation, read_samples(folder, evaluation))
    assert broken_promises(html) == []
    text = visible_text(html)
    for sentence in (*findings(evaluation), *evaluation["notes"], "Left out: 3 questions, too long."):
        assert sentence in text
    assert "smollm2 base model models/smollm2" in text and "quickstart tuned model models/quickstart" in text
    assert "16,384 smollm2 647 518 to 809" in text
    assert "quickstart 0.88 0.53 to 0.98 0.88 0.53 to 0.98 16 +0.38" in text, "passkey in the table of all tasks"
    assert HOSTILE not in html and HOSTILE in text
    assert "It does not cache keys and values." in text and "sinks ÷ window 0.024" in text


def test_page_draws_a_chart_for_each_thing_measured() -> None:
    labels = _labels(render_evaluation_report(sample_evaluation()))
    names = ("smollm2", "quickstart", "other")
    assert labels == [
        "Mean score by length",
        *(f"Held-out rows: f1 of {name} by what it is given" for name in names),
        *(f"Held-out rows: f1 of {name} by depth and length" for name in names),
        "Held-out rows: f1 by depth at 2,048 tokens",
        "Held-out rows: f1 by depth at 16,384 tokens",
        "Passkey: exact by length",
        *(f"Passkey: exact of {name} by depth and length" for name in names),
        "Passkey: exact by depth at 2,048 tokens",
        "Passkey: exact by depth at 16,384 tokens",
        "Perplexity by context length",
        "Perplexity of quickstart along the stream",
    ]


def test_page_of_a_lone_model_has_no_base_and_no_tuned_model() -> None:
    html = render_evaluation_report(sample_alone())
    assert broken_promises(html) == []
    text = visible_text(html)
    assert "How far other reads" in text and "the model's answers have an F1 of" in text
    for word in (
        "base model",
        "tuned",
        "Paired differences",
        "Difference",
        "Perplexity by context length",
        "Streaming",
    ):
        assert word not in text


def test_page_of_perplexity_alone_and_of_an_unknown_forward_task() -> None:
    forward = sample_evaluation()["forward"]
    subjects = {"smollm2": "base", "quickstart": "tuned"}
    options: dict[str, Any] = {"subjects": subjects, "main": "quickstart", "reference": "smollm2"}
    text = visible_text(render_evaluation_report(evaluation_of([], [], forward=forward, **options)))
    assert "How far 2 models read" in text and "All tasks" not in text and "Effective length" not in text
    other = {
        "title": "Harness",
        "about": "Tasks of another harness.",
        "notes": ["Zero-shot."],
        "results": [{"subject": "smollm2", "task": "arc_easy", "acc": 0.4321, "n": 2376, "versions": [1]}],
    }
    html = render_evaluation_report(evaluation_of([], [], forward={"harness": other}, **options))
    assert broken_promises(html) == []
    assert "subject task acc n smollm2 arc_easy 0.432 2,376" in visible_text(html)


def test_page_of_tasks_without_answers_leaves_them_out() -> None:
    evaluation = evaluation_of([task()], [], subjects={"alone": "other"}, main="alone", reference=None)
    html = render_evaluation_report(evaluation)
    assert broken_promises(html) == [] and "task-rows" not in html


def test_controls_have_a_curve_for_each_variant_and_need_two_lengths() -> None:
    section = sample_evaluation()["tasks"]["rows"]
    charts = control_charts(section, ["smollm2", "quickstart"])
    assert [one.title for one in charts] == ["smollm2", "quickstart"]
    curves = BeautifulSoup(str(charts[1].chart), "html.parser").find_all("polyline")
    assert len(curves) == 4 and len({" ".join(curve["class"]) for curve in curves}) == 4
    short = {**section, "cells": [row for row in section["cells"] if row["length"] == 2048]}
    assert control_charts(short, ["smollm2"]) == []
    assert control_charts(sample_evaluation()["tasks"]["passkey"], ["smollm2"]) == []


def test_heat_maps_write_hits_or_means_of_every_cell() -> None:
    evaluation = sample_evaluation()
    maps = {one.title: str(one.chart) for one in heat_maps(evaluation["tasks"]["passkey"])}
    texts = BeautifulSoup(maps["quickstart"], "html.parser").find_all("text", class_="heat-label")
    assert [text.text for text in texts] == ["4/4", "3/4", "4/4", "3/4"]
    rows = heat_maps(evaluation["tasks"]["rows"])[0]
    assert "0.18" in str(rows.chart)


def test_depth_ranges_name_both_ends() -> None:
    scored = [
        answered("m", n / 30, item=f"q{n}", depth=n / 30, length=length) for n in range(30) for length in (2048, 4096)
    ]
    evaluation = evaluation_of([task()], scored, subjects={"m": "other"}, main="m", reference=None)
    (chart,) = heat_maps(evaluation["tasks"]["rows"])
    rows = [text.text for text in BeautifulSoup(str(chart.chart), "html.parser").find_all("text", class_="tick end")]
    assert rows == ["0–20%", "20–40%", "40–60%", "60–80%", "80–100%"]
    assert len(depth_charts(evaluation["tasks"]["rows"], {"m": "tuned"})) == 2


def test_perplexity_chart_has_a_log_axis_for_a_wide_range_and_marks_the_trained_context() -> None:
    evaluation = sample_evaluation()
    section, styles = evaluation["forward"]["perplexity"], subject_styles(evaluation)
    wide = BeautifulSoup(str(perplexity_chart(section, styles, evaluation["subjects"])), "html.parser")
    ticks = [text.text for text in wide.find_all("text", class_="tick")]
    assert ticks[:4] == ["1", "10", "100", "1,000"] and ticks[4:] == ["2k", "8k", "16k", "trained context"]
    tuned = {**section, "results": [row for row in section["results"] if row["subject"] == "quickstart"]}
    narrow = BeautifulSoup(str(perplexity_chart(tuned, styles, evaluation["subjects"])), "html.parser")
    ends = [text.text for text in narrow.find_all("text", class_="tick end")]
    assert ends[0] == "3" and "10" not in ends


def test_effective_length_of_one_tested_length_has_no_chart() -> None:
    evaluation = sample_evaluation()
    figures = json.loads(json.dumps(evaluation["figures"]))
    for figure in figures.values():
        figure["effective_length"]["scores"] = figure["effective_length"]["scores"][:1]
    assert effective_chart(evaluation["figures"], subject_styles(evaluation), 0.856) is not None
    assert effective_chart(figures, subject_styles(evaluation), 0.856) is None


def test_subjects_have_styles_of_their_own() -> None:
    styles = subject_styles(sample_evaluation())
    assert styles == {"smollm2": "base", "quickstart": "tuned", "other": "s2"}


@pytest.mark.parametrize(
    ("num_right", "num_wrong", "expected"), [(9, 9, 3), (1, 9, 1), (9, 1, 5), (2, 0, 2), (0, 2, 0)]
)
def test_samples_are_half_right_and_half_wrong_if_there_are_such(num_right: int, num_wrong: int, expected: int) -> None:
    samples = [
        {"item": f"q{n}", "length": 2048, "depth": None, "scores": {"f1": float(n < num_right)}}
        for n in range(num_right + num_wrong)
    ]
    chosen = choose(samples, "f1")
    assert len(chosen) == min(SHOWN_SAMPLES, len(samples)) == len({one["item"] for one in chosen})
    assert sum(one["scores"]["f1"] for one in chosen) == expected
    assert choose(samples[::-1], "f1") == chosen


def test_samples_show_what_every_model_answered_to_the_same_question(tmp_path: Path) -> None:
    evaluation = sample_evaluation()
    samples = read_samples(write_sample_evaluation(tmp_path), evaluation)
    assert set(samples) == {"rows", "passkey"} and len(samples["rows"].shown) == SHOWN_SAMPLES
    for one in samples["rows"].shown:
        assert [answer["subject"] for answer in one.answers] == ["quickstart", "smollm2", "other"]
        assert {(answer["item"], answer["length"], answer["variant"]) for answer in one.answers} == {
            (one.question["item"], one.question["length"], "document")
        }
    for _, file in samples["rows"].files:
        assert (tmp_path / file).is_file()
    assert read_samples(str(tmp_path / "moved"), evaluation) == {}


def test_figure_of_a_model_that_fails_at_the_shortest_length_is_no_bare_zero() -> None:
    scored = [answered("m", 0.0, item=f"q{n}") for n in range(20)]
    evaluation = evaluation_of([task(counts=True)], scored, subjects={"m": "other"}, main="m", reference=None)
    assert "Effective length, tokens below 2,048" in visible_text(render_evaluation_report(evaluation))


def test_forward_seconds_adds_all_measurements() -> None:
    assert forward_seconds(sample_evaluation()) == 6 * 12.0 + 3 * 3.0
