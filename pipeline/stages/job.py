"""Runs a Beam job in a thread of its own, so that an interrupt takes effect at once.

Takes a function that builds the job, and Beam's options; raises what the job raised. Used by `stages.runner`.

Beam runs shards in the thread that starts the job, and turns every exception from a shard into a `RuntimeError`, even
an interrupt. Python handles signals in the main thread. So the main thread only waits, and an interrupt takes effect
even while a shard waits ten minutes for a server.

Ctrl-C in a terminal sends SIGINT to all processes of the group, but only the main process should react. So the job's
thread blocks SIGINT, and processes that a teacher starts inherit the block. Worker processes (`stages.worker`) ignore
SIGINT; a job takes them from a pool (`stages.worker_pool`).
"""

from __future__ import annotations

import contextvars
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline.errors import StageError
from pipeline.interrupt import ABANDONED
from pipeline.stages.worker_pool import WorkerPool, open_workers

logger = logging.getLogger(__name__)

_WORKER_THREAD = "run_worker"
"""The name of Beam's thread that runs a worker in this process; it raises an error if the worker ends with an error."""
_WORKER_CONNECTIONS = frozenset({"beam_control_read", "read_grpc_client_inputs"})
"""The names of Beam's threads that read from a worker; their errors only mean that the worker has ended."""
_GRACE_SECONDS = 3.0
"""How long an abandoned job's thread may take to end."""
_WAKE_SECONDS = 0.5
"""How often the main thread wakes. The system may deliver a signal to any thread, but Python runs the signal's handler
in the main thread, and only when that thread is awake."""


def run_job(
    build_job: Callable[[beam.Pipeline], None], options: PipelineOptions, workers: WorkerPool | None = None
) -> None:
    """Run a job to its end.

    Args:
        build_job: adds the job's transforms to a pipeline.
        options: Beam's options.
        workers: worker processes to use if the options ask for some; if None, they are started for this job alone.

    Raises:
        KeyboardInterrupt: a signal arrived. The worker processes were killed, and the job's thread has ended or is
            waiting for something that cannot be interrupted.
        StageError: a worker process ended before the job did.
        BaseException: any exception that the job raised.
    """
    if workers is None:
        with open_workers() as own:
            return run_job(build_job, options, own)
    job = _Job(build_job, options, workers)
    with _workers_watched(job), workers.reporting_to(job.worker_ended):
        try:
            job.thread.start()
            while not job.has_ended.wait(_WAKE_SECONDS):
                pass
        except BaseException:  # an interrupt, or a lost folder
            job.abandon()
            raise
        if job.thread.is_alive() and not job.is_done:
            job.abandon()
    if job.error is not None:
        workers.kill()  # their threads may still run shards
        raise job.error
    return None


class _Runner(FnApiRunner):  # type: ignore[misc]  # Beam has no types
    def __init__(self, workers: WorkerPool) -> None:
        super().__init__()
        self._workers = workers

    def run_via_runner_api(self, pipeline_proto: Any, options: PipelineOptions) -> Any:  # Any: Beam's own
        """Run the pipeline with the pool's worker processes instead of Beam's."""
        self._workers.serve(pipeline_proto.components.environments)
        return super().run_via_runner_api(pipeline_proto, options)


def _runner(options: PipelineOptions, workers: WorkerPool) -> Any:
    name = options.view_as(StandardOptions).runner
    return _Runner(workers) if name == FnApiRunner.__name__ else name


class _Job:
    def __init__(
        self, build_job: Callable[[beam.Pipeline], None], options: PipelineOptions, workers: WorkerPool
    ) -> None:
        self.has_ended = threading.Event()
        self.is_done = False
        self.error: BaseException | None = None
        self._build_job = build_job
        self._options = options
        self._workers = workers
        self.is_abandoned = threading.Event()
        context = contextvars.copy_context()
        context.run(ABANDONED.set, self.is_abandoned)
        self.thread = threading.Thread(target=context.run, args=(self._run,), name="beam-job", daemon=True)

    def worker_ended(self, error: BaseException | None) -> None:
        """End the job because a worker process ended with an error; Beam would wait for the worker forever."""
        if not self.is_done:
            self.error = StageError(
                f"A worker process ended before its work was done: {error}.",
                remedy="The system may have ended the process because memory ran out: try fewer workers "
                "(--direct_num_workers). Run the same command again to go on.",
            )
            self.has_ended.set()

    def abandon(self) -> None:
        """Kill the worker processes, ask the job's thread to end, and wait briefly for the thread."""
        self.is_done = True
        self.is_abandoned.set()
        self._workers.kill()
        if self.thread.ident is not None:
            self.thread.join(_GRACE_SECONDS)

    def _run(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with beam.Pipeline(runner=_runner(self._options, self._workers), options=self._options) as job:
                self._build_job(job)
        except BaseException as error:  # noqa: BLE001  # the waiting thread raises the error again
            if self.error is None:
                self.error = error
        finally:
            self.is_done = True
            self.has_ended.set()


@contextmanager
def _workers_watched(job: _Job) -> Iterator[None]:
    """While the block runs, report the error of a worker to the job instead of printing it.

    If the job is abandoned, this continues after the block, because workers may still end later.
    """
    before = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        name = arguments.thread.name if arguments.thread is not None else ""
        if name == _WORKER_THREAD:
            job.worker_ended(arguments.exc_value)
        elif name in _WORKER_CONNECTIONS:
            logger.debug("%s ended: %r", name, arguments.exc_value)
        else:
            before(arguments)

    threading.excepthook = hook
    try:
        yield
    finally:
        if not job.is_abandoned.is_set():
            threading.excepthook = before
