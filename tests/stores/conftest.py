"""Two object stores on loopback, each in a process of its own behind a proxy that can do harm.

`store` is each of them in turn: S3 (moto's server) and Google Cloud Storage (`gcs_server`). The clients find them by
environment variables, as a user would set them.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import fsspec
import gcs_server
import pytest

from pipeline.io import files
from stores.fault_proxy import FaultProxy, passing_on

BUCKET = "builds"
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Store:
    """A store that the tests may use and harm."""

    protocol: str
    proxy: FaultProxy
    environment: Mapping[str, str]

    def url(self, *names: str) -> str:
        return files.join(f"{self.protocol}://{BUCKET}", *names)


@pytest.fixture(scope="session")
def _s3_server() -> Iterator[Store]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _process(command) as process:
        _await(port, process)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("PUT", f"/{BUCKET}")
        assert connection.getresponse().status == 200
        with passing_on("127.0.0.1", port) as proxy:
            environment = {
                "AWS_ENDPOINT_URL": proxy.address,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
            }
            yield Store("s3", proxy, environment)


@pytest.fixture(scope="session")
def _gs_server() -> Iterator[Store]:
    with _process([sys.executable, gcs_server.__file__, BUCKET]) as process:
        assert process.stdout is not None
        url = urlsplit(process.stdout.readline().strip())
        assert url.hostname and url.port
        with passing_on(url.hostname, url.port) as proxy:
            environment = {
                "STORAGE_EMULATOR_HOST": proxy.address,
                "FSSPEC_GS": '{"token": "anon"}',
                # Else the client first asks the real cloud over gRPC what kind of bucket it is.
                "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
            }
            yield Store("gs", proxy, environment)


@pytest.fixture(params=["s3", "gs"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Each store in turn, for clients in this process as well."""
    found: Store = request.getfixturevalue(f"_{request.param}_server")
    found.proxy.reset()
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    if request.param == "gs":
        from gcsfs.core import GCSFileSystem

        monkeypatch.setitem(fsspec.config.conf, "gs", {"token": "anon"})
        fsspec.register_implementation("gs", GCSFileSystem, clobber=True)
    fsspec.get_filesystem_class(request.param).clear_instance_cache()
    yield found
    fsspec.get_filesystem_class(request.param).clear_instance_cache()
    found.proxy.reset()


@contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _await(port: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.05)
