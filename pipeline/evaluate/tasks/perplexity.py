"""Perplexity by context length: how well a model predicts the end of held-out documents, given more and more of them.

A cell scores the same tokens at every length, the last ones of each window (`likelihoods.windows`); only the context
before them grows. Perplexity is per token, so it compares models with equal tokens only. Bits per byte compare any
models, because they do not depend on how a tokenizer divides a text.

Cost: one forward pass per window, see `evaluate.likelihoods.perplexity`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from pydantic import PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.likelihoods.perplexities import mean_loss, perplexity_of, perplexity_ratio
from pipeline.evaluate.likelihoods.scaling_alone import VARIANT, scaling_pair, scaling_section
from pipeline.evaluate.likelihoods.windows import HeldOutWindows, Window, held_out_windows
from pipeline.evaluate.material import Material
from pipeline.evaluate.subjects.subject import Subject, reference_of
from pipeline.evaluate.task import ForwardCell, ForwardPlan, ForwardTask, Planning
from pipeline.identity import code_version, content_id, fingerprint
from pipeline.scoring.intervals import mean_interval
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import backend_copy, leading_ids

Measured = Sequence[tuple[ForwardCell, Mapping[str, Any], float]]

_CODE = ("evaluate/likelihoods/perplexity", "train/rope/in_force")
_SCALING_CODE = ("train/rope/rescaled", "train/rope/scaled_config")
_SCALE_NOTE = (
    "Bits per byte and per character do not depend on the tokenizer and compare any models. They are of the scored "
    "text, whose beginning differs a little between tokenizers, because the number of scored tokens is the same."
)


class PerplexityOptions(EvaluationTaskOptions):
    """Options of the task `perplexity`."""

    task: Literal["perplexity"] = "perplexity"
    scored_tokens: PositiveInt = 256
    """Number of tokens scored at the end of each window; less than the shortest length."""
    max_windows: PositiveInt = 8
    """Maximum number of windows. With fewer documents than this, a document provides several windows."""
    scaling_alone: bool = False
    """Whether to measure the base model with the tuned model's RoPE scaling as well: what the scaling does without
    training."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """The size of the scored text of a window."""

    num_chars: int
    num_bytes: int
    """In UTF-8."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one tokenizer makes of the held-out documents."""

    windows: HeldOutWindows
    leading: tuple[int, ...]
    """The special tokens before every window; they replace its first tokens."""
    scored: tuple[_Scored, ...]
    """Of each window."""

    def ids(self, window: Window, length: int) -> tuple[int, ...]:
        """Return what the model gets of a window at a length."""
        return (*self.leading, *window.cut(length)[len(self.leading) :])

    def content(self, length: int) -> str:
        """Return a fingerprint of what the model gets and how it is scored."""
        given = [[list(self.ids(window, length)), window.num_scored] for window in self.windows.windows]
        return fingerprint({"given": given, "code": code_version(_CODE)})


