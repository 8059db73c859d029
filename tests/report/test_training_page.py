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
from pipeline.report.verdict import verdict
from pipeline.train.run.changes import Measure, MeasuredChange
from pipeline.train.run.metrics import LOG_FOLDER, RunMetrics, read_metrics
from pipeline.train.run.record import TrainingRecord, ValidationPoint, read_record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_sample_training(tmp_path_factory.mktemp("model"))


def _inputs(folder: str) -> tuple[TrainingRecord, RunMetrics]:
    record = read_record(folder)
    assert record is not None
    metrics = read_metrics(Path(folder) / LOG_FOLDER)
    assert len(metrics.steps) == 60 and len(metrics.validations) == 4
    return record, metrics


def test_page_finished_training_shows_its_facts_and_curves(folder: str) -> None:
    html = Path(write_training_report(folder)).read_text(encoding="utf-8")
    assert broken_promises(html) == []
    text = visible_text(html)
    assert "from 8,192 to 16,384 tokens with yarn and trained for 60 steps on 720,000 tokens" in text
    assert "fell from 1.900 to 1.300 (-0.600 [-0.710, -0.480]; 900 answer tokens of 10 documents)." in text
    assert "Its own answers to held-out questions got better: F1 0.00 → 1.00" in text
    assert "exactly right 0 of 12 → 12 of 12; 12 questions about 10 documents." in text
    assert "11조의 수수료" not in text and "10조의 수수료는 얼마인가요? 1000원 It is a fee. 0.00 1000원 1.00" in text
    assert "Trained parameters 24%" in text and "Time in steps 40 min" in text and "✓ same model" in text
    assert "tuning.rank 16" in text
    assert "12,288 3 of 4" in text, "passkeys, all depths together"
    charts = {chart["aria-label"] for chart in BeautifulSoup(html, "html.parser").find_all("svg", role="img")}
    assert {
        "F1 of the model's answers by step",
        "Loss by step",
        "Learning rate by step",
        "Divisor of each rotary frequency",
    } <= charts


def test_page_without_validation_or_log_says_so(folder: str) -> None:
    record, _ = _inputs(folder)
    nothing = RunMetrics((), (), ())
    stages = (replace(record.stages[0], last_loss=2.5),)
    bare = replace(record, validation=(), answers=(), changes=(), probes=(), stages=stages)
    text = visible_text(render_training_report(record=bare, metrics=nothing))
    assert "training loss went from 2.000 in the first step to 2.500 in the last." in text
    assert "no held-out loss was measured" in text and "there are no curves" in text


def test_page_several_stages_tells_them_apart(folder: str) -> None:
    record, metrics = _inputs(folder)
    (last,) = record.stages
    first = replace(last, name="read-4k", data="corpus", max_tokens=4096, steps=30)
    steps = tuple(replace(step, stage="read-4k") if step.step <= 30 else step for step in metrics.steps)
    validations = tuple(
        replace(point, stage="read-4k", data="corpus") if point.step <= 20 else point for point in metrics.validations
    )
    points = tuple(ValidationPoint(v.step, v.stage, v.data, v.loss, v.trained_tokens) for v in validations)
    html = render_training_report(
        record=replace(record, stages=(first, last), validation=points),
        metrics=replace(metrics, steps=steps, validations=validations),
    )
    assert broken_promises(html) == []
    text = visible_text(html)
    assert "read-4k corpus 4,096" in text and "Held-out loss fell from 1.900 to 1.300" in text
    chart = BeautifulSoup(html, "html.parser").find("svg", attrs={"aria-label": "Loss by step"})
    assert chart is not None
    assert len(chart.find_all("polyline")) == 3, "training, and held out of each stage"
    assert {"read-4k", "main"} <= {text.get_text() for text in chart.find_all("text")}


def test_page_reload_beyond_its_tolerance_is_called_out(folder: str) -> None:
    record, metrics = _inputs(folder)
    worse = replace(record, reload=replace(record.reload, max_abs_logit_difference=0.5))
    assert "✗ differs" in visible_text(render_training_report(record=worse, metrics=metrics))


@pytest.mark.parametrize(
    ("interval", "documents", "said"),
    [
        ((-0.8, -0.6), 10, "fell from 1.900 to 1.200 (-0.700 [-0.800, -0.600]; 400 answer tokens of 10 documents)."),
        ((0.6, 0.8), 10, "rose from 1.900 to 2.600 (+0.700 [+0.600, +0.800]; 400 answer tokens of 10 documents)."),
        ((-0.8, 0.1), 10, "Held-out loss went from 1.900 to 1.200, which may be chance"),
        ((-0.8, -0.6), 5, "Held-out loss went from 1.900 to 1.200, which may be chance"),
        ((None, None), 1, "which may be chance (-0.700, no interval; 400 answer tokens of 1 document)."),
    ],
)  # fmt: skip
def test_headline_loss_fell_or_rose_only_if_its_interval_leaves_out_zero_and_documents_are_enough(
    folder: str, interval: tuple[float | None, float | None], documents: int, said: str
) -> None:
    record, _ = _inputs(folder)
    difference = 0.7 if "rose" in said else -0.7
    change = MeasuredChange(
        Measure.LOSS, "main", "sft", 0, 60, 1.9, 1.9 + difference, difference, *interval, 400, documents
    )
    changed = replace(record, changes=(change,))
    assert said in " ".join(verdict(changed))
    assert said.partition(" (")[0].removesuffix(".") in headline(changed)


def test_thinned_long_run_keeps_the_mean_and_the_last_step(folder: str) -> None:
    steps = _inputs(folder)[1].steps
    long = [replace(steps[0], step=number, loss=float(number % 7)) for number in range(1, 2801)]
    points = thinned(long, lambda step: step.loss)
    assert len(points) == 400 and points[-1][0] == 2800
    assert sum(value for _, value in points) / 400 == pytest.approx(sum(step.loss for step in long) / 2800)
    assert thinned(steps, lambda step: step.loss) == [(step.step, step.loss) for step in steps]


def test_page_unfinished_training_raises_with_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished training"):
        write_training_report(str(tmp_path))


def test_verdict_of_several_stages_tells_what_each_taught(folder: str) -> None:
    record, _ = _inputs(folder)
    (last,) = record.stages
    first = replace(last, name="short", steps=30)
    changes = (
        MeasuredChange(Measure.LOSS, "short", "sft", 0, 30, 1.9, 1.2, -0.7, -0.8, -0.6, 400, 10),
        MeasuredChange(Measure.LOSS, "main", "sft", 30, 60, 1.2, 1.2, 0.0, -0.1, 0.1, 400, 10),
    )
    said = " ".join(verdict(replace(record, stages=(first, last), changes=changes)))
    assert "Stage short: Held-out loss fell from 1.900 to 1.200" in said
    assert "Stage main: Held-out loss went from 1.200 to 1.200, which may be chance" in said
    assert "it is not known whether" not in said
