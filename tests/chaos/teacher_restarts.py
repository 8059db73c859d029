"""A teacher's server that dies at request k and comes back: no question lost, no stored answer asked again, same bytes.

A build is run undisturbed first. Then, for each k, the server dies with everything in flight when request k arrives.
In half of the trials it comes back while the build still waits for it, and the build must end as if nothing had been.
In the others it comes back after the build has ended with exit code 1, and the same command must finish the work. One
trial in two runs with two worker processes.

    python -m tests.chaos.teacher_restarts [--seed N] [--count N] [--work DIR]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.identity import sha256_hex

from ..teacher_server import TeacherServer

_INPUTS = ("--input", "bundled:legal/en", "--input", "bundled:dialogue/en")
_COMPARED = ("corpus", "sft", "tokens", "exports", "packs.parquet", "rejected", "dead", "work/candidates")
_WORKERS = ("--", "--direct_num_workers=2", "--direct_running_mode=multi_processing")
_COMMAND_SECONDS = 600
_LONG_WAIT_SECONDS = 300
_BATCH_SIZE = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """When the server dies and how it comes back."""

    dies_at: int
    comes_back_in_time: bool
    num_workers: int


def main(argv: Sequence[str]) -> int:
    """Run the harness and print its table; returns 0 when nothing deviated."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.teacher_restarts", description=__doc__)
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--count", type=int, default=10, help="values of k")
    parser.add_argument("--work", type=Path, help="folder to work in; a temporary one where not given")
    options = parser.parse_args(argv)
    work = options.work or Path(tempfile.mkdtemp(prefix="teacher-restarts-"))
    work.mkdir(parents=True, exist_ok=True)
    reference = TeacherServer()
    with reference:
        code, _ = _build(work / "reference", reference.url)
    assert code == 0, "the undisturbed build failed"
    expected = _outputs(work / "reference")
    assert any(name.startswith("sft/") for name in expected)
    total = reference.num_asked()
    assert total >= options.count, f"only {total} requests"

    columns = ("k", "workers", "server comes back", "exit codes", "asked", "answered twice", "lost", "bytes", "verdict")
    print(f"{total} requests in an undisturbed build; seed {options.seed}.\n")
    print(f"| {' | '.join(columns)} |")
    print(f"| {' | '.join('---' for _ in columns)} |")
    deviations = 0
    for number, trial in enumerate(plan_trials(total=total, count=options.count, seed=options.seed)):
        cells, verdict = _run_trial(trial, work / f"trial-{number}", reference, expected)
        print(f"| {' | '.join(str(cell) for cell in (*cells, verdict))} |", flush=True)
        deviations += verdict != "right"
        if verdict == "right":
            shutil.rmtree(work / f"trial-{number}")
    print(f"\n{deviations} deviations.")
    if not deviations and options.work is None:
        shutil.rmtree(work)
    return int(deviations > 0)


def plan_trials(*, total: int, count: int, seed: int) -> list[Trial]:
    """Values of k spread over a build's requests, the first and the last among them where there are several."""
    draw = random.Random(seed)
    inner = draw.sample(range(2, total), max(0, min(count - 2, total - 2)))
    values = sorted([1, *inner, total])[:count] if count > 1 else [draw.randint(2, total)]
    return [
        Trial(dies_at=k, comes_back_in_time=number % 2 == 1, num_workers=1 + number // 2 % 2)
        for number, k in enumerate(values)
    ]


def _run_trial(
    trial: Trial, output: Path, reference: TeacherServer, expected: dict[str, str]
) -> tuple[list[object], str]:
    faults: list[str] = []
    codes: list[int] = []
    with TeacherServer(dies_at=trial.dies_at) as server:
        if trial.comes_back_in_time:
            heir = threading.Thread(target=_restart, args=(server,))
            heir.start()
            code, said = _build(output, server.url, trial.num_workers, max_wait_seconds=_LONG_WAIT_SECONDS)
            codes.append(code)
            heir.join(timeout=10)
        else:
            code, said = _build(output, server.url, trial.num_workers, max_wait_seconds=1)
            codes.append(code)
            if code != 1 or "teacher requests of shard" not in said or "Traceback" in said:
                faults.append(f"a dead server ended with {code}: {said[-200:]}")
            if (output / "sft").exists():
                faults.append("rows were written without the answers")
            server.start()
            code, said = _build(output, server.url, trial.num_workers, max_wait_seconds=1)
            codes.append(code)
    if codes[-1] != 0:
        faults.append(f"the last command ended with {codes[-1]}: {said[-200:]}")
    twice = sum(count > 1 for count in server.answered.values())
    lost = len(reference.answered.keys() - server.answered.keys())
    same = _outputs(output) == expected
    faults += [f"{twice} answers asked again"] * bool(twice) + [f"{lost} questions lost"] * bool(lost)
    faults += ["other bytes"] * (not same)
    back = "in time" if trial.comes_back_in_time else "after exit 1"
    cells = [trial.dies_at, trial.num_workers, back, " ".join(map(str, codes)), server.num_asked(), twice, lost]
    return [*cells, "same" if same else "differ"], " ".join("; ".join(faults).split()) or "right"


def _restart(server: TeacherServer) -> None:
    if server.died.wait(timeout=_COMMAND_SECONDS):
        server.start()


def _build(output: Path, url: str, num_workers: int = 1, *, max_wait_seconds: int = 60) -> tuple[int, str]:
    """Run the command; exit code and what it wrote to stderr."""
    settings = {
        "kind": "openai",
        "base_url": url,
        "model": "m",
        "prompt_form": "chat",
        "batch_size": _BATCH_SIZE,
        "max_wait_seconds": max_wait_seconds,
    }
    command = [sys.executable, "-m", "pipeline", "build-sft", *_INPUTS, "--output", str(output)]
    for name, value in settings.items():
        command += ["--set", f"synthesize.teacher.{name}={value}"]
    done = subprocess.run(
        [*command, *(_WORKERS if num_workers > 1 else ())],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=_COMMAND_SECONDS,
        check=False,
    )
    return done.returncode, done.stderr


def _outputs(folder: Path) -> dict[str, str]:
    """Hashes of what a build must have in common with another one, by relative name."""
    found = {}
    for name in _COMPARED:
        top = folder / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file():
                found[path.relative_to(folder).as_posix()] = sha256_hex(path.read_bytes())
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
