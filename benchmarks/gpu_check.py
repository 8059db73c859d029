"""What only a GPU can show, in eight minutes on one H100 or H200: leaks, offload, speed, memory, QLoRA, and an outcome.

    python -m benchmarks.gpu_check [--part NAME …] [--again] [--device cpu|cuda] [--tiny] [--minutes 8]
                                   [--output DIR] [--model REF] [--build DIR]

Runs from the source tree with the packages that are there: versions that differ from the project's pins are named, not
refused. Parts run in the order of their worth, each in a process of its own and for a limited time, until the total
time is up. Every finding is written at once to `gpu.json` and `gpu.md` in DIR (`benchmarks/results` on a GPU). A rerun
skips parts that are done; `--again` repeats them. `--tiny` runs each part with a tiny model, to see that the script
works; `--quick` does so with the first three on a CPU. Exit 1 if a check does not hold or a part broke, 2 if nothing
can run.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks._gpu_environment import NEEDED, OPTIONAL, adapt_older_torch, missing_words, packages
from benchmarks._gpu_part import PARTS, Finding, Line, Part, Setting, read_finding
from benchmarks._gpu_process import CANNOT_RUN, DOES_NOT_HOLD
from benchmarks._gpu_results import PartResult, Results, State, code_hash, host_words, line_of, machine_facts

_ROOT = Path(__file__).parent.parent
_RESULTS, _OTHER_RESULTS = _ROOT / "benchmarks" / "results", _ROOT / "out" / "gpu-check"
_QUICK_PARTS = 3
_LEAST_SECONDS = 15.0
"""With less time left, no part is started."""
_START_SECONDS = 15.0
"""Of a part's time, for importing torch and ending; the part itself plans with the rest."""
_TAIL = 1500
"""Characters of a broken part's error output that are kept."""

Show = Callable[[str], None]


def main(arguments: Sequence[str]) -> int:
    """Run the parts; returns the exit code."""
    options = _options(arguments)
    if missing := missing_words(NEEDED):
        print(missing)
        return 2
    import torch

    if options.device == "cuda" and not torch.cuda.is_available():
        print("torch sees no CUDA device. To see that the script works, run it with --device cpu --tiny.")
        return 2
    is_real = options.device == "cuda" and not options.tiny
    folder = options.output or (_RESULTS if is_real else _OTHER_RESULTS)
    try:
        results = Results(folder, machine_facts(options.device, tiny=options.tiny), _notes(options.device))
    except ValueError as error:
        print(f"{error}. Give another --output.")
        return 2
    setting = Setting(
        device=options.device, tiny=options.tiny, seconds=0.0, model=options.model or "", build=options.build or ""
    )
    wanted = [part for part in PARTS if not options.part or part.name in options.part]
    run_parts(wanted, setting, results, seconds=60.0 * options.minutes, again=options.again, show=_show)
    states = {part.name: results.parts[part.name].state for part in wanted if part.name in results.parts}
    print(json.dumps({name: str(state) for name, state in states.items()}))
    return 1 if any(state in (State.FAILED, State.BROKEN) for state in states.values()) else 0


def run_parts(
    parts: Sequence[Part], setting: Setting, results: Results, *, seconds: float, again: bool, show: Show
) -> None:
    """Run parts until the time is up, and keep what they find.

    Args:
        parts: the parts, in the order to run them.
        setting: of every part; the time of each follows from `parts` and from what is left.
        results: where findings go.
        seconds: the time for all parts.
        again: whether to repeat parts that are done.
        show: shows a line.
    """
    end = time.monotonic() + seconds
    for part in parts:
        before = results.parts.get(part.name)
        if before is not None and before.is_done and not again:
            same = "this code" if before.code == code_hash() else "other code; --again repeats it"
            show(f"== {part.name}: {before.state} before, by {same}")
            continue
        left = end - time.monotonic()
        if left < _LEAST_SECONDS:
            show(f"== {part.name}: not run, no time is left; run it with --part {part.name}")
            continue
        given = min(float(part.seconds), left)
        show(f"== {part.name}: {part.title}, at most {given:.0f} s")
        _run_part(part, replace(setting, seconds=given), results, show)


def _run_part(part: Part, setting: Setting, results: Results, show: Show) -> None:
    result = results.start(part.name)
    started = time.monotonic()
    for finding in _findings(part, setting, result):
        if text := line_of(finding):
            show(text)
        result.add(finding)
        result.seconds = time.monotonic() - started
        results.save()
    result.seconds = time.monotonic() - started
    results.save()
    show(f"== {part.name}: {result.state}, {result.seconds:.0f} s")


def _findings(part: Part, setting: Setting, result: PartResult) -> Iterator[Finding]:
    """Run a part's process; yield its findings as they come, and set its state at the end."""
    own = replace(setting, seconds=max(1.0, setting.seconds - _START_SECONDS))
    command = [sys.executable, "-m", "benchmarks._gpu_process", part.name, json.dumps(asdict(own))]
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=_ROOT, start_new_session=True
        )
        is_up = threading.Event()

        def end() -> None:
            is_up.set()
            _end_group(process)

        timer = threading.Timer(setting.seconds, end)
        timer.start()
        assert process.stdout is not None
        try:
            for text in process.stdout:
                if (finding := read_finding(text)) is not None:
                    yield finding
            code = process.wait()
        finally:
            timer.cancel()
            _end_group(process)
            process.wait()
        if is_up.is_set():
            result.state = State.CUT
            yield Line(f"\nEnded after {setting.seconds:.0f} s; what is above was found before.")
            return
        known = {0: State.PASSED, DOES_NOT_HOLD: State.FAILED, CANNOT_RUN: State.CANNOT_RUN}
        result.state = known.get(code, State.BROKEN)
        if result.state is State.BROKEN:
            errors.seek(0)
            yield Line(f"\nEnded with exit code {code}:\n\n```\n{errors.read()[-_TAIL:].strip()}\n```")


def _end_group(process: subprocess.Popen[str]) -> None:
    """End a part with the processes that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _notes(device: str) -> tuple[str, ...]:
    found = packages((*NEEDED, *OPTIONAL))
    differing = [f"{package.name} {package.installed}" for package in found if package.differs]
    absent = [package.name for package in found if not package.installed]
    notes = [
        host_words(),
        f"pins overridden: {', '.join(differing) or 'none'}",
        f"missing packages: {', '.join(absent) or 'none'}",
    ]
    if device == "cuda" and (adapted := adapt_older_torch()):
        notes.append(adapted)
    return tuple(notes)


def _show(line: str) -> None:
    print(line, flush=True)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_check", description=__doc__)
    names = [part.name for part in PARTS]
    parser.add_argument("--part", action="append", choices=names, help="repeatable; all if absent")
    parser.add_argument("--again", action="store_true", help="repeat parts that are done")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="a tiny model, to see that the parts run")
    parser.add_argument("--quick", action="store_true", help="--device cpu --tiny, and the first three parts")
    parser.add_argument("--minutes", type=float, default=8.0, help="for all parts together")
    parser.add_argument("--output", type=Path, help="folder of gpu.json and gpu.md")
    parser.add_argument("--model", help="model of the part outcome; the embedded one if absent")
    parser.add_argument("--build", help="build folder of the part outcome; out/quickstart/build if absent")
    options = parser.parse_args(arguments)
    if options.quick:
        options.device, options.tiny = "cpu", True
        options.part = options.part or names[:_QUICK_PARTS]
    if options.device == "cpu" and not options.tiny:
        parser.error("--device cpu needs --tiny: the full parts take a GPU")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
