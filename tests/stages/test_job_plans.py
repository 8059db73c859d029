"""The jobs of a build for workers elsewhere: what Beam hands to the runner, and what Dataflow would be sent."""

from __future__ import annotations

import base64
import binascii
import bz2
import os
import pickletools
import re
import socket
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam
import pytest
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2 as protos

import pipeline
from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.errors import RecipeError
from pipeline.stages.chain import STAGES
from pipeline.stages.gpu_worker import gpu_worker
from pipeline.stages.job_plans import JobPlan, plan_jobs

OUTPUT, IMAGE = "gs://bucket/out", "europe-docker.pkg.dev/p/r/pipeline:1"
DATAFLOW = [
    "--runner=DataflowRunner",
    "--project=my-project",
    "--region=europe-west4",
    "--temp_location=gs://bucket/temp",
    f"--sdk_container_image={IMAGE}",
]
VLLM = "synthesize.teacher={kind: vllm, model: owner/model, worker: {machine_type: g2-standard-8, min_ram_gb: 24}}"
ACCELERATOR = "type:nvidia-l4;count:1;machine_type:g2-standard-8;install-nvidia-driver"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")


INPUTS = "inputs=[{path: 'gs://bucket/in'}, {path: 'bundled:legal/en'}]"


def recipe_of(*overrides: str) -> Recipe:
    return load_recipe(None, fragments=[], overrides=[INPUTS, *overrides])


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a plan opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def jobs() -> list[JobPlan]:
    """The jobs of a build with an engine on a GPU; the engine's image is its own."""
    with_image = VLLM.replace("worker: {", "worker: {image: 'gpu:1', ")
    return plan_jobs(recipe_of(with_image), output=OUTPUT, beam_options=DATAFLOW)


def with_hint(job: JobPlan) -> set[str]:
    """The transforms of a job with any resource hint."""
    components = job.proto.components
    hinted = {name for name, one in components.environments.items() if one.resource_hints}
    return {one.unique_name for one in components.transforms.values() if one.environment_id in hinted}


def pickles(job: JobPlan) -> Iterator[bytes]:
    """What Beam pickled into a job: its functions, and the elements of its sources."""
    for found in _BASE64.finditer(job.proto.SerializeToString()):
        for decompress in (zlib.decompress, bz2.decompress):
            try:
                yield decompress(base64.b64decode(found[0], validate=True))
            except (binascii.Error, zlib.error, OSError, ValueError):
                continue


def modules(pickled: bytes) -> Iterator[str]:
    """The modules from which a pickle imports when it is loaded."""
    strings: list[str] = []
    memo: dict[int, str] = {}
    value = ""
    for opcode, argument, _ in pickletools.genops(pickled):
        if opcode.name == "MEMOIZE":
            memo[len(memo)] = value
            continue
        from_memo = memo.get(argument, "") if opcode.name in ("BINGET", "LONG_BINGET") else ""
        value = argument if isinstance(argument, str) else from_memo
        if opcode.name == "STACK_GLOBAL":
            yield strings[-2]
        elif opcode.name == "GLOBAL":
            yield value.split(" ")[0]
        elif value:
            strings.append(value)


def test_every_stage_is_translated_without_a_network_and_without_a_folder(jobs: list[JobPlan]) -> None:
    names = ["ingest", "decontaminate", "dedup", "pack", "synthesize", "export"]
    assert [job.stage for job in jobs] == names and len(names) == len(STAGES)
    assert all(job.num_shards >= 4 and job.steps for job in jobs)
    assert any("_Survey" in step.name for step in jobs[0].steps), "enough files are assumed for a survey"


def test_gpu_hint_is_on_the_step_that_runs_the_teacher_and_on_no_other(jobs: list[JobPlan]) -> None:
    assert {job.stage: with_hint(job) for job in jobs if with_hint(job)} == {
        "synthesize": {"RunShards/ParDo(_RunShard)"}
    }
    hints = next(job.hints for job in jobs if job.stage == "synthesize")
    assert hints == {"accelerator": ACCELERATOR, "min_ram_bytes": "24000000000"}


@pytest.mark.parametrize(
    "teacher",
    [
        "synthesize.teacher={kind: openai, model: m, base_url: 'http://teacher:8000/v1'}",
        "synthesize.teacher={kind: batch, model: m, folder: 'gs://bucket/asked'}",
        "synthesize.teacher={kind: vllm, model: owner/model, worker: {gpu: ''}}",
        "synthesize.written.tasks=[]",
    ],
)
def test_teacher_without_an_engine_on_a_gpu_asks_for_none(teacher: str) -> None:
    assert gpu_worker(recipe_of(VLLM, teacher).synthesize) is None


