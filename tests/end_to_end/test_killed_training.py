"""Ten kills and signals at random moments of a training in three stages: the curve is that of an undisturbed one.

Each run is the real command in a process of its own, forked from a server that has imported torch once.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import yaml
from packed_build import write_small_corpus
from small_student import small_recipe, write_small_build, write_small_model

from pipeline.train.run.metrics import LOG_FOLDER, METRICS_FILE, whole_lines
from pipeline.train.run.record import read_record

pytestmark = pytest.mark.end_to_end

NUM_STOPS = 10
TIMING = {"seconds", "tokens_per_second", "peak_memory_gib"}
STAGES = (
    {"name": "read", "data": "corpus", "max_tokens": 256, "rope": {"method": "none"}, "max_steps": 12},
    {"name": "both", "data": "mixed", "corpus_share": 0.5, "max_tokens": 448, "packs_per_step": 2, "tokens": 12_000},
    {"name": "answer", "max_steps": 64},
)


@pytest.fixture(scope="module")
def server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["pipeline.cli.finetune_command", "pipeline.train.loop.fit", "pipeline.train.export.model_folder"]
    )
    return context


def _run_command(arguments: list[str], output: str) -> None:
    from pipeline.cli.app import run

    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = sys.stderr = os.fdopen(descriptor, "w")
    code = run(arguments)
    sys.stdout.flush()
    os._exit(code)


def _start(server: ForkServerContext, root: Path, output: str) -> ForkServerProcess:
    arguments = ["finetune", str(root / "recipe.yaml"), "--data", str(root / "build"), "--output", str(root / output)]
    process = server.Process(target=_run_command, args=(arguments, str(root / f"{output}.log")))
    process.start()
    return process


def _events(model_folder: Path) -> list[dict[str, Any]]:
    """The log without what a clock or the allocator measured."""
    lines = [json.loads(line) for line in whole_lines(model_folder / LOG_FOLDER / METRICS_FILE)]
    return [{name: value for name, value in line.items() if name not in TIMING} for line in lines]


def _last_step(model_folder: Path) -> int:
    return max((event["step"] for event in _events(model_folder) if event["event"] == "step"), default=0)


def test_ten_kills_and_signals_leave_the_curve_bit_for_bit(tmp_path: Path, server: ForkServerContext) -> None:
    model = write_small_model(tmp_path / "base")
    write_small_corpus(write_small_build(tmp_path / "build"), tokenizer=model)
    recipe = small_recipe(
        model,
        stages=STAGES,
        save_every_steps=3,
        validate_every_steps=5,
        probe={"every_steps": 7, "depths": [0.5]},
    )
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe.model_dump(mode="json")), encoding="utf-8")
    whole = _start(server, tmp_path, "whole")
    whole.join()
    assert whole.exitcode == 0, (tmp_path / "whole.log").read_text()

    moments = random.Random(20)
    stops = [signal.SIGKILL] * 5 + [signal.SIGTERM] * 4 + [signal.SIGINT]
    moments.shuffle(stops)
    assert len(stops) == NUM_STOPS
    stopped = tmp_path / "stopped"
    for number in stops:
        wanted = _last_step(stopped) + moments.randint(1, 3)
        process = _start(server, tmp_path, "stopped")
        while process.is_alive() and _last_step(stopped) < wanted:
            process.join(timeout=0.005)
        process.join(timeout=moments.uniform(0.0, 0.04))  # into the step, the checkpoint or the validation after it
        assert process.pid is not None and process.is_alive(), (tmp_path / "stopped.log").read_text()
        os.kill(process.pid, number)
        process.join()
        assert process.exitcode == (-signal.SIGKILL if number is signal.SIGKILL else 128 + number)
        assert read_record(str(stopped)) is None
    last = _start(server, tmp_path, "stopped")
    last.join()
    assert last.exitcode == 0, (tmp_path / "stopped.log").read_text()

    events = _events(stopped)
    assert events == _events(tmp_path / "whole")
    assert {event["event"] for event in events} == {"step", "validation", "probe"}
    assert {event["stage"] for event in events} == {"read", "both", "answer"}
    assert (stopped / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()
