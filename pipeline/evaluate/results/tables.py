"""Turns scored answers into a task's section of `evaluation.json`: cells with intervals, paired differences, positions.

Takes a task and its `ScoredAnswer`s of all subjects. Returns JSON-ready values. The order of the answers does not
matter. Used by `evaluate.run`. Cost: about a millisecond for each cell and measure.

A cell is one subject, variant and length; breakdowns split it by kind, language or depth. `n` counts answers and
`documents` counts clusters; see `estimates` for the intervals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pipeline.evaluate.prompt import ScoredAnswer, Variant
from pipeline.evaluate.results.pairing import Question, Scored, paired
from pipeline.evaluate.results.position_gap import Placed, position_gap
from pipeline.evaluate.task import AnswerTask
from pipeline.scoring.estimates import Clustered, difference_estimate, difference_json, mean_estimate

Section = dict[str, Any]  # Any: a JSON object

_MAX_DEPTHS = 11
"""With more different depths than this, they are put into ranges."""
_DEPTH_RANGE = 0.2


@dataclass(frozen=True, slots=True)
class Depths:
    """How a task's depths are shown: as they are if they are few, else in ranges of a fifth."""

    width: float
    """The width of a range; 0 if depths are shown as they are."""

    def shown(self, depth: float) -> float:
        """Return the depth of a table: the depth itself, or the middle of its range."""
        if not self.width:
            return round(depth, 4)
        index = min(math.floor(depth / self.width + 1e-9), round(1 / self.width) - 1)
        return round((index + 0.5) * self.width, 4)


def answer_section(
    task: AnswerTask,
    scored: Sequence[ScoredAnswer],
    *,
    subjects: Sequence[str],
    reference: str | None,
    seed: int,
) -> Section:
    """Return the section of a task.

    Args:
        task: the task.
        scored: the answers of all subjects to the prompts of this task.
        subjects: the names of the subjects in the order of the report.
        reference: the subject that the others are compared with; None for no comparison.
        seed: the recipe's seed.
    """
    answers = [one for one in scored if one.task == task.name]
    measures = list(dict.fromkeys(task.all_measures()))
    depths = depths_of(answers)
    table = Tabulation(measures=measures, subjects=subjects, variants=variants_of(task, answers), seed=seed)
    main = main_variant(task, answers)
    return {
        "type": "answers",
        "title": task.title,
        "about": task.about,
        "measure": task.measure,
        "measures": measures,
        "variants": list(table.variants),
        "main_variant": main,
        "subjects": [name for name in subjects if any(one.subject == name for one in answers)],
        "lengths": sorted({one.prompt.length for one in answers}),
        "depths": sorted({depths.shown(one.prompt.depth) for one in answers if one.prompt.depth is not None}),
        "depth_width": depths.width,
        "counts_for_effective_length": task.counts_for_effective_length,
        "cells": table.rows(answers),
        "by_kind": _if_several("kind", table.rows(answers, {"kind": _kind})),
        "by_language": _if_several("language", table.rows(answers, {"language": _language})),
        "by_depth": table.rows([one for one in answers if one.prompt.depth is not None], {"depth": depth_key(depths)}),
        "against_reference": _against_reference(table, answers, reference),
        "against_variants": _against_variants(table, answers, main),
        "positions": _positions(table, task.measure, answers, depths),
    }


def main_variant(task: AnswerTask, answers: Sequence[ScoredAnswer]) -> str:
    """Return what the task is about: the variant with the whole document, or else the task's first variant."""
    variants = variants_of(task, answers)
    return Variant.DOCUMENT.value if Variant.DOCUMENT.value in variants or not variants else variants[0]


def variants_of(task: AnswerTask, answers: Sequence[ScoredAnswer]) -> list[str]:
    """Return the variants that were asked, in the order of the report."""
    found = {one.prompt.variant for one in answers}
    return [*(name for name in task.variants if name in found), *sorted(found - set(task.variants))]


def depths_of(answers: Sequence[ScoredAnswer]) -> Depths:
    """Return how the depths of a task's answers are shown."""
    distinct = {round(one.prompt.depth, 4) for one in answers if one.prompt.depth is not None}
    return Depths(_DEPTH_RANGE if len(distinct) > _MAX_DEPTHS else 0.0)


def depth_key(depths: Depths) -> Callable[[ScoredAnswer], float | None]:
    """Return a function that gives the depth of an answer as a table shows it; None for an answer without one."""
    return lambda one: None if one.prompt.depth is None else depths.shown(one.prompt.depth)


def paired_form(one: ScoredAnswer) -> Scored:
    """Return an answer as pairing needs it."""
    prompt = one.prompt
    question = Question(prompt.item, prompt.length, prompt.kind, prompt.language)
    return Scored(question, prompt.depth, prompt.cluster, one.scores)


def paired_difference(
    first: Sequence[Scored], second: Sequence[Scored], *, measures: Sequence[str], seed: int
) -> Section | None:
    """Return first minus second over the questions that both have, for each measure; None if there are none."""
    pairs = paired(first, second)
    found = {}
    for measure in measures:
        if differences := pairs.differences(measure):
            found[measure] = difference_json(difference_estimate(differences, seed=seed))
    return {"n": len(pairs.pairs), "unpaired": pairs.num_unpaired, "scores": found} if found else None


