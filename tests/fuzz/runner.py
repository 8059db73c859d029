"""Runs a target's inputs in child processes, with a deadline for each input, and counts how they end.

A child that dies or is killed loses one input, which is counted, and the next one starts behind it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .worker import Order

DEADLINE_SECONDS = 60.0
"""For one input of at most 60 kB; the slowest take half a second on an idle core."""
MAX_MEMORY_BYTES = 3 * 2**30
"""Data segment of a child, libraries included."""
_CLOSED = ""


@dataclass(slots=True)
class Tally:
    """How the inputs of one target ended."""

    target: str
    engine: str
    num_inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    peak_mib: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def num_crashes(self) -> int:
        return self.outcomes["crash"] + self.outcomes["died"]


def has_atheris() -> bool:
    """Whether coverage-guided fuzzing can run here; there are wheels for Linux only."""
    return importlib.util.find_spec("atheris") is not None


def run_target(
    target: str,
    *,
    engine: str,
    num_inputs: int,
    seed: int,
    broken_folder: Path,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Tally:
    """Run `num_inputs` inputs; the same seed gives the same inputs."""
    tally = Tally(target=target, engine=engine)
    first = 0
    while first < num_inputs:
        order = Order(
            target=target,
            engine=engine,
            seed=seed,
            first=first,
            last=num_inputs,
            max_memory_bytes=MAX_MEMORY_BYTES,
            broken_folder=str(broken_folder),
        )
        reached = _run_child(order, tally, deadline_seconds)
        if reached == first:  # the child did not come to its first input
            tally.outcomes["died"] += 1
            tally.findings.append(f"{target}: a worker ended before its first input")
            break
        first = reached
    return tally


def _run_child(order: Order, tally: Tally, deadline_seconds: float) -> int:
    """Follow one child; the number of the first input it did not come to."""
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", f"{__package__}.worker", json.dumps(asdict(order))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    lines: queue.Queue[str] = queue.Queue()
    errors: list[str] = []
    readers = [
        threading.Thread(target=_pass_on, args=(child.stdout, lines), daemon=True),
        threading.Thread(target=lambda: errors.extend(child.stderr or ()), daemon=True),
    ]
    for reader in readers:
        reader.start()
    running: int | None = None
    reached = order.first
    wait = 120.0  # imports
    while True:
        try:
            line = lines.get(timeout=wait)
        except queue.Empty:
            tally.outcomes["hang"] += 1
            tally.num_inputs += running is not None
            tally.findings.append(f"{order.target}: {order.engine} input {running} took over {wait:.0f} s")
            child.kill()
            child.wait()
            return reached if running is None else running + 1
        if line == _CLOSED:
            break
        event = _parsed(line)
        wait = deadline_seconds
        if "start" in event:
            running = int(event["start"])
            reached = running + 1
        elif "end" in event:
            running = None
            tally.num_inputs += 1
            tally.outcomes[str(event["outcome"])] += 1
            tally.peak_mib = max(tally.peak_mib, int(event["peak_kib"]) // 1024)
            if event["error"]:
                tally.findings.append(f"{order.target}: {order.engine} input {event['end']}\n{event['error']}")
    child.wait()
    if running is not None:
        tally.num_inputs += 1
        tally.outcomes["died"] += 1
        tally.findings.append(
            f"{order.target}: {order.engine} input {running} ended the process: {''.join(errors)[-1500:]}"
        )
    elif reached < order.last and order.engine == "atheris":
        return order.last  # libFuzzer stops by itself when it has read a corpus that small
    return reached


def _pass_on(stream, lines: queue.Queue[str]) -> None:  # a text stream
    for line in stream:
        lines.put(line)
    lines.put(_CLOSED)


def _parsed(line: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
