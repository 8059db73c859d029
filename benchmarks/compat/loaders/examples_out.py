"""Writes what a trainer's own code made of the rows, for the comparison in `benchmarks.compat.comparison`.

Each loader script of this folder runs in the environment of its trainer, which does not have this project. Its
arguments are a build folder, a model folder and the path of the output. A line of the output is a JSON object: `form`
(what was loaded), `ids` and `labels` of one row.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

IGNORED = -100
"""The label of a token that is not in the loss, in all trainers."""


class Example(NamedTuple):
    """A row as a trainer would train on it."""

    ids: list[int]
    labels: list[int]


class Arguments(NamedTuple):
    """The arguments of a loader script."""

    build: Path
    model: Path
    out: Path


def arguments() -> Arguments:
    """Return the arguments of the running script."""
    build, model, out = (Path(argument).resolve() for argument in sys.argv[1:])
    return Arguments(build, model, out)


def write_examples(out: Path, form: str, examples: Iterable[Example]) -> None:
    """Append the examples of one form to the output."""
    with out.open("a", encoding="utf-8") as file:
        for example in examples:
            line = {"form": form, "ids": list(map(int, example.ids)), "labels": list(map(int, example.labels))}
            file.write(json.dumps(line) + "\n")


def unpacked(ids: Sequence[int], labels: Sequence[int], positions: Sequence[int]) -> Iterator[Example]:
    """Yield the rows of a packed sequence; a row begins wherever the positions begin again at 0."""
    starts = [index for index, position in enumerate(positions) if position == 0]
    for start, end in zip(starts, [*starts[1:], len(positions)], strict=True):
        yield Example(list(ids[start:end]), list(labels[start:end]))
