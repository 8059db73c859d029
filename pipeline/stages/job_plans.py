"""What a build is on a runner that is not this machine: the jobs of all stages, translated by Beam's own code.

Takes a recipe, the output folder and Beam's options; returns a `JobPlan` for each stage, with the proto that Beam hands
to the runner and, for Dataflow, the job that Beam would send. Nothing is sent, no folder is opened, and neither
credentials nor a network are needed: later stages come from estimates (`stages.estimates`), and Beam's dry run stops
before anything is uploaded. Used by `build-sft --plan`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import (
    GoogleCloudOptions,
    PipelineOptions,
    StandardOptions,
    TestOptions,
    WorkerOptions,
)
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2 as protos
from apache_beam.runners.runner import create_runner
from apache_beam.transforms.environments import DockerEnvironment, python_sdk_dependencies

from pipeline.config.recipe import Recipe
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.stages.estimates import estimated_stages
from pipeline.stages.job_options import RunnerKind, runner_kind, with_presets
from pipeline.stages.runner import Stage, check_beam_options, pipeline_options

PLACEHOLDERS: Mapping[str, str] = {
    "project": "your-project",
    "region": "your-region",
    "temp_location": "gs://your-bucket/temp",
}
"""What stands for options that Dataflow needs and the user did not give, so that the jobs can be translated."""
_HINTS = {
    common_urns.resource_hints.ACCELERATOR.urn: "accelerator",
    common_urns.resource_hints.MIN_RAM_BYTES.urn: "min_ram_bytes",
    common_urns.resource_hints.CPU_COUNT.urn: "cpu_count",
}
_OF_BEAM = re.compile(
    r"Impulse|Create|MaybeReshuffle|Reshuffle|GroupByKey|CombineGlobally|CombinePerKey|ParDo\(|Map\(decode|"
    r"FlatMap\(<lambda at core"
)
"""How the names begin of what Beam puts into a step; a plan names the step and not what is in it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job."""

    name: str
    """The names of the project's transforms, from the outermost to the innermost."""
    hints: Mapping[str, str]
    """Resource hints by name."""


@dataclass(frozen=True, slots=True)
class JobPlan:
    """The job of one stage."""

    stage: str
    num_shards: int
    """The number of shards in the step with the stage's name, estimated."""
    steps: tuple[Step, ...]
    machine_type: str
    """The type that the options name; empty if the runner or the cluster chooses."""
    images: tuple[str, ...]
    """Container images of the workers; empty if they are started in another way."""
    workers: str
    """How workers are started if not from an image: the URN of Beam's environment and its payload."""
    num_threads: int | None
    """The number of threads of a worker process; None if the runner chooses."""
    proto: protos.Pipeline
    """What Beam hands to the runner."""
    dataflow_job: Mapping[str, Any] | None
    """The request to Dataflow; None for other runners, and without Beam's package for Dataflow."""

    @property
    def hints(self) -> Mapping[str, str]:
        """The resource hints of all steps."""
        return {name: value for step in self.steps for name, value in step.hints.items()}

    def as_json(self) -> dict[str, Any]:  # Any: JSON
        """Return the plan as a JSON object, without the proto."""
        return {
            "stage": self.stage,
            "num_shards": self.num_shards,
            "steps": [{"name": step.name, "hints": dict(step.hints)} for step in self.steps],
            "machine_type": self.machine_type,
            "images": list(self.images),
            "workers": self.workers,
            "num_threads": self.num_threads,
            "proto_bytes": self.proto.ByteSize(),
        }


def plan_jobs(recipe: Recipe, *, output: str, beam_options: Sequence[str]) -> list[JobPlan]:
    """Return the jobs of all stages on the runner that the options name.

    Args:
        recipe: what to build.
        output: the build folder, which is not opened.
        beam_options: command-line options of Beam.

    Raises:
        InputError: an option is unknown to Beam, or the runner cannot translate a job.
        RecipeError: the recipe cannot be built on any machine.
    """
    check_beam_options(beam_options)
    with estimated_stages(recipe, BuildFolder(output)) as stages:
        return [
            _plan(stage, _translatable(with_presets(pipeline_options(beam_options), stage.worker))) for stage in stages
        ]


def _translatable(options: PipelineOptions) -> PipelineOptions:
    """Complete options so that Beam's checks pass without a network, and so that nothing can be sent."""
    if runner_kind(options) is not RunnerKind.DATAFLOW:
        return options
    cloud = options.view_as(GoogleCloudOptions)
    for name, value in PLACEHOLDERS.items():
        if not getattr(cloud, name):
            setattr(cloud, name, value)
    cloud.no_auth = True
    options.view_as(TestOptions).dry_run = True
    return options