def _plan(planning: Planning) -> ForwardPlan:
    assert planning.material is not None, "the task needs a build"
    by_reference = {
        reference: _reading(planning, planning.material, reference)
        for reference in dict.fromkeys(subject.meter.reference for subject in planning.subjects)
    }
    readings = {subject.name: by_reference[subject.meter.reference] for subject in planning.subjects}
    cells = tuple(
        ForwardCell(name, length, "", reading.content(length))
        for name, reading in readings.items()
        for length in reading.windows.lengths
    )
    pair = scaling_pair(planning.subjects) if planning.options.scaling_alone else None
    if pair is not None and readings[pair.base.name] == readings[pair.tuned.name]:
        own = [cell for cell in cells if cell.subject == pair.base.name]
        scaling = fingerprint({"scaling": dict(pair.tuned.rope), "code": code_version(_SCALING_CODE)})
        cells += tuple(replace(one, variant=VARIANT, content=content_id(one.content, scaling)) for one in own)

    def measure(model: Any, cell: ForwardCell) -> Mapping[str, Any]:
        if cell.variant != VARIANT:
            return {"nll": _score(model, readings[cell.subject], cell.length)}
        assert pair is not None, "only a pair has such cells"
        from pipeline.train.rope.rescaled import rescaled
        from pipeline.train.rope.scaled_config import base_config

        with rescaled(model, base_config(pair.tuned.reference)):
            return {"nll": _score(model, readings[cell.subject], cell.length)}

    def section(measured: Measured) -> dict[str, Any]:
        plain = [one for one in measured if not one[0].variant]
        found = _section(plain, readings, reference=reference_of(planning.subjects), seed=planning.seed)
        if pair is None or len(plain) == len(measured):
            return found
        scaled, base, tuned = (
            {cell.length: values["nll"] for cell, values, _ in measured if (cell.subject, cell.variant) == wanted}
            for wanted in ((pair.base.name, VARIANT), (pair.base.name, ""), (pair.tuned.name, ""))
        )
        return {**found, VARIANT: scaling_section(pair, scaled=scaled, base=base, tuned=tuned, seed=planning.seed)}

    return ForwardPlan(
        cells,
        measure,
        section,
        notes=_notes(planning.subjects, readings),
        num_tokens=sum(cell.length * len(readings[cell.subject].windows.windows) for cell in cells),
    )


def _reading(planning: Planning, material: Material, reference: str) -> _Reading:
    windows = held_out_windows(
        material,
        tokenize=lambda text: encode_documents([text], reference)[0].tolist(),
        lengths=planning.lengths,
        scored_tokens=planning.options.scored_tokens,
        max_windows=planning.options.max_windows,
        seed=planning.seed,
    )
    scored_of = _scored_by(reference, material)
    return _Reading(windows, leading_ids(reference), tuple(scored_of(window) for window in windows.windows))


def _scored_by(reference: str, material: Material) -> Callable[[Window], _Scored]:
    """Return a function that measures the scored text of a window.

    A character counts for the first token that has a part of it, so spans of tokens that follow each other never share
    a character.
    """
    tokenizer = backend_copy(reference)
    char_ends: dict[str, list[int]] = {}

    def scored_of(window: Window) -> _Scored:
        text = material.context(window.doc_id).text
        if window.doc_id not in char_ends:
            encoding = tokenizer.encode(text, add_special_tokens=False)
            char_ends[window.doc_id] = [0, *(end for _, end in encoding.offsets)]
        ends = char_ends[window.doc_id]
        scored = text[ends[window.end - window.num_scored] : ends[window.end]]
        return _Scored(len(scored), len(scored.encode()))

    return scored_of


def _notes(subjects: Sequence[Subject], readings: Mapping[str, _Reading]) -> tuple[str, ...]:
    notes = [note for reading in readings.values() for note in reading.windows.notes]
    base = reference_of(subjects)
    base_windows = (readings[base].windows.windows, readings[base].leading)
    others = [name for name, found in readings.items() if (found.windows.windows, found.leading) != base_windows]
    if others:
        notes.append(
            f"The tokenizer of {', '.join(others)} differs from that of {base}, so their perplexities cannot be "
            f"compared with those of {base}: each tokenizer has its own windows, and the tokens differ."
        )
        notes.append(_SCALE_NOTE)
    return tuple(dict.fromkeys(notes))


def _score(model: Any, reading: _Reading, length: int) -> list[list[float]]:
    from pipeline.evaluate.likelihoods.perplexity import score_window
    from pipeline.train.rope.in_force import reset_rotary

    scored = []
    for window in reading.windows.windows:
        reset_rotary(model)
        nll = score_window(model, reading.ids(window, length), num_scored=window.num_scored)
        scored.append([round(value, 5) for value in nll])
    return scored


