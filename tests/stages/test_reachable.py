"""What workers must reach, and what would stop them, by runner."""

from __future__ import annotations

from pathlib import Path

import pytest
from apache_beam.portability.api import beam_runner_api_pb2 as protos

from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.errors import InputError
from pipeline.stages.job_plans import JobPlan
from pipeline.stages.reachable import EVERY_JOB, Obstacle, Place, Reach, check_reach, obstacles_of, reach_of
from pipeline.stages.runner import pipeline_options

DATAFLOW = (
    "--runner=DataflowRunner",
    "--project=my-project",
    "--region=europe-west4",
    "--temp_location=gs://bucket/temp",
)
BEAM_IMAGE = "apache/beam_python3.11_sdk:2.77.0"


def recipe_of(*overrides: str) -> Recipe:
    return load_recipe(None, fragments=[], overrides=["inputs=[{path: 'gs://bucket/in'}]", *overrides])


def job(image: str = "mine:1") -> JobPlan:
    return JobPlan("ingest", 4, (), "", (image,), "", None, protos.Pipeline(), None)


def found(
    recipe: Recipe, *options: str, output: str = "gs://bucket/out", image: str = "mine:1"
) -> tuple[list[Reach], list[Obstacle]]:
    beam_options, jobs = pipeline_options(options), [job(image)]
    reach = reach_of(recipe, output=output, options=beam_options, jobs=jobs)
    named = obstacles_of(reach, options=beam_options, jobs=jobs)
    # Whether Beam's package for Dataflow is installed is a property of this machine.
    return reach, [one for one in named if "longdoc-pipeline[gcp]" not in one.remedy]


def test_recipe_of_stores_and_the_hub_can_be_built_on_dataflow() -> None:
    recipe = recipe_of(
        "pack.tokenizer=owner/student",
        "synthesize.teacher={kind: vllm, model: owner/teacher}",
        "decontamination.against=['hf:owner/exam']",
        "dedup.against=['s3://bucket/earlier']",
    )
    reach, obstacles = found(recipe, *DATAFLOW)
    assert obstacles == []
    places = {(one.job, one.what, one.address): one.place for one in reach}
    assert places[EVERY_JOB, "--output", "gs://bucket/out"] is Place.STORE
    assert places["ingest", "inputs", "gs://bucket/in"] is Place.STORE
    assert places["decontaminate", "decontamination.against", "hf:owner/exam"] is Place.HUB
    assert places["dedup", "dedup.against", "s3://bucket/earlier"] is Place.STORE
    assert places["pack, synthesize, export", "pack.tokenizer", "owner/student"] is Place.HUB
    assert places["synthesize", "synthesize.teacher.model", "owner/teacher"] is Place.HUB
    assert places[EVERY_JOB, "container image", "mine:1"] is Place.STORE


@pytest.mark.parametrize(
    ("overrides", "address", "remedy"),
    [
        (["inputs=[{path: /data/in}]"], "inputs is /data/in", "Copy it to a store"),
        (["inputs=[{path: 'hf:./rows'}]"], "inputs is hf:./rows", "Copy it to a store"),
        (["pack.tokenizer=/models/student"], "pack.tokenizer is /models/student", "Name a model of the hub"),
        (["decontamination.against=[exams]"], "decontamination.against is exams", "Copy it to a store"),
        (["dedup.against=[../earlier]"], "dedup.against is ../earlier", "Copy it to a store"),
        (["export.short_data=[{path: ~/own.jsonl}]"], "export.short_data is ~/own.jsonl", "Copy it to a store"),
        (
            ["synthesize.teacher={kind: openai, model: m}"],
            "synthesize.teacher.base_url is http://127.0.0.1:8000/v1",
            "by an address that the workers' network reaches",
        ),
        (
            ["synthesize.teacher={kind: openai, model: m, base_url: 'http://[::1]:8000/v1'}"],
            "base_url is http://[::1]:8000/v1",
            "by an address",
        ),
        (
            ["synthesize.teacher={kind: batch, model: m, folder: asked}"],
            "synthesize.teacher.folder is asked",
            "Copy it",
        ),
        (["synthesize.teacher={kind: replay, recordings: /old/cache}"], "recordings is /old/cache", "Copy it"),
        (["synthesize.teacher={kind: vllm, model: ./merged}"], "synthesize.teacher.model is ./merged", "Name a model"),
    ],
)
def test_what_only_this_machine_has_stops_a_build_on_dataflow_and_on_a_cluster_if_it_is_relative(
    overrides: list[str], address: str, remedy: str
) -> None:
    recipe = recipe_of(*overrides)
    _, (obstacle,) = found(recipe, *DATAFLOW)
    assert address in obstacle.problem and remedy in obstacle.remedy
    reach, obstacles = found(recipe, "--runner=FlinkRunner")
    (local,) = [one for one in reach if one.place is Place.LOCAL]
    assert "://" in local.address or "mount" in local.note
    is_relative = "://" not in local.address and not local.address.startswith("/")
    assert [one.problem for one in obstacles if "working folders" in one.problem] == [one.problem for one in obstacles]
    assert len(obstacles) == is_relative


