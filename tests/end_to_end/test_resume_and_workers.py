"""A build that is killed, a build with several workers, a build with vLLM: the same rows, and nothing asked twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from end_to_end.command import WORKERS, build, command, contents, run_pipeline
from pipeline.io import files

pytestmark = [pytest.mark.end_to_end, pytest.mark.model]

# English contracts and minutes: several shards, all with written questions.
SMALL = (
    "--input",
    "bundled:legal/en",
    "--input",
    "bundled:dialogue/en",
    "--set",
    "synthesize.teacher.batch_size=8",
    "--set",
    "synthesize.written.questions_per_document=6",
)


def answers_in(cache: Path) -> dict[str, int]:
    """Cached files and when each was written."""
    return {str(path): path.stat().st_mtime_ns for path in cache.rglob("*.json")}


def kill_when_some_answers_are_there(folder: Path, cwd: Path, num_batches: int) -> None:
    process = subprocess.Popen(
        command("build-sft", *SMALL, "--output", str(folder)),
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 600
    while len(answers_in(folder / "cache")) < num_batches:
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build by one process that nothing happened to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    build(*SMALL, cwd=folder, output="build")
    return folder / "build"


def test_build_killed_in_synthesis_resumes_to_the_same_bytes_and_asks_nothing_twice(
    tmp_path: Path, undisturbed: Path
) -> None:
    whole = files.read_json(str(undisturbed / "manifest.json"))["stages"]["synthesize"]["counters"]
    killed = tmp_path / "killed"
    kill_when_some_answers_are_there(killed, tmp_path, num_batches=2)
    answered = answers_in(killed / "cache")
    assert not (killed / "sft").exists()

    resumed = build(*SMALL, cwd=tmp_path, output="killed")["stages"]["synthesize"]["counters"]
    assert contents(killed / "sft") == contents(undisturbed / "sft")
    assert len(contents(killed / "sft")) > 4
    after = answers_in(killed / "cache")
    assert {path: after[path] for path in answered} == answered, "an answer that was there was written again"
    assert whole["teacher/asked"] == resumed["teacher/asked"] + resumed.get("teacher/cached", 0)
    assert len(after) == len(answers_in(undisturbed / "cache"))


@pytest.mark.workers
def test_two_worker_processes_write_the_same_bytes_as_one(tmp_path: Path, undisturbed: Path) -> None:
    done = run_pipeline("build-sft", *SMALL, "--output", "two", *WORKERS, cwd=tmp_path, env={"LONGDOC_LOG": "INFO"})
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"worker process \d+ starts", done.stderr)) == 2, "all stages run in the same processes"
    for part in ("corpus", "sft", "rejected"):
        one, two = contents(undisturbed / part), contents(tmp_path / "two" / part)
        assert one == two
        assert one, part


@pytest.mark.vllm
def test_build_with_the_vllm_teacher_reports_its_prefix_cache_hit_rate(tmp_path: Path) -> None:
    manifest = build(
        "--input",
        "bundled:legal/en",
        "--set",
        "synthesize.teacher.kind=vllm",
        "--set",
        "synthesize.teacher.batch_size=64",
        cwd=tmp_path,
        output="vllm",
    )
    counters = manifest["stages"]["synthesize"]["counters"]
    assert counters["teacher/asked"] > 0
    assert 0 < counters["prefix_cache/cached_tokens"] < counters["prefix_cache/prompt_tokens"]
    page = (tmp_path / "vllm" / "report.html").read_text(encoding="utf-8")
    assert "refix" in page
    rows = files.list_files(str(tmp_path / "vllm" / "sft"), suffix=".jsonl")
    assert any('"teacher": "vllm:' in Path(path).read_text(encoding="utf-8") for path in rows)
