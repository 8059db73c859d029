"""Completes Beam's options for a job: what a worker that is not on this machine needs, and what an engine needs.

Takes the options that the user gave after `--`. Used by `stages.runner` for every job, and by `stages.job_plans`. An
option that the user gave is never changed, except that the teacher's job may have an image of its own.
"""

from __future__ import annotations

from copy import deepcopy
from enum import StrEnum

from apache_beam.options.pipeline_options import (
    DebugOptions,
    PipelineOptions,
    SetupOptions,
    StandardOptions,
    WorkerOptions,
)
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline.stages.gpu_worker import GpuWorker

THREADS_OF_AN_ENGINE = 2
"""Threads of a worker with an engine: the engine answers one, while the other prepares and checks requests."""
_ONE_PROCESS = "no_use_multiple_sdk_containers"
"""Beam's experiment for one process on a machine, instead of one for each core: each process would start an engine."""
_NO_LIST_OF_PACKAGES = "disable_logging_submission_environment"
"""Beam's experiment for not staging what `pip freeze` says of this machine, which may have local paths in it. The
workers have their packages already."""
_MANY_PROCESSES = "use_multiple_sdk_containers"


class RunnerKind(StrEnum):
    """Where the workers of a runner are."""

    LOCAL = "local"
    """On this machine, started by the command."""
    CLUSTER = "cluster"
    """Where a job server has them; they may share a disk with this machine."""
    DATAFLOW = "dataflow"
    """On machines that Google Cloud starts, which share nothing with this one."""


def runner_kind(options: PipelineOptions) -> RunnerKind:
    """Return the kind of the runner that the options name. No runner means the default, which is local."""
    named = (options.view_as(StandardOptions).runner or FnApiRunner.__name__).rsplit(".", 1)[-1].lower()
    name = named if named.endswith("runner") else f"{named}runner"
    if "dataflow" in name:
        return RunnerKind.DATAFLOW
    local = {one.lower() for one in StandardOptions.LOCAL_RUNNERS} | {"interactiverunner"}
    return RunnerKind.LOCAL if name in local else RunnerKind.CLUSTER


def with_presets(options: PipelineOptions, worker: GpuWorker | None) -> PipelineOptions:
    """Return the options of a job, for workers elsewhere with what they need; for a local runner, those given.

    Args:
        options: the user's options.
        worker: what the job's workers need; None if nothing.
    """
    kind = runner_kind(options)
    if kind is RunnerKind.LOCAL:
        return options
    options = deepcopy(options)
    setup = options.view_as(SetupOptions)
    if setup.save_main_session is None:
        # Workers import this package. On Dataflow, Beam would pickle what this process has imported.
        setup.save_main_session = False
    debug, workers = options.view_as(DebugOptions), options.view_as(WorkerOptions)
    if not debug.lookup_experiment(_NO_LIST_OF_PACKAGES):
        debug.add_experiment(_NO_LIST_OF_PACKAGES)
    if worker is not None and worker.image:
        workers.sdk_container_image = worker.image
    if workers.sdk_container_image and setup.sdk_location == "default":
        setup.sdk_location = "container"  # the image has Beam
    if worker is not None:
        _preset_for_engine(debug)
    return options


def _preset_for_engine(debug: DebugOptions) -> None:
    if not {_ONE_PROCESS, _MANY_PROCESSES} & set(debug.experiments or ()):
        debug.add_experiment(_ONE_PROCESS)
    if debug.number_of_worker_harness_threads is None:
        debug.number_of_worker_harness_threads = THREADS_OF_AN_ENGINE
