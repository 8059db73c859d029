"""The worker processes of a build, which run one job after another.

Beam's runner starts new processes for every job, and each imports everything again: Beam, the stages, and transformers
for the tokenizer, together about 7 CPU seconds, six times in a build. A pool starts a process when a job first needs
it, and gives the same process to the next job. A process that has ended is replaced by a new one. After a job that
failed, all processes are ended, because their threads may still run shards of that job.

The pool and a worker (`stages.worker`) talk through two pipes. Beam's runner asks for workers through a worker handler,
which it makes from the bytes of an environment; the bytes are the key of the pool. Used by `build` and `stages.job`.
"""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from apache_beam.portability import python_urns
from apache_beam.runners.portability.fn_api_runner.worker_handlers import GrpcWorkerHandler, WorkerHandler

from pipeline.processes import end_descendants
from pipeline.stages.worker import MODULE, worker_command

logger = logging.getLogger(__name__)

_ENVIRONMENT = "pipeline:env:worker_pool:v1"
"""The kind of a Beam environment whose workers come from a pool; its payload is the pool's key."""
_LOOK_SECONDS = 0.2
_END_SECONDS = 30.0
"""How long the workers of a finished build may take to end by themselves."""

_keys = count()
_pools: WeakValueDictionary[bytes, WorkerPool] = WeakValueDictionary()


class WorkerPool:
    """Worker processes that are started when a job needs them, and wait for the next job when it has ended."""

    def __init__(self) -> None:
        self.key = str(next(_keys)).encode()
        """Identifies the pool in this process."""
        self._lock = threading.Lock()
        self._workers: list[_Worker] = []
        self._report: Callable[[BaseException], None] | None = None
        _pools[self.key] = self

    @contextmanager
    def reporting_to(self, report: Callable[[BaseException], None]) -> Iterator[None]:
        """While the block runs a job, call `report` if a worker ends before it has finished the job."""
        self._report = report
        try:
            yield
        finally:
            self._report = None

    def serve(self, environments: Mapping[str, Any]) -> None:  # Any: Beam's own
        """Make a job's steps that would run in new processes run in workers of this pool.

        Args:
            environments: the environments of the job, as Beam translated it; they are changed.
        """
        WorkerHandler.register_environment(_ENVIRONMENT, bytes)(_PoolWorkerHandler)
        for environment in environments.values():
            if environment.urn == python_urns.SUBPROCESS_SDK:
                environment.urn, environment.payload = _ENVIRONMENT, self.key

    def take(self) -> _Worker:
        """Return a worker that waits for a job, or a new one."""
        with self._lock:
            for worker in self._workers:
                if not worker.is_taken and worker.is_running:
                    worker.is_taken = True
                    return worker
            worker = _Worker(self._has_ended)
            logger.info("worker process %d starts", worker.pid)
            self._workers.append(worker)
            return worker

    def end(self) -> None:
        """Let the waiting workers end, and wait for them; kill those that do not end."""
        workers = tuple(self._workers)
        for worker in workers:
            worker.end()
        for worker in workers:
            worker.wait(_END_SECONDS)
        if any(worker.is_running for worker in workers):
            self.kill()

    def kill(self) -> None:
        """Kill all workers and the processes that they started."""
        with self._lock:
            workers, self._workers = self._workers, []
        if workers:
            end_descendants(of_command=MODULE)
        for worker in workers:
            worker.wait(_END_SECONDS)

    def _has_ended(self, worker: _Worker, code: int) -> None:
        with self._lock:
            is_expected = worker not in self._workers or not worker.is_taken
            if worker in self._workers:
                self._workers.remove(worker)
        if is_expected:
            logger.debug("a worker process ended with exit code %d", code)
        elif self._report is not None:
            self._report(RuntimeError(f"exit code {code}"))


@contextmanager
def open_workers() -> Iterator[WorkerPool]:
    """Yield a pool without processes. At the end, wait until its workers have ended; after an error, kill them."""
    workers = WorkerPool()
    try:
        yield workers
        workers.end()
    except BaseException:
        workers.kill()
        raise


class _Worker:
    """A worker process; taken by the job that it was started for."""

    def __init__(self, has_ended: Callable[[_Worker, int], None]) -> None:
        self.is_taken = True
        reading, writing = os.pipe()
        try:
            self._process = subprocess.Popen(worker_command(writing), stdin=subprocess.PIPE, pass_fds=(writing,))
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._replies = os.fdopen(reading, "rb", buffering=0)
        self._has_ended = has_ended
        threading.Thread(target=self._watch, name="worker-process", daemon=True).start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def start_job(self, variables: dict[str, str]) -> None:
        """Send the variables that Beam's worker expects in its environment."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # the process has ended; the pool reports that
            self._process.stdin.write(json.dumps(variables).encode() + b"\n")
            self._process.stdin.flush()

    def wait_for_job(self) -> None:
        """Wait until the worker has finished its job or has ended."""
        replies = select.poll()
        replies.register(self._replies, select.POLLIN)
        while self.is_running and not replies.poll(_LOOK_SECONDS * 1000):
            pass
        if self.is_running and self._replies.read(64):
            self.is_taken = False

    def end(self) -> None:
        """Let the process end after its job."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()

    def wait(self, seconds: float) -> None:
        """Wait until the process has ended, at most for some seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def _watch(self) -> None:
        self._has_ended(self, self._process.wait())


class _PoolWorkerHandler(GrpcWorkerHandler):  # type: ignore[misc]  # Beam has no types
    """Gives a worker of a pool to Beam's runner."""

    def __init__(self, key: bytes, state: Any, provision_info: Any, grpc_server: Any) -> None:  # Any: Beam's own
        super().__init__(state, provision_info, grpc_server)
        self._pool = _pools[key]
        self._worker: _Worker | None = None

    def start_worker(self) -> None:
        """Let a worker of the pool connect to the runner."""
        self._worker = self._pool.take()
        self._worker.start_job(
            {
                "WORKER_ID": self.worker_id,
                "CONTROL_API_SERVICE_DESCRIPTOR": str(self.control_api_service_descriptor()),
                "PIPELINE_OPTIONS": "{}",
            }
        )

    def stop_worker(self) -> None:
        """Wait until the worker has left the runner."""
        if self._worker is not None:
            self._worker.wait_for_job()
