"""One part of the checks on a GPU, in a process of its own: what a part is given, what it yields, and the process.

    python -m benchmarks._gpu_part NAME '{"device": "cuda", …}'

prints one JSON object for each finding as it is made, so that a part that is ended loses nothing. Exit code 1 means
that a check failed, 4 that the part cannot run here; the last finding says why. Used by `gpu_check`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from benchmarks._gpu_environment import adapt_older_torch

if TYPE_CHECKING:
    from benchmarks._train_8b import Measured, Trial

FAILED, CANNOT_RUN = 1, 4
"""Exit codes."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part, and how long it may take on one H100."""

    name: str
    title: str
    seconds: int


PARTS = (
    Part("leaks", "Variable-length attention: leaks, values, gradients", 60),
    Part("offload", "Layer inputs on the host", 75),
    Part("speed", "An 8B with LoRA at 32,768 tokens", 75),
    Part("longest", "The longest pack of an 8B with exact attention", 200),
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
    """Whether trials run in processes of their own."""
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


def trial_results(setting: Setting, trials: Sequence[Trial], *, seconds: float | None = None) -> Iterator[Measured]:
    """Run trials in a process of their own, or in this one if the setting says so."""
    from benchmarks._train_8b import run_steps, run_trials

    if setting.own_processes:
        yield from run_trials(trials, seconds=setting.seconds if seconds is None else seconds)
    else:
        yield from (run_steps(trial) for trial in trials)


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
        kind = {"Line": Line, "Figure": Figure, "Check": Check}[found.pop("kind")]
        return kind(**found)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def main(arguments: Sequence[str]) -> int:
    """Run a part; returns the exit code."""
    name, setting = arguments[0], Setting(**json.loads(arguments[1]))
    code = 0
    try:
        if setting.device == "cuda":
            adapt_older_torch()
        for finding in measure_of(name)(setting):
            print(finding_json(finding), flush=True)
            if isinstance(finding, Check) and not finding.holds:
                code = FAILED
    except CannotRunError as error:
        print(finding_json(Line(str(error))), flush=True)
        return CANNOT_RUN
    except ModuleNotFoundError as error:
        print(finding_json(Line(f"The package '{error.name}' is not installed.")), flush=True)
        return CANNOT_RUN
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