def _plan(stage: Stage, options: PipelineOptions) -> JobPlan:
    try:
        proto, job = _translated(stage, options)
    except (ValueError, NotImplementedError) as error:
        raise InputError(
            f"Beam cannot translate the {stage.name} stage for this runner: {error}",
            remedy="Correct the options after --.",
        ) from error
    environments = [proto.components.environments[name] for name in _used_environments(proto)]
    docker = [one for one in environments if one.urn == common_urns.environments.DOCKER.urn]
    workers = options.view_as(WorkerOptions)
    images = {protos.DockerPayload.FromString(one.payload).container_image for one in docker}
    return JobPlan(
        stage=stage.name,
        num_shards=stage.num_shards,
        steps=tuple(_steps(proto)),
        machine_type=workers.machine_type or "",
        images=tuple(sorted(images)),
        workers=", ".join(sorted({_described(one) for one in environments if one not in docker})),
        num_threads=options.get_all_options()["number_of_worker_harness_threads"],
        proto=proto,
        dataflow_job=job,
    )


def _translated(stage: Stage, options: PipelineOptions) -> tuple[protos.Pipeline, Mapping[str, Any] | None]:
    name = options.view_as(StandardOptions).runner
    runner = create_runner(name)
    with _quiet():
        pipeline = beam.Pipeline(runner=runner, options=options)
        stage.build_job(pipeline)
        if runner_kind(options) is not RunnerKind.DATAFLOW:
            return pipeline.to_runner_api(default_environment=runner.default_environment(options)), None
        try:
            from apache_beam.runners.dataflow.internal import apiclient
        except ImportError:
            return pipeline.to_runner_api(default_environment=_dataflow_environment(options)), None
        job = runner.run_pipeline(pipeline, options).job
        described = apiclient.Environment(
            packages=[],
            options=options,
            environment_version=apiclient._FNAPI_ENVIRONMENT_MAJOR_VERSION,
            proto_pipeline_staged_url=f"{job.google_cloud_options.staging_location}/pipeline.pb",
            proto_pipeline=job.proto_pipeline,
        )
        job.proto.environment = described.proto
        return job.proto_pipeline, json.loads(job.json())


def _dataflow_environment(options: PipelineOptions) -> DockerEnvironment:
    """Return the workers' environment as Beam's runner makes it, for a machine without its package for Dataflow."""
    image = options.view_as(WorkerOptions).sdk_container_image or DockerEnvironment.default_docker_image()
    return DockerEnvironment.from_container_image(image, artifacts=python_sdk_dependencies(options))


def _used_environments(proto: protos.Pipeline) -> list[str]:
    return sorted({one.environment_id for one in proto.components.transforms.values() if one.environment_id})


def _steps(proto: protos.Pipeline) -> Iterator[Step]:
    """Yield the steps in the order of the graph."""
    found: dict[str, dict[str, str]] = {}
    transforms = proto.components.transforms
    waiting = list(reversed(proto.root_transform_ids))
    while waiting:
        transform = transforms[waiting.pop()]
        if transform.subtransforms:
            waiting += reversed(transform.subtransforms)
            continue
        hints = found.setdefault(_step_name(transform.unique_name), {})
        if transform.environment_id:  # the runner's own transforms have none
            environment = proto.components.environments[transform.environment_id]
            hints |= {_HINTS.get(urn, urn): value.decode() for urn, value in environment.resource_hints.items()}
    return (Step(name, hints) for name, hints in found.items())


def _step_name(unique_name: str) -> str:
    names = unique_name.split("/")
    own = list(takewhile(lambda name: not _OF_BEAM.match(name), names))
    return "/".join(own or names[:1])


def _described(environment: protos.Environment) -> str:
    kind: str = environment.urn.removeprefix("beam:env:").partition(":")[0]
    if environment.urn == common_urns.environments.EXTERNAL.urn:
        return f"{kind} {protos.ExternalPayload.FromString(environment.payload).endpoint.url}"
    if environment.urn == common_urns.environments.PROCESS.urn:
        return f"{kind} {protos.ProcessPayload.FromString(environment.payload).command}"
    return kind


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Beam from warning, while the block is open, about a job that is not sent."""
    loggers = [logging.getLogger(name) for name in ("apache_beam", "root")]
    before = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)
