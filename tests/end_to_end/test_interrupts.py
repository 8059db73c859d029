"""Ctrl-C and SIGTERM end every long command with one sentence, its exit code, and no process left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from small_student import small_recipe, write_small_build, write_small_model

from end_to_end.command import WORKERS, command
from pipeline.interrupt import GO_ON
from pipeline.processes import descendants
from pipeline.stages.worker import MODULE
from pipeline.train.loop.checkpoint import checkpoints

pytestmark = pytest.mark.end_to_end

SECONDS_TO_START = 300.0
SECONDS_TO_END = 15.0


class SilentServer:
    """Takes requests and never answers; `asked` is set at the first."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._released = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.asked.set()
                owner._released.wait()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(prepared: tuple[Path, SilentServer]) -> SilentServer:
    found = prepared[1]
    found.asked.clear()
    return found


@pytest.fixture
def folder(tmp_path: Path, prepared: tuple[Path, SilentServer]) -> Path:
    """With a build that has only its questions left to ask."""
    shutil.copytree(prepared[0] / "build", tmp_path / "build")
    return tmp_path


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, SilentServer]]:
    """A build interrupted while it waited for its teacher."""
    server, folder = SilentServer(), tmp_path_factory.mktemp("prepared")
    started = Started(*build_arguments(server), cwd=folder)
    started.wait_until(server.asked.is_set)
    started.interrupt(signal.SIGINT, whole_group=False)
    assert_says_so(*started.end(), signal.SIGINT)
    assert (folder / "build" / "corpus").is_dir()
    assert not (folder / "build" / "sft").exists()
    yield folder, server
    server.close()


