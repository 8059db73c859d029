"""The words and numbers of every page and card, of sample folders, as approved."""

from __future__ import annotations

from pathlib import Path

import pytest
from approved_outcome import check_approved
from bs4 import BeautifulSoup
from small_student import small_config
from test_model_card import RECORD

from pipeline.config.rope import RopeMethod, RopeRecipe
from pipeline.report.model_card import model_card
from pipeline.report.rope_page import rope_page
from pipeline.train.metrics import StepMetrics
from pipeline.train.rope.comparison import compare_methods, frequency_rows
from pipeline.train.scaled_config import config_scaling

_NOT_SHOWN = (RopeMethod.NONE, RopeMethod.LONGROPE)


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
    recipes = [(m.value, RopeRecipe(method=m, factor=4.0)) for m in RopeMethod if m not in _NOT_SHOWN]
    columns = compare_methods(unscaled, recipes)
    html = rope_page(model="small", unscaled=unscaled, rows=frequency_rows(unscaled), columns=columns)
    check_approved("page_rope.txt", _lines(html), relative=1e-3)


def test_model_card_says_what_was_approved() -> None:
    steps = [
        StepMetrics(step, "main", 2.5 - step / 20, 1e-4 * step, 1.5, 10_000, 80, 10.0, 1000.0, 2.5)
        for step in range(1, RECORD.steps + 1)
    ]
    check_approved("model_card.txt", model_card(RECORD, steps).splitlines())