def test_judge_in_the_workers_process_asks_for_the_gpus_of_the_larger_engine() -> None:
    judge = (
        "synthesize.judge={kind: vllm, model: owner/judge, tensor_parallel_size: 2, worker: {gpu: nvidia-h100-80gb}}"
    )
    server = "synthesize.teacher={kind: openai, model: m}"
    worker = gpu_worker(recipe_of(server, judge).synthesize)
    assert worker is not None and worker.hints == {"accelerator": "type:nvidia-h100-80gb;count:2;install-nvidia-driver"}
    with pytest.raises(RecipeError, match="want different workers"):
        gpu_worker(recipe_of(VLLM, judge).synthesize)


def test_workers_run_the_given_image_and_the_teachers_workers_its_own(jobs: list[JobPlan]) -> None:
    for job in jobs:
        environments = job.proto.components.environments.values()
        assert {one.urn for one in environments} == {common_urns.environments.DOCKER.urn}
        images = {protos.DockerPayload.FromString(one.payload).container_image for one in environments}
        assert images == set(job.images) == {"gpu:1" if job.stage == "synthesize" else IMAGE}


def test_nothing_is_staged_for_workers_and_no_main_session_is_pickled(jobs: list[JobPlan]) -> None:
    environments = [one for job in jobs for one in job.proto.components.environments.values()]
    assert len(environments) == len(STAGES) + 1 and [one for one in environments if one.dependencies] == []
    assert not any(b"main_session" in job.proto.SerializeToString() for job in jobs)


def test_no_path_of_this_machine_is_in_a_payload(jobs: list[JobPlan]) -> None:
    root = Path(pipeline.__file__).parent.parent
    local = [str(Path.home()), str(root), str(Path.cwd()), os.sep + "tmp" + os.sep]
    local = [path for path in local if len(path) > 1]
    # Beam pickles lambdas of its own with the names of their files, for tracebacks; nothing opens these.
    own = str(Path(apache_beam.__file__).parent).encode()
    for job in jobs:
        found = [one.replace(own, b"") for one in (job.proto.SerializeToString(), *pickles(job))]
        assert len(found) > 5, "the pickled functions are found"
        assert any(OUTPUT.encode() in one for one in found), "they name the output folder"
        assert [path for path in local for one in found if path.encode() in one] == []


def test_workers_import_only_the_package_and_its_dependencies(jobs: list[JobPlan]) -> None:
    imported = {name.partition(".")[0] for job in jobs for one in pickles(job) for name in modules(one)}
    assert "pipeline" in imported
    assert imported - set(sys.stdlib_module_names) - {"pipeline", "apache_beam", "builtins"} <= {"cloudpickle", "numpy"}
    assert "__main__" not in imported


def test_bundled_documents_are_named_and_not_pathed(jobs: list[JobPlan]) -> None:
    found = list(pickles(jobs[0]))
    assert any(b"bundled:legal/en/" in one for one in found)
    assert not any(b"/bundled/documents" in one for one in found)


def test_job_of_dataflow_starts_one_engine_for_each_machine_with_a_gpu(jobs: list[JobPlan]) -> None:
    pytest.importorskip("google.cloud.dataflow", reason="Beam's package for Dataflow is not installed")
    sent: dict[str, Any] = {job.stage: job.dataflow_job for job in jobs}
    pools = {stage: one["environment"]["workerPools"][0] for stage, one in sent.items()}
    for stage, pool in pools.items():
        image = "gpu:1" if stage == "synthesize" else IMAGE
        assert {one["containerImage"] for one in pool["sdkHarnessContainerImages"]} == {image}
        assert pool.get("packages", []) == []
    assert {stage: pool.get("numThreadsPerWorker") for stage, pool in pools.items() if stage != "export"} == {
        "ingest": None,
        "decontaminate": None,
        "dedup": None,
        "pack": None,
        "synthesize": 2,
    }
    alone = {
        stage for stage, one in sent.items() if "no_use_multiple_sdk_containers" in one["environment"]["experiments"]
    }
    assert alone == {"synthesize"}
    options = [one["environment"]["sdkPipelineOptions"]["options"] for one in sent.values()]
    assert {(one["save_main_session"], one["sdk_location"]) for one in options} == {(False, "container")}
    assert str(Path.home()) not in str(sent) and str(Path(pipeline.__file__).parent.parent) not in str(sent)


def test_job_for_a_job_server_names_its_workers() -> None:
    options = [
        "--runner=PortableRunner",
        "--job_endpoint=server:8099",
        "--environment_type=EXTERNAL",
        "--environment_config=pool:50000",
    ]
    jobs = plan_jobs(recipe_of(VLLM), output=OUTPUT, beam_options=options)
    assert {job.workers for job in jobs} == {"external pool:50000"} and {job.images for job in jobs} == {()}
    assert [job.stage for job in jobs if job.hints] == ["synthesize"]
