"""The builds of `benchmarks.scale`: documents of a given size, and a build that counts what it shuffles.

    python -m benchmarks._scale_builds RECIPE OUTPUT FILE   (started by `benchmarks.scale`; FILE gets the bytes)

Documents are those of `tests.chaos.documents`, which a larger set starts with. A build runs in one process with one
worker. What passes through Beam is counted where its runner groups elements, encoded; what steps exchange through files
is the size of the files in `work/placement` and `work/selection` that another step reads by key.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from apache_beam.runners.portability.fn_api_runner import execution

from pipeline import build_sft
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import read_manifest
from tests.chaos.documents import write_documents

_SEED = 29
_MIN_CHARS, _MAX_CHARS = 1500, 60_000
_POLL_SECONDS = 0.2
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class BuildFailedError(Exception):
    """A build ended with an error."""


@dataclass(frozen=True, slots=True)
class BuildCost:
    """What a build took."""

    num_bytes: int
    """Bytes of the input files."""
    num_documents: int
    seconds: float
    cpu_seconds: float
    peak_mib: int
    """The largest resident memory of any of its processes."""
    beam_bytes: int
    """Bytes of the elements that Beam grouped."""
    exchanged_bytes: int
    """Bytes of the files that steps exchange by key."""
    stage_seconds: dict[str, float]


def write_corpus(folder: Path, *, num_bytes: int, seed: int = _SEED) -> int:
    """Write documents of about `num_bytes`; return their bytes."""
    probe = folder.with_name("probe")
    write_documents(probe, count=200, seed=seed, min_chars=_MIN_CHARS, max_chars=_MAX_CHARS)
    count = max(20, int(200 * num_bytes / _size_of(probe)))
    write_documents(folder, count=count, seed=seed, min_chars=_MIN_CHARS, max_chars=_MAX_CHARS)
    return _size_of(folder)


def build(documents: Path, output: Path) -> BuildCost:
    """Build structural rows in one process, and measure it.

    Raises:
        BuildFailedError: the build ended with an error.
    """
    recipe = {
        "name": "scale",
        "inputs": [{"path": str(documents)}],
        "pack": {"tokenizer": "embedded:smollm2-135m-instruct"},
        "synthesize": {"written": {"tasks": []}},
        "packing": {"edges": [8192, 32768]},
    }
    path, log, shuffled = (output.with_suffix(suffix) for suffix in (".yaml", ".log", ".shuffled"))
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    command = [sys.executable, "-m", "benchmarks._scale_builds", str(path), str(output), str(shuffled)]
    started, before = time.monotonic(), os.times()
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        peak_kb = 0
        while process.poll() is None:
            peak_kb = max(peak_kb, *_peaks_kb(process.pid), 0)
            time.sleep(_POLL_SECONDS)
    if process.returncode:
        raise BuildFailedError(f"The build of {documents} ended with {process.returncode}: {log.read_text()[-2000:]}")
    after, folder = os.times(), BuildFolder(str(output))
    manifest = read_manifest(folder)
    assert manifest is not None, "a build that ended without an error has a manifest"
    stages = manifest.stages
    return BuildCost(
        num_bytes=_size_of(documents),
        num_documents=stages["ingest"].num_kept,
        seconds=time.monotonic() - started,
        cpu_seconds=after.children_user + after.children_system - before.children_user - before.children_system,
        peak_mib=peak_kb // 1024,
        beam_bytes=int(shuffled.read_text()),
        exchanged_bytes=_size_of(Path(folder.placement)) + _size_of(Path(folder.selection)),
        stage_seconds={name: record.seconds for name, record in stages.items()},
    )


def _peaks_kb(pid: int) -> list[int]:
    """Return the largest resident memory so far of a process and of its children, from Linux's /proc."""
    found = []
    pending = [pid]
    while pending:
        own = pending.pop()
        try:
            match = _PEAK.search(Path(f"/proc/{own}/status").read_text())
            children = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append(int(match.group(1)) if match else 0)
        pending += map(int, children)
    return found


def _size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _build_counting(recipe: str, output: str, shuffled: str) -> None:
    """Build in this process, and write how many bytes Beam's runner grouped."""
    grouped = 0
    append = execution.GroupingBuffer.append

    def count_and_append(buffer: Any, elements_data: bytes) -> None:  # Any: Beam has no types
        nonlocal grouped
        grouped += len(elements_data)
        append(buffer, elements_data)

    execution.GroupingBuffer.append = count_and_append
    build_sft(recipe, output=output, progress="silent")
    Path(shuffled).write_text(str(grouped), encoding="utf-8")


if __name__ == "__main__":
    _build_counting(*sys.argv[1:])