def _section(measured: Measured, readings: Mapping[str, _Reading], *, reference: str, seed: int) -> dict[str, Any]:
    results = [
        _result(cell, values["nll"], seconds, readings[cell.subject].scored, seed=seed)
        for cell, values, seconds in measured
    ]
    comparisons = _comparisons(measured, reference=reference, seed=seed)
    shortest = min((row["length"] for row in comparisons), default=None)
    return {
        "windows": _windows_json(readings),
        "results": results,
        "comparisons": comparisons,
        "short_context_regression": None
        if shortest is None
        else {"length": shortest, "comparisons": [row for row in comparisons if row["length"] == shortest]},
    }


def _result(
    cell: ForwardCell,
    windows: Sequence[Sequence[float]],
    seconds: float,
    scored: Sequence[_Scored],
    *,
    seed: int,
) -> dict[str, Any]:
    num_tokens = sum(len(window) for window in windows)
    mean, interval = mean_loss(windows), mean_interval(windows, seed=seed)
    # The interval of the mean per token, on another scale. How many bytes a token has is taken as fixed.
    num_bytes, num_chars = sum(one.num_bytes for one in scored), sum(one.num_chars for one in scored)
    per_byte, per_char = (num_tokens / (size * math.log(2)) for size in (num_bytes, num_chars))
    return {
        "subject": cell.subject,
        "length": cell.length,
        "mean_nll": round(mean, 5),
        **perplexity_of(mean, interval),
        "bits_per_byte": round(mean * per_byte, 5),
        "bits_per_byte_low": round(interval.low * per_byte, 5),
        "bits_per_byte_high": round(interval.high * per_byte, 5),
        "bits_per_character": round(mean * per_char, 5),
        "num_tokens": num_tokens,
        "num_bytes": num_bytes,
        "num_characters": num_chars,
        "num_windows": len(windows),
        "window_nll": [round(math.fsum(window) / len(window), 4) for window in windows],
        "seconds": seconds,
    }


def _comparisons(measured: Measured, *, reference: str, seed: int) -> list[dict[str, Any]]:
    """Return the perplexity of each other subject divided by the reference's, where both scored the same tokens."""
    rows = []
    for length, group in groupby(sorted(measured, key=lambda one: one[0].length), key=lambda one: one[0].length):
        at_length = list(group)
        base = next((one for one in at_length if one[0].subject == reference), None)
        for cell, values, _ in at_length:
            if base is None or cell.subject == reference or cell.content != base[0].content:
                continue
            ratio = perplexity_ratio(values["nll"], base[1]["nll"], seed=seed)
            rows.append({"length": length, "subject": cell.subject, "reference": reference, **ratio})
    return rows


def _windows_json(readings: Mapping[str, _Reading]) -> list[dict[str, Any]]:
    """Return the windows once for each different set of them, with the subjects that got it."""
    found: list[tuple[_Reading, list[str]]] = []
    for name, reading in readings.items():
        names = next((names for other, names in found if other == reading), None)
        if names is None:
            found.append((reading, [name]))
        else:
            names.append(name)
    return [
        {
            "subjects": names,
            "lengths": list(reading.windows.lengths),
            "windows": [
                {
                    "doc_id": window.doc_id,
                    "end": window.end,
                    "domain": window.domain,
                    "language": window.language,
                    "num_scored": window.num_scored,
                    "num_scored_characters": scored.num_chars,
                    "num_scored_bytes": scored.num_bytes,
                    "num_own_tokens": window.num_own_tokens,
                    "joined_doc_ids": list(window.joined_doc_ids),
                }
                for window, scored in zip(reading.windows.windows, reading.scored, strict=True)
            ],
        }
        for reading, names in found
    ]


TASK = ForwardTask(
    name="perplexity",
    title="Perplexity",
    about="How well the model predicts the last tokens of held-out documents, by the length of the context before "
    "them. The same tokens are scored at every length.",
    options=PerplexityOptions,
    plan=_plan,
)
