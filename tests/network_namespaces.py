"""A build on two worker pools in network namespaces of their own; run by hand, as root, on Linux.

    pip wheel --no-deps --wheel-dir WHEELS .
    sudo python tests/network_namespaces.py WHEELS/longdoc_pipeline-*.whl

Each pool is Beam's `worker_pool_main`. It has the unpacked wheel, the installed packages and a cable to this machine;
the job server answers at the other end, under a name that only the pools know. The script builds a few bundled
documents on the pools and here, compares all files, and exits with 1 if any differs. `tests/end_to_end` has the same
with processes instead of namespaces.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from end_to_end.command import contents
from worker_pools import Pool, PoolRota, read_port, serving

from pipeline.io.models import cache_folder

_SERVER, _PORT = "longdoc-job-server", 50000
_SMALL = ("--input", "bundled:manual/en/short", "--set", "synthesize.written.tasks=[]", "--set", "ingest.min_shards=3")
_OF_A_RUN = ("manifest.json", "report.html", ".lease.json", "work/shards/")


def main(wheel: Path) -> int:
    """Build on the pools and here; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="namespaces-") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        options = _cluster(folder, wheel, stack)
        for name, beam in (("pools", options), ("local", [])):
            command = [
                sys.executable,
                "-m",
                "pipeline",
                "build-sft",
                *_SMALL,
                "--output",
                str(folder / name),
                "--",
                *beam,
            ]
            subprocess.run(command, cwd=folder, check=True)
        here, there = (
            {path: data for path, data in contents(folder / name).items() if not path.startswith(_OF_A_RUN)}
            for name in ("local", "pools")
        )
    differing = [path for path in sorted({*here, *there}) if here.get(path) != there.get(path)]
    print(f"{len(here)} files here, {len(there)} from the pools; differing: {differing or 'none'}")
    return 1 if differing or not any(path.startswith("sft/") for path in here) else 0


def _cluster(folder: Path, wheel: Path, stack: ExitStack) -> list[str]:
    """Start the job server and the pools; return Beam's options for them."""
    package, home = folder / "package", folder / "home"
    home.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(package)
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n10.77.1.1 {_SERVER}\n", encoding="utf-8")
    python = home / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    environment = {
        "PYTHONPATH": f"{package}:{sysconfig.get_path('purelib')}",
        "PATH": f"{home}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(home),
        "LONGDOC_CACHE": str(cache_folder()),
    }
    pools = []
    for number in (1, 2):
        name = stack.enter_context(_namespace(number))
        pool = [str(python), "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={_PORT}"]
        command = ["ip", "netns", "exec", name, *_with_hosts(hosts, pool)]
        process = stack.enter_context(_running(command, environment, cwd=home))
        pools.append(Pool(process.pid, f"10.77.{number}.2:{_PORT}"))
    port_file = folder / "port"
    server = [
        str(python),
        "-m",
        "apache_beam.runners.portability.local_job_service_main",
        "--port_file",
        str(port_file),
    ]
    named = ["unshare", "--uts", "sh", "-c", f'hostname {_SERVER} && exec "$@"', "sh", *_with_hosts(hosts, server)]
    stack.enter_context(_running(named, environment, cwd=home))
    return [
        "--runner=PortableRunner",
        f"--job_endpoint=localhost:{read_port(port_file)}",
        "--environment_type=EXTERNAL",
        f"--environment_config={stack.enter_context(serving(PoolRota(pools)))}",
    ]


@contextmanager
def _running(command: list[str], environment: dict[str, str], *, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a process group of its own while the block runs; then kill the group."""
    process = subprocess.Popen(command, env=environment, cwd=cwd, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _with_hosts(hosts: Path, command: list[str]) -> list[str]:
    """Return the command in a mount namespace with its own names of machines."""
    return ["unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh", *command]


@contextmanager
def _namespace(number: int) -> Iterator[str]:
    """A network namespace with a cable to this machine, whose end is 10.77.NUMBER.1; that of the namespace is .2."""
    name, here, there = f"longdoc-{number}", f"longdoc-h{number}", f"longdoc-n{number}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        _ip("address", "add", f"10.77.{number}.1/24", "dev", here)
        _ip("link", "set", here, "up")
        for words in (
            ("address", "add", f"10.77.{number}.2/24", "dev", there),
            ("link", "set", there, "up"),
            ("link", "set", "lo", "up"),
            ("route", "add", "default", "via", f"10.77.{number}.1"),
        ):
            _ip("-n", name, *words)
        yield name
    finally:
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
