"""Whole commands against a scripted server: failures, kills, workers, and a server that echoes the key."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from synthesis_documents import CONTRACT_KO, LEASE, LOG
from teacher_server import MODES, Asked, Response, TeacherServer, answer_well, completion, error

from end_to_end.command import WORKERS, command, contents, run_pipeline

pytestmark = [pytest.mark.end_to_end, pytest.mark.model]

COMPARED = ("corpus", "sft", "tokens", "rejected", "dead", "work/candidates")
KEY = "test-key/9f8e7d+6c5b=4a"


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six documents in four shards."""
    folder = tmp_path_factory.mktemp("documents")
    for name, text in (("lease", LEASE), ("contract", CONTRACT_KO), ("meeting", LOG)):
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        other = text.replace("4,800", "7,300").replace("2 June", "5 July").replace("12,500,000", "8,100,000")
        words = [f"{word}{index % 7}" if index % 5 == 0 else word for index, word in enumerate(other.split(" "))]
        (folder / f"{name}-2.txt").write_text(" ".join(words), encoding="utf-8")
    return folder


def arguments(documents: Path, output: str, url: str, *extra: str, **teacher: Any) -> list[str]:
    settings = {
        "kind": "openai",
        "model": "m",
        "base_url": url,
        "prompt_form": "chat",
        "batch_size": 2,
        "max_wait_seconds": 1,
        "api_key_env": "LONGDOC_TEST_KEY",
        **teacher,
    }
    sets = [part for name, value in settings.items() for part in ("--set", f"synthesize.teacher.{name}={value}")]
    sets += ["--set", "synthesize.written.segment_tokens=64", "--set", "clean.min_chars=100"]
    # One round, so that a request that fails changes no later one; test_synthesize_server has all rounds.
    sets += ["--set", "synthesize.written.judged=false", "--set", "synthesize.written.attempts=[]"]
    sets += ["--set", "synthesize.written.questions_per_document=20"]
    return ["build-sft", "--input", str(documents), "--output", output, *sets, *extra]


