"""The pages, written once a session."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_evaluations import write_sample_evaluation
from sample_folders import write_sample_build, write_sample_training
from sample_preview import sample_preview

from pipeline.report.build_page import write_build_report
from pipeline.report.evaluation_page import write_evaluation_report
from pipeline.report.preview_page import render_preview
from pipeline.report.training_page import write_training_report


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of report, written by the functions the commands call."""
    preview = tmp_path_factory.mktemp("preview") / "preview.html"
    preview.write_text(render_preview(sample_preview()), encoding="utf-8")
    return {
        "preview": preview,
        "build": Path(write_build_report(write_sample_build(tmp_path_factory.mktemp("build")))),
        "training": Path(write_training_report(write_sample_training(tmp_path_factory.mktemp("model")))),
        "evaluation": Path(write_evaluation_report(write_sample_evaluation(tmp_path_factory.mktemp("evaluation")))),
    }