class Started:
    """A command in a session of its own, as a terminal or a scheduler starts one."""

    def __init__(self, *arguments: str, cwd: Path) -> None:
        self.log = cwd / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command(*arguments), cwd=cwd, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_until(self, is_reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not is_reached():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def interrupt(self, number: signal.Signals, *, whole_group: bool) -> None:
        if whole_group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Exit code and all that was printed; fails where the command, or anything it started, does not end."""
        try:
            code = self.process.wait(timeout=SECONDS_TO_END)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        deadline = time.monotonic() + SECONDS_TO_END
        while left := processes_of_session(self.process.pid):
            if time.monotonic() > deadline:
                os.killpg(self.process.pid, signal.SIGKILL)
                pytest.fail(f"left behind: {left}")
            time.sleep(0.05)
        return code, self.log.read_text()


def processes_of_session(session: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append((stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def assert_says_so(code: int, printed: str, number: signal.Signals) -> None:
    assert code == 128 + number, printed
    assert printed.count(GO_ON) == 1, printed
    assert "Traceback" not in printed and "Error" not in printed, printed


def build_arguments(server: SilentServer, *more: str) -> list[str]:
    teacher = {"kind": "openai", "model": "silent", "base_url": server.url}
    sets = [f"--set=synthesize.teacher.{name}={value}" for name, value in teacher.items()]
    return ["build-sft", "--input", "bundled:legal/en", "--limit", "2", *sets, "--output", "build", *more]


@pytest.mark.model
@pytest.mark.parametrize(
    ("number", "whole_group", "beam"),
    [
        (signal.SIGINT, True, ()),
        (signal.SIGTERM, False, ()),
        pytest.param(signal.SIGINT, True, WORKERS, marks=pytest.mark.workers),
        pytest.param(signal.SIGTERM, True, WORKERS, marks=pytest.mark.workers),
        pytest.param(signal.SIGTERM, False, WORKERS, marks=pytest.mark.workers),
    ],
)
def test_build_that_waits_for_a_server_ends_at_an_interrupt_and_keeps_finished_stages(
    folder: Path, server: SilentServer, number: signal.Signals, whole_group: bool, beam: tuple[str, ...]
) -> None:
    started = Started(*build_arguments(server, *beam), cwd=folder)
    started.wait_until(server.asked.is_set)
    started.interrupt(number, whole_group=whole_group)
    code, printed = started.end()
    assert_says_so(code, printed, number)
    assert printed.count("up to date") == 4
    assert not (folder / "build" / "sft").exists()


@pytest.mark.model
@pytest.mark.workers
def test_second_interrupt_ends_a_build_at_once(folder: Path, server: SilentServer) -> None:
    started = Started(*build_arguments(server, *WORKERS), cwd=folder)
    started.wait_until(server.asked.is_set)
    for _ in range(2):
        started.interrupt(signal.SIGINT, whole_group=True)
    code, printed = started.end()
    assert code == 130 and GO_ON in printed and "Traceback" not in printed


@pytest.mark.model
@pytest.mark.workers
def test_killed_build_leaves_no_worker_behind(folder: Path, server: SilentServer) -> None:
    started = Started(*build_arguments(server, *WORKERS), cwd=folder)
    started.wait_until(server.asked.is_set)
    started.interrupt(signal.SIGKILL, whole_group=False)
    assert started.end()[0] == -signal.SIGKILL


@pytest.mark.model
@pytest.mark.workers
def test_worker_that_is_killed_ends_the_build_with_the_reason(folder: Path, server: SilentServer) -> None:
    started = Started(*build_arguments(server, *WORKERS), cwd=folder)
    started.wait_until(server.asked.is_set)
    worker = next(one for one in descendants(started.process.pid) if MODULE in one.command)
    os.kill(worker.pid, signal.SIGKILL)
    code, printed = started.end()
    assert code == 1 and "Traceback" not in printed
    assert "A worker process ended before its work was done" in printed and "--direct_num_workers" in printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_evaluation_ends_at_an_interrupt_and_keeps_finished_answers(
    tmp_path: Path, number: signal.Signals, recipe: Path
) -> None:
    arguments = ("evaluate", str(recipe), "--task", "passkey", "--model", str(recipe.parent / "base"))
    started = Started(*arguments, "--output", "evaluation", cwd=tmp_path)
    answers = tmp_path / "evaluation" / "answers"
    started.wait_until(lambda: any(answers.rglob("*.jsonl")))
    started.interrupt(number, whole_group=True)
    assert_says_so(*started.end(), number)
    assert any(answers.rglob("*.jsonl")) and not (tmp_path / "evaluation" / "evaluation.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_training_ends_at_an_interrupt_and_keeps_its_last_step(
    tmp_path: Path, number: signal.Signals, recipe: Path
) -> None:
    arguments = ("finetune", str(recipe), "--data", str(recipe.parent / "build"), "--output", "model")
    started = Started(*arguments, cwd=tmp_path)
    log = tmp_path / "model" / "logs" / "metrics.jsonl"
    started.wait_until(lambda: log.is_file() and log.read_text().count('"step"') > 1)
    started.interrupt(number, whole_group=True)
    assert_says_so(*started.end(), number)
    assert len(checkpoints(tmp_path / "model" / "checkpoints")) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_that_is_only_starting_ends_at_an_interrupt_without_a_traceback(
    tmp_path: Path, number: signal.Signals, recipe: Path
) -> None:
    started = Started("finetune", str(recipe), "--data", str(recipe.parent / "build"), cwd=tmp_path)
    maps = Path(f"/proc/{started.process.pid}/maps")
    started.wait_until(lambda: "libtorch" in maps.read_text())
    started.interrupt(number, whole_group=True)
    assert_says_so(*started.end(), number)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training and an evaluation that would go on for hours."""
    folder = tmp_path_factory.mktemp("small")
    write_small_build(folder / "build")
    small = small_recipe(
        write_small_model(folder / "base"),
        max_steps=100_000,
        epochs=100_000,
        save_every_steps=10**6,
        report_to=["none"],
    )
    passkey = {"lengths": [600, 20_000], "depths": [0.1, 0.5, 0.9], "samples": 50}
    values = small.model_dump(mode="json") | {
        "evaluate": {"device": "cpu", "dtype": "float32", "tasks": {"passkey": passkey}}
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path
