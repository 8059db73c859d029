"""Compares finished evaluations, such as those of several machines, by the answers to the questions they share.

Takes evaluation folders. Reads their `evaluation.json` and `samples/`; writes `comparison.json` and `comparison.html`
into another folder. Answers are paired by task, question, variant, length and depth. The first folder's main subject is
the reference; every other subject that is not a base, and every base that was evaluated alone, is compared with it.
"""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.config.start import FolderAccess, Start
from pipeline.errors import DamagedFileError, InputError
from pipeline.evaluate.results.pairing import Question, Scored, paired
from pipeline.evaluate.results.result_files import SAMPLE_FOLDER
from pipeline.evaluate.results.tables import paired_difference
from pipeline.evaluate.subjects.subject import Role
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.folders import open_output_folder, refuse_inside_build
from pipeline.report.comparison_page import COMPARISON_FILE, COMPARISON_PAGE, render_comparison
from pipeline.report.evaluation_page import EVALUATION_FILE

_NEEDED = frozenset({"subjects", "main", "tasks", "seed", "recipe", "versions"})
"""The keys of `evaluation.json` that a comparison reads."""

Answers = dict[tuple[str, str], list[Scored]]
"""The answers of one subject, by task and variant."""


@dataclass(frozen=True, slots=True)
class Side:
    """A subject of one of the folders."""

    label: str
    """The subject's name; with its folder if several folders have a subject of that name."""
    folder: str
    subject: str
    role: str
    reference: str
    """The reference of the model that the user gave."""


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """What `compare` returns."""

    comparison: Mapping[str, Any]
    """The content of `comparison.json`."""
    record: str
    """Path of `comparison.json`."""
    report: str
    """Path of `comparison.html`."""


def compare(folders: Sequence[str], *, output: str) -> ComparisonResult:
    """Compare evaluation folders, and write a record and a page.

    Args:
        folders: the evaluation folders; the first one has the reference.
        output: the folder to write.

    Raises:
        InputError: there are fewer than two subjects, a folder is given twice or is not a finished evaluation of this
            version, no question was asked in two of them, or the output folder cannot be written.
        DamagedFileError: an `evaluation.json` or a sample is damaged.
        DiskFullError: the files do not fit on the disk.
    """
    refuse_inside_build(output, what="comparison folder")
    comparison = comparison_of(folders)
    open_output_folder(output, start=Start.RESUME, marker_files=(COMPARISON_FILE,), access=FolderAccess.UMASK)
    record, page = files.join(output, COMPARISON_FILE), files.join(output, COMPARISON_PAGE)
    write_checked(record, comparison)
    files.write_text(page, render_comparison(comparison))
    return ComparisonResult(comparison, record, page)


def comparison_of(folders: Sequence[str]) -> dict[str, Any]:
    """Return the content of `comparison.json`; see `compare` for the errors."""
    _refuse_repeats(folders)
    evaluations = [_evaluation(folder) for folder in folders]
    sides = _sides(folders, evaluations)
    if len(sides) < 2:
        raise InputError(
            f"There is nothing to compare: {len(sides)} model in {', '.join(folders) or 'no folder'}.",
            remedy="Give two evaluation folders, or one that has two models besides a base.",
        )
    answers = [_answers(side) for side in sides]
    names = [name for evaluation in evaluations for name in evaluation["tasks"]]
    seed = evaluations[0]["seed"]
    tasks = {}
    for name in dict.fromkeys(names):
        section = next(evaluation["tasks"][name] for evaluation in evaluations if name in evaluation["tasks"])
        rows = list(_rows(name, section, sides, answers, seed=seed))
        if rows:
            shown = {key: section[key] for key in ("title", "about", "measure", "measures", "main_variant")}
            tasks[name] = {**shown, "rows": rows}
    if not tasks:
        raise InputError(
            f"The evaluations in {' and '.join(folders)} have no question in common.",
            remedy="Evaluate the models on the same build, with the same tasks, lengths and seed.",
        )
    return {
        "reference": sides[0].label,
        "sides": [asdict(side) for side in sides],
        "seed": seed,
        "tasks": tasks,
        "not_compared": sorted(set(names) - set(tasks)),
        "notes": _notes(folders, evaluations),
    }


