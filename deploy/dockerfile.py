"""Read a Dockerfile into stages of instructions, with build arguments filled in.

Covers the instructions that this project's Dockerfile uses, and refuses others. Used by `clean_room.py` and by tests.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

_KNOWN = frozenset({"ARG", "COPY", "ENTRYPOINT", "ENV", "FROM", "LABEL", "RUN", "USER", "WORKDIR"})
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, with continued lines joined."""

    line: int
    """Number of its first line."""
    word: str
    """`RUN`, `COPY` …"""
    text: str
    """What follows the word, as written."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The instructions between a FROM and the next."""

    name: str
    base: str
    """An image, or the name of an earlier stage."""
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """What a COPY copies."""

    sources: tuple[str, ...]
    target: str
    stage: str | None
    """The stage to copy from; None for the folder of the Dockerfile."""


def read_stages(path: Path, build_args: Mapping[str, str]) -> dict[str, Stage]:
    """Return the stages by name, in the order of the file.

    Args:
        path: the Dockerfile.
        build_args: values of global arguments, which name base images, instead of their defaults.

    Raises:
        ValueError: an instruction is unknown, or a stage has no name.
    """
    stages: dict[str, Stage] = {}
    current: Stage | None = None
    variables: dict[str, str] = {}
    for instruction in _instructions(path.read_text()):
        if instruction.word not in _KNOWN:
            raise ValueError(f"{path}, line {instruction.line}: {instruction.word} is not known here.")
        if instruction.word == "FROM":
            match = re.fullmatch(r"(\S+) AS (\S+)", instruction.text)
            if match is None:
                raise ValueError(f"{path}, line {instruction.line}: a stage needs a name (FROM … AS NAME).")
            current = Stage(match[2], filled(match[1], variables), ())
        elif current is None:
            name, _, default = instruction.text.partition("=")
            variables[name] = build_args.get(name, default)
        else:
            current = replace(current, instructions=(*current.instructions, instruction))
        if current is not None:
            stages[current.name] = current
    return stages


def filled(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with `$NAME` and `${NAME}` replaced; unknown names become empty, as in Docker."""
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), text)


def assignments(text: str) -> dict[str, str]:
    """Return the values of an ENV, LABEL or ARG instruction by name; an ARG without a default has an empty value."""
    return {name: value for name, _, value in (word.partition("=") for word in shlex.split(text))}


def parsed_copy(text: str) -> Copy:
    """Return what a COPY copies.

    Raises:
        ValueError: it has an option other than `--from`.
    """
    words = shlex.split(text)
    options = [word for word in words if word.startswith("--")]
    if unknown := [option for option in options if not option.startswith("--from=")]:
        raise ValueError(f"COPY {text}: {unknown[0]} is not known here.")
    *sources, target = [word for word in words if not word.startswith("--")]
    return Copy(tuple(sources), target, options[0].removeprefix("--from=") if options else None)


def needed_stages(stages: Mapping[str, Stage], target: str) -> list[Stage]:
    """Return the stages that a target needs, in order, with the target last."""
    needed: set[str] = set()
    waiting = [target]
    while waiting:
        name = waiting.pop()
        if name in needed or name not in stages:
            continue
        needed.add(name)
        copies = (parsed_copy(step.text) for step in stages[name].instructions if step.word == "COPY")
        waiting += [stages[name].base, *(copy.stage for copy in copies if copy.stage)]
    return [stage for name, stage in stages.items() if name in needed]


def _instructions(text: str) -> Iterator[Instruction]:
    parts: Sequence[str] = ()
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        first = first if parts else number
        parts = (*parts, line.rstrip().removesuffix("\\").strip())
        if not line.rstrip().endswith("\\"):
            word, _, rest = " ".join(parts).partition(" ")
            yield Instruction(first, word, rest.strip())
            parts = ()
