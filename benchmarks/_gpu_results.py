"""The results of the checks on a GPU: `gpu.json` after every finding, and `gpu.md` made from it.

Takes findings as they come. A part that was ended keeps what it had found; a rerun repeats only parts that are not
done.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks._gpu_environment import NEEDED, OPTIONAL, package_lines, packages
from benchmarks._gpu_part import PARTS, Check, Figure, Finding, Line

_ROOT = Path(__file__).parent.parent
_MEASURED_CODE = ("benchmarks/_gpu_*.py", "benchmarks/_train_*.py", "pipeline/train/**/*.py", "pipeline/leaks.py")


class State(StrEnum):
    """What became of a part."""

    RUNNING = "not finished"
    PASSED = "passed"
    FAILED = "failed"
    CANNOT_RUN = "cannot run here"
    CUT = "cut: its time was up"
    BROKEN = "ended with an error"


_DONE = (State.PASSED, State.FAILED)


@dataclass
class PartResult:
    """What a part has found so far."""

    state: str = State.RUNNING
    started: str = ""
    """The date."""
    seconds: float = 0.0
    code: str = ""
    """A hash of the code that was measured."""
    versions: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)  # Any: figures are numbers, texts or truth values

    @property
    def is_done(self) -> bool:
        """Whether a rerun skips the part."""
        return self.state in _DONE

    def add(self, finding: Finding) -> None:
        """Add a finding."""
        if isinstance(finding, Figure):
            self.figures[finding.name] = finding.value
        elif isinstance(finding, Check):
            # A list after a table needs an empty line between.
            gap = [""] if self.lines and not self.lines[-1].startswith("- ") else []
            self.lines += [*gap, f"- {'holds' if finding.holds else '**does not hold**'}: {finding.text}"]
        else:
            self.lines += finding.text.split("\n")


class Results:
    """The results in a folder."""

    def __init__(self, folder: Path, machine: Mapping[str, str], notes: tuple[str, ...] = ()) -> None:
        """Read what is there.

        Args:
            folder: of `gpu.json` and `gpu.md`.
            machine: what identifies the machine, and whether the smallest model was used.
            notes: lines about this run.

        Raises:
            ValueError: the folder holds results of another machine.
        """
        self._folder = folder
        self._machine = dict(machine)
        self._notes = notes
        self.parts: dict[str, PartResult] = {}
        path = folder / "gpu.json"
        if path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["machine"] != self._machine:
                raise ValueError(f"{path} holds results of another machine: {found['machine']}")
            self.parts = {name: PartResult(**part) for name, part in found["parts"].items()}

    def start(self, name: str) -> PartResult:
        """Forget what a part had found, and return its new result."""
        versions = {package.name: package.installed for package in packages(("torch", "transformers", "peft"))}
        today = str(datetime.datetime.now(datetime.UTC).date())
        self.parts[name] = PartResult(started=today, code=code_hash(), versions=versions)
        self.save()
        return self.parts[name]

    def save(self) -> None:
        """Write both files; each is complete at any moment."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found = {
            "machine": self._machine,
            "notes": self._notes,
            "parts": {name: asdict(part) for name, part in self.parts.items()},
        }
        _write(self._folder / "gpu.json", json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        _write(self._folder / "gpu.md", "\n".join(self._page()) + "\n")

    def _page(self) -> list[str]:
        lines = ["# Checks on a GPU", "", *(f"- {name}: {value}" for name, value in self._machine.items())]
        lines += [f"- Python {platform.python_version()}", *(f"- {note}" for note in self._notes), ""]
        lines += package_lines((*NEEDED, *OPTIONAL))
        for part in PARTS:
            result = self.parts.get(part.name)
            lines += ["", f"## {part.title}", ""]
            if result is None:
                lines.append("Not run.")
                continue
            versions = ", ".join(f"{name} {version}" for name, version in result.versions.items())
            lines += [
                f"`--part {part.name}`: {result.state}. {result.seconds:.0f} s on {result.started}; {versions}; code "
                f"{result.code}.",
                "",
                *result.lines,
            ]
        return lines


def code_hash() -> str:
    """Return a short hash of the code that is measured, and of the code that measures."""
    digest = hashlib.sha256()
    for pattern in _MEASURED_CODE:
        for path in sorted(_ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def machine_facts(device: str, *, tiny: bool) -> dict[str, str]:
    """Return what identifies results that belong together: the GPU, and whether the smallest model was used."""
    facts = {"device": device, "model": "tiny, to see that the parts run" if tiny else "full"}
    return facts | ({"GPU": _gpu_name()} if device == "cuda" else {})


def host_words() -> str:
    """Return the size of the host; no name. A virtual machine's memory may grow while it is used."""
    from pipeline.train.machine.memory import process_bytes, this_machine

    host = process_bytes(this_machine("cpu"), local_processes=1)
    return f"host: {os.cpu_count()} cores, {host / 2**30:.0f} GiB for tensors"


def _gpu_name() -> str:
    """Return the name and memory of the first GPU; asking torch would leave a context in the GPU's memory."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        import torch

        return torch.cuda.get_device_name()


def line_of(finding: Finding) -> str:
    """Return how a finding is shown in a terminal; an empty string for a figure."""
    if isinstance(finding, Check):
        return f"{'holds' if finding.holds else 'DOES NOT HOLD'}: {finding.text}"
    return finding.text if isinstance(finding, Line) else ""


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(f"{path.suffix}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
