"""Run one Beam job in its own thread, so that an interrupt takes effect at once.

In: a job and Beam's options. Out: nothing, or what the job raised. Used by `stages.runner`. Beam runs shards in the
thread that starts the job and turns every exception that leaves them into a `RuntimeError`, even an interrupt. Signals
reach the main thread, so the main thread only waits. A shard that waits ten minutes for a server cannot delay an
interrupt.

The job's thread blocks SIGINT, and processes that a teacher starts inherit the block: Ctrl-C in a terminal goes to the
whole process group, and only the main process should respond. For the same reason, Beam's workers are those of
`stages.worker`.
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
from apache_beam.portability import python_urns
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline.errors import StageError
from pipeline.interrupt import ABANDONED
from pipeline.processes import end_descendants
from pipeline.stages import worker

logger = logging.getLogger(__name__)

_WORKER_THREAD = "run_worker"
"""Beam's thread that waits for a worker process; it raises if the worker ends with an error."""
_WORKER_CONNECTIONS = frozenset({"beam_control_read", "read_grpc_client_inputs"})
"""Threads that read from a worker; their errors only say that it ended."""
_GRACE_SECONDS = 3.0
_WAKE_SECONDS = 0.5
"""The system may deliver a signal to any thread. Python runs its handler in the main thread once that thread wakes."""


def run_job(build_job: Callable[[beam.Pipeline], None], options: PipelineOptions) -> None:
    """Run a job to its end.

    Args:
        build_job: adds the transforms.
        options: Beam's options.

    Raises:
        KeyboardInterrupt: a signal arrived. The job's processes have ended; its thread has ended too, or waits for
            something outside.
        StageError: a worker process ended before the job did.
        BaseException: any exception of the job.
    """
    job = _Job(build_job, options)
    with _workers_watched(job):
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
        raise job.error


class _Runner(FnApiRunner):  # type: ignore[misc]  # Beam has no types
    def run_via_runner_api(self, pipeline_proto: Any, options: PipelineOptions) -> Any:  # Any: Beam's own
        """Run with our worker processes instead of Beam's."""
        for environment in pipeline_proto.components.environments.values():
            if environment.urn == python_urns.SUBPROCESS_SDK:
                environment.payload = worker.worker_command().encode()
        return super().run_via_runner_api(pipeline_proto, options)


def _runner(options: PipelineOptions) -> Any:
    name = options.view_as(StandardOptions).runner
    return _Runner() if name == FnApiRunner.__name__ else name


class _Job:
    def __init__(self, build_job: Callable[[beam.Pipeline], None], options: PipelineOptions) -> None:
        self.has_ended = threading.Event()
        self.is_done = False
        self.error: BaseException | None = None
        self._build_job = build_job
        self._options = options
        self.is_abandoned = threading.Event()
        context = contextvars.copy_context()
        context.run(ABANDONED.set, self.is_abandoned)
        self.thread = threading.Thread(target=context.run, args=(self._run,), name="beam-job", daemon=True)

    def worker_ended(self, error: BaseException | None) -> None:
        """Handle a worker process that ends with an error; Beam would wait for its answer forever."""
        if not self.is_done:
            self.error = StageError(
                f"A worker process ended before its work was done: {error}.",
                remedy="The system may have ended it for lack of memory: try fewer workers (--direct_num_workers). Run "
                "the same command again to go on.",
            )
            self.has_ended.set()

    def abandon(self) -> None:
        """End the job's processes, ask its thread to end, and wait briefly for it."""
        self.is_done = True
        self.is_abandoned.set()
        end_descendants(of_command=worker.MODULE)
        if self.thread.ident is not None:
            self.thread.join(_GRACE_SECONDS)

    def _run(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with beam.Pipeline(runner=_runner(self._options), options=self._options) as job:
                self._build_job(job)
        except BaseException as error:  # noqa: BLE001  # raised again by the thread that waits
            if self.error is None:
                self.error = error
        finally:
            self.is_done = True
            self.has_ended.set()


@contextmanager
def _workers_watched(job: _Job) -> Iterator[None]:
    """Report a worker's end to the job instead of printing it, while the block runs and after an abandoned job."""
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
