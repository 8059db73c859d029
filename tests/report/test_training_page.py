"""The page of a training: its facts, its curves, and what it says where something is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from page_checks import broken_promises, visible_text
from sample_folders import write_sample_training

from pipeline.errors import InputError
from pipeline.report.training_page import headline, render_training_report, thinned, write_training_report
from pipeline.train.metrics import LOG_FOLDER, StepMetrics, ValidationMetrics, read_metrics
from pipeline.train.record import TrainingRecord, ValidationPoint, read_record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_sample_training(tmp_path_factory.mktemp("model"))


def _inputs(folder: str) -> tuple[TrainingRecord, list[StepMetrics], list[ValidationMetrics]]:
    record = read_record(folder)
    assert record is not None
    steps, validations = read_metrics(Path(folder) / LOG_FOLDER)
    assert len(steps) == 60 and len(validations) == 4
    return record, list(steps), list(validations)


def test_page_finished_training_shows_its_facts_and_curves(folder: str) -> None:
    html = Path(write_training_report(folder)).read_text(encoding="utf-8")
    assert broken_promises(html) == []
    text = visible_text(html)
    assert "from 8,192 to 16,384 tokens with yarn and trained for 60 steps on 720,000 tokens" in text
    assert "Held-out loss fell from 1.900 to 1.300." in text
    assert "Trained parameters 24 %" in text and "Time in steps 40 min" in text and "✓ same model" in text
    assert "lora.rank 16" in text
    charts = {chart["aria-label"] for chart in BeautifulSoup(html, "html.parser").find_all("svg", role="img")}
    assert {"Loss by step", "Learning rate by step", "What the scaling divides each rotary frequency by"} <= charts


def test_page_without_validation_or_log_says_so(folder: str) -> None:
    record, _, _ = _inputs(folder)
    text = visible_text(
        render_training_report(record=replace(record, validation=(), last_loss=2.5), steps=[], validations=[])
    )
    assert "Training loss did not fall: it went from 2.000 to 2.500." in text
    assert "nothing was measured on held-out documents" in text and "there are no curves" in text


def test_page_reload_beyond_its_tolerance_is_called_out(folder: str) -> None:
    record, steps, validations = _inputs(folder)
    worse = replace(record, reload=replace(record.reload, max_abs_logit_difference=0.5))
    assert "✗ differs" in visible_text(render_training_report(record=worse, steps=steps, validations=validations))


@pytest.mark.parametrize(("last", "verb"), [(1.2, "fell"), (2.4, "rose"), (1.9, "stayed")])
def test_headline_held_out_loss_is_told_as_it_went(folder: str, last: float, verb: str) -> None:
    record, _, _ = _inputs(folder)
    points = (ValidationPoint(0, 1.9), ValidationPoint(60, last))
    assert f"Held-out loss {verb} from 1.900 to {last:.3f}." in headline(replace(record, validation=points))


def test_thinned_long_run_keeps_the_mean_and_the_last_step(folder: str) -> None:
    _, steps, _ = _inputs(folder)
    long = [replace(steps[0], step=number, loss=float(number % 7)) for number in range(1, 2801)]
    points = thinned(long, lambda step: step.loss)
    assert len(points) == 400 and points[-1][0] == 2800
    assert sum(value for _, value in points) / 400 == pytest.approx(sum(step.loss for step in long) / 2800)
    assert thinned(steps, lambda step: step.loss) == [(step.step, step.loss) for step in steps]


def test_page_unfinished_training_raises_with_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished training"):
        write_training_report(str(tmp_path))
