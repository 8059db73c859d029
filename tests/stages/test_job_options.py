"""Presets of Beam's options for workers elsewhere; a local run gets none."""

from __future__ import annotations

import pytest
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from pipeline.stages.gpu_worker import GpuWorker
from pipeline.stages.job_options import THREADS_OF_AN_ENGINE, RunnerKind, runner_kind, with_presets
from pipeline.stages.runner import pipeline_options

ENGINE = GpuWorker("type:nvidia-l4;count:1;install-nvidia-driver", "", "gpu:1")


def presets(*options: str, worker: GpuWorker | None = None) -> dict[str, object]:
    return dict(with_presets(pipeline_options(options), worker).get_all_options(drop_default=True))


@pytest.mark.parametrize(
    ("runner", "kind"),
    [
        ("", RunnerKind.LOCAL),
        ("FnApiRunner", RunnerKind.LOCAL),
        ("DirectRunner", RunnerKind.LOCAL),
        ("direct", RunnerKind.LOCAL),
        ("PrismRunner", RunnerKind.LOCAL),
        ("prism", RunnerKind.LOCAL),
        ("PortableRunner", RunnerKind.CLUSTER),
        ("FlinkRunner", RunnerKind.CLUSTER),
        ("spark", RunnerKind.CLUSTER),
        ("my.own.Runner", RunnerKind.CLUSTER),
        ("dataflow", RunnerKind.DATAFLOW),
        ("apache_beam.runners.dataflow.dataflow_runner.DataflowRunner", RunnerKind.DATAFLOW),
    ],
)
def test_runner_kind_knows_every_spelling_that_beam_takes(runner: str, kind: RunnerKind) -> None:
    options = PipelineOptions([])
    options.view_as(StandardOptions).runner = runner or None
    assert runner_kind(options) is kind


def test_local_run_has_the_options_that_were_given() -> None:
    given = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]
    assert presets(*given, worker=ENGINE) == pipeline_options(given).get_all_options(drop_default=True)


def test_workers_elsewhere_get_nothing_of_this_process() -> None:
    assert presets("--runner=DataflowRunner", "--sdk_container_image=cpu:1") == {
        "runner": "DataflowRunner",
        "sdk_container_image": "cpu:1",
        "save_main_session": False,
        "sdk_location": "container",
        "experiments": ["disable_logging_submission_environment"],
    }


def test_engine_is_alone_on_its_machine_and_has_its_own_image() -> None:
    found = presets("--runner=DataflowRunner", "--sdk_container_image=cpu:1", worker=ENGINE)
    assert found["sdk_container_image"] == "gpu:1"
    assert found["number_of_worker_harness_threads"] == THREADS_OF_AN_ENGINE
    assert "no_use_multiple_sdk_containers" in list(found["experiments"])  # type: ignore[call-overload]


def test_options_that_the_user_gives_stay() -> None:
    given = (
        "--runner=DataflowRunner",
        "--experiments=use_multiple_sdk_containers",
        "--number_of_worker_harness_threads=7",
        "--sdk_location=gs://bucket/beam.tar.gz",
        "--save_main_session",
    )
    found = presets(*given, worker=ENGINE)
    assert found["number_of_worker_harness_threads"] == 7 and found["save_main_session"] is True
    assert found["experiments"] == ["use_multiple_sdk_containers", "disable_logging_submission_environment"]
    assert found["sdk_location"] == "gs://bucket/beam.tar.gz"


def test_presets_do_not_change_the_options_that_they_are_given() -> None:
    options = pipeline_options(["--runner=DataflowRunner"])
    with_presets(options, ENGINE)
    assert options.get_all_options(drop_default=True) == {"runner": "DataflowRunner"}