def _rows(
    task: str, section: Mapping[str, Any], sides: Sequence[Side], answers: Sequence[Answers], *, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield a row for each side, variant and length, and one over all lengths (None) if there are several."""
    variants = sorted({variant for own in answers for name, variant in own if name == task})
    order = [*(name for name in section["variants"] if name in variants), *variants]
    for side, own in zip(sides[1:], answers[1:], strict=True):
        for variant in dict.fromkeys(order):
            ours, theirs = own.get((task, variant), []), answers[0].get((task, variant), [])
            lengths: list[int | None] = [*sorted({one.question.length for one in (*ours, *theirs)})]
            for length in [*lengths, None] if len(lengths) > 1 else lengths:
                first, second = (
                    [one for one in part if length in (None, one.question.length)] for part in (ours, theirs)
                )
                if found := paired_difference(first, second, measures=section["measures"], seed=seed):
                    place = {"side": side.label, "variant": variant, "length": length}
                    yield {**place, **found, "means": _means(first, second, section["measures"])}


def _means(first: Sequence[Scored], second: Sequence[Scored], measures: Sequence[str]) -> dict[str, list[float]]:
    """Return the means of both sides over the pairs that have the measure."""
    pairs = paired(first, second).pairs
    means = {}
    for measure in measures:
        both = [(one.scores.get(measure), other.scores.get(measure)) for one, other in pairs]
        known = [(ours, theirs) for ours, theirs in both if ours is not None and theirs is not None]
        if known:
            means[measure] = [round(math.fsum(side) / len(known), 4) for side in zip(*known, strict=True)]
    return means


def _sides(folders: Sequence[str], evaluations: Sequence[Mapping[str, Any]]) -> list[Side]:
    found = []
    for folder, evaluation in zip(folders, evaluations, strict=True):
        subjects = evaluation["subjects"]
        kept = [one for one in subjects if one["role"] != Role.BASE or len(subjects) == 1]
        main_first = [
            one for is_main in (True, False) for one in kept if (one["name"] == evaluation["main"]) is is_main
        ]
        found += [(folder, one) for one in main_first]
    names = [one["name"] for _, one in found]
    return [
        Side(
            label=one["name"] if names.count(one["name"]) == 1 else f"{one['name']} ({folder})",
            folder=folder,
            subject=one["name"],
            role=one["role"],
            reference=one["reference"],
        )
        for folder, one in found
    ]


def _refuse_repeats(folders: Sequence[str]) -> None:
    paths = [posixpath.normpath(files.local_path(folder)) for folder in folders]
    repeated = next((folder for at, folder in enumerate(folders) if paths[at] in paths[:at]), None)
    if repeated is not None:
        raise InputError(f"{repeated} is given twice.", remedy="Give each evaluation folder once.")


def _evaluation(folder: str) -> dict[str, Any]:
    try:
        evaluation = read_checked(files.join(folder, EVALUATION_FILE))
    except FileNotFoundError as error:
        raise InputError(
            f"{folder} is not a finished evaluation: it has no {EVALUATION_FILE}.",
            remedy="Give folders that `pipeline evaluate` has written.",
        ) from error
    if missing := sorted(_NEEDED - evaluation.keys()):
        raise InputError(
            f"{folder} was evaluated by another version: its {EVALUATION_FILE} has no '{missing[0]}'.",
            remedy="Evaluate into a new folder with this version.",
        )
    return evaluation


def _answers(side: Side) -> Answers:
    answers: Answers = {}
    for path in files.list_files(files.join(side.folder, SAMPLE_FOLDER), suffix=".jsonl"):
        for subject, place, scored in _samples(path):
            if subject == side.subject:
                answers.setdefault(place, []).append(scored)
    return answers


def _samples(path: str) -> Iterator[tuple[str, tuple[str, str], Scored]]:
    """Yield the subject of each sample, its task and variant, and its scores."""
    with files.open_binary(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                sample = json.loads(line)
                question = Question(sample["item"], sample["length"], sample["kind"], sample["language"])
                scored = Scored(question, sample["depth"], sample["cluster"], sample["scores"])
                yield sample["subject"], (sample["task"], sample["variant"]), scored
            except (ValueError, LookupError, TypeError) as error:
                raise DamagedFileError(
                    f"{path} is damaged: line {number} is no sample ({type(error).__name__}: {error}).",
                    remedy="Run `pipeline evaluate` again: it writes the file from the stored answers.",
                ) from error


def _notes(folders: Sequence[str], evaluations: Sequence[Mapping[str, Any]]) -> list[str]:
    seeds = {evaluation["seed"] for evaluation in evaluations}
    dtypes = {evaluation["recipe"].get("dtype") for evaluation in evaluations}
    notes = []
    if len(seeds) > 1:
        notes.append(f"The evaluations have different seeds ({', '.join(map(str, sorted(seeds)))}).")
    if len(dtypes) > 1:
        notes.append(f"The models ran with different dtypes ({', '.join(sorted(map(str, dtypes)))}).")
    for package in ("longdoc-pipeline", "torch", "transformers"):
        versions = {evaluation["versions"].get(package) for evaluation in evaluations} - {None}
        if len(versions) > 1:
            notes.append(f"The evaluations have different versions of {package} ({', '.join(sorted(versions))}).")
    return notes
