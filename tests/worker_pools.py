"""A job server and worker pools, each a process of its own that has nothing of this project but its wheel.

`PortableRunner` knows one address of a pool. Two pools share it through `PoolRota`, which gives each new worker to the
next pool that answers. A pool is Beam's own (`worker_pool_main`), but its workers are threads, because the program
starts a process for each worker, and so for each stage. The processes are forked from one that has imported what they
need, because importing takes seven seconds of CPU time in each.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from concurrent import futures
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from apache_beam.portability.api import beam_fn_api_pb2, beam_fn_api_pb2_grpc
from package_copy import copy_package

import pipeline

_SECONDS_TO_START = 120.0
_FORKS = """
import json, os, signal, sys
import transformers
import pipeline.build, pipeline.cli.app, pipeline.cli.build_command
from apache_beam.runners.portability import local_job_service_main
from apache_beam.runners.worker.worker_pool_main import BeamFnExternalWorkerPoolServicer
from pipeline.processes import end_with_parent

def pool(port):
    started = BeamFnExternalWorkerPoolServicer.start(port=int(port))
    signal.pause()

def server(port_file):
    local_job_service_main.run(["--port_file", port_file])

def command(*arguments):
    sys.exit(pipeline.cli.app.run(arguments))

for line in sys.stdin:
    name, *arguments = json.loads(line)
    if name == "wait":
        reply = os.waitstatus_to_exitcode(os.waitpid(arguments[0], 0)[1])
    elif (reply := os.fork()) == 0:
        os.setsid()
        end_with_parent()
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        {"pool": pool, "server": server, "command": command}[name](*arguments)
        sys.exit()
    print(reply, flush=True)
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


class WheelProcesses:
    """Starts processes that have the wheel; they end with the process that they are forked from."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, name: str, *arguments: str) -> int:
        """Start a `pool`, a `server` or a `command` in a process group of its own, and return its id."""
        return self._ask([name, *arguments])

    def wait(self, process_id: int) -> int:
        """Wait until a process ends, and return its exit code."""
        return self._ask(["wait", process_id])

    def _ask(self, words: Sequence[object]) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@dataclass(slots=True)
class Pool:
    """A running worker pool."""

    process_id: int
    address: str
    num_workers: int = 0
    """How many workers it was asked to start."""

    def kill(self) -> None:
        """End the pool and its workers at once."""
        os.kill(self.process_id, signal.SIGKILL)


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

    processes: WheelProcesses
    rota: PoolRota
    options: tuple[str, ...]
    """Options of Beam for a job on the cluster."""


@contextmanager
def running_cluster(folder: Path, *, num_pools: int) -> Iterator[Cluster]:
    """Start everything; when the block ends, end it."""
    wheel = unpack_wheel(folder / "wheel")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    command, environment = command_with(wheel, "-c", _FORKS)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with ExitStack() as stack:
        forks = subprocess.Popen(command, env=environment, cwd=elsewhere, text=True, **pipes)  # type: ignore[call-overload]
        stack.callback(forks.wait)
        stack.callback(forks.kill)
        processes = WheelProcesses(forks)
        rota = PoolRota([start_pool(processes) for _ in range(num_pools)])
        port_file = folder / "port"
        processes.start("server", str(port_file))
        yield Cluster(
            processes,
            rota,
            (
                "--runner=PortableRunner",
                f"--job_endpoint=localhost:{read_port(port_file)}",
                "--environment_type=EXTERNAL",
                f"--environment_config={stack.enter_context(serving(rota))}",
            ),
        )


def start_pool(processes: WheelProcesses) -> Pool:
    """Start a worker pool on a port that is free."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Pool(processes.start("pool", str(port)), f"localhost:{port}")


@contextmanager
def serving(rota: PoolRota) -> Iterator[str]:
    """Let the rota answer on this machine; yield its address."""
    front = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    beam_fn_api_pb2_grpc.add_BeamFnExternalWorkerPoolServicer_to_server(rota, front)
    port = front.add_insecure_port("127.0.0.1:0")
    front.start()
    try:
        yield f"localhost:{port}"
    finally:
        front.stop(None)


def read_port(path: Path) -> str:
    """Wait until the job server has written its port to a file, and return it."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while not path.exists():
        assert time.monotonic() < deadline, "the job server did not start"
        time.sleep(0.05)
    return path.read_text(encoding="utf-8")