@pytest.fixture(scope="module")
def untroubled(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], set[str]]:
    """Outputs of a build without failures, and the bodies of its requests."""
    cwd = tmp_path_factory.mktemp("untroubled")
    with TeacherServer() as server:
        done = run_pipeline(*arguments(documents, "build", server.url), cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert server.num_asked() >= 8
    return outputs(cwd / "build"), set(server.answered)


def outputs(folder: Path) -> dict[str, bytes]:
    return {f"{part}/{name}": data for part in COMPARED for name, data in contents(folder / part).items()}


@pytest.mark.workers
@pytest.mark.parametrize("workers", [(), WORKERS])
def test_build_with_a_failing_request_says_so_in_one_sentence_and_asks_it_again(
    tmp_path, documents, untroubled, workers
):
    refused: list[str] = []

    def refuse_one(asked: Asked) -> Response:
        text = asked.body["messages"][-1]["content"]
        segment = text.split("SEGMENT\n")[-1]
        if text.startswith("DOCUMENT") and "deposit of GBP 950" in segment:
            refused.append(segment)
            return error(400, "This model's context is 4096 tokens.")
        return answer_well(asked)

    with TeacherServer(refuse_one) as server:
        failed = run_pipeline(*arguments(documents, "build", server.url, *workers), cwd=tmp_path)
        assert failed.returncode == 1
        num_refused = len(refused)
        assert num_refused >= 1
        assert f"{num_refused} of the " in failed.stderr
        assert "status 400: This model's context is 4096 tokens." in failed.stderr
        assert "Traceback" not in failed.stderr
        assert failed.stderr.count("error:") == 1
        assert len(server.answered) + num_refused == len(untroubled[1]), "not all was tried"
        server.behaviour = answer_well
        before = server.num_asked()
        healed = run_pipeline(*arguments(documents, "build", server.url, *workers), cwd=tmp_path)
        assert healed.returncode == 0, healed.stderr
        assert server.num_asked() - before == num_refused
    assert set(server.answered) == untroubled[1]
    assert outputs(tmp_path / "build") == untroubled[0]


@pytest.mark.workers
def test_build_with_two_workers_and_a_dead_server_says_so_in_one_sentence(tmp_path, documents):
    with TeacherServer() as server:
        pass
    done = run_pipeline(*arguments(documents, "build", server.url, *WORKERS), cwd=tmp_path)
    assert done.returncode == 1
    assert "failed" in done.stderr
    assert "ConnectError" in done.stderr
    assert "Start the server" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error:") == 1


def test_build_killed_between_answers_asks_only_what_was_in_flight(tmp_path, documents, untroubled):
    enough = 5

    def slow_after_some(asked: Asked) -> Response:
        if asked.number > enough:
            return Response(hangs=True)
        return answer_well(asked)

    with TeacherServer(slow_after_some) as server:
        process = subprocess.Popen(
            command(*arguments(documents, "build", server.url)),
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 300
        cache = tmp_path / "build" / "cache" / "requests"
        while len(list(cache.rglob("*.json"))) < enough:
            assert process.poll() is None, "the build ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        answered = set(server.answered)
        server.behaviour = answer_well
        before = Counter(server.asked)
        done = run_pipeline(*arguments(documents, "build", server.url), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(answered) == enough
    assert not answered & (server.asked - before).keys(), "a stored answer was asked again"
    assert outputs(tmp_path / "build") == untroubled[0]


@pytest.mark.parametrize("mode", ["prose", "length"])
def test_build_whose_teacher_writes_nothing_of_use_never_ends_in_silence(tmp_path, documents, mode):
    with TeacherServer(MODES[mode]) as server:
        done = [run_pipeline(*arguments(documents, "build", server.url), cwd=tmp_path) for _ in range(2)]
    for one in done:
        said = " ".join(one.stderr.split())
        assert one.returncode == 1
        reason = {"prose": "not_json", "length": "answer_cut"}[mode]
        assert f"no answer became a row. {server.num_asked()} replies hold no answer" in said
        assert f"({reason} {server.num_asked()})" in said
        assert "remove cache/ and run with --fresh" in said
    assert list((tmp_path / "build" / "sft").glob("train-*.jsonl"))


def test_build_warns_if_every_answer_was_rejected_by_a_check(tmp_path, documents):
    def invent(asked: Asked) -> Response:
        invented = {key: f"Nobody ever said {key} 4711." for key in json.loads(asked.text)}
        return completion(json.dumps(invented))

    with TeacherServer(invent) as server:
        done = run_pipeline(*arguments(documents, "build", server.url), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert f"The teacher answered {server.num_asked()} requests, and no answer became a row" in said


def echo_the_key(asked: Asked) -> Response:
    """The key in answers, in errors that stay as dead letters, and in headers, plain and escaped."""
    credentials = asked.headers["Authorization"]
    key = credentials.removeprefix("Bearer ")
    escaped = "".join(f"\\u{ord(char):04x}" for char in key)
    answer = json.loads(asked.text)
    headers = {"X-Echo": credentials, "Set-Cookie": f"key={quote(key, safe='')}"}
    variants = (
        completion(json.dumps({**answer, **{name: f"{text} {key}" for name, text in answer.items()}})),
        completion(f"You sent {credentials}, that is {quote(key, safe='')} or {escaped}."),
        completion(json.dumps(answer).replace('"}', f' {escaped}"}}')),
        error(400, f"Invalid header {credentials!r}"),
        Response(400, f'{{"error": {{"message": "You sent {escaped}"}}}}'.encode()),
        Response(400, f"<html>key={quote(key, safe='')}&auth={credentials}</html>".encode()),
        Response(200, f'{{"choices": [], "echo": "{key}"}}'.encode()),
        completion(None, refusal=f"I refuse {key}"),
    )
    chosen = variants[asked.number % len(variants)]
    return Response(chosen.status, chosen.content, headers)


def every_text(folder: Path) -> str:
    """All that stands below a folder, parquet decoded."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.append(path.read_bytes().decode("utf-8", "replace"))
        if path.suffix == ".parquet":
            found.append(json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str))
    return "\n".join(found)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_build_writes_the_key_nowhere_even_if_the_server_echoes_it(tmp_path, documents, share):
    with TeacherServer(echo_the_key) as server:
        done = run_pipeline(
            *arguments(documents, "build", server.url, max_failed_share=share, batch_size=16),
            cwd=tmp_path,
            env={"LONGDOC_TEST_KEY": KEY, "LONGDOC_LOG": "DEBUG"},
        )
    assert done.returncode == (0 if share else 1), done.stderr
    assert server.keys == {f"Bearer {KEY}"}
    written = every_text(tmp_path) + done.stdout + done.stderr
    assert "[key]" in written, "nothing was echoed"
    if share:
        assert "warning:" in done.stdout
        assert "teacher requests failed and became dead letters" in done.stdout
        assert "teacher requests failed and became dead letters" in written
    forms = {KEY, quote(KEY, safe=""), "".join(f"\\u{ord(char):04x}" for char in KEY), KEY[:12], json.dumps(KEY)[1:-1]}
    assert [form for form in forms if form in written] == []
