"""Worker processes of a pool: which process runs which job, and what happens when one ends.

Functions of a job are made inside a function, so that they reach the workers by value: workers do not import the tests.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import apache_beam as beam
import pytest

from pipeline.errors import StageError
from pipeline.processes import descendants
from pipeline.stages.job import run_job
from pipeline.stages.runner import pipeline_options
from pipeline.stages.worker import MODULE
from pipeline.stages.worker_pool import WorkerPool, open_workers

pytestmark = pytest.mark.workers


def leave_pid(folder: Path) -> Callable[[int], None]:
    place = str(folder)

    def leave(number: int) -> None:
        import os
        from pathlib import Path

        Path(place, f"{number}-{os.getpid()}").touch()

    return leave


def end_itself() -> Callable[[int], None]:
    def end(number: int) -> None:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)

    return end


def fail() -> Callable[[int], float]:
    def divide(number: int) -> float:
        return 1 / 0

    return divide


def run(action: Callable[[int], object], workers: WorkerPool, *, num_workers: int) -> None:
    """Run an action for as many elements as there are workers, one in each."""

    def build_job(job: beam.Pipeline) -> None:
        _ = job | beam.Create(range(num_workers), reshuffle=False) | beam.Reshuffle() | beam.Map(action)

    options = ["--direct_running_mode=multi_processing", f"--direct_num_workers={num_workers}"]
    run_job(build_job, pipeline_options(options), workers)


def pids_in(folder: Path, workers: WorkerPool, *, num_workers: int) -> set[int]:
    """Run a job, and return the ids of the processes that it ran in."""
    folder.mkdir()
    run(leave_pid(folder), workers, num_workers=num_workers)
    return {int(path.name.split("-")[1]) for path in folder.iterdir()}


def running_workers() -> set[int]:
    return {process.pid for process in descendants(os.getpid()) if MODULE in process.command}


def test_pool_gives_the_same_processes_to_every_job_and_ends_them(tmp_path: Path) -> None:
    with open_workers() as workers:
        first = pids_in(tmp_path / "first", workers, num_workers=1)
        second = pids_in(tmp_path / "second", workers, num_workers=2)
        third = pids_in(tmp_path / "third", workers, num_workers=2)
        assert len(first) == 1 and len(second) == 2 and os.getpid() not in second
        assert first < second == third, "a job with more workers adds one to the pool"
        assert running_workers() == second
    assert running_workers() == set()


def test_worker_that_dies_ends_its_job_and_the_next_job_gets_a_new_process(tmp_path: Path) -> None:
    with open_workers() as workers:
        before = pids_in(tmp_path / "before", workers, num_workers=1)
        with pytest.raises(StageError, match="A worker process ended before its work was done: exit code"):
            run(end_itself(), workers, num_workers=1)
        after = pids_in(tmp_path / "after", workers, num_workers=1)
        assert after and not after & before
        os.kill(*after, signal.SIGKILL)  # while no job runs
        deadline = time.monotonic() + 60
        while running_workers():
            assert time.monotonic() < deadline
        assert not pids_in(tmp_path / "last", workers, num_workers=1) & after


def test_workers_of_a_failed_job_run_no_other_job(tmp_path: Path) -> None:
    with open_workers() as workers:
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            run(fail(), workers, num_workers=1)
        assert running_workers() == set()
        assert len(pids_in(tmp_path / "next", workers, num_workers=1)) == 1


def test_workers_are_killed_at_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_workers() as workers:
        assert pids_in(tmp_path / "pids", workers, num_workers=1) == running_workers()
        raise KeyboardInterrupt
    assert running_workers() == set()
