"""Chooses the answers that an evaluation page shows, from the files in `samples/`.

For each task: a few questions of the main subject with the task's main variant, half of them answered well and half
badly if possible, and what the other subjects answered to the same questions. The choice depends on the questions only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.results.result_files import SAMPLE_FOLDER, sample_file
from pipeline.identity import stable_hash64
from pipeline.io import files

SHOWN_SAMPLES = 6
_RIGHT_FROM = 0.5

Sample = Mapping[str, Any]  # Any: a line of samples/


@dataclass(frozen=True, slots=True)
class ShownSample:
    """A question and what each subject answered."""

    question: Sample
    """The main subject's sample: prompt, gold answer and its own answer."""
    answers: tuple[Sample, ...]
    """The samples of all subjects, the main one first."""


@dataclass(frozen=True, slots=True)
class TaskSamples:
    """The samples of one task."""

    shown: tuple[ShownSample, ...]
    files: tuple[tuple[str, str], ...]
    """Each subject, and its file relative to the evaluation folder."""


def read_samples(folder: str, evaluation: Mapping[str, Any]) -> dict[str, TaskSamples]:
    """Return the samples to show, by task; a task without sample files is left out."""
    found = {}
    for task, section in evaluation["tasks"].items():
        by_subject = {}
        for name in _main_first(section["subjects"], evaluation["main"]):
            path = files.join(folder, SAMPLE_FOLDER, sample_file(task, name))
            if files.exists(path):
                by_subject[name] = [one for one in _read(path) if one["variant"] == section["main_variant"]]
        if by_subject:
            names = tuple((name, f"{SAMPLE_FOLDER}/{sample_file(task, name)}") for name in by_subject)
            found[task] = TaskSamples(tuple(_chosen(by_subject, section["measure"])), names)
    return found


def _chosen(by_subject: Mapping[str, Sequence[Sample]], measure: str) -> Iterator[ShownSample]:
    main, *others = by_subject.values()
    places = [{_place(one): one for one in samples} for samples in others]
    for one in choose(main, measure):
        yield ShownSample(one, (one, *(place[_place(one)] for place in places if _place(one) in place)))


def choose(samples: Sequence[Sample], measure: str) -> list[Sample]:
    """Return up to six samples of different questions: half with a score of at least 0.5, half below, if there are."""
    order = sorted(samples, key=lambda one: (stable_hash64("shown", one["item"], one["length"]), str(one["depth"])))
    first = {one["item"]: one for one in reversed(order)}
    distinct = [one for one in order if first[one["item"]] is one]
    right: list[Sample] = []
    wrong: list[Sample] = []
    for one in distinct:
        value = one["scores"].get(measure)
        (right if value is not None and value >= _RIGHT_FROM else wrong).append(one)
    half = SHOWN_SAMPLES // 2
    num_right = min(len(right), max(half, SHOWN_SAMPLES - len(wrong)))
    return [*right[:num_right], *wrong[: SHOWN_SAMPLES - num_right]]


def _place(one: Sample) -> tuple[Any, ...]:
    # Depths differ slightly between tokenizers.
    depth = None if one["depth"] is None else round(one["depth"], 1)
    return (one["item"], one["length"], one["kind"], depth)


def _main_first(subjects: Sequence[str], main: str) -> list[str]:
    return sorted(subjects, key=lambda name: name != main)


def _read(path: str) -> Iterator[dict[str, Any]]:
    with files.open_binary(path) as file:
        for line in file:
            yield json.loads(line)
