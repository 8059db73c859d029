"""The words and numbers of every page and card, of sample folders, as approved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from approved_outcome import check_approved
from bs4 import BeautifulSoup
from small_student import small_config
from test_evaluation_page import sample_alone
from test_model_card import RECORD, STAGE

from pipeline.report.evaluation_page import render_evaluation_report
from pipeline.report.model_card import model_card
from pipeline.report.rope_page import rope_page
from pipeline.report.training_page import render_training_report
from pipeline.train.rope.comparison import compare_methods, frequency_rows
from pipeline.train.rope.methods import make_method
from pipeline.train.rope.scaled_config import config_scaling
from pipeline.train.run.metrics import ProbeMetrics, RunMetrics, StepMetrics, ValidationMetrics
from pipeline.train.run.record import PackRecord, ProbePoint, RowCounts, ValidationPoint

_SHOWN = ("linear", "ntk", "dynamic", "yarn", "llama3", "giraffe_power", "giraffe_truncated")


def _lines(html: str) -> list[str]:
    """Text of the page, a line a piece, and where its charts put their points."""
    soup = BeautifulSoup(html, "html.parser")
    assert soup.body is not None
    lines = [" ".join(text.split()) for text in soup.body.stripped_strings]
    for shape in soup.body.find_all(["polyline", "path", "circle", "rect"]):
        place = [
            str(shape[name])
            for name in ("points", "d", "cx", "cy", "x", "y", "width", "height")
            if shape.has_attr(name)
        ]
        lines.append(f"{shape.name} {' '.join(place)}")
    return lines


@pytest.mark.parametrize("name", ["build", "training", "evaluation"])
def test_page_says_and_draws_what_was_approved(pages: dict[str, Path], name: str) -> None:
    check_approved(f"page_{name}.txt", _lines(pages[name].read_text(encoding="utf-8")), relative=1e-3)


def test_rope_page_says_and_draws_what_was_approved() -> None:
    unscaled = config_scaling(small_config())
    recipes = [(m, make_method(m, factor=4.0)) for m in _SHOWN]
    columns = compare_methods(unscaled, recipes)
    html = rope_page(model="small", unscaled=unscaled, rows=frequency_rows(unscaled), columns=columns)
    check_approved("page_rope.txt", _lines(html), relative=1e-3)


def test_model_card_says_what_was_approved() -> None:
    steps = [
        StepMetrics(step, "main", 2.5 - step / 20, 1e-4 * step, 1.5, 10_000, 80, 10.0, 1000.0, 2.5)
        for step in range(1, RECORD.steps + 1)
    ]
    check_approved("model_card.txt", model_card(RECORD, steps).splitlines())


_DOCUMENTS = PackRecord("corpus", "train", RowCounts(30, 28, 2, 0, 900_000, 899_000), 120)
_STAGED = replace(
    RECORD,
    stages=(
        replace(STAGE, name="read-4k", data="corpus", max_tokens=4_096, rope_method="none", packs=(_DOCUMENTS,)),
        STAGE,
    ),
    steps=48,
    validation=(
        *(ValidationPoint(step, "read-4k", "corpus", loss, 500) for step, loss in ((0, 3.5), (24, 3.25))),
        *(ValidationPoint(step, "main", "sft", loss, 500) for step, loss in ((24, 2.0), (48, 1.5))),
    ),
    probes=tuple(
        ProbePoint(step, "main", length, depth, 2, hits)
        for step, length, depth, hits in ((24, 6_144, 0.1, 0), (48, 6_144, 0.1, 2), (48, 12_288, 0.9, 1))
    ),
)
_STEPS = tuple(
    StepMetrics(step, "read-4k" if step <= 24 else "main", 3 - step / 40, 1e-5 * step, 1.5, 9_000, 80, 9.0, 1000.0, 2.5)
    for step in range(1, 49)
)
_VALIDATIONS = tuple(ValidationMetrics(p.step, p.stage, p.data, p.loss, 50, 2.0) for p in _STAGED.validation)
_PROBES = tuple(ProbeMetrics(p.step, p.stage, p.length, p.depth, p.samples, p.hits, 0.5, 3.0) for p in _STAGED.probes)


def test_model_card_of_stages_says_what_was_approved() -> None:
    check_approved("model_card_stages.txt", model_card(_STAGED, _STEPS).splitlines())


def test_page_of_stages_says_and_draws_what_was_approved() -> None:
    html = render_training_report(record=_STAGED, metrics=RunMetrics(_STEPS, _VALIDATIONS, _PROBES))
    check_approved("page_training_stages.txt", _lines(html), relative=1e-3)


def test_page_of_training_counts_rows_in_other_languages_only_where_a_stage_left_some_out() -> None:
    left_out = replace(_DOCUMENTS, counts=replace(_DOCUMENTS.counts, used=16, other_language=12))
    staged = replace(_STAGED, stages=(replace(_STAGED.stages[0], packs=(left_out,)), STAGE))
    metrics = RunMetrics(_STEPS, _VALIDATIONS, _PROBES)
    pages = {
        name: render_training_report(record=one, metrics=metrics) for name, one in (("all", _STAGED), ("some", staged))
    }
    assert "Other language" not in pages["all"]
    assert pages["some"].count("Other language") == 1
    assert '<td class="num">16</td><td class="num">12</td><td class="num">2</td>' in pages["some"]


def test_page_of_one_model_says_and_draws_what_was_approved() -> None:
    check_approved("page_evaluation_alone.txt", _lines(render_evaluation_report(sample_alone())), relative=1e-3)