def test_model_of_a_teacher_can_be_a_folder_of_its_own_image() -> None:
    teacher = "{kind: vllm, model: /opt/models/m, worker: {gpu: nvidia-l4, image: 'teacher:1'}}"
    reach, obstacles = found(recipe_of(f"synthesize.teacher={teacher}"), *DATAFLOW)
    (model,) = [one for one in reach if one.what == "synthesize.teacher.model"]
    assert obstacles == [] and model.place is Place.IMAGE and model.note == "teacher:1 must have this folder"
    _, (obstacle,) = found(recipe_of("synthesize.teacher={kind: vllm, model: /opt/models/m}"), *DATAFLOW)
    assert "set synthesize.teacher.worker.image to an image" in obstacle.remedy


def test_judge_counts_with_the_teacher_and_without_written_tasks_neither_does() -> None:
    judged = recipe_of(
        "synthesize.teacher={kind: vllm, model: owner/teacher}",
        "synthesize.judge={kind: openai, model: m, base_url: 'http://judge:8000/v1', api_key_env: JUDGE_KEY}",
    )
    reach, obstacles = found(judged, *DATAFLOW)
    (judge,) = [one for one in reach if one.what == "synthesize.judge.base_url"]
    assert obstacles == [] and judge.place is Place.SERVER and "JUDGE_KEY" in judge.note
    reach, _ = found(recipe_of("synthesize.written.tasks=[]", "synthesize.teacher={kind: openai, model: m}"), *DATAFLOW)
    assert not any(one.what.startswith("synthesize") for one in reach)


def test_output_on_this_machine_names_the_option_that_changes_it(tmp_path: Path) -> None:
    _, (obstacle,) = found(recipe_of(), *DATAFLOW, output=str(tmp_path))
    assert str(tmp_path) in obstacle.problem and "--output gs://" in obstacle.remedy


def test_missing_options_of_dataflow_are_named_one_by_one() -> None:
    _, obstacles = found(recipe_of(), "--runner=DataflowRunner")
    assert [one.problem.partition(",")[0] for one in obstacles] == [
        "Dataflow needs --project",
        "Dataflow needs --region",
        "Dataflow needs --temp_location",
    ]


@pytest.mark.parametrize(
    ("options", "remedy"),
    [(DATAFLOW, "--sdk_container_image=IMAGE"), (("--runner=SparkRunner",), "--environment_type=DOCKER")],
)
def test_image_of_beam_lacks_the_package(options: tuple[str, ...], remedy: str) -> None:
    _, (obstacle,) = found(recipe_of(), *options, image=BEAM_IMAGE)
    assert BEAM_IMAGE in obstacle.problem and remedy in obstacle.remedy


def test_portable_runner_needs_the_address_of_a_job_server() -> None:
    _, (obstacle,) = found(recipe_of(), "--runner=PortableRunner")
    assert "--job_endpoint" in obstacle.remedy
    assert found(recipe_of(), "--runner=PortableRunner", "--job_endpoint=server:8099")[1] == []


@pytest.mark.parametrize(
    ("options", "output", "problem"),
    [
        ((), "out", ""),
        (("--runner=FnApiRunner",), "out", ""),
        (("--runner=FlinkRunner",), "/mnt/out", ""),
        (("--runner=FlinkRunner",), "out", "--output is out, and workers have other working folders"),
        (("--runner=PortableRunner", "--job_endpoint=h:1"), "./out", "--output is ./out, and workers"),
        (("--runner=PortableRunner", "--job_endpoint=h:1", "--environment_type=LOOPBACK"), "out", ""),
        (DATAFLOW, "gs://bucket/out", ""),
        (DATAFLOW, "/mnt/out", "--output is /mnt/out, which only this machine can reach"),
    ],
)
def test_build_starts_only_if_its_workers_find_its_addresses(
    options: tuple[str, ...], output: str, problem: str
) -> None:
    recipe = recipe_of("pack.tokenizer=owner/student", "synthesize.written.tasks=[]")
    if not problem:
        check_reach(recipe, output=output, options=pipeline_options(options))
        return
    with pytest.raises(InputError, match=problem) as error:
        check_reach(recipe, output=output, options=pipeline_options(options))
    assert error.value.remedy
