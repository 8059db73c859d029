"""The page of an evaluation: headline, curves with the trained context marked, heat maps, tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from page_checks import broken_promises, visible_text
from sample_folders import HOSTILE, sample_evaluation

from pipeline.report.evaluation_page import heat_maps, perplexity_chart, render_evaluation_report, total_seconds
from pipeline.report.evaluation_plots import write_evaluation_plots


def _alone(evaluation: dict[str, Any]) -> dict[str, Any]:
    """The same evaluation without a base."""

    def tuned(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row["model"] == "tuned"]

    perplexity, passkey = evaluation["perplexity"], evaluation["passkey"]
    return {
        **evaluation,
        "models": {"tuned": evaluation["models"]["tuned"]},
        "perplexity": {**perplexity, "results": tuned(perplexity["results"]), "comparisons": []},
        "passkey": {**passkey, "by_length": tuned(passkey["by_length"]), "cells": tuned(passkey["cells"])},
    }


def test_page_two_models_shows_headline_curves_and_tables() -> None:
    evaluation = sample_evaluation()
    html = render_evaluation_report(evaluation)
    assert broken_promises(html) == []
    text = visible_text(html)
    assert evaluation["headline"] in text and evaluation["notes"][0] in text
    assert "16,384 Base model 647 518 to 809" in text
    assert "16,384 Tuned model 6 of 8 75%" in text
    assert HOSTILE not in html and HOSTILE in text
    charts = [chart["aria-label"] for chart in BeautifulSoup(html, "html.parser").find_all("svg", role="img")]
    assert charts == [
        "Perplexity by context length",
        "Keys found by the base model",
        "Keys found by the tuned model",
    ]


def test_perplexity_chart_wide_range_has_log_axis_and_marks_the_trained_context() -> None:
    evaluation = sample_evaluation()
    chart = str(perplexity_chart(evaluation["perplexity"], evaluation["models"]))
    ticks = [text.text for text in BeautifulSoup(chart, "html.parser").find_all("text", class_="tick")]
    assert ticks[:4] == ["1", "10", "100", "1,000"]
    assert ticks[4:] == ["2k", "8k", "16k", "base model's trained context"]
    assert "Base model at 16,384 tokens: 647" in chart


def test_perplexity_chart_narrow_range_has_linear_axis() -> None:
    evaluation = _alone(sample_evaluation())
    chart = str(perplexity_chart(evaluation["perplexity"], evaluation["models"]))
    ticks = [text.text for text in BeautifulSoup(chart, "html.parser").find_all("text", class_="tick end")]
    assert ticks[0] == "3" and "10" not in ticks


def test_heat_maps_write_the_hits_of_every_cell() -> None:
    maps = heat_maps(sample_evaluation()["passkey"])
    assert [found.label for found in maps] == ["Base model", "Tuned model"]
    labels = [
        text.text for text in BeautifulSoup(str(maps[1].chart), "html.parser").find_all("text", class_="heat-label")
    ]
    assert labels == ["4/4", "4/4", "3/4", "3/4"]


def test_page_model_alone_and_single_task_leave_the_rest_out() -> None:
    alone = _alone(sample_evaluation())
    text = visible_text(render_evaluation_report({**alone, "passkey": None, "notes": []}))
    assert "How far the model reads" in text and "Hidden keys" not in text and "Base model" not in text
    other = visible_text(render_evaluation_report({**alone, "perplexity": None}))
    assert "Hidden keys found" in other and "Perplexity by context length" not in other


def test_total_seconds_adds_both_tasks() -> None:
    assert total_seconds(sample_evaluation()) == 6 * 12.0 + 4 * 20.0


def test_plots_of_both_tasks_are_png_files(tmp_path: Path) -> None:
    evaluation = sample_evaluation()
    paths = write_evaluation_plots(str(tmp_path), evaluation)
    assert [Path(path).name for path in paths] == ["perplexity.png", "passkey.png"]
    assert all(Path(path).stat().st_size > 10_000 for path in paths)
    only = write_evaluation_plots(str(tmp_path / "one"), {**json.loads(json.dumps(evaluation)), "passkey": None})
    assert [Path(path).name for path in only] == ["perplexity.png"]