@dataclass(frozen=True, slots=True)
class Tabulation:
    """Makes the rows of a task's tables."""

    measures: Sequence[str]
    subjects: Sequence[str]
    """In the order of the rows."""
    variants: Sequence[str]
    """In the order of the rows."""
    seed: int

    def rows(
        self,
        answers: Sequence[ScoredAnswer],
        keys: Mapping[str, Callable[[ScoredAnswer], Any]] = MappingProxyType({}),
    ) -> list[Section]:
        """Return a row for each subject, variant, length and value of the keys that has answers."""
        groups: dict[tuple[Any, ...], list[ScoredAnswer]] = {}
        for one in answers:
            place = (one.subject, one.prompt.variant, one.prompt.length, *(key(one) for key in keys.values()))
            groups.setdefault(place, []).append(one)
        return [
            {
                **dict(zip(("subject", "variant", "length", *keys), place, strict=True)),
                "n": len(group),
                "documents": len({one.prompt.cluster for one in group}),
                "faults": sum(bool(one.answer.fault) for one in group),
                "cut": sum(one.answer.is_cut for one in group),
                "scores": self.scores(group),
            }
            for place, group in sorted(groups.items(), key=lambda entry: self.order(entry[0]))
            if place[0] in self.subjects
        ]

    def scores(self, group: Sequence[ScoredAnswer]) -> Section:
        """Return the estimates of each measure; a measure that no answer has is left out."""
        found = {}
        for measure in self.measures:
            scores: list[Clustered] = [
                (one.prompt.cluster, value) for one in group if (value := one.value(measure)) is not None
            ]
            if scores:
                found[measure] = mean_estimate(scores, seed=self.seed).as_json()
        return found

    def difference(self, first: Sequence[ScoredAnswer], second: Sequence[ScoredAnswer]) -> Section | None:
        """Return first minus second over the questions that both have; None if there are none."""
        sides = ([paired_form(one) for one in side] for side in (first, second))
        return paired_difference(*sides, measures=self.measures, seed=self.seed)

    def order(self, place: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the place of a row in its table, from its subject, variant, length and further keys."""
        subject, variant, length, *rest = place
        known = list(self.subjects)
        at = known.index(subject) if subject in known else len(known)
        return (at, list(self.variants).index(variant), length, [(value is not None, value) for value in rest])


def _kind(one: ScoredAnswer) -> str:
    return one.prompt.kind


def _language(one: ScoredAnswer) -> str:
    return one.prompt.language


def _if_several(key: str, rows: list[Section]) -> list[Section]:
    """Return the rows of a breakdown, or none if it has one value and so repeats the cells."""
    return rows if len({row[key] for row in rows}) > 1 else []


def _by_place(answers: Sequence[ScoredAnswer]) -> dict[tuple[str, str, int | None], list[ScoredAnswer]]:
    """Return the answers of each subject, variant and length, and for None those of all lengths."""
    places: dict[tuple[str, str, int | None], list[ScoredAnswer]] = {}
    for one in answers:
        for length in (one.prompt.length, None):
            places.setdefault((one.subject, one.prompt.variant, length), []).append(one)
    return places


def _against_reference(table: Tabulation, answers: Sequence[ScoredAnswer], reference: str | None) -> list[Section]:
    """Return each other subject minus the reference, for each variant and length, and over all lengths (None)."""
    places = _by_place(answers)
    rows = []
    for subject in table.subjects:
        for variant in table.variants:
            for length in _lengths_and_all(answers):
                if reference is None or subject == reference:
                    continue
                ours, theirs = places.get((subject, variant, length)), places.get((reference, variant, length))
                if ours and theirs and (found := table.difference(ours, theirs)):
                    place = {"subject": subject, "reference": reference, "variant": variant, "length": length}
                    rows.append({**place, **found})
    return rows


def _against_variants(table: Tabulation, answers: Sequence[ScoredAnswer], main: str) -> list[Section]:
    """Return the main variant minus each other one, for each subject and length, and over all lengths (None)."""
    places = _by_place(answers)
    rows = []
    for subject in table.subjects:
        for control in table.variants:
            for length in _lengths_and_all(answers):
                whole, part = places.get((subject, main, length)), places.get((subject, control, length))
                if control != main and whole and part and (found := table.difference(whole, part)):
                    place = {"subject": subject, "variant": main, "control": control, "length": length}
                    rows.append({**place, **found})
    return rows


def _lengths_and_all(answers: Sequence[ScoredAnswer]) -> list[int | None]:
    return [*sorted({one.prompt.length for one in answers}), None]


def _positions(table: Tabulation, measure: str, answers: Sequence[ScoredAnswer], depths: Depths) -> list[Section]:
    rows = []
    groups: dict[tuple[str, str, int], list[ScoredAnswer]] = {}
    for one in answers:
        groups.setdefault((one.subject, one.prompt.variant, one.prompt.length), []).append(one)
    for (subject, variant, length), group in sorted(groups.items(), key=lambda entry: table.order(entry[0])):
        placed = [
            Placed(depths.shown(one.prompt.depth), one.prompt.cluster, value)
            for one in group
            if one.prompt.depth is not None and (value := one.value(measure)) is not None
        ]
        if subject in table.subjects and (found := position_gap(placed, seed=table.seed)):
            place = {"subject": subject, "variant": variant, "length": length}
            rows.append({**place, "n": len(placed), "documents": len({one.cluster for one in placed}), **found})
    return rows
