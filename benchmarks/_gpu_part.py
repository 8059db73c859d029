"""The parts of the checks on a GPU: their order, what a part is given, and what it yields.

A part is a module `_gpu_NAME` with a function `measure`. Used by `gpu_check`, which runs each part as `_gpu_process`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Part:
    """A part, and how long it may take on one H100."""

    name: str
    title: str
    seconds: int


PARTS = (
    Part("leaks", "Variable-length attention: leaks, values, gradients", 60),
    Part("offload", "Layer inputs on the host", 60),
    Part("speed", "An 8B with LoRA at 32,768 tokens", 75),
    Part("longest", "The longest pack of an 8B with exact attention", 240),
    Part("qlora", "QLoRA", 60),
    Part("optimizer", "8-bit optimizer", 45),
    Part("trl", "TRL's SFTTrainer beside it", 75),
    Part("outcome", "SmolLM2 from 8,192 to 32,768 tokens", 120),
)
"""In the order of their worth; those that the total time leaves no room for are named."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a part is given."""

    device: str
    """`cpu` or `cuda`."""
    tiny: bool
    """Whether the smallest model and lengths are used, to see that a part runs."""
    seconds: float
    """How long the part may take."""
    own_processes: bool = True
    """Whether trials that may run out of memory, and other trainers, run in processes of their own."""
    model: str = ""
    """The model of the part `outcome`; empty for the embedded one."""
    build: str = ""
    """The build folder of the part `outcome`; empty for that of the quickstart."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the results."""

    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured figure, for the JSON file."""

    name: str
    value: float | str | bool | None


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that a part checked."""

    text: str
    holds: bool


Finding = Line | Figure | Check


class CannotRunError(Exception):
    """The part cannot run on this machine; the message says what it lacks."""


class Measure(Protocol):
    """The function `measure` of a part's module."""

    def __call__(self, setting: Setting) -> Iterator[Finding]:
        """Measure, and yield findings as they are made."""
        ...


def measure_of(name: str) -> Measure:
    """Return the function of a part."""
    found: Measure = import_module(f"benchmarks._gpu_{name}").measure
    return found


class Clock:
    """Says how much of a part's time is left."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left; negative if the time is up."""
        return self._end - time.monotonic()


def finding_json(finding: Finding) -> str:
    """Return a finding as one line."""
    return json.dumps({"kind": type(finding).__name__, **asdict(finding)})


def read_finding(text: str) -> Finding | None:
    """Return the finding that a line holds; None for a line that a library printed."""
    try:
        found = json.loads(text)
        finding: Finding = {"Line": Line, "Figure": Figure, "Check": Check}[found.pop("kind")](**found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return finding
