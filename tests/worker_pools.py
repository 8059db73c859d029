"""A job server and worker pools, each a process of its own; the pools have nothing of this project but its wheel.

A pool is Beam's own (`worker_pool_main`), but its workers are threads, because `worker_pool_main` starts a process for
each worker, and so for each stage, which takes seconds.
`PortableRunner` knows one address of a pool. Two pools share it through `PoolRota`, which gives each new worker to the
next pool that answers.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc
from package_copy import copy_package

import pipeline

_SECONDS_TO_START = 120.0
_POOL = """
import signal, sys
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer
address, server = BeamFnExternalWorkerPoolServicer.start(port=int(sys.argv[1]))
signal.pause()
"""


def unpack_wheel(folder: Path) -> Path:
    """Lay out what `[tool.hatch.build]` puts into the wheel: the package, with the recipes in it."""
    copied = copy_package(folder)
    bundled = copied / "bundled" / "recipes"
    if not bundled.exists():  # the tests run from a source tree
        shutil.copytree(Path(pipeline.__file__).parent.parent / "recipes", bundled)
    return folder


def command_with(wheel: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return a command of Python, and its environment: the unpacked wheel and the installed packages, and no others.

    With `-S`, no file in the packages' folder adds the source tree to the path.
    """
    path = os.pathsep.join([str(wheel), sysconfig.get_path("purelib")])
    environment = {"PYTHONPATH": path, "PATH": "", "HOME": str(wheel), "OMP_NUM_THREADS": "1"}
    return [sys.executable, "-S", *arguments], environment


@dataclass(slots=True)
class Pool:
    """A running worker pool."""

    process: subprocess.Popen[bytes]
    address: str
    num_workers: int = 0
    """How many workers it was asked to start."""

    def kill(self) -> None:
        """End the pool and its workers at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class PoolRota(beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolServicer):  # type: ignore[misc]  # Beam has no types
    """Answers as a worker pool; the next pool in turn starts the worker."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self.pools = list(pools)

    def StartWorker(self, request: object, _context: object) -> object:  # noqa: N802
        """Let the pool with the fewest workers so far start one, of those that answer."""
        for pool in sorted(self.pools, key=lambda one: one.num_workers):
            try:
                with grpc.insecure_channel(pool.address) as channel:
                    if pool.num_workers == 0:
                        grpc.channel_ready_future(channel).result(_SECONDS_TO_START)
                    started = beam_fn_api_pb2_grpc.BeamFnExternalWorkerPoolStub(channel).StartWorker(request)
            except (grpc.RpcError, grpc.FutureTimeoutError):
                continue
            pool.num_workers += 1
            return started
        return beam_fn_api_pb2.StartWorkerResponse(error="no pool answers")

    def StopWorker(self, _request: object, _context: object) -> object:  # noqa: N802
        """Workers end with their job."""
        return beam_fn_api_pb2.StopWorkerResponse()


@dataclass(frozen=True, slots=True)
class Cluster:
    """A job server and its pools."""

    rota: PoolRota
    options: tuple[str, ...]
    """Options of Beam for a job on the cluster."""
    start_pool: Callable[[], Pool]
    """Starts another pool, which ends with the cluster."""


@contextmanager
def running_cluster(folder: Path, *, num_pools: int) -> Iterator[Cluster]:
    """Start everything; when the block ends, end it."""
    wheel = unpack_wheel(folder / "wheel")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    with ExitStack() as stack:

        def start_pool() -> Pool:
            return stack.enter_context(_pool(wheel, elsewhere))

        pools = [start_pool() for _ in range(num_pools)]
        port_file = folder / "port"
        server = ("-m", "apache_beam.runners.portability.local_job_service_main", "--port_file", str(port_file))
        stack.enter_context(running_process(*command_with(wheel, *server), cwd=elsewhere))
        rota = PoolRota(pools)
        front = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(rota, front)
        front_port = front.add_insecure_port("127.0.0.1:0")
        front.start()
        stack.callback(front.stop, None)
        yield Cluster(
            rota,
            start_pool=start_pool,
            options=(
                "--runner=PortableRunner",
                f"--job_endpoint=localhost:{read_port(port_file)}",
                "--environment_type=EXTERNAL",
                f"--environment_config=localhost:{front_port}",
            ),
        )


@contextmanager
def _pool(wheel: Path, cwd: Path) -> Iterator[Pool]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running_process(*command_with(wheel, "-c", _POOL, str(port)), cwd=cwd) as process:
        yield Pool(process, f"localhost:{port}")


@contextmanager
def running_process(command: list[str], environment: dict[str, str], *, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command while the block runs; then kill it."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, cwd=cwd, stdout=quiet, stderr=quiet)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def read_port(path: Path) -> str:
    """Wait until the job server has written its port to a file, and return it."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while not path.exists():
        assert time.monotonic() < deadline, "the job server did not start"
        time.sleep(0.05)
    return path.read_text(encoding="utf-8")
